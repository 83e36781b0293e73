import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { agentReader, type Agent, type Hints } from '@footfall/core';
import { APPS, BRANDS, BROWSERS, ENGINES, OTHER_DEVICES, SYSTEM_NAMES, SYSTEMS } from '../src/agent-names.ts';

const CHROMIUM = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0';
const WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROMIUM} Safari/537.36`;
const ANDROID = `Mozilla/5.0 (Linux; Android 10; K) ${CHROMIUM} Mobile Safari/537.36`;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const IOS =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148';
/** As Facebook for Android sends it for requests of its own. */
const FACEBOOK =
  '[FBAN/FB4A;FBAV/567.1.0.52.74;FBBV/913344719;FBLC/de_DE;FBRV/0;FBCR/OPERATOR;FBMF/samsung;FBDV/SM-A546B;FBSV/16;FBOP/1;FBCA/arm64-v8a:;]';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const brands = (...names: string[]): string =>
  ['Not_A Brand', 'Chromium', ...names].map((name) => `"${name}";v="142"`).join(', ');

const summary = (userAgent: string, hints: Hints = {}): string => {
  const { device, browser, system } = agentReader()(userAgent, hints);
  return `${device}, ${browser || '?'}, ${system || '?'}`;
};

describe('device, browser and system of a user agent', () => {
  it.each([
    [WINDOWS, 'desktop, Chrome, Windows'],
    [`${WINDOWS} Edg/142.0.0.0`, 'desktop, Edge, Windows'],
    [`${WINDOWS} OPR/124.0.0.0`, 'desktop, Opera, Windows'],
    [`${WINDOWS} Vivaldi/7.0`, 'desktop, Vivaldi, Windows'],
    [
      'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko',
      'desktop, Internet Explorer, Windows',
    ],
    [
      `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`,
      'desktop, Safari, macOS',
    ],
    [`${MAC} ${CHROMIUM} Safari/537.36`, 'desktop, Chrome, macOS'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'desktop, Firefox, Linux'],
    [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROMIUM} Safari/537.36`, 'desktop, Chrome, Chrome OS'],
    ['Mozilla/5.0 (X11; FreeBSD amd64; rv:145.0) Gecko/20100101 Firefox/145.0', 'desktop, Firefox, FreeBSD'],
    [ANDROID, 'mobile, Chrome, Android'],
    [`Mozilla/5.0 (Linux; Android 10; K) ${CHROMIUM} Safari/537.36`, 'tablet, Chrome, Android'],
    ['Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0', 'mobile, Firefox, Android'],
    ['Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0', 'tablet, Firefox, Android'],
    [
      'Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
      'mobile, Samsung Internet, Android',
    ],
    [
      'Mozilla/5.0 (Linux; U; Android 14; en-US; SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100 UCBrowser/13.5 Mobile Safari/537.36',
      'mobile, UC Browser, Android',
    ],
    [`${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`, 'mobile, Safari, iOS'],
    [`${IPHONE} CriOS/142.0.7444.46 Mobile/15E148 Safari/604.1`, 'mobile, Chrome, iOS'],
    [`${IPHONE} FxiOS/142.0 Mobile/15E148 Safari/604.1`, 'mobile, Firefox, iOS'],
    [`${IPHONE} EdgiOS/142.0 Version/18.0 Mobile/15E148 Safari/604.1`, 'mobile, Edge, iOS'],
    [
      'Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1',
      'tablet, Safari, iOS',
    ],
    [
      'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0 Safari/537.36 WebAppManager',
      'other, LG Browser, webOS',
    ],
    ['curl/8.11.0', 'other, ?, ?'],
    ['constructor/1.0 __proto__', 'other, ?, ?'],
    ['<script>alert(1)</script>', 'other, ?, ?'],
    ['', 'other, ?, ?'],
    [' ', 'other, ?, ?'],
    // Apps have their own name, and what a network operator or a model is called is nothing.
    [`${IOS} YJApp-IOS jp.co.yahoo.ipn.appli/4.61.0`, 'mobile, Yahoo! Japan, iOS'],
    [`${IOS} SmartNews/24.7.1`, 'mobile, SmartNews, iOS'],
    [FACEBOOK.replace('OPERATOR', 'Vodafone'), 'mobile, Facebook, Android'],
    [FACEBOOK.replace('OPERATOR', 'NL KPN'), 'mobile, Facebook, Android'],
    [FACEBOOK.replace('OPERATOR', 'Windows Opera iPhone'), 'mobile, Facebook, Android'],
    [`${IOS} Unheard/1.0`, 'mobile, Safari, iOS'],
    [ANDROID.replace('; K)', '; Opera Edge Whale)'), 'mobile, Chrome, Android'],
    // The system is in the first parentheses, but for systems that say another there.
    [
      'Mozilla/5.0 (Mobile; LYF/F320B/LYF-F320B-001-01-10-140819;Android; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5',
      'mobile, Firefox, KaiOS',
    ],
    [`${WINDOWS} Roku/DVP-9.10 (519.10E04111A)`, 'other, Roku, Roku'],
    [`${ANDROID} OPR/81.0.2254.73004`, 'mobile, Opera Mini, Android'],
    [`${WINDOWS} OPR/81.0.2254.73004`, 'desktop, Opera, Windows'],
    // The system decides the device, whatever else is said.
    [`${WINDOWS} HuaweiBrowser/1.0`, 'desktop, Huawei Browser, Windows'],
    [`${WINDOWS} Mobile Tablet`, 'desktop, Chrome, Windows'],
    [
      `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1`,
      'tablet, Safari, iOS',
    ],
    [`${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1 OPT/4.7.0`, 'mobile, Opera, iOS'],
    [`${IPHONE} Version/17.0 Mobile/15E148 Safari/604.1 BingSapphire/1.0.400228002`, 'mobile, Bing, iOS'],
    [`${ANDROID} XiaoMi/MiuiBrowser/9.7.3`, 'mobile, MIUI Browser, Android'],
    [ANDROID.replace('Mobile', 'Mobile DuckDuckGo/5'), 'mobile, DuckDuckGo, Android'],
    // What a browser cannot run on is not believed; Linux may hide Android.
    [`${WINDOWS} SamsungBrowser/27.0`, 'desktop, Chrome, Windows'],
    [
      `Mozilla/5.0 (X11; Linux x86_64) ${CHROMIUM} SamsungBrowser/27.0 Safari/537.36`,
      'tablet, Samsung Internet, Android',
    ],
    // Televisions and consoles.
    [
      'Mozilla/5.0 (Linux; Android 9; AFT6E0FA) AppleWebKit/537.36 (KHTML, like Gecko) Silk/122.5.4 like Chrome/122.0.6261.139 Safari/537.36',
      'other, Amazon Silk, Android',
    ],
    [ANDROID.replace('; K)', '; SHIELD Android TV)'), 'other, Chrome, Android'],
    [ANDROID.replace('; K)', '; BRAVIA 4K VH2)'), 'other, Chrome, Android'],
    [
      'HbbTV/1.4.1 (+DRM;Samsung;SmartTV2021:UAU8000;;) Tizen/6.0 Chrome/76',
      'other, Samsung Internet, Tizen',
    ],
    [
      'Mozilla/5.0 (PlayStation; PlayStation 5/9.40) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.4 Safari/605.1.15',
      'other, PlayStation Browser, PlayStation',
    ],
    [`${WINDOWS} CrKey/1.56`, 'other, Chrome, ?'],
  ])('%s: %s', (userAgent, answer) => {
    expect(summary(userAgent)).toBe(answer);
  });
});

