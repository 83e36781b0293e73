import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BADGE_STYLES, badgeSvg } from '../src/index.ts';

const badge = { count: 1_234, label: 'views', style: 'flat', unit: 'page views' } as const;

/** What is written in a badge, piece by piece. */
const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, t]) => t ?? '');

describe('a badge', () => {
  it.each([
    ['flat', 1_234, 'views', ['views', '1,234']],
    ['flat', 0, 'views', ['views', '0']],
    ['flat', 9_007_199_254_740_991, 'views', ['views', '9,007,199,254,740,991']],
    ['flat', 7, '', ['7']],
    ['plain', 1_234, 'readers', ['1,234', 'readers']],
    ['plain', 12, '', ['12']],
    ['digits', 1_234, '', ['0', '0', '1', '2', '3', '4']],
    ['digits', 12_345_678, 'views', ['1', '2', '3', '4', '5', '6', '7', '8', 'views']],
  ] as const)('%s of %i, labelled %j, says %j', (style, count, label, texts) => {
    expect(textsOf(badgeSvg({ ...badge, count, label, style }))).toEqual(texts);
  });

  it('is read aloud as a number with its unit', () => {
    for (const style of BADGE_STYLES) {
      const svg = badgeSvg({ ...badge, style });
      expect(svg).toContain('role="img" aria-label="views: 1,234 page views"');
      expect(svg).toContain('<title>views: 1,234 page views</title>');
    }
    expect(badgeSvg({ ...badge, label: '' })).toContain('<title>1,234 page views</title>');
  });

  it.each([
    ['markup', '</text><script>alert(1)</script>', '&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['quotes', `" onload="x' `, '&quot; onload=&quot;x&#39;'],
    ['entities', '&lt;&#x0;', '&amp;lt;&amp;#x0;'],
    ['lines', 'a\n\tb', 'a b'],
    ['controls', 'a\0\u0007b', 'ab'],
    ['marks that turn the text', 'a\u202eb\u2066', 'ab'],
    ['what no XML may have', 'a\ufffe\uffffb', 'ab'],
    ['half a character', 'a\ud800', 'a\ufffd'],
    ['nothing to be seen', '\u200b \u00a0', undefined],
    ['forty characters', 'x'.repeat(40), 'x'.repeat(40)],
    ['more than forty', 'x'.repeat(41), `${'x'.repeat(39)}…`],
    ['more than forty of two parts each', 'e\u0301'.repeat(50), `${'e\u0301'.repeat(39)}…`],
  ])('takes a label of %s for what it is', (_, label, shown) => {
    const [first] = textsOf(badgeSvg({ ...badge, label }));
    expect(first).toBe(shown ?? '1,234');
  });

  it('is well-formed, small, and has neither style nor script, whatever the label', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.nat(),
        fc.constantFrom(...BADGE_STYLES),
        (label, count, style) => {
          const svg = badgeSvg({ count, label, style, unit: 'page views' });
          expect(svg.length).toBeLessThan(4_000);
          expect(svg).not.toMatch(/<(?:script|style|foreignObject|image|use)\b|\son\w+=|\sstyle=|href/i);
          expect(svg).not.toMatch(/[\0-\x1f\ufffe\uffff]|&(?!(?:amp|lt|gt|quot|#39);)/);
          // Every tag that is opened is closed, in its order.
          const open: string[] = [];
          for (const [tag, end, name, own] of svg.matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>/g)) {
            expect(tag).toBeTruthy();
            if (end === '/') expect(open.pop()).toBe(name);
            else if (own !== '/') open.push(name ?? '');
          }
          expect(open).toEqual([]);
          expect(Number(/ width="(\d+)"/.exec(svg)?.[1])).toBeLessThan(1_000);
        },
      ),
    );
  });
});
