import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { botFilter } from '@footfall/core';
import { botFamilyOf, SCANNERS } from '../src/bot-names.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

const IOS =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148';
const WEB_VIEW =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36';
/** As Facebook for Android sends it for requests of its own. */
const FACEBOOK =
  '[FBAN/FB4A;FBAV/567.1.0.52.74;FBBV/913344719;FBLC/de_DE;FBRV/0;FBCR/Vodafone;FBMF/samsung;FBDV/SM-A546B;FBSV/16;FBOP/1;FBCA/arm64-v8a:;]';

describe('people’s browsers are no bots', () => {
  it.each([
    ['Chrome on Windows', CHROME],
    [
      'Chrome on Android',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    ],
    [
      'Chrome on iOS',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.7444.46 Mobile/15E148 Safari/604.1',
    ],
    [
      'Safari on macOS',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
    ],
    [
      'Safari on iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    ],
    [
      'Safari on iPad',
      'Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1',
    ],
    ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'],
    ['Firefox on Android', 'Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0'],
    ['Edge on Windows', `${CHROME} Edg/142.0.0.0`],
    [
      'Samsung Internet',
      'Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
    ],
    ['Opera', `${CHROME} OPR/124.0.0.0`],
    ['an old Internet Explorer', 'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko'],
    [
      'an Android WebView',
      'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36',
    ],
    ['SmartNews', `${IOS} SmartNews/24.7.1`],
    ['Apple News', `${IOS} AppleNews/1000 Version/2.3.1`],
    ['an app for news', `${IOS} NewsArticle/8.0.0.0 JsSdk/2.0`],
    ['Facebook for Android', FACEBOOK],
    ['Facebook with an operator of two words', FACEBOOK.replace('Vodafone', 'NL KPN')],
    ['Facebook with an operator that is called like a bot', FACEBOOK.replace('Vodafone', 'Robot Crawler')],
    ['Instagram', `${WEB_VIEW} Instagram 406.0.0.58.159 Android (35/15; 480dpi; OPPO; CPH2557; en_MY)`],
    [
      'Google TV',
      'Mozilla/5.0 (X11; Linux i686) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/104.0.0.0 Large Screen Safari/537.36 GoogleTV',
    ],
    ['a Wii', 'Opera/9.30 (Nintendo Wii; U; ; 3642; en) Internet Channel/1.0;'],
    ['WeChat', `${WEB_VIEW} MicroMessenger/7.0.14.1660 NetType/4G Language/zh_CN wechatdevtools`],
  ])('%s', (_, userAgent) => {
    expect(botFilter()(userAgent)).toBeUndefined();
  });
});

describe('crawlers, tools and requests without a user agent are bots', () => {
  it.each([
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Googlebot'],
    [
      'Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      'Googlebot',
    ],
    ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 'bingbot'],
    [
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
      'GPTBot',
    ],
    [
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)',
      'ClaudeBot',
    ],
    ['Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)', 'YandexBot'],
    ['Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)', 'Yahoo! Slurp'],
    ['Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)', 'UptimeRobot'],
    ['DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)', 'DuckDuckBot'],
    ['facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', 'facebookexternalhit'],
    ['Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)', 'Slackbot-LinkExpanding'],
    ['curl/8.11.0', 'curl'],
    ['Wget/1.24.5', 'Wget'],
    ['python-requests/2.32.3', 'python-requests'],
    ['Go-http-client/2.0', 'Go-http-client'],
    ['Apache-HttpClient/4.5 (Java/1.8)', 'Apache-HttpClient'],
    ['node', 'node'],
    ['undici', 'undici'],
    ['axios/1.7.7', 'axios'],
    [CHROME.replace('Chrome/', 'HeadlessChrome/'), 'HeadlessChrome'],
    [`${CHROME};OneTrust;`, 'OneTrust'],
    [`${CHROME} GTmetrix`, 'GTmetrix'],
    [`${WEB_VIEW} (compatible; SomeBot/1.0)`, 'SomeBot'],
    [`${IOS} SmartNews/24.7.1 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`, 'Googlebot'],
    [`${IOS} facebook crawler`, 'crawler'],
    ['Mozilla/5.0 (Nintendo Switch; SomeBot/1.0) AppleWebKit/606.4 (KHTML, like Gecko)', 'SomeBot'],
    ['GoogleTV/1.0', 'GoogleTV'],
    ['WhatsApp/2.23.20.0 A', 'WhatsApp'],
    ['Pinterest/0.2 (+https://www.pinterest.com/bot.html)', 'Pinterest'],
    ['Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)', 'Dalvik'],
    ['', 'no user agent'],
    [' ', 'no user agent'],
    ['\t\r\n ', 'no user agent'],
    ['\u00a0', 'no user agent'],
    ['(((', 'unnamed'],
    // What may be somebody's address is nobody's name.
    ['203.0.113.197-bot/1', 'unnamed'],
    ['bot-203-0-113-197', 'unnamed'],
    ['2001:db8::1-crawler', 'unnamed'],
  ])('%j is %s', (userAgent, name) => {
    expect(botFilter()(userAgent)).toBe(name);
  });

  it('for any input the name is plain text of at most 64 bytes', () => {
    const botOf = botFilter();
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.string({ unit: 'binary', maxLength: 200 }),
        (before, after) => {
          const name = botOf(`${before}bot${after}`) ?? 'x';
          expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(64);
          expect(name).toMatch(/^[^\p{Cc}\u202a-\u202e\u2066-\u2069]+$/u);
          expect(name.isWellFormed()).toBe(true);
        },
      ),
    );
  });
});

