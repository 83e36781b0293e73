import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BADGE_METRICS, BADGE_STYLES, BADGE_THEMES, badgeSvg } from '../src/index.ts';

const badge = { count: 1_234, metric: 'views', style: 'flat' } as const;

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
  ] as const)('%s of %i, labelled %j, says %j', (style, count, label, lines) => {
    expect(textsOf(badgeSvg({ ...badge, count, label, style }))).toEqual(lines);
  });

  it('has an accessible name with the number and its unit', () => {
    for (const style of BADGE_STYLES) {
      const svg = badgeSvg({ ...badge, style });
      expect(svg).toContain('role="img" aria-label="views: 1,234 page views"');
      expect(svg).toContain('<title>views: 1,234 page views</title>');
    }
    expect(badgeSvg({ ...badge, label: '' })).toContain('<title>1,234 page views</title>');
  });

  it.each([
    ['views', 0, 'views: 0 page views'],
    ['views', 1, 'views: 1 page view'],
    ['views', 2, 'views: 2 page views'],
    ['visitors', 1, 'visitors: 1 visitor'],
    ['visitors', 1_234, 'visitors: 1,234 visitors'],
    ['live', 1, 'visitors now: 1 visitor now'],
    ['live', 7, 'visitors now: 7 visitors now'],
  ] as const)('of %s, %i, is called %j', (metric, count, title) => {
    expect(badgeSvg({ ...badge, metric, count })).toContain(`<title>${title}</title>`);
  });

  describe('in a theme', () => {
    /** What is written, with its colour and the one behind it; a plain badge stands on the page. */
    const pairsOf = (svg: string, grounds: readonly string[]): [text: string, ground: string][] => {
      const fillOf = (tag: string): string => / fill="([^"]*)"/.exec(tag)?.[1] ?? '';
      const rects = [...svg.matchAll(/<rect [^>]* fill="[^"]*"[^>]*>/g)].map(([tag]) => {
        const x = Number(/ x="([\d.]+)"/.exec(tag)?.[1] ?? 0);
        const width = / width="([^"]+)"/.exec(tag)?.[1] ?? '0';
        return { from: x, to: width === '100%' ? Infinity : x + Number(width), fill: fillOf(tag) };
      });
      return [...svg.matchAll(/<text [^>]*>/g)].flatMap(([tag]) => {
        const x = Number(/ x="([\d.]+)"/.exec(tag)?.[1]);
        const behind = rects.filter(({ from, to }) => from <= x && x < to).at(-1);
        return (behind === undefined ? grounds : [behind.fill]).map((ground): [string, string] => [
          fillOf(tag),
          ground,
        ]);
      });
    };
    const luminance = (colour: string): number => {
      const hex = colour.length === 4 ? colour.replace(/[^#]/g, '$&$&') : colour;
      const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
        const part = parseInt(hex.slice(at, at + 2), 16) / 255;
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = ([one, other]: [string, string]): number => {
      const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
      return (light + 0.05) / (dark + 0.05);
    };
    const LIGHT = ['#fff', '#f6f8fa', '#eeeeee'];
    const DARK = ['#000', '#0d1117', '#222222'];
    /** The dark colours of the theme `auto`, as a browser would apply them. */
    const inTheDark = (svg: string): string => {
      const rules = new Map(
        [...svg.matchAll(/\.(\w+)\{fill:([^}]*)\}/g)].map(([, part, colour]) => [part, colour]),
      );
      return svg.replace(/class="(\w+)" fill="[^"]*"/g, (_, part: string) => `fill="${rules.get(part)}"`);
    };

    it.each(
      BADGE_STYLES.flatMap((style) =>
        (
          [
            [undefined, ['#fff', '#000']],
            ['light', LIGHT],
            ['dark', DARK],
            ['auto', LIGHT],
            ['auto in the dark', DARK],
          ] as const
        ).map(([theme, grounds]) => [style, theme, grounds] as const),
      ),
    )('%s, %s: all of it can be read (AA)', (style, theme, grounds) => {
      const isAuto = theme?.startsWith('auto') === true;
      const svg = badgeSvg({ ...badge, style, theme: isAuto ? 'auto' : (theme as 'light' | undefined) });
      const pairs = pairsOf(theme === 'auto in the dark' ? inTheDark(svg) : svg, grounds);
      expect(pairs.length).toBeGreaterThanOrEqual(2);
      for (const pair of pairs) expect([...pair, contrast(pair) >= 4.5]).toEqual([...pair, true]);
    });

    it('auto is light, and dark by a style of known words where the reader prefers that', () => {
      const light = badgeSvg({ ...badge, theme: 'light' });
      const auto = badgeSvg({ ...badge, theme: 'auto' });
      expect(auto.replace(/<style>.*<\/style>/, '').replace(/class="\w+" /g, '')).toBe(light);
      expect(inTheDark(auto).replace(/<style>.*<\/style>/, '')).toBe(badgeSvg({ ...badge, theme: 'dark' }));
      expect(auto).toMatch(
        /<style>@media \(prefers-color-scheme:dark\)\{(?:\.\w+\{fill:#\w{3,6}\})+\}<\/style>/,
      );
    });
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

  it('is well-formed, small, and has no script and no foreign style, for any label', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.nat(),
        fc.constantFrom(...BADGE_STYLES),
        fc.constantFrom(undefined, ...BADGE_THEMES),
        (label, count, style, theme) => {
          const metric = BADGE_METRICS[count % BADGE_METRICS.length]!;
          const drawn = badgeSvg({ count, metric, label, style, theme });
          expect(drawn.length).toBeLessThan(5_000);
          // The one style there is has none of the label in it.
          const svg = theme === 'auto' ? drawn.replace(/<style>[^<]*<\/style>/, '') : drawn;
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