describe('client hints identify', () => {
  it.each<[string, string, Hints, string]>([
    ['the browser on Chromium', WINDOWS, { brands: brands('Google Chrome') }, 'desktop, Chrome, Windows'],
    ['one that calls itself Chrome', WINDOWS, { brands: brands('Brave') }, 'desktop, Brave, Windows'],
    [
      'one that calls itself Chrome, on a phone',
      ANDROID,
      { brands: brands('Microsoft Edge') },
      'mobile, Edge, Android',
    ],
    [
      'nothing new of one that has its name in both',
      `${WINDOWS} OPR/124.0`,
      { brands: brands('Google Chrome') },
      'desktop, Opera, Windows',
    ],
    [
      'nothing of a browser that is none of them',
      WINDOWS,
      { brands: brands('Unheard Of') },
      'desktop, Chrome, Windows',
    ],
    [
      'nothing where they are none',
      WINDOWS,
      { brands: '"";;"', mobile: '', platform: '"' },
      'desktop, Chrome, Windows',
    ],
    [
      'the system',
      `Mozilla/5.0 (X11; Linux x86_64) ${CHROMIUM} Safari/537.36`,
      { mobile: '?0', platform: '"Chrome OS"' },
      'desktop, Chrome, Chrome OS',
    ],
    [
      'a phone that requests desktop pages',
      `Mozilla/5.0 (X11; Linux x86_64) ${CHROMIUM} Safari/537.36`,
      { mobile: '?1', platform: '"Android"' },
      'mobile, Chrome, Android',
    ],
    [
      'a tablet that does',
      `Mozilla/5.0 (X11; Linux x86_64) ${CHROMIUM} Safari/537.36`,
      { mobile: '?0', platform: '"Android"' },
      'tablet, Chrome, Android',
    ],
    ['no system that is not known', WINDOWS, { platform: '"Unknown"' }, 'desktop, Chrome, Windows'],
    [
      'nothing of a phone that is not on Chromium',
      `${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`,
      { brands: brands('Brave'), mobile: '?0', platform: '"Windows"' },
      'mobile, Safari, iOS',
    ],
    [
      'nothing of a console',
      WINDOWS.replace('x64)', 'x64; Xbox; Xbox One)'),
      { mobile: '?0', platform: '"Windows"' },
      'other, Edge, Xbox',
    ],
    [
      'that Linux is Android, by a browser that is only there',
      `Mozilla/5.0 (X11; Linux x86_64) ${CHROMIUM} Safari/537.36`,
      { brands: brands('Samsung Internet'), mobile: '?0' },
      'tablet, Samsung Internet, Android',
    ],
    ['nothing of an app', `${ANDROID} Viber/22.6`, { brands: brands('Brave') }, 'mobile, Viber, Android'],
  ])('%s', (_, userAgent, hints, answer) => {
    expect(summary(userAgent, hints)).toBe(answer);
  });
});

