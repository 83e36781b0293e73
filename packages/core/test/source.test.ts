import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  campaignOf,
  CHANNELS,
  channelOf,
  channelOfStored,
  CLICK_IDS,
  readReferrer,
  SOURCES,
  sourceLabel,
  sourceAt,
  sourceOf,
  type Campaign,
  type Channel,
} from '@footfall/core';
import { referrerList } from '../build-referrers.ts';

const NONE: Campaign = {
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  utmTerm: null,
  utmContent: null,
  clickId: null,
};

/** What a visit is from, and by which channel. */
function visit(referrer: string | undefined, campaign?: Partial<Campaign>): [string, Channel] {
  const whole = campaign === undefined ? undefined : { ...NONE, ...campaign };
  const read = referrer === 'own' ? undefined : readReferrer(referrer);
  const source = sourceOf(referrer === 'own' ? 'own' : read && sourceAt(read), whole);
  return [sourceLabel(source, whole), channelOf(source, whole)];
}
const from = (referrer: string | undefined, campaign?: Partial<Campaign>): string =>
  visit(referrer, campaign)[0];

describe('a referrer has a name and a channel', () => {
  it.each<[string | undefined, string, Channel]>([
    [undefined, 'direct', 'direct'],
    ['', 'direct', 'direct'],
    ['own', 'direct', 'internal'],
    ['https://www.google.com/', 'Google', 'search'],
    ['https://google.de/search', 'Google', 'search'],
    ['https://www.google.co.uk/', 'Google', 'search'],
    ['https://www.google.com.bd/', 'Google', 'search'],
    ['https://images.google.fr/', 'Google', 'search'],
    ['https://scholar.google.it/', 'Google Scholar', 'search'],
    ['https://news.google.com/', 'Google News', 'referral'],
    ['https://news.google.de/', 'Google News', 'referral'],
    ['https://mail.google.com/', 'Gmail', 'mail'],
    ['https://gemini.google.com/', 'Gemini', 'AI assistant'],
    ['https://www.bing.com/', 'Bing', 'search'],
    ['https://duckduckgo.com/', 'DuckDuckGo', 'search'],
    ['https://search.yahoo.co.jp/', 'Yahoo', 'search'],
    ['https://yandex.com.tr/', 'Yandex', 'search'],
    ['https://chatgpt.com/', 'ChatGPT', 'AI assistant'],
    ['https://www.perplexity.ai/', 'Perplexity', 'AI assistant'],
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
    ['https://m.youtube.com/', 'YouTube', 'social'],
    ['https://youtu.be/x', 'YouTube', 'social'],
    ['https://www.bbc.co.uk/news', 'BBC', 'referral'],
    ['https://cnn.com/', 'CNN', 'referral'],
    ['https://GitHub.com/a', 'GitHub', 'referral'],
    ['https://web.telegram.org/', 'Telegram', 'social'],
    ['https://www.amazon.com.br/', 'Amazon', 'referral'],
    ['https://www.amazon.com/', 'Amazon', 'referral'],
    // What other counters did not know, or had wrong.
    ['https://suche.t-online.de/', 'T-Online', 'search'],
    ['https://syndicatedsearch.goog/', 'Google', 'search'],
    ['https://yep.com/', 'Yep', 'search'],
    ['https://dzen.ru/', 'Dzen', 'social'],
    ['https://l.wl.co/', 'WhatsApp', 'social'],
    ['https://outlook.cloud.microsoft/', 'Outlook', 'mail'],
    ['https://deref-gmx.net/', 'GMX', 'mail'],
    ['https://deref-web-02.de/', 'WEB.DE', 'mail'],
    ['https://duck.ai/', 'Duck.ai', 'AI assistant'],
    ['https://chat.z.ai/', 'Z.ai', 'AI assistant'],
    ['https://www.genspark.ai/', 'Genspark', 'AI assistant'],
    ['https://notebooklm.google.com/', 'NotebookLM', 'AI assistant'],
    // The list of others knows them, and ours says their usual name.
    ['https://webmail.freenet.de/', 'Freenet', 'mail'],
    ['https://suche.web.de/', 'WEB.DE', 'search'],
    ['https://go.mail.ru/', 'Mail.ru', 'search'],
    ['https://e.mail.ru/', 'Mail.ru', 'mail'],
    ['https://phanpy.social/', 'Mastodon', 'social'],
    ['https://www.inbox.com/', 'Inbox.com', 'mail'],
    ['https://support.google.com/', 'Google', 'referral'],
    ['https://trc.taboola.com/', 'Taboola (paid)', 'campaign'],
    ['https://www.googleadservices.com/', 'Google (paid)', 'paid search'],
    ['https://googleads.g.doubleclick.net/', 'Google (paid)', 'paid search'],
    // And others are their host.
    ['https://www.example.org/a', 'example.org', 'referral'],
    ['https://example.org', 'example.org', 'referral'],
    ['https://www.com/', 'com', 'referral'],
    ['https://xn--mnchen-3ya.example/', 'xn--mnchen-3ya.example', 'referral'],
    ['http://192.0.2.1:8080/', '192.0.2.1', 'referral'],
    ['http://[2001:db8::1]/', '[2001:db8::1]', 'referral'],
    ['http://localhost/', 'localhost', 'referral'],
    ['https://google.example.com/', 'google.example.com', 'referral'],
    ['https://google.com.example.net/', 'google.com.example.net', 'referral'],
    ['https://notgoogle.com/', 'notgoogle.com', 'referral'],
    ['https://facebook.com.evil.net/', 'facebook.com.evil.net', 'referral'],
    ['https://someone.github.io/', 'someone.github.io', 'referral'],
    ['https://webmail.talktalk.co.uk/', 'webmail.talktalk.co.uk', 'referral'],
    ['https://google./', 'Google', 'search'],
  ])('%s is %s, by %s', (referrer, source, channel) => {
    expect(visit(referrer)).toEqual([source, channel]);
  });

  it.each([
    ['android-app://com.google.android.gm/', 'Gmail', 'mail'],
    ['android-app://com.google.android.gm', 'Gmail', 'mail'],
    ['ios-app://422689480/', 'Gmail', 'mail'],
    ['ios-app://com.google.Gmail/', 'Gmail', 'mail'],
    ['android-app://com.google.android.googlequicksearchbox/https/www.google.com', 'Google', 'search'],
    ['android-app://com.Slack/', 'Slack', 'social'],
    ['ios-app://618783545/', 'Slack', 'social'],
    ['android-app://com.linkedin.android/', 'LinkedIn', 'social'],
    ['android-app://com.pinterest/', 'Pinterest', 'social'],
    ['android-app://com.pinterest/pin/1?token=secret', 'Pinterest', 'social'],
    ['android-app://org.telegram.messenger/', 'Telegram', 'social'],
    ['android-app://com.reddit.frontpage/', 'Reddit', 'social'],
    ['ANDROID-APP://com.reddit.frontpage', 'Reddit', 'social'],
    ['ios-app://1064216828/reddit/default', 'Reddit', 'social'],
    ['android-app://com.openai.chatgpt/', 'ChatGPT', 'AI assistant'],
    ['android-app://com.example.Reader/', 'com.example.reader', 'referral'],
    ['ios-app://999999999/', '999999999', 'referral'],
  ])('an app too: %s is %s, by %s', (referrer, source, channel) => {
    expect(visit(referrer)).toEqual([source, channel]);
  });

  it.each([
    'direct',
    'android-app://',
    'android-app:///x',
    'android-app://example',
    'android-app://com..x/',
    'android-app://com.x:80/',
    'android-app://user@com.x/',
    'ios-app://1/',
    `android-app://${'a.'.repeat(127)}a/`,
    `android-app://com.${'a'.repeat(300)}`,
    'chrome-extension://abcdef/page.html',
    'about:blank',
  ])('%s is none', (referrer) => {
    expect(visit(referrer)).toEqual(['direct', 'direct']);
  });
});

