/** The widget as HTML, and its script where there is no browser. What it does in one is in `e2e`. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { bundle, STRIP, weigh, WIDGET } from '../build.ts';
import { languageFile, LANGUAGES } from '../src/languages.ts';
import { STRIP_STYLE } from '../src/strip-style.ts';
import { renderWidget, shown, widgetTemplate, type WidgetOptions } from '../src/widget-look.ts';
import { STYLE } from '../src/widget-style.ts';
import { CLASSIC, ENGLISH, TRANSLATED, type Words } from '../src/words.ts';

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

/** The contents of the elements for numbers and the country, in order. */
const contents = (html: string): string[] =>
  [...html.matchAll(/<(b|bdi)(?: [^>]*)?>(.*?)<\/\1>/g)].map((match) => match[2] as string);

describe('what a server renders', () => {
  test('has the formatted numbers, in an element that exists before any script runs', () => {
    const html = renderWidget(NUMBERS);
    expect(html).toMatch(/^<visitor-tracker><template shadowrootmode="open"><style>/);
    expect(html).toMatch(/<\/template><\/visitor-tracker>$/);
    expect(contents(html)).toEqual(['127', '1,023', '8,471', '3,421,907', '72%', 'Bangladesh']);
    expect(html).toContain('<hr width="72%">');
    expect(html).toContain('data-version="5" data-store="7"');
    for (const word of ['Live now', '5 min', 'Active', '30 min', 'Today', '24 h', 'Total', 'ever']) {
      expect(html).toContain(`>${word}</slot>`);
    }
  });

  test('has the words of its theme, or those that it is given', () => {
    const slots = (options: WidgetOptions): Record<string, string> => {
      const found = renderWidget(NUMBERS, options).matchAll(/<slot name="(.*?)">(.*?)<\/slot>/g);
      return Object.fromEntries([...found].map(([, name, text]) => [name!, text!]));
    };
    for (const theme of [undefined, 'classic'] as const)
      expect(slots({ theme })).toMatchObject({
        title: 'Watching now',
        active: 'Active',
        'active-span': '30 min',
      });
    for (const theme of ['auto', 'light', 'dark', 'plain'] as const)
      expect(slots({ theme })).toMatchObject({ title: 'Visitors', active: 'Last 30 min', 'active-span': '' });
    const german = LANGUAGES['de']!;
    expect(slots({ words: german })).toMatchObject({
      title: 'Besucher',
      'from-meaning': german['today-meaning'],
    });
    expect(renderWidget(NUMBERS, { words: LANGUAGES['ar']! })).toContain('lang="ar" dir="rtl"');
  });

  test('at the foot of the window has the style of the strip', () => {
    expect(renderWidget(NUMBERS, { position: 'fixed-bottom' })).toContain(STRIP_STYLE);
    expect(renderWidget(NUMBERS)).not.toContain(STRIP_STYLE);
    expect(STRIP_STYLE).not.toContain('<');
  });

  test.for<[WidgetOptions, string]>([
    [{}, '<visitor-tracker>'],
    [{ theme: 'auto', link: false }, '<visitor-tracker theme="auto" link="false">'],
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
    expect(contents(renderWidget(NUMBERS, { lang }))).toEqual(said);
  });

  test('without numbers has a place for each, and says nothing of a country', () => {
    const html = renderWidget(undefined);
    expect(contents(html).slice(0, 4)).toEqual(['–', '–', '–', '–']);
    expect(html).toContain('class="none"'); // its place is reserved
    expect(contents(renderWidget({ ...NUMBERS, total: 0, location: null })).slice(3, 4)).toEqual(['0']);
    expect(renderWidget({ ...NUMBERS, location: null })).toContain('class="nowhere"');
  });

  test('marks the last known numbers of a store that is down', () => {
    expect(renderWidget({ ...NUMBERS, stale: true })).toContain('class="old "');
    expect(renderWidget(NUMBERS)).not.toContain('class="old');
  });

  test('sets long numbers smaller', () => {
    const sizes = (total: number) =>
      /<b class="(\w*)">[^<]*<\/b> <i>visitors<\/i><\/dd><\/div><\/dl><section>/.exec(
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

describe('languages', () => {
  /** The nouns of a language, after these numbers. */
  const nouns = (words: Words, ...numbers: number[]): string[] =>
    numbers.map((live) =>
      shown({ live, version: 1 }, words, { lang: words.lang }).parts.slice(0, 2).join(' '),
    );

  test.for<[string, number[], string[]]>([
    ['en', [0, 1, 2], ['0 visitors', '1 visitor', '2 visitors']],
    ['ar', [0, 1, 2, 3, 11, 100], ['0 زائر', '1 زائر', '2 زائران', '3 زوار', '11 زائرًا', '100 زائر']],
    ['bn', [1, 2], ['১ জন দর্শক', '২ জন দর্শক']],
    ['de', [0, 1, 2], ['0 Besucher', '1 Besucher', '2 Besucher']],
    ['es', [0, 1, 2, 1e6], ['0 visitantes', '1 visitante', '2 visitantes', '1.000.000 de visitantes']],
    ['fr', [0, 1, 2], ['0 visiteur', '1 visiteur', '2 visiteurs']],
    ['hi', [1, 2], ['1 आगंतुक', '2 आगंतुक']],
    ['id', [1, 2], ['1 pengunjung', '2 pengunjung']],
    ['it', [0, 1, 2], ['0 visitatori', '1 visitatore', '2 visitatori']],
    ['ja', [1, 2], ['1 人の訪問者', '2 人の訪問者']],
    ['nl', [0, 1, 2], ['0 bezoekers', '1 bezoeker', '2 bezoekers']],
    ['pl', [1, 2, 5, 22], ['1 odwiedzający', '2 odwiedzających', '5 odwiedzających', '22 odwiedzających']],
    ['pt', [0, 1, 2], ['0 visitante', '1 visitante', '2 visitantes']],
    [
      'ru',
      [0, 1, 2, 5, 11, 21],
      ['0 посетителей', '1 посетитель', '2 посетителя', '5 посетителей', '11 посетителей', '21 посетитель'],
    ],
    ['tr', [1, 2], ['1 ziyaretçi', '2 ziyaretçi']],
    ['zh', [1, 2], ['1 位访客', '2 位访客']],
  ])('%s: a number has its own noun', ([lang, numbers, said]) => {
    expect(nouns(LANGUAGES[lang] ?? ENGLISH, ...numbers)).toEqual(said);
  });

  test('English words on a page in another language have the English noun', () => {
    const said = shown({ live: 21, version: 1 }, ENGLISH, { lang: 'hr' });
    expect(said.parts.slice(0, 2)).toEqual(['21', 'visitors']);
    expect(said.marks).toMatchObject({ lang: 'en', dir: '' });
  });

  const KEYS = Object.keys(ENGLISH).sort();

  test.for(Object.keys(LANGUAGES))(
    '%s has every word, for every plural, in a file of at most 600 bytes',
    (lang) => {
      const words = LANGUAGES[lang]!;
      expect(Object.keys(words).sort()).toEqual(KEYS);
      expect(words.lang.split('-')[0]).toBe(lang);
      expect(TRANSLATED.test(lang)).toBe(true);
      for (const [key, text] of Object.entries(words)) {
        if (typeof text === 'string') expect([key, text.trim()]).toEqual([key, text]);
        if (key !== 'dir') expect([key, text]).not.toEqual([key, '']);
      }
      const { pluralCategories } = new Intl.PluralRules(lang).resolvedOptions();
      expect(Object.keys(words.visitors).sort()).toEqual([...pluralCategories].sort());
      expect(weigh(languageFile(words), { name: 'widget', budget: 600 })).toBeGreaterThan(100);
    },
  );

  test('are fifteen beside English, and a file is a module of nothing but text', async () => {
    expect(Object.keys(LANGUAGES)).toHaveLength(15);
    expect(TRANSLATED.test('en')).toBe(false);
    const url = `data:text/javascript,${encodeURIComponent(languageFile(LANGUAGES['fr']!))}`;
    expect(((await import(url)) as { default: Words }).default).toEqual(LANGUAGES['fr']);
  });

  test('the classic words are those of the requirement', () => {
    const { title, live, active, today, total } = CLASSIC;
    expect([title, live, active, today, total].map((word) => word.toLowerCase())).toEqual([
      'watching now',
      'live now',
      'active',
      'today',
      'total',
    ]);
  });
});

describe('a hostile server', () => {
  const hostile = '</b><img src=x onerror=alert(1)>';

  test.for<[string, object, string[]]>([
    [
      'markup for numbers',
      { live: hostile, total: { toString: () => hostile } },
      ['–', '1,023', '8,471', '–'],
    ],
    ['nothing', { live: undefined, active: null, today: NaN, total: -1 }, ['–', '0', '–', '–']],
  ])('is shown nothing of %s', ([, said, shown]) => {
    expect(contents(renderWidget({ ...NUMBERS, ...said })).slice(0, 4)).toEqual(shown);
  });

  test.for<[unknown, string]>([
    ['ZZZZ', 'ZZZZ'],
    ['', ''],
    ['XX', 'XX'],
    [hostile, '&#60;/b&#62;&#60;img src=x onerror=alert(1)&#62;'],
    [5, '5'],
  ])('is shown a country that is none as it is: %j', ([country, shown]) => {
    const location = { country: country as string, percent: 5 };
    expect(contents(renderWidget({ ...NUMBERS, location })).at(-1)).toBe(shown);
  });

  test('is shown no bar of its own making', () => {
    const location = { country: 'BD', percent: '5%"><script>' as unknown as number };
    expect(renderWidget({ ...NUMBERS, location })).not.toContain('<script>');
    const version = '"><script>' as unknown as number;
    expect(renderWidget({ ...NUMBERS, version })).not.toContain('<script>');
  });
});

describe('the script', () => {
  test('is at most as large as its budget, its live part included, and a build above that fails', async () => {
    const source = await bundle(WIDGET);
    const bytes = weigh(source, WIDGET);
    expect(bytes).toBeLessThanOrEqual(WIDGET.budget); // decision 0040
    expect(weigh(await bundle(STRIP), STRIP)).toBeLessThanOrEqual(1_024);
    expect(source).toContain('/api/live');
    expect(source).not.toMatch(/^import|innerHTML|document\.write|\beval\b/m);
    expect(() => weigh(source, { ...WIDGET, budget: bytes - 1 })).toThrow(`widget.js is ${bytes} bytes`);
  });

  test('does nothing, and throws nothing, where there are no elements', async () => {
    const source = (await bundle(WIDGET)).replaceAll('import.meta.url', '""');
    for (const world of [{}, { customElements: null }, { customElements: { define: () => {} } }]) {
      const globals = Object.keys(world);
      runInNewContext(`(() => {${source}})()`, world);
      expect(Object.keys(world)).toEqual(globals);
    }
    await import('../src/widget.ts');
  });
});
