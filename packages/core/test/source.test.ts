import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelOf, CLICK_IDS, sourceOf, type Campaign } from '@footfall/core';
import { campaignOf, readReferrer } from '../src/source.ts';
import { SOURCES } from '../src/sources.ts';

const NONE: Campaign = {
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  utmTerm: null,
  utmContent: null,
  clickId: null,
};
const from = (referrer: string | undefined, campaign?: Partial<Campaign>): string =>
  sourceOf(readReferrer(referrer), campaign === undefined ? undefined : { ...NONE, ...campaign });

describe('a referrer is named', () => {
  it.each([
    [undefined, 'direct', 'direct'],
    ['', 'direct', 'direct'],
    ['https://www.google.com/', 'Google', 'search'],
    ['https://google.de/search', 'Google', 'search'],
    ['https://www.google.co.uk/', 'Google', 'search'],
    ['https://www.google.com.bd/', 'Google', 'search'],
    ['https://images.google.fr/', 'Google', 'search'],
    ['https://scholar.google.it/', 'Google Scholar', 'search'],
    ['https://news.google.com/', 'Google News', 'news'],
    ['https://mail.google.com/', 'Gmail', 'mail'],
    ['https://gemini.google.com/', 'Gemini', 'ai'],
    ['https://www.bing.com/', 'Bing', 'search'],
    ['https://duckduckgo.com/', 'DuckDuckGo', 'search'],
    ['https://search.yahoo.co.jp/', 'Yahoo', 'search'],
    ['https://yandex.com.tr/', 'Yandex', 'search'],
    ['https://chatgpt.com/', 'ChatGPT', 'ai'],
    ['https://www.perplexity.ai/', 'Perplexity', 'ai'],
    ['https://l.facebook.com/l.php', 'Facebook', 'social'],
    ['https://lm.facebook.com/', 'Facebook', 'social'],
    ['https://l.instagram.com/', 'Instagram', 'social'],
    ['https://t.co/abc', 'X', 'social'],
    ['https://twitter.com/a', 'X', 'social'],
    ['https://out.reddit.com/', 'Reddit', 'social'],
    ['https://old.reddit.com/r/x', 'Reddit', 'social'],
    ['https://www.linkedin.com/', 'LinkedIn', 'social'],
    ['https://lnkd.in/', 'LinkedIn', 'social'],
    ['https://news.ycombinator.com/item?id=1', 'Hacker News', 'social'],
    ['https://www.pinterest.co.uk/', 'Pinterest', 'social'],
    ['https://m.youtube.com/', 'YouTube', 'video'],
    ['https://youtu.be/x', 'YouTube', 'video'],
    ['https://www.bbc.co.uk/news', 'BBC', 'news'],
    ['https://GitHub.com/a', 'GitHub', 'work'],
    ['https://web.telegram.org/', 'Telegram', 'chat'],
    ['https://www.amazon.com.br/', 'Amazon', 'shop'],
    // And others are their host.
    ['https://www.example.org/a', 'example.org', 'other'],
    ['https://example.org', 'example.org', 'other'],
    ['https://www.com/', 'com', 'other'],
    ['https://xn--mnchen-3ya.example/', 'xn--mnchen-3ya.example', 'other'],
    ['http://192.0.2.1:8080/', '192.0.2.1', 'other'],
    ['http://[2001:db8::1]/', '[2001:db8::1]', 'other'],
    ['http://localhost/', 'localhost', 'other'],
    ['https://google.example.com/', 'google.example.com', 'other'],
    ['https://google.com.example.net/', 'google.com.example.net', 'other'],
    ['https://notgoogle.com/', 'notgoogle.com', 'other'],
    ['https://facebook.com.evil.net/', 'facebook.com.evil.net', 'other'],
    ['https://someone.github.io/', 'someone.github.io', 'other'],
    ['https://google./', 'Google', 'search'],
    ['android-app://com.google.android.gm/', 'direct', 'direct'],
  ])('%s is %s (%s)', (referrer, source, channel) => {
    expect([from(referrer), channelOf(from(referrer))]).toEqual([source, channel]);
  });

  it('by every host of the list, its subdomains and its names', () => {
    for (const [kind, sources] of Object.entries(SOURCES)) {
      for (const [name, ...known] of sources) {
        expect(channelOf(name)).toBe(kind);
        for (const key of [name, ...known]) {
          if (key.endsWith('.*')) {
            expect(from(`https://${key.replace('*', 'com')}/`)).toBe(name);
            expect(from(`https://www.${key.replace('*', 'co.uk')}/`)).toBe(name);
          } else if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(key)) {
            expect([key, from(`https://${key}/`), from(`https://a.b.${key}/`)]).toEqual([key, name, name]);
          }
          expect(from(undefined, { utmSource: key })).toBe(name);
        }
      }
    }
  });

  it('by a list in which nothing stands twice', () => {
    const keys = Object.values(SOURCES).flatMap((sources) =>
      sources.flatMap(([name, ...known]) => [...new Set([name, ...known].map((key) => key.toLowerCase()))]),
    );
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
    expect(Object.values(SOURCES).flat().length).toBeGreaterThanOrEqual(150);
  });
});