describe('the lists of sources', () => {
  const words = (text: string | undefined): string[] => text?.split(' ') ?? [];

  it('identify each source by every host, its subdomains, its names and its apps', () => {
    for (const { name, kind, hosts, names, apps } of SOURCES) {
      const label = kind === 'ads' ? `${name} (paid)` : name;
      for (const host of words(hosts)) {
        const example = host.replace('*', 'com');
        expect([example, from(`https://${example}/`), from(`https://a.b.${example}/`)]).toEqual([
          example,
          label,
          label,
        ]);
        if (host.endsWith('.*')) expect(from(`https://www.${host.replace('*', 'co.uk')}/`)).toBe(label);
      }
      for (const called of [name, ...(names ?? [])])
        expect(from(undefined, { utmSource: called })).toBe(name);
      for (const id of words(apps)) {
        expect([from(`android-app://${id}/`), from(`ios-app://${id}/x`)]).toEqual([name, name]);
      }
    }
  });

  it('have nothing twice, and enough', () => {
    const inLowerCaseOnce = (keys: readonly string[]) => {
      expect(keys.filter((key, at) => keys.indexOf(key) !== at || key !== key.toLowerCase())).toEqual([]);
    };
    inLowerCaseOnce(SOURCES.flatMap(({ hosts }) => words(hosts)));
    inLowerCaseOnce(SOURCES.flatMap(({ names = [] }) => names));
    inLowerCaseOnce(SOURCES.flatMap(({ apps }) => words(apps)));
    expect(SOURCES.length).toBeGreaterThanOrEqual(200);
  });

  it('are, for the other list, identical to its package (`pnpm --filter @footfall/core referrers`)', async () => {
    expect(await readFile(`${import.meta.dirname}/../lists/referrers.json`, 'utf8')).toBe(
      await referrerList(),
    );
  });

  it('name the sources of the other list', async () => {
    const { kinds } = JSON.parse(await referrerList()) as { kinds: Record<string, Record<string, string>> };
    const listed = Object.values(kinds).flatMap((names) =>
      Object.entries(names).flatMap(([name, hosts]) => words(hosts).map((host) => ({ name, host }))),
    );
    expect(listed.length).toBeGreaterThan(600);
    const unknown = listed.filter(({ name, host }) => name !== host && from(`https://${host}/`) === host);
    expect(unknown).toEqual([]);
  });
});

