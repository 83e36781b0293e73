import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { agentReader, type Hints } from '@footfall/core';

const CHROMIUM = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0';
const WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROMIUM} Safari/537.36`;
const ANDROID = `Mozilla/5.0 (Linux; Android 10; K) ${CHROMIUM} Mobile Safari/537.36`;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const brands = (...names: string[]): string =>
  ['Not_A Brand', 'Chromium', ...names].map((name) => `"${name}";v="142"`).join(', ');

const summary = (userAgent: string, hints: Hints = {}): string => {
  const { device, browser, system } = agentReader()(userAgent, hints);
  return `${device}, ${browser || '?'}, ${system || '?'}`;
};

describe('a user agent tells', () => {
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
    ['Mozilla/5.0 (X11; FreeBSD amd64; rv:145.0) Gecko/20100101 Firefox/145.0', 'desktop, Firefox, ?'],
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
      'other, webOS, webOS',
    ],
    ['curl/8.11.0', 'other, ?, ?'],
    ['constructor/1.0 __proto__', 'other, ?, ?'],
    ['<script>alert(1)</script>', 'other, ?, ?'],
    ['', 'other, ?, ?'],
    [' ', 'other, ?, ?'],
  ])('%s: %s', (userAgent, told) => {
    expect(summary(userAgent)).toBe(told);
  });
});

describe('client hints tell', () => {
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
      'a phone that asks for the pages of a desktop',
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
  ])('%s', (_, userAgent, hints, told) => {
    expect(summary(userAgent, hints)).toBe(told);
  });
});

describe('the question costs little, whatever is asked', () => {
  it('only the head of a long user agent, and of a long hint, is looked at', () => {
    const agentOf = agentReader();
    expect(agentOf(WINDOWS.padEnd(512, ' ') + ' Edg/142.0.0.0'.repeat(50_000), {}).browser).toBe('Chrome');
    expect(agentOf(WINDOWS, { brands: ' '.repeat(200) + brands('Brave') }).browser).toBe('Chrome');
    expect(agentOf('('.repeat(1_000_000), { brands: '"'.repeat(1_000_000) })).toEqual({
      device: 'other',
      browser: '',
      system: '',
    });
  });

  it('no more than 2,000 answers are remembered, and remembering changes none', () => {
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

  it('the answer is, whatever is sent, of the known names alone', () => {
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
          expect(`${browser}${system}`).toMatch(/^[\w -]{0,60}$/);
        },
      ),
    );
  });
});