/** Lines of a list of user agents: its columns, without comments. */
const linesOf = (file: string): string[][] =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));

describe('of the user agents in the list', () => {
  const agentOf = agentReader();
  const list = linesOf('user-agents.tsv').map(([device, browser, system, group, source, userAgent = '']) => ({
    right: { device, browser, system },
    answer: agentOf(userAgent, {}),
    group,
    source,
    userAgent,
  }));
  const real = list.filter(({ source }) => source !== 'own');
  type Item = (typeof list)[number];
  const said = ({ device, browser, system }: Partial<Record<keyof Agent, string>>): string =>
    `${device}, ${browser || '?'}, ${system || '?'}`;
  const isRight = (of: keyof Agent) => (item: Item) => item.answer[of] === item.right[of];
  const missesOf = (items: readonly Item[]): string[] =>
    items
      .filter(({ answer, right }) => said(answer) !== said(right))
      .map(({ answer, right, userAgent }) => `${said(answer)} is ${said(right)}: ${userAgent}`);

  it('at least 97 % of 500 real ones have the right device, browser and system; these have not', () => {
    const misses = missesOf(real);
    console.log(`${misses.length} of ${real.length} real user agents are read wrong:\n${misses.join('\n')}`);
    expect(real.length).toBeGreaterThanOrEqual(500);
    for (const part of ['device', 'browser', 'system'] as const) {
      expect(real.filter(isRight(part)).length / real.length).toBeGreaterThanOrEqual(0.97);
    }
    expect(misses.length / real.length).toBeLessThanOrEqual(0.03);
    expect(
      misses.map((miss) =>
        /(.*): .*?(MiuiBrowser|SM-F711B|Nexus 9|SHT-AL09|BTV-W09|TAH-AN00|Maemo|BlackBerry9300|Silk|iPad4,4|Fuchsia|GTV1100)/
          .exec(miss)
          ?.slice(1),
      ),
    ).toEqual([
      // Phones that ask for the pages of a desktop, and tablets that ask for those of a phone.
      ['tablet, MIUI Browser, Android is mobile, MIUI Browser, Android', 'MiuiBrowser'],
      ['tablet, Samsung Internet, Android is mobile, Samsung Internet, Android', 'SM-F711B'],
      ['mobile, Chrome, Android is tablet, Chrome, Android', 'Nexus 9'],
      ['mobile, Chrome, Android is tablet, Chrome, Android', 'SHT-AL09'],
      ['mobile, Chrome, Android is tablet, Chrome, Android', 'BTV-W09'],
      ['tablet, Chrome, Android is mobile, Chrome, Android', 'TAH-AN00'],
      ['tablet, MIUI Browser, Android is mobile, MIUI Browser, Android', 'MiuiBrowser'],
      // Known by their model alone.
      ['desktop, Firefox, Linux is mobile, Firefox, Linux', 'Maemo'],
      ['mobile, ?, ? is mobile, BlackBerry Browser, BlackBerry', 'BlackBerry9300'],
      ['desktop, Safari, macOS is tablet, Amazon Silk, Android', 'Silk'],
      ['mobile, Facebook, iOS is tablet, Facebook, iOS', 'iPad4,4'],
      // Televisions that say another system or device than they have.
      ['other, Chrome, Android is other, Chrome, ?', 'Fuchsia'],
      ['tablet, Android Browser, Android is other, Android Browser, Android', 'GTV1100'],
    ]);
  });

  it.each([
    ['app', 50],
    ['tv', 40],
  ])('the group %s has at least %i real ones, and 97 % are right', (name, least) => {
    const group = real.filter((item) => item.group === name);
    expect(group.length).toBeGreaterThanOrEqual(least);
    expect(1 - missesOf(group).length / group.length).toBeGreaterThanOrEqual(0.97);
  });

  it('all of our own examples are right', () => {
    expect(missesOf(list.filter(({ source }) => source === 'own'))).toEqual([]);
  });
});