describe('a campaign', () => {
  const GOOGLE = 'https://www.google.com/';

  it.each<[string | undefined, Partial<Campaign>, string, Channel]>([
    [GOOGLE, { utmSource: 'newsletter' }, 'newsletter', 'mail'],
    [undefined, { utmSource: 'Newsletter May' }, 'Newsletter May', 'campaign'],
    [undefined, { utmSource: 'google' }, 'Google', 'search'],
    [undefined, { utmSource: 'FB' }, 'Facebook', 'social'],
    [undefined, { utmSource: 'twitter' }, 'X', 'social'],
    [undefined, { utmSource: 'chatgpt.com' }, 'ChatGPT', 'AI assistant'],
    [undefined, { utmSource: 'www.google.fr' }, 'Google', 'search'],
    [undefined, { utmSource: 'www.example.org' }, 'example.org', 'referral'],
    [undefined, { utmSource: 'https://www.producthunt.com/posts/x?token=secret' }, 'Product Hunt', 'social'],
    [undefined, { utmSource: 'https://www.example.org/x?token=secret' }, 'example.org', 'referral'],
    [undefined, { utmSource: 'v1.2' }, 'v1.2', 'campaign'],
    [undefined, { utmSource: 'toString' }, 'toString', 'campaign'],
    // The same in other spellings.
    [undefined, { utmSource: 'producthunt' }, 'Product Hunt', 'social'],
    [undefined, { utmSource: 'hacker_news' }, 'Hacker News', 'social'],
    [undefined, { utmSource: 'Hacker-News' }, 'Hacker News', 'social'],
    [undefined, { utmSource: 'hackernews.com' }, 'Hacker News', 'social'],
    [undefined, { utmSource: 'stackoverflow' }, 'Stack Overflow', 'referral'],
    [undefined, { utmSource: 'indiehackers' }, 'Indie Hackers', 'social'],
    [undefined, { utmSource: 'google_news' }, 'Google News', 'referral'],
    [undefined, { utmSource: 'linkedin_ads' }, 'LinkedIn', 'social'],
    [undefined, { utmSource: 'LinkedIn Ads' }, 'LinkedIn', 'social'],
    [undefined, { utmSource: 'google-ads' }, 'Google', 'search'],
    [undefined, { utmSource: 'copilot.com' }, 'Copilot', 'AI assistant'],
    // And what only looks like one is not.
    [undefined, { utmSource: 'threads' }, 'Threads', 'social'],
    [undefined, { utmSource: 'leads' }, 'leads', 'campaign'],
    [undefined, { utmSource: 'ads' }, 'ads', 'campaign'],
    [undefined, { utmSource: '.com' }, '.com', 'campaign'],
    [undefined, { utmSource: 'you' }, 'you', 'campaign'],
    [undefined, { utmSource: '-_-' }, '-_-', 'campaign'],
    [undefined, { utmSource: 'free' }, 'free', 'campaign'],
    [GOOGLE, { utmCampaign: 'spring' }, 'Google', 'search'],
    [undefined, { utmCampaign: 'spring' }, 'direct', 'campaign'],
    ['https://example.org/', { utmCampaign: 'spring' }, 'example.org', 'campaign'],
    // By its medium.
    [undefined, { utmMedium: 'email' }, 'direct', 'mail'],
    [undefined, { utmSource: 'google', utmMedium: 'E-Mail' }, 'Google', 'mail'],
    [undefined, { utmSource: 'may', utmMedium: 'newsletter' }, 'may', 'mail'],
    [undefined, { utmSource: 'may', utmMedium: 'social-network' }, 'may', 'social'],
    [undefined, { utmSource: 'google', utmMedium: 'organic' }, 'Google', 'search'],
    [undefined, { utmSource: 'other', utmMedium: 'organic' }, 'other', 'search'],
    [undefined, { utmSource: 'chatgpt.com', utmMedium: 'referral' }, 'ChatGPT', 'AI assistant'],
    [undefined, { utmSource: 'partner', utmMedium: 'referral' }, 'partner', 'referral'],
    [undefined, { utmSource: 'google', utmMedium: 'display' }, 'Google', 'campaign'],
    [undefined, { utmSource: 'facebook', utmMedium: 'story' }, 'Facebook', 'social'],
    [undefined, { utmSource: 'poster', utmMedium: 'qr' }, 'poster', 'campaign'],
    ['own', { utmMedium: 'banner' }, 'direct', 'campaign'],
    // What was paid for.
    [undefined, { utmSource: 'google', utmMedium: 'cpc' }, 'Google (paid)', 'paid search'],
    [undefined, { utmSource: 'facebook', utmMedium: 'cpc' }, 'Facebook (paid)', 'paid social'],
    [undefined, { utmSource: 'google', utmMedium: 'paid_social' }, 'Google (paid)', 'paid social'],
    [undefined, { utmSource: 'news', utmMedium: 'Paid-Social' }, 'news (paid)', 'paid social'],
    [undefined, { utmSource: 'news', utmMedium: 'paid search' }, 'news (paid)', 'paid search'],
    [undefined, { utmSource: 'news', utmMedium: 'sem' }, 'news (paid)', 'paid search'],
    [undefined, { utmSource: 'news', utmMedium: 'cpc' }, 'news (paid)', 'campaign'],
    [undefined, { utmSource: 'news', utmMedium: 'email' }, 'news', 'mail'],
    [undefined, { utmSource: 'news', utmMedium: 'unpaid' }, 'news', 'campaign'],
    ['https://www.example.org/', { utmMedium: 'cpm' }, 'example.org (paid)', 'campaign'],
    [undefined, { utmMedium: 'cpc' }, 'direct', 'campaign'],
    [undefined, { clickId: 'gclid' }, 'Google (paid)', 'paid search'],
    [GOOGLE, { clickId: 'gclid' }, 'Google (paid)', 'paid search'],
    ['https://publisher.example/', { clickId: 'gclid' }, 'Google (paid)', 'paid search'],
    [undefined, { clickId: 'msclkid' }, 'Bing (paid)', 'paid search'],
    [undefined, { clickId: 'li_fat_id' }, 'LinkedIn (paid)', 'paid social'],
    [undefined, { utmSource: 'youtube', clickId: 'gclid' }, 'YouTube (paid)', 'paid social'],
    // Facebook marks every link, not only those that were paid for.
    [undefined, { clickId: 'fbclid' }, 'Facebook', 'social'],
    ['https://l.instagram.com/', { clickId: 'fbclid' }, 'Instagram', 'social'],
    [undefined, { clickId: 'fbclid', utmMedium: 'paid_social' }, 'Facebook (paid)', 'paid social'],
  ])('from %s with %o is %s, by %s', (referrer, campaign, source, channel) => {
    expect(visit(referrer, campaign)).toEqual([source, channel]);
  });

  it.each([...CLICK_IDS])('has a network for the click id %s', (clickId) => {
    const [source, channel] = visit(undefined, { clickId });
    expect(source).toMatch(/^[A-Z]\w*( \(paid\))?$/);
    expect(channel).toMatch(clickId === 'fbclid' ? /^social$/ : /^paid (search|social)$/);
  });
});