describe('a campaign', () => {
  const GOOGLE = 'https://www.google.com/';

  it.each<[string | undefined, Partial<Campaign>, string]>([
    [GOOGLE, { utmSource: 'newsletter' }, 'newsletter'],
    [undefined, { utmSource: 'Newsletter May' }, 'Newsletter May'],
    [undefined, { utmSource: 'google' }, 'Google'],
    [undefined, { utmSource: 'FB' }, 'Facebook'],
    [undefined, { utmSource: 'twitter' }, 'X'],
    [undefined, { utmSource: 'chatgpt.com' }, 'ChatGPT'],
    [undefined, { utmSource: 'www.google.fr' }, 'Google'],
    [undefined, { utmSource: 'www.example.org' }, 'example.org'],
    [undefined, { utmSource: 'v1.2' }, 'v1.2'],
    [undefined, { utmSource: 'toString' }, 'toString'],
    [GOOGLE, { utmCampaign: 'spring' }, 'Google'],
    [undefined, { utmCampaign: 'spring' }, 'direct'],
    // What was paid for.
    [undefined, { utmSource: 'google', utmMedium: 'cpc' }, 'Google (paid)'],
    [undefined, { utmSource: 'news', utmMedium: 'Paid-Social' }, 'news (paid)'],
    [undefined, { utmSource: 'news', utmMedium: 'email' }, 'news'],
    [undefined, { utmSource: 'news', utmMedium: 'unpaid' }, 'news'],
    ['https://www.example.org/', { utmMedium: 'cpm' }, 'example.org (paid)'],
    [undefined, { utmMedium: 'cpc' }, 'direct'],
    [undefined, { clickId: 'gclid' }, 'Google (paid)'],
    [GOOGLE, { clickId: 'gclid' }, 'Google (paid)'],
    ['https://publisher.example/', { clickId: 'gclid' }, 'Google (paid)'],
    [undefined, { clickId: 'msclkid' }, 'Bing (paid)'],
    [undefined, { utmSource: 'youtube', clickId: 'gclid' }, 'YouTube (paid)'],
    // Facebook marks every link, not only those that were paid for.
    [undefined, { clickId: 'fbclid' }, 'Facebook'],
    ['https://l.instagram.com/', { clickId: 'fbclid' }, 'Instagram'],
    [undefined, { clickId: 'fbclid', utmMedium: 'paid_social' }, 'Facebook (paid)'],
  ])('from %s with %o is %s', (referrer, campaign, source) => {
    expect(from(referrer, campaign)).toBe(source);
    expect(channelOf(source) === 'paid').toBe(source.endsWith('(paid)'));
  });

  it.each([...CLICK_IDS])('has a network for the click id %s', (clickId) => {
    const source = from(undefined, { clickId });
    expect(source).toMatch(/^[A-Z]\w*( \(paid\))?$/);
    expect(channelOf(source.replace(' (paid)', ''))).not.toBe('other');
  });
});

describe('whatever is sent', () => {
  it('a source is a text of 1 to 256 bytes', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(
        fc.option(
          fc.oneof(
            fc.webUrl(),
            text.map((rest) => `https://${rest}`),
          ),
          { nil: undefined },
        ),
        fc.option(
          fc.oneof(
            fc.constantFrom('é'.repeat(128), '😀'.repeat(64), 'a'.repeat(256)),
            text.map((t) => t.toWellFormed().trim() || 'x'),
          ),
          { nil: null },
        ),
        fc.constantFrom(null, 'cpc', 'email'),
        (referrer, utmSource, utmMedium) => {
          const source = from(referrer, { utmSource, utmMedium });
          const bytes = new TextEncoder().encode(source).length;
          expect(bytes > 0 && bytes <= 256 && source.isWellFormed()).toBe(true);
        },
      ),
    );
  });
});

describe('what a page’s address calls a source', () => {
  const called = (name: string): string =>
    sourceOf(undefined, campaignOf(new URL(`https://example.com/?utm_source=${encodeURIComponent(name)}`)));

  it('is not what stands for all that were too many: a bug once, and the list said that there were', () => {
    expect(called('(other)')).toBe('other');
    expect(called(' (other)\u200b')).toBe('other');
  });

  it.each(['\u2800', '\u3164', '\uffa0', '\u115f', '\u200d\u200c', '\u00a0', '\u180e \u034f'])(
    'is none where nothing of it can be seen: a bug once, a line without a name: %j',
    (name) => {
      expect(called(name)).toBe('direct');
    },
  );

  it.each(['नमस्ते', 'می‌خواهم', '👩‍👧', 'e\u0301'])('is %j as it is written', (name) => {
    expect(called(name)).toBe(name);
  });
});
