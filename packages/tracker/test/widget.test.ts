/** The widget as HTML, and its script where there is no browser. What it does in one is in `e2e`. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { bundle, weigh, WIDGET } from '../build.ts';
import { renderWidget, widgetTemplate, type WidgetOptions } from '../src/widget-look.ts';
import { STYLE } from '../src/widget-style.ts';

const NUMBERS = {
  live: 127,
  active: 1_023,
  today: 8_471,
  total: 3_421_907,
  location: { country: 'BD', percent: 72 },
  ukPercent: 0,
  unitedKingdomPercent: 0,
  version: 5,
  store: 7,
  updatedAt: null,
};

/** The texts of the places for numbers and the country, in order. */
const texts = (html: string): string[] =>
  [...html.matchAll(/<(b|bdi)(?: [^>]*)?>(.*?)<\/\1>/g)].map((match) => match[2] as string);

describe('what a server renders', () => {
  test('has the numbers in words, in an element that is there before any script', () => {
    const html = renderWidget(NUMBERS);
    expect(html).toMatch(/^<visitor-tracker><template shadowrootmode="open"><style>/);
    expect(html).toMatch(/<\/template><\/visitor-tracker>$/);
    expect(texts(html)).toEqual(['127', '1,023', '8,471', '3,421,907', '72%', 'Bangladesh']);
    expect(html).toContain('<hr width="72%">');
    expect(html).toContain('data-version="5" data-store="7"');
    for (const word of ['Live now', '5 min', 'Active', '30 min', 'Today', '24 h', 'Total', 'ever']) {
      expect(html).toContain(`>${word}</slot>`);
    }
  });

  test.for<[WidgetOptions, string]>([
    [{}, '<visitor-tracker>'],
    [{ position: 'fixed-bottom', theme: 'light' }, '<visitor-tracker position="fixed-bottom" theme="light">'],
    [
      { showDetails: false, showLocation: true, updateInterval: 8 },
      '<visitor-tracker show-details="false" show-location="true" update-interval="8">',
    ],
    [
      { server: 'https://x.example/"><script>' },
      '<visitor-tracker server="https://x.example/&#34;&#62;&#60;script&#62;">',
    ],
  ])('has the attributes of %j', ([options, element]) => {
    expect(renderWidget(NUMBERS, options).startsWith(element)).toBe(true);
  });

  test.for<[string | undefined, string[]]>([
    [undefined, ['127', '1,023', '8,471', '3,421,907', '72%', 'Bangladesh']],
    ['de', ['127', '1.023', '8.471', '3.421.907', '72\u00a0%', 'Bangladesch']],
    ['bn', ['১২৭', '১,০২৩', '৮,৪৭১', '৩৪,২১,৯০৭', '৭২%', 'বাংলাদেশ']],
    ['en_US', ['127', '1,023', '8,471', '3,421,907', '72%', 'Bangladesh']], // no tag, but often written
  ])('speaks %s', ([lang, said]) => {
    expect(texts(renderWidget(NUMBERS, { lang }))).toEqual(said);
  });

  test('without numbers has a place for each, and says nothing of a country', () => {
    const html = renderWidget(undefined);
    expect(texts(html).slice(0, 4)).toEqual(['–', '–', '–', '–']);
    expect(html).toContain('class="none"');
    expect(texts(renderWidget({ ...NUMBERS, total: 0, location: null })).slice(3, 4)).toEqual(['0']);
    expect(renderWidget({ ...NUMBERS, location: null })).toContain('class="none"');
  });

  test('marks the last known numbers of a store that is away', () => {
    expect(renderWidget({ ...NUMBERS, stale: true })).toContain('class="old "');
    expect(renderWidget(NUMBERS)).not.toContain('class="old');
  });

  test('sets long numbers smaller', () => {
    const sizes = (total: number) =>
      /<b class="(\w*)">[^<]*<\/b><\/dd><\/div><\/dl><section>/.exec(
        renderWidget({ ...NUMBERS, total }),
      )?.[1];
    expect([999_999, 1_000_000, 999_999_999, Number.MAX_SAFE_INTEGER].map(sizes)).toEqual([
      '',
      'long',
      'long',
      'longest',
    ]);
  });

  test('has its style as it is, with a nonce where a policy wants one', () => {
    expect(widgetTemplate(NUMBERS)).toContain(`<style>${STYLE}</style>`);
    expect(widgetTemplate(NUMBERS, { nonce: 'a"b' })).toContain('<style nonce="a&#34;b">');
    expect(STYLE).not.toContain('<');
  });
});

describe('a server that says what it should not', () => {
  const hostile = '</b><img src=x onerror=alert(1)>';

  test.for<[string, object, string[]]>([
    [
      'markup for numbers',
      { live: hostile, total: { toString: () => hostile } },
      ['–', '1,023', '8,471', '–'],
    ],
    ['nothing', { live: undefined, active: null, today: NaN, total: -1 }, ['–', '0', '–', '–']],
  ])('is shown nothing of %s', ([, said, shown]) => {
    expect(texts(renderWidget({ ...NUMBERS, ...said })).slice(0, 4)).toEqual(shown);
  });

  test.for<[unknown, string]>([
    ['ZZZZ', 'ZZZZ'],
    ['', ''],
    ['XX', 'XX'],
    [hostile, '&#60;/b&#62;&#60;img src=x onerror=alert(1)&#62;'],
    [5, '5'],
  ])('is shown a country that is none as it is: %j', ([country, shown]) => {
    const location = { country: country as string, percent: 5 };
    expect(texts(renderWidget({ ...NUMBERS, location })).at(-1)).toBe(shown);
  });

  test('is shown no bar of its own making', () => {
    const location = { country: 'BD', percent: '5%"><script>' as unknown as number };
    expect(renderWidget({ ...NUMBERS, location })).not.toContain('<script>');
    const version = '"><script>' as unknown as number;
    expect(renderWidget({ ...NUMBERS, version })).not.toContain('<script>');
  });
});

describe('the script', () => {
  test('is at most 3,072 bytes after brotli, its live part included, and a build above that fails', async () => {
    const source = await bundle(WIDGET);
    const bytes = weigh(source, WIDGET);
    expect(bytes).toBeLessThanOrEqual(3_072);
    expect(source).toContain('/api/live');
    expect(source).not.toMatch(/^import|innerHTML|document\.write|\beval\b/m);
    expect(() => weigh(source, { ...WIDGET, budget: bytes - 1 })).toThrow(`widget.js is ${bytes} bytes`);
  });

  test('does nothing, and throws nothing, where there are no elements', async () => {
    const source = (await bundle(WIDGET)).replace('import.meta.url', '""');
    for (const world of [{}, { customElements: null }, { customElements: { define: () => {} } }]) {
      const globals = Object.keys(world);
      runInNewContext(`(() => {${source}})()`, world);
      expect(Object.keys(world)).toEqual(globals);
    }
    await import('../src/widget.ts');
  });
});