describe('no result contradicts itself, for any words in a user agent', () => {
  const agentOf = agentReader();
  const keys = [
    ...APPS.flatMap(({ words }) => words),
    ...BROWSERS.flatMap(({ words }) => words),
    ...SYSTEMS.flatMap(([, ...words]) => words),
    ...ENGINES.flatMap(({ words }) => words),
    ...OTHER_DEVICES,
    ...['mobile', 'mobile/', 'tablet', 'phone', 'pc', 'wv', 'aftmm', 'mozilla/', 'x11'],
  ].map((key) => key.replace('(', ''));
  const phrase = fc
    .array(fc.constantFrom(...keys), { maxLength: 5 })
    .map((words) => words.map((word) => (word.endsWith('/') ? `${word}1.0` : word)).join(' '));
  const userAgents = fc
    .tuple(phrase, phrase)
    .map(([inside, outside]) => `Mozilla/5.0 (${inside}) ${outside}`);
  const hints = fc.record(
    {
      brands: fc.constantFrom(...BRANDS.keys()).map((name) => brands(name)),
      mobile: fc.constantFrom('?0', '?1'),
      platform: fc.constantFrom('"Android"', '"Windows"', '"macOS"', '"Linux"', '"Chrome OS"', '"Tizen"'),
    },
    { requiredKeys: [] },
  );
  const COMPUTERS = ['Windows', 'macOS', 'Chrome OS', 'NetBSD', 'OpenBSD'];
  const DEVICES_OF: Readonly<Record<string, readonly string[]>> = {
    ...Object.fromEntries(COMPUTERS.map((system) => [system, ['desktop']])),
    FreeBSD: ['desktop', 'other'],
    Linux: ['desktop', 'other'],
    iOS: ['mobile', 'tablet'],
    Android: ['mobile', 'tablet', 'other'],
    'Windows Phone': ['mobile'],
    KaiOS: ['mobile'],
    Symbian: ['mobile'],
    webOS: ['other'],
    PlayStation: ['other'],
    Xbox: ['other'],
    Nintendo: ['other'],
    Roku: ['other'],
    tvOS: ['other'],
  };
  const SYSTEMS_OF: Readonly<Record<string, readonly string[]>> = {
    Safari: ['iOS', 'macOS', 'Windows'],
    'Internet Explorer': ['Windows', 'Windows Phone', 'Xbox', 'macOS'],
    'Samsung Internet': ['Android', 'Linux', 'Tizen'],
    'Amazon Silk': ['Android'],
    'Meta Quest Browser': ['Android'],
    'MIUI Browser': ['Android', 'HarmonyOS'],
    'GNOME Web': ['Linux', 'FreeBSD', 'NetBSD', 'OpenBSD'],
    'Android Browser': ['Android'],
    'PlayStation Browser': ['PlayStation'],
    'Nintendo Browser': ['Nintendo'],
  };
  /** The same by the tables, of every browser that is not on all systems. */
  const LISTED_SYSTEMS = new Map<string, readonly string[]>();
  const isAnywhere = (name: string): boolean =>
    BROWSERS.some((browser) => browser.name === name && browser.on === undefined);
  for (const { name, on } of BROWSERS) {
    if (on !== undefined && !isAnywhere(name))
      LISTED_SYSTEMS.set(name, [...new Set([...(LISTED_SYSTEMS.get(name) ?? []), ...on])]);
  }
  const elsewhere = ENGINES.map((engine) => engine.elsewhere);
  for (const [system, name] of ENGINES.flatMap(({ on }) => Object.entries(on))) {
    if (elsewhere.includes(name) || isAnywhere(name)) continue;
    const systems = LISTED_SYSTEMS.get(name) ?? [];
    if (!systems.includes(system)) LISTED_SYSTEMS.set(name, [...systems, system]);
  }
  const isOneOf = (value: string, allowed: readonly string[] | undefined): boolean =>
    value === '' || allowed === undefined || allowed.includes(value);

  it('a system has only its devices, and a browser only its systems', () => {
    fc.assert(
      fc.property(userAgents, hints, (userAgent, hinted) => {
        const { device, browser, system } = agentOf(userAgent, hinted);
        expect(isOneOf(device, DEVICES_OF[system]), `${device} with ${system}`).toBe(true);
        expect(isOneOf(system, SYSTEMS_OF[browser]), `${browser} on ${system}`).toBe(true);
        expect(isOneOf(system, LISTED_SYSTEMS.get(browser)), `${browser} on ${system}`).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a browser exists on each system listed here, and on no other', () => {
    for (const [browser, systems] of Object.entries(SYSTEMS_OF)) {
      const listed = LISTED_SYSTEMS.get(browser) ?? [];
      expect([...listed].sort(), browser).toEqual([...systems].sort());
    }
  });

  it.each([
    ['Amazon Silk', 'Silk/122.5.4'],
    ['Amazon Silk', 'amazonkidsbrowser/1.0'],
    ['Meta Quest Browser', 'OculusBrowser/33.3'],
    ['Samsung Internet', 'SamsungBrowser/27.0'],
  ])('%s is not on HarmonyOS: "%s" there is the browser of its engine', (_, word) => {
    const userAgent = `Mozilla/5.0 (Phone; OpenHarmony 5.0) ${CHROMIUM} ${word} Mobile Safari/537.36`;
    expect(agentOf(userAgent, {})).toMatchObject({ browser: 'Chrome', system: 'HarmonyOS' });
  });

  it('every name is in the table of names', () => {
    const browsers = new Set([
      '',
      ...[...APPS, ...BROWSERS].map(({ name }) => name),
      ...ENGINES.flatMap(({ on, elsewhere }) => [...Object.values(on), elsewhere ?? '']),
    ]);
    const systems = new Set<string>(['', ...SYSTEM_NAMES]);
    for (const brand of BRANDS.values()) expect(browsers).toContain(brand);
    fc.assert(
      fc.property(userAgents, hints, (userAgent, hinted) => {
        const { browser, system } = agentOf(userAgent, hinted);
        expect(browsers).toContain(browser);
        expect(systems).toContain(system);
      }),
    );
  });

  it('every key of the tables can match: each is one or two words, in lower case, of one name', () => {
    const names = [...APPS, ...BROWSERS].flatMap(({ words }) => words);
    expect(names.filter((key, at) => names.indexOf(key) !== at)).toEqual([]);
    for (const key of keys) expect(key).toMatch(/^[a-z][a-z0-9]*( [a-z0-9]+)?\/?$|^\d+ [a-z0-9]+$/);
  });
});

describe('parsing is cheap for any input', () => {
  it('only the head of a long user agent, and of a long hint, is read', () => {
    const agentOf = agentReader();
    expect(agentOf(WINDOWS.padEnd(1_024, ' ') + ' Edg/142.0.0.0'.repeat(50_000), {}).browser).toBe('Chrome');
    expect(agentOf(WINDOWS, { brands: ' '.repeat(200) + brands('Brave') }).browser).toBe('Chrome');
    expect(agentOf('('.repeat(1_000_000), { brands: '"'.repeat(1_000_000) })).toEqual({
      device: 'other',
      browser: '',
      system: '',
    });
  });

  it.each([
    ['an open parenthesis', '('],
    ['parentheses', '()'],
    ['a word', 'a'],
    ['words', 'a '],
    ['products', 'Chrome/1 '],
    ['operators', 'FBCR/'],
    ['systems', '(Linux; Android '],
  ])('8 KB of %s is read in under 5 ms', (_, text) => {
    const agentOf = agentReader();
    const hostile = Array.from({ length: 100 }, (_, at) => `${at} ${text.repeat(8_192 / text.length)}`);
    const start = performance.now();
    for (const userAgent of hostile) agentOf(userAgent, { brands: userAgent });
    expect((performance.now() - start) / hostile.length).toBeLessThan(5);
  });

  it('at most 2,000 results are cached, and caching changes none', () => {
    const agentOf = agentReader();
    const set = vi.spyOn(Map.prototype, 'set');
    let most = 0;
    for (let at = 0; at < 2_500; at += 1) {
      agentOf(`${WINDOWS} ${at}`, {});
      most = Math.max(most, (set.mock.contexts.at(-1) as Map<string, unknown>).size);
    }
    set.mockRestore();
    expect(most).toBe(2_000);
    expect(agentOf(WINDOWS, {})).toEqual(agentOf(WINDOWS, {}));
    expect(agentOf(WINDOWS, { brands: brands('Brave') }).browser).toBe('Brave');
    expect(agentOf(WINDOWS, {}).browser).toBe('Chrome');
  });

  it('for any input the result has only known names', () => {
    const agentOf = agentReader();
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((rest) => `${rest} ${ANDROID}`),
          text.map((rest) => `Mozilla/5.0 (${rest}) ${rest}/1.0`),
        ),
        fc.record({ brands: text, mobile: text, platform: text }, { requiredKeys: [] }),
        (userAgent, hints) => {
          const { device, browser, system } = agentOf(userAgent, hints);
          expect(['desktop', 'mobile', 'tablet', 'other']).toContain(device);
          expect(`${browser}${system}`).toMatch(/^[\w !-]{0,60}$/);
        },
      ),
    );
  });
});