/** Lines of a list of user agents: its columns, without comments. */
const linesOf = (file: string): string[][] =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));

describe('of 225 people and 150 bots', () => {
  const list = linesOf('people-and-bots.tsv');
  const userAgentsOf = (kind: string): string[] =>
    list.filter((line) => line[0] === kind).map(([, , userAgent = '']) => userAgent);
  const botOf = botFilter();

  it('no person is a bot', () => {
    const people = userAgentsOf('person');
    const bots = people.filter((userAgent) => botOf(userAgent) !== undefined);
    console.log(`${bots.length} of ${people.length} people are bots:\n${bots.join('\n')}`);
    expect(
      list.filter(([kind, source]) => kind === 'person' && source !== 'form').length,
    ).toBeGreaterThanOrEqual(150);
    expect(bots).toEqual([]);
  });

  it('at most 2 bots are people', () => {
    const bots = userAgentsOf('bot');
    const people = bots.filter((userAgent) => botOf(userAgent) === undefined);
    console.log(`${people.length} of ${bots.length} bots are people:\n${people.join('\n')}`);
    expect(bots.length).toBeGreaterThanOrEqual(150);
    expect(people.length).toBeLessThanOrEqual(2);
  });

  it('no device in the other list is a bot, except two', () => {
    const devices = linesOf('user-agents.tsv').map((line) => line[5] ?? '');
    const bots = devices.filter((userAgent) => botOf(userAgent) !== undefined);
    // Programs for Windows whose window is a browser.
    expect(bots.map((userAgent) => /eBook Maestro|Google Earth/.exec(userAgent)?.[0])).toEqual([
      'eBook Maestro',
      'Google Earth',
    ]);
  });

  it('each scanner of the list has its own name', () => {
    for (const [name, ...words] of SCANNERS) {
      for (const word of words) expect(botOf(`${CHROME} ${word}1.0`.replace(/([^/])1\.0$/, '$1'))).toBe(name);
    }
  });
});

describe('detection is cheap for any input', () => {
  it('only the first 1,024 characters are read, even of a megabyte', () => {
    const botOf = botFilter();
    const browser = CHROME.padEnd(1_024, ' ');
    expect(botOf(`${browser}Googlebot/2.1`)).toBeUndefined();
    expect(botOf(browser + 'Googlebot/2.1 '.repeat(75_000))).toBeUndefined();
    expect(botOf('('.repeat(1_000_000))).toBe(botOf('('.repeat(1_024)));
    expect(botOf(' '.repeat(1_000_000))).toBe('no user agent');
    expect(botOf('a'.repeat(300) + 'bot')).toBe('a'.repeat(64));
  });

  it.each([
    ['an open parenthesis', '('],
    ['a letter', 'a'],
    ['a digit', '1'],
    ['versions', '1.1.'],
    ['words', 'a '],
    ['names before a slash', 'a/'],
    ['signs of an address', '@a'],
    ['semicolons', '; a'],
    ['almost a bot', 'bo'],
    ['operators', 'FBCR/'],
  ])('8 KB of %s are answered in under 5 ms', (_, text) => {
    const botOf = botFilter();
    const hostile = Array.from({ length: 50 }, (_value, at) => [
      `${text.repeat(8_192 / text.length)}`.slice(at),
      `${IOS} ${text.repeat(8_192 / text.length)}${at}`.replace('Mobile', `${at}`),
      `${text.repeat(500)}bot${at}`,
    ]).flat();
    const start = performance.now();
    for (const userAgent of hostile) botOf(userAgent);
    expect((performance.now() - start) / hostile.length).toBeLessThan(5);
  });

  it('no more than 2,000 results are cached', () => {
    const botOf = botFilter();
    const set = vi.spyOn(Map.prototype, 'set');
    let most = 0;
    for (let at = 0; at < 5_000; at += 1) {
      botOf(`curl/${at}`);
      const map = set.mock.contexts.at(-1) as Map<string, unknown>;
      most = Math.max(most, map.size);
    }
    set.mockRestore();
    expect(most).toBe(2_000);
  });

  it('the result is the same when it is cached, and after it was evicted', () => {
    const botOf = botFilter();
    for (let at = 0; at < 5_000; at += 1) {
      expect(botOf(`${CHROME} Unheard/${at}.0`)).toBeUndefined();
      if (at % 1_000 === 0)
        expect([botOf(CHROME), botOf('curl/8'), botOf('')]).toEqual([undefined, 'curl', 'no user agent']);
    }
  });
});

describe('the family of a bot, by its name in the ledger', () => {
  it.each([
    ['Googlebot', 'crawler'],
    ['GPTBot', 'crawler'],
    ['HeadlessChrome', 'automated browser'],
    ['facebookexternalhit', 'link preview'],
    ['Slackbot-LinkExpanding', 'link preview'],
    ['UptimeRobot', 'monitor'],
    ['curl', 'program'],
    ['python-requests', 'program'],
    ['Go-http-client', 'program'],
    ['no user agent', 'no user agent'],
    ['(other)', 'other'],
    ['unnamed', 'other'],
  ])('of %s is %s', (name, family) => {
    expect(botFamilyOf(name)).toBe(family);
  });
});