describe('a link without utm_source', () => {
  const sourceIn = (query: string, kept?: readonly string[]) =>
    campaignOf(new URL(`https://example.com/a?${query}`), kept)?.utmSource ?? null;

  it.each([
    ['ref=producthunt', 'producthunt'],
    ['ref=example.org', 'example.org'],
    ['source=hacker_news', 'hacker_news'],
    ['source=May+letter', 'May letter'],
    ['ref=a&source=b', 'a'],
    ['ref=&source=b', 'b'],
    ['ref=https://www.example.org/', 'https://www.example.org/'],
    ['ref=a&utm_source=c', 'c'],
    ['source=b&utm_source=', 'b'],
  ])('%s names its source: %s', (query, source) => {
    expect(sourceIn(query)).toBe(source);
  });

  it.each([
    'ref=someone@example.org',
    'ref=12345',
    'ref=user-12345',
    'ref=0191f3a0-7b1c-7def-8abc-0123456789ab',
    'ref=deadbeef',
    'ref=a/b?token=secret',
    'ref=https://example.org/a?token=secret',
    `ref=${'a'.repeat(65)}`,
    'ref=%3Cb%3E',
    'referrer=a',
    'REF=a',
  ])('%s names none: what may be a person’s is not stored', (query) => {
    expect(sourceIn(query)).toBeNull();
  });

  it('names none by a parameter that distinguishes the site’s pages', () => {
    expect(sourceIn('ref=a&source=b', ['ref'])).toBe('b');
    expect(sourceIn('ref=a', ['ref'])).toBeNull();
  });
});

