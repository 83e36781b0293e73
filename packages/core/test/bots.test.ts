import { describe, expect, it, vi } from 'vitest';
import { botFilter } from '@footfall/core';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

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
  ])('%s', (_, userAgent) => {
    expect(botFilter()(userAgent)).toBe(false);
  });
});

describe('crawlers, tools and whoever does not say what they are, are bots', () => {
  it.each([
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)',
    'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)',
    'DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'curl/8.11.0',
    'Wget/1.24.5',
    'python-requests/2.32.3',
    'Go-http-client/2.0',
    'node',
    'undici',
    'axios/1.7.7',
    CHROME.replace('Chrome/', 'HeadlessChrome/'),
    '',
    ' ',
    '\t\r\n ',
    '\u00a0',
  ])('%j', (userAgent) => {
    expect(botFilter()(userAgent)).toBe(true);
  });
});

describe('the question costs little, whatever is asked', () => {
  it('only the first 512 characters are looked at, of a megabyte as of a short one', () => {
    const isBot = botFilter();
    const browser = CHROME.padEnd(512, ' ');
    expect(isBot(`${browser}Googlebot/2.1`)).toBe(false);
    expect(isBot(browser + 'Googlebot/2.1 '.repeat(75_000))).toBe(false);
    expect(isBot('('.repeat(1_000_000))).toBe(isBot('('.repeat(512)));
    expect(isBot(' '.repeat(1_000_000))).toBe(true);
  });

  it('no more than 2,000 answers are remembered', () => {
    const isBot = botFilter();
    const set = vi.spyOn(Map.prototype, 'set');
    let most = 0;
    for (let at = 0; at < 5_000; at += 1) {
      isBot(`curl/${at}`);
      const map = set.mock.contexts.at(-1) as Map<string, boolean>;
      most = Math.max(most, map.size);
    }
    set.mockRestore();
    expect(most).toBe(2_000);
  });

  it('the answer stays the same when it is remembered, and after more user agents than are remembered', () => {
    const isBot = botFilter();
    for (let at = 0; at < 5_000; at += 1) {
      expect(isBot(`${CHROME} Unheard/${at}.0`)).toBe(false);
      if (at % 1_000 === 0) expect([isBot(CHROME), isBot('curl/8'), isBot('')]).toEqual([false, true, true]);
    }
  });
});