describe('for any input', () => {
  it('a source is a string of 1 to 256 bytes, with one of the channels', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(
        fc.option(
          fc.oneof(
            fc.webUrl(),
            text.map((rest) => `https://${rest}`),
            text.map((rest) => `android-app://com.${rest}`),
          ),
          { nil: undefined },
        ),
        fc.option(
          fc.oneof(
            fc.constantFrom('é'.repeat(128), '😀'.repeat(64), 'a'.repeat(256), `https://${'a.'.repeat(120)}`),
            text.map((t) => t.toWellFormed().trim() || 'x'),
          ),
          { nil: null },
        ),
        fc.option(fc.oneof(fc.constantFrom('cpc', 'email', 'organic'), text), { nil: null }),
        (referrer, utmSource, utmMedium) => {
          const [source, channel] = visit(referrer, { utmSource, utmMedium });
          const bytes = new TextEncoder().encode(source).length;
          expect(bytes > 0 && bytes <= 256 && source.isWellFormed()).toBe(true);
          expect(CHANNELS).toContain(channel);
        },
      ),
    );
  });

  it('the channel is paid if the label is marked so', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(undefined, 'own', 'https://google.com/', 'https://t.co/', 'https://example.org/'),
        fc.constantFrom(null, 'news', 'google', 'facebook', 'chatgpt.com', 'example.org'),
        fc.constantFrom(null, 'cpc', 'paid_social', 'sem', 'email', 'organic', 'referral', 'x'),
        fc.constantFrom(null, ...CLICK_IDS),
        (referrer, utmSource, utmMedium, clickId) => {
          const [source, channel] = visit(referrer, { utmSource, utmMedium, clickId });
          const isPaid = channel.startsWith('paid') || channel === 'campaign';
          if (source.endsWith(' (paid)')) expect([channel, isPaid]).toEqual([channel, true]);
          else if (source !== 'direct') expect(channel).not.toMatch(/^paid/);
        },
      ),
    );
  });
});

describe('what a page’s address calls a source', () => {
  const called = (name: string): string => {
    const campaign = campaignOf(new URL(`https://example.com/?utm_source=${encodeURIComponent(name)}`));
    return sourceOf(undefined, campaign).name;
  };

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

describe('a visit that was stored without its channel has the one that its source and its campaign leave no doubt of', () => {
  it.each<[source: string, campaign: string, channel: Channel | '']>([
    ['direct', '', 'direct'],
    ['Google', '', 'search'],
    ['duckduckgo', '', 'search'],
    ['Reddit', '', 'social'],
    ['YouTube', '', 'social'],
    ['ChatGPT', '', 'AI assistant'],
    ['Gmail', '', 'mail'],
    ['newsletter', '', 'mail'],
    ['GitHub', '', 'referral'],
    ['blog.example.org', '', 'referral'],
    ['suche.t-online.de', '', 'search'], // by its host: it had no name once
    ['Google (paid)', '', 'paid search'],
    ['Google (paid)', 'spring', 'paid search'],
    ['Facebook (paid)', 'spring', 'paid social'],
    // The medium, which is not stored with them, decides.
    ['direct', 'spring', ''],
    ['Google', 'spring', ''],
    ['blog.example.org', 'spring', ''],
    ['newsletter', 'spring', ''],
    ['poster', '', ''],
    ['poster', 'spring', ''],
    ['example.org (paid)', 'spring', ''],
    ['(other)', '', ''],
    ['(other)', '(other)', ''],
    ['', '', ''],
    ['toString', '', ''],
    [' (paid)', '', ''],
  ])('from %s with the campaign "%s": "%s"', (source, campaign, channel) => {
    expect(channelOfStored(source, campaign)).toBe(channel);
  });

  it('it is none, or the one that the visit would have today, where its address named no medium', () => {
    const hosts = SOURCES.flatMap(({ hosts: listed = '' }) =>
      listed.split(' ').map((host) => host.replace('*', 'com')),
    ).filter((host) => host !== '');
    const names = SOURCES.flatMap(({ name, names: others = [] }) => [name, ...others]);
    const known = new Set<string>();
    fc.assert(
      fc.property(
        fc.option(fc.oneof(fc.constantFrom(...hosts), fc.domain()), { nil: undefined }),
        fc.record({
          utmSource: fc.option(fc.oneof(fc.constantFrom(...names), fc.string(), fc.domain())),
          utmCampaign: fc.constantFrom(null, 'spring'),
          clickId: fc.option(fc.constantFrom(...CLICK_IDS), { freq: 2 }),
        }),
        (host, campaign) => {
          const [source, channel] = visit(host === undefined ? undefined : `https://${host}/`, campaign);
          const stored = channelOfStored(source, campaign.utmCampaign ?? '');
          known.add(stored);
          if (stored !== '') expect([source, stored]).toEqual([source, channel]);
        },
      ),
      { numRuns: 500 },
    );
    expect(known.size).toBeGreaterThan(4);
  });

  it('what began on a page of the site itself counts as direct, as its source does', () => {
    expect(visit('own')).toEqual(['direct', 'internal']);
    expect(channelOfStored('direct', '')).toBe('direct');
  });
});
