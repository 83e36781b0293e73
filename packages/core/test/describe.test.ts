import fc from 'fast-check';
import { describe as group, expect, it } from 'vitest';
import {
  addressReader,
  botFilter,
  explain,
  verdictOn,
  visitorKeys,
  MAX_EVENT_AGE_MS,
  calendar,
  CLICK_IDS,
  describe,
  describeEvent,
  describeVisit,
  eventSchema,
  hitSchema,
  pageMatcher,
  pageOfHit,
  readHostList,
  senderReader,
  siteHosts,
  spamFilter,
  visitorOf,
  visitSchema,
  type Caller,
  type Channel,
  type PageView,
  type Location,
  type Salts,
  type Site,
} from '@footfall/core';
import spam from '../lists/spam-referrers.json' with { type: 'json' };

const NOW = Date.parse('2026-11-20T12:00:00Z');
const ID = '0191F3A0-7B1C-7DEF-8ABC-0123456789AB';

const site: Site = {
  ...siteHosts([]),
  spamOf: spamFilter(),
  ownHost: 'footfall.example:3000',
  countsOwnPages: true,
  keptParameters: [],
  addresses: addressReader([]),
  keyOf: visitorKeys(),
  isIgnoredPage: () => false,
  trackingEnabled: true,
  countBots: false,
  respectDnt: true,
  requireConsent: false,
  statsPublic: true,
  name: 'footfall.example',
  botOf: (userAgent) => (userAgent.includes('bot') ? 'Some bot' : undefined),
  agentOf: (userAgent, { platform = '' }) => ({ device: 'desktop', browser: userAgent, system: platform }),
  senderOf: senderReader(),
  calendar: calendar('Asia/Dhaka'),
  identity: 'daily',
  sessionTimeoutMs: 30 * 60_000,
};
const TODAY = Date.parse('2026-11-19T18:00:00Z');
const salts: Salts = {
  days: new Map([[TODAY, new Uint8Array(32).fill(1)]]),
  device: new Uint8Array(32).fill(2),
};
const NOWHERE: Location = { country: '', region: '', city: '' };
const caller: Caller = {
  userAgent: 'browser',
  hints: {},
  acceptLanguage: undefined,
  origin: undefined,
  referer: undefined,
  optedOut: false,
  address: '192.0.2.1',
  place: () => NOWHERE,
};

const ignored = (reason: string, detail = '') => ({ kind: 'ignored', reason, detail, day: TODAY });

interface Changes {
  hit?: object;
  site?: Partial<Site>;
  caller?: Partial<Caller>;
}

function outcome(changes: Changes) {
  return describe(
    { id: ID, ...hitSchema.parse({ url: 'https://example.com/a', ...changes.hit }) },
    { caller: { ...caller, ...changes.caller }, site: { ...site, ...changes.site }, now: NOW, salts },
  );
}

group('a page view', () => {
  it.each<[Partial<Location>, Location]>([
    [{ country: 'BD' }, { ...NOWHERE, country: 'BD' }],
    [{ country: 'XX' }, NOWHERE], // unknown
    [{ country: 'ZZ' }, NOWHERE],
    [{ country: 'T1' }, NOWHERE], // Tor
    [{ country: 'bd' }, { ...NOWHERE, country: 'BD' }],
    [{ country: 'BGD' }, NOWHERE],
    [{ country: 'B\u202e' }, NOWHERE],
    [
      { country: 'BD', city: 'Dhaka\u202e\n' },
      { country: 'BD', region: '', city: 'Dhaka' },
    ],
    [{ region: ' Île-de-France' }, { ...NOWHERE, region: 'Île-de-France' }],
    [{ city: 'é'.repeat(200) }, { ...NOWHERE, city: 'é'.repeat(64) }],
  ])('of a visitor in %o is stored as of %o', (given, stored) => {
    expect(outcome({ caller: { place: () => ({ ...NOWHERE, ...given }) } })).toMatchObject({
      attributes: stored,
    });
  });

  it('has the event’s fields in their stored form', () => {
    expect(
      outcome({
        hit: {
          url: 'https://user:secret@Example.com:8443/Caf%C3%A9/?utm_source=news&token=secret#top',
          referrer: 'https://me:secret@Search.Example:8080/find?q=private#x',
          timestamp: NOW - 1_000,
          visitorId: 'someone',
          screen: '1x1',
          language: 'en-GB',
          timeZone: 'UTC',
        },
        caller: { hints: { platform: 'Some system' } },
      }),
    ).toEqual({
      kind: 'page-view',
      id: '0191f3a07b1c7def8abc0123456789ab',
      at: NOW - 1_000,
      hour: Date.parse('2026-11-20T11:00:00Z'),
      day: TODAY,
      visitor: expect.any(Number) as number,
      previousDayKey: null,
      page: '/Café',
      referrer: 'search.example/find',
      attributes: {
        country: '',
        region: '',
        city: '',
        language: 'en',
        source: 'news',
        campaign: '',
        device: 'desktop',
        browser: 'browser',
        system: 'Some system',
        channel: 'campaign',
      },
      campaign: {
        utmSource: 'news',
        utmMedium: null,
        utmCampaign: null,
        utmTerm: null,
        utmContent: null,
        clickId: null,
      },
      sender: { address: expect.any(Number) as number, network: null },
    });
  });

  it('keeps the query parameters the site keeps', () => {
    expect(
      outcome({ hit: { url: '/a?x=1&id=7' }, site: { addresses: addressReader(['id']) } }),
    ).toMatchObject({
      page: '/a?id=7',
    });
  });

  it('is described only from a validated event', () => {
    expect(() => describe({ id: ID, url: 'no page' }, { caller, site, now: NOW, salts })).toThrow(TypeError);
  });
});

group('a visit is not from elsewhere', () => {
  const hosts = siteHosts(['example.com', '*.example.com', 'www.shop.example']);
  const ours = (url: string, referrer: string, site: Partial<Site> = hosts) =>
    (outcome({ hit: { url, referrer }, site }) as PageView).attributes.source;

  it.each([
    ['https://example.com/a', 'https://blog.example.com/'],
    ['https://blog.example.com/a', 'https://example.com/'],
    ['https://blog.example.com/a', 'https://www.example.com/'],
    ['https://www.shop.example/a', 'https://a.b.example.com/'],
    ['https://example.com/a', 'https://shop.example/'],
    ['https://example.com/a', 'https://example-com.translate.goog/'],
    ['https://example.com/a', 'https://www-example-com.translate.goog/'],
    ['https://example-com.translate.goog/a', 'https://example.com/'],
    ['https://example-com.translate.goog/a?_x_tr_sl=en', 'https://example-com.translate.goog/b'],
    ['https://blog-example-com.translate.goog/a', 'https://example.com/'],
    ['https://example.com/a', 'https://example-com.cdn.ampproject.org/c/s/example.com/b'],
  ])('where %s is seen after %s, a host of SITE_HOSTS', (url, referrer) => {
    expect(ours(url, referrer)).toBe('direct');
  });

  it.each([
    ['https://example.com/a', 'https://badexample.com/', 'badexample.com'],
    ['https://example.com/a', 'https://example.com.evil.net/', 'example.com.evil.net'],
    ['https://example.com/a', 'https://other.example/', 'other.example'],
    ['https://example.com/a', 'https://other-example.translate.goog/', 'other.example'],
    ['https://example.com/a', 'https://translate.goog/', 'Google Translate'],
    ['https://example.com/a', 'https://translate.google.com/', 'Google Translate'],
    ['https://example.com/a', 'https://example.translate.goog/', 'Google Translate'],
    ['https://example.com/a', 'https://xn--mnchen-com-abc.translate.goog/', 'Google Translate'],
    ['https://example.com/a', 'android-app://com.example/', 'com.example'],
  ])('but where %s is seen after %s it is: from %s', (url, referrer, source) => {
    expect(ours(url, referrer)).toBe(source);
  });

  it('as long as SITE_HOSTS names hosts: without it only the page’s own is known', () => {
    expect(ours('https://example.com/a', 'https://blog.example.com/', siteHosts([]))).toBe(
      'blog.example.com',
    );
    expect(ours('https://example.com/a', 'https://www.example.com/', siteHosts([]))).toBe('direct');
  });

  it('of a translated page of the site, which is counted under its own path', () => {
    const url = 'https://my--site-example-com.translate.goog/about?_x_tr_tl=de';
    const listed = siteHosts(['my-site.example.com']);
    expect(outcome({ hit: { url }, site: listed })).toMatchObject({ page: '/about' });
    expect(outcome({ hit: { url: '/about' }, site: listed, caller: { origin: url } })).toMatchObject({
      page: '/about',
    });
    expect(outcome({ hit: { url: 'https://other-example.translate.goog/' }, site: listed })).toEqual(
      expect.objectContaining({ kind: 'ignored', reason: 'origin' }),
    );
  });
});

group('a link without utm_source', () => {
  it.each([
    ['https://example.com/?ref=producthunt', 'Product Hunt'],
    ['https://example.com/?source=May+letter', 'May letter'],
    ['https://example.com/?ref=someone@example.org', 'search.example'],
  ])('%s is from %s', (url, source) => {
    expect(outcome({ hit: { url, referrer: 'https://search.example/' } })).toMatchObject({
      attributes: { source },
    });
  });
});

group('the channel of a visit', () => {
  it.each<[url: string, referrer: string | undefined, channel: Channel]>([
    ['/a', undefined, 'direct'],
    ['/a', 'https://www.google.com/', 'search'],
    ['/a', 'https://l.instagram.com/', 'social'],
    ['/a', 'https://chatgpt.com/', 'AI assistant'],
    ['/a', 'android-app://com.google.android.gm/', 'mail'],
    ['/a', 'https://blog.example.org/', 'referral'],
    ['/a?gclid=x', 'https://www.google.com/', 'paid search'],
    ['/a?utm_source=facebook&utm_medium=paid_social', undefined, 'paid social'],
    ['/a?utm_source=poster&utm_medium=qr', undefined, 'campaign'],
    ['/a?utm_source=may&utm_medium=email', undefined, 'mail'],
    ['/a', 'https://example.com/before', 'internal'],
  ])('to %s from %s is %s, of a page view and of a registration', (path, referrer, channel) => {
    const hit = { url: `https://example.com${path}`, referrer };
    expect(outcome({ hit })).toMatchObject({ attributes: { channel } });
    const visit = describeVisit({ id: ID, ...visitSchema.parse(hit) }, { caller, site, now: NOW, salts });
    expect(visit).toMatchObject({ attributes: { channel } });
  });
});

group('an owner’s own list of spam referrers', () => {
  it('is known beside the one that ships', () => {
    const site = {
      spamOf: spamFilter(readHostList('# mine\n\nBad.example # seen in May\r\nmünchen.example\n')),
    };
    for (const [referrer, name] of [
      ['https://www.bad.example/x', 'bad.example'],
      ['https://xn--mnchen-3ya.example/', 'xn--mnchen-3ya.example'],
      ['https://semalt.com/', 'semalt.com'],
    ] as const) {
      expect(outcome({ hit: { referrer }, site })).toEqual(ignored('spam', name));
    }
    expect(outcome({ hit: { referrer: 'https://good.example/' }, site })).toHaveProperty('page');
  });

  it.each(['https://bad.example/', 'bad.example/path', '*.bad.example', 'two hosts', 'bad..example'])(
    'with the invalid line %j is refused with its number',
    (line) => {
      expect(() => readHostList(`good.example\n\n${line}\n`)).toThrow(new RangeError('line 3 is not a host'));
    },
  );

  it('is bounded', () => {
    expect(() => readHostList('a.example\n'.repeat(200_001))).toThrow('more than 200000 hosts');
  });
});

/** Every reason, the first to be given first, with what brings it about. */
const REASONS: readonly [reason: string, changes: Changes, detail?: string][] = [
  ['disabled', { site: { trackingEnabled: false } }],
  ['opted-out', { caller: { optedOut: true } }],
  ['no-consent', { site: { requireConsent: true } }],
  ['origin', { site: siteHosts(['other.example']) }, 'example.com'],
  ['ignored', { site: { isIgnoredPage: (page) => page === '/a' } }],
  ['spam', { hit: { referrer: 'https://a.semalt.com/' } }, 'semalt.com'],
  ['bot', { caller: { userAgent: 'bot' } }, 'Some bot'],
];

group('a view that is not counted gets its reason', () => {
  it.each(REASONS)('%s', (reason, changes, detail) => {
    expect(outcome({})).not.toHaveProperty('reason');
    expect(outcome(changes)).toEqual(ignored(reason, detail));
  });

  it.each(REASONS.map(([reason, , detail], at) => [reason, at, detail] as const))(
    '%s comes before all that follow it in the list',
    (reason, at, detail) => {
      const all = REASONS.slice(at).map(([, changes]) => changes);
      const together: Changes = {
        hit: Object.assign({}, ...all.map(({ hit }) => hit)) as object,
        site: Object.assign({}, ...all.map((changes) => changes.site)) as Partial<Site>,
        caller: Object.assign({}, ...all.map((changes) => changes.caller)) as Partial<Caller>,
      };
      expect(outcome(together)).toEqual(ignored(reason, detail));
    },
  );

  it.each<[string, Changes]>([
    [
      'do-not-track, where the site does not honour it',
      { caller: { optedOut: true }, site: { respectDnt: false } },
    ],
    ['consent, where the site requires it', { hit: { consent: true }, site: { requireConsent: true } }],
    ['no consent, where the site does not require it', { hit: { consent: false } }],
    ['a bot, where the site counts bots', { caller: { userAgent: 'bot' }, site: { countBots: true } }],
    ['an admin page of a host that is not Footfall’s', { hit: { url: 'https://example.com/admin' } }],
    ['an admin page of another port', { hit: { url: 'http://footfall.example:4000/admin' } }],
    [
      'a page of Footfall’s own that is for everyone, where those are counted',
      { hit: { url: 'http://footfall.example:3000/stats' } },
    ],
    [
      'a page of another port, where Footfall’s own are not counted',
      { hit: { url: 'http://footfall.example:4000/' }, site: { countsOwnPages: false } },
    ],
  ])('and %s is no reason', (_, changes) => {
    expect(outcome(changes)).toHaveProperty('page');
  });

  it('refused consent is none, where the site requires it', () => {
    expect(outcome({ hit: { consent: false }, site: { requireConsent: true } })).toEqual(
      ignored('no-consent'),
    );
  });

  it('does no expensive lookup when a cheaper reason is enough', () => {
    const asked = (): never => {
      throw new Error('asked');
    };
    for (const [reason, changes, detail] of REASONS) {
      const botOf = reason === 'bot' ? site.botOf : asked;
      const noSalts: Salts = { days: new Map(), device: new Uint8Array() };
      const result = describe(
        { id: ID, ...hitSchema.parse({ url: 'https://example.com/a', ...changes.hit }) },
        {
          caller: { ...caller, ...changes.caller, place: asked },
          site: { ...site, ...changes.site, botOf, agentOf: asked },
          now: NOW,
          salts: noSalts,
        },
      );
      expect(result).toEqual(ignored(reason, detail));
    }
  });
});

group('the host of a page', () => {
  const HOSTS = ['example.com', '*.shop.example', 'münchen.example'];
  const ours = siteHosts(HOSTS);

  it.each([
    ['https://example.com/a', true],
    ['http://example.com:8080/a', true],
    ['https://EXAMPLE.COM/a', true],
    ['https://example.com./a', true],
    ['https://user@example.com/a', true],
    ['https://www.example.com/a', false],
    ['https://example.com.evil.net/a', false],
    ['https://example.com@evil.net/a', false],
    ['https://evil.net/example.com', false],
    ['https://evil.net\\@example.com/a', false],
    ['https://www.shop.example/a', true],
    ['https://a.b.shop.example:1/a', true],
    ['https://shop.example/a', false],
    ['https://badshop.example/a', false],
    ['https://MÜNCHEN.example/a', true],
    ['https://xn--mnchen-3ya.example/a', true],
    ['https://munchen.example/a', false],
  ])('%s is this site’s: %s', (url, counted) => {
    const result = outcome({ hit: { url }, site: ours });
    expect('reason' in result ? result.reason : 'counted').toBe(counted ? 'counted' : 'origin');
  });

  it.each<[string, Partial<Caller>, boolean]>([
    ['Origin, if it is this site’s', { origin: 'https://example.com' }, true],
    ['Origin, if it is another’s', { origin: 'https://evil.net' }, false],
    ['Origin with a port and in capitals', { origin: 'https://EXAMPLE.com:8443' }, true],
    ['Referer, without an Origin', { referer: 'https://example.com/other/page' }, true],
    ['Referer, without an Origin, another’s', { referer: 'https://evil.net/example.com' }, false],
    ['Origin before Referer', { origin: 'https://example.com', referer: 'https://evil.net/' }, true],
    [
      'Origin before Referer, another’s',
      { origin: 'https://evil.net', referer: 'https://example.com/' },
      false,
    ],
    ['Referer, where Origin is "null"', { origin: 'null', referer: 'https://evil.net/' }, false],
    ['Referer, where Origin is unreadable', { origin: '', referer: 'https://example.com/' }, true],
    ['this site, where neither is sent', {}, true],
    ['this site, where neither can be read', { origin: 'null', referer: 'about:blank' }, true],
    ['an Origin that pretends to be a path', { origin: 'http://path.invalid' }, false],
  ])('a url that is only a path has that of %s', (_, headers, counted) => {
    for (const url of ['/a', '//evil.net/a', '/\\example.com']) {
      const result = outcome({ hit: { url }, site: ours, caller: headers });
      expect('reason' in result ? result.reason : 'counted').toBe(counted ? 'counted' : 'origin');
    }
  });

  it('in a full url overrides Origin and Referer', () => {
    const headers = { origin: 'https://evil.net', referer: 'https://evil.net/' };
    expect(outcome({ hit: { url: 'https://example.com/a' }, site: ours, caller: headers })).toHaveProperty(
      'page',
    );
    const good = { origin: 'https://example.com', referer: 'https://example.com/' };
    expect(outcome({ hit: { url: 'https://evil.net/a' }, site: ours, caller: good })).toEqual(
      expect.objectContaining({ kind: 'ignored', reason: 'origin' }),
    );
  });

  it.each<[string, string, Partial<Caller>]>([
    ['by its full url', 'http://footfall.example:3000/admin/', {}],
    ['with a query', 'http://footfall.example:3000/install?token=secret', {}],
    ['with an escaped letter', 'http://footfall.example:3000/%61dmin/settings', {}],
    ['by its path and Origin', '/admin', { origin: 'http://footfall.example:3000' }],
    ['by its path and Referer', '/install', { referer: 'http://FOOTFALL.example:3000/install' }],
  ])('is Footfall’s own on an admin or install page, which is never counted: %s', (_, url, headers) => {
    expect(outcome({ hit: { url }, caller: headers })).toEqual(ignored('ignored'));
  });
});

group('Footfall’s own pages, where they are not counted', () => {
  const others = { countsOwnPages: false };

  it.each<[string, string, Partial<Caller>]>([
    ['by their full url', 'http://footfall.example:3000/', {}],
    ['with a trailing dot', 'http://footfall.example.:3000/stats?period=7d', {}],
    ['by their path and Origin', '/', { origin: 'http://footfall.example:3000' }],
    ['by their path and Referer', '/stats', { referer: 'http://FOOTFALL.example:3000/stats' }],
    ['whatever their path', 'http://footfall.example:3000/none', {}],
  ])('are pages of no host of the site: %s', (_, url, headers) => {
    expect(outcome({ hit: { url }, site: others, caller: headers })).toEqual(
      expect.objectContaining({ kind: 'ignored', reason: 'origin' }),
    );
    expect(outcome({ hit: { url }, caller: headers })).toHaveProperty('page');
  });

  it.each([
    'http://localhost:3000/',
    'http://127.0.0.1:3000/',
    'http://127.1.2.3:3000/',
    'http://[::1]:3000/',
  ])('are at every name of this machine, such as %s', (url) => {
    const ownHost = 'localhost:3000';
    expect(outcome({ hit: { url }, site: { ...others, ownHost } })).toEqual(
      expect.objectContaining({ kind: 'ignored', reason: 'origin' }),
    );
    expect(
      outcome({ hit: { url: url.replace('3000', '5173') }, site: { ...others, ownHost } }),
    ).toHaveProperty('page');
  });

  it('are counted beside the hosts of a list that leaves theirs out, where the owner wants them counted', () => {
    const listed = { ...siteHosts(['example.com']), countsOwnPages: true };
    expect(outcome({ hit: { url: 'http://footfall.example:3000/' }, site: listed })).toHaveProperty('page');
    expect(outcome({ hit: { url: 'http://elsewhere.example/' }, site: listed })).toEqual(
      expect.objectContaining({ kind: 'ignored', reason: 'origin' }),
    );
  });
});

/** A site that distinguishes these hosts. */
function sited(hosts: readonly string[], kept: readonly string[] = []): Partial<Site> {
  const { hostInPage, ...rest } = siteHosts(hosts);
  return { ...rest, addresses: addressReader(kept, hostInPage) };
}

group('the page of a site with several hosts', () => {
  const several = sited(['example.com', 'blog.example.com', '*.shop.example']);

  it.each<[string, string, Partial<Caller>]>([
    ['/a', 'https://example.com/a', {}],
    ['/a', 'https://www.example.com/a/', {}],
    ['blog.example.com/', 'https://blog.example.com', {}],
    ['blog.example.com/a', 'https://BLOG.example.com.:8443/a/?x=1#top', {}],
    ['blog.example.com/é', 'https://blog.example.com/%C3%A9', {}],
    ['blog.example.com/a', '/a', { origin: 'https://blog.example.com' }],
    ['blog.example.com/a', '/a/?x=1', { origin: 'null', referer: 'https://blog.example.com/b' }],
    ['blog.example.com//evil.example/a', '//evil.example/a', { origin: 'https://blog.example.com' }],
    ['blog.example.com/a', 'https://blog.example.com/a', { origin: 'https://example.com' }],
    ['de.shop.example/', 'https://de.shop.example/', {}],
    ['de.shop.example/', 'https://www.de.shop.example/', {}],
    ['blog.example.com/a', 'https://blog-example-com.translate.goog/a', {}],
    ['/a', '/a', { origin: 'https://example.com' }],
    ['/a', '/a', {}],
  ])('is %s where %s is viewed with %j', (page, url, headers) => {
    const listed = {
      ...several,
      hasHost: siteHosts(['example.com', '*.example.com', '*.shop.example']).hasHost,
    };
    expect(outcome({ hit: { url }, site: listed, caller: headers })).toMatchObject({ page });
    expect(pageOfHit({ url }, { caller: { ...caller, ...headers }, site: { ...site, ...listed } })).toBe(
      page,
    );
  });

  it('has the parameters that the site keeps', () => {
    const keeping = sited(['example.com', 'blog.example.com'], ['id']);
    expect(outcome({ hit: { url: 'https://blog.example.com/a?x=1&id=7' }, site: keeping })).toMatchObject({
      page: 'blog.example.com/a?id=7',
    });
    expect(
      outcome({ hit: { url: '/a?x=1&id=7' }, site: keeping, caller: { origin: 'https://blog.example.com' } }),
    ).toMatchObject({ page: 'blog.example.com/a?id=7' });
  });

  it('is excluded by its path, on any host', () => {
    const drafts = { ...several, isIgnoredPage: pageMatcher(['/drafts/*']) };
    for (const url of ['https://example.com/drafts/1', 'https://blog.example.com/drafts/1'])
      expect(outcome({ hit: { url }, site: drafts })).toEqual(ignored('ignored'));
  });

  it('is an install page of Footfall’s own, whatever its place in the list', () => {
    const own = sited(['example.com', 'footfall.example']);
    expect(outcome({ hit: { url: 'http://footfall.example:3000/install' }, site: own })).toEqual(
      ignored('ignored'),
    );
    expect(outcome({ hit: { url: 'http://footfall.example:3000/' }, site: own })).toMatchObject({
      page: 'footfall.example/',
    });
  });
});

group('what a site’s owner excludes', () => {
  const drafts = { isIgnoredPage: pageMatcher(['/drafts/*']) };

  it('by its page', () => {
    expect(outcome({ hit: { url: '/drafts/7' }, site: drafts })).toEqual(ignored('ignored'));
    expect(outcome({ hit: { url: 'https://example.com/%64rafts/7/?x=1' }, site: drafts })).toEqual(
      ignored('ignored'),
    );
    expect(outcome({ hit: { url: '/drafts' }, site: drafts })).toHaveProperty('page');
  });

  it('by its address, for any event', () => {
    const excluded = { isIgnored: true };
    expect(outcome({ caller: excluded })).toEqual(ignored('ignored'));
    const looked = eventSchema.parse({ type: 'page_hide', id: ID });
    const reading = { caller: { ...caller, ...excluded }, site, now: NOW, salts };
    expect(describeEvent({ ...looked, id: ID }, reading)).toEqual(ignored('ignored'));
    expect(describeVisit({ id: ID }, reading)).toEqual(ignored('ignored'));
  });

  it('not because the server that reports is excluded, but its visitor', () => {
    const locationOf = (ip: string) => ({
      address: ip,
      place: () => NOWHERE,
      isIgnored: ip === '192.0.2.7',
    });
    const server = { isIgnored: true, locationOf };
    expect(outcome({ hit: { ip: '192.0.2.7' }, caller: server })).toEqual(ignored('ignored'));
    expect(outcome({ hit: { ip: '192.0.2.8' }, caller: server })).toHaveProperty('page');
  });
});

group('the time of a page view', () => {
  it.each<[string, string | number | undefined, number]>([
    ['none is the server’s', undefined, NOW],
    ['now', NOW, NOW],
    ['a second ago', NOW - 1_000, NOW - 1_000],
    ['24 hours ago', NOW - MAX_EVENT_AGE_MS, NOW - MAX_EVENT_AGE_MS],
    ['a millisecond more is not believed', NOW - MAX_EVENT_AGE_MS - 1, NOW],
    ['the beginning of time', 0, NOW],
    ['a millisecond ahead', NOW + 1, NOW],
    ['far ahead', 8.64e15, NOW],
    ['a fraction of a millisecond', NOW - 999.5, NOW - 1_000],
    ['as a string', '2026-11-20T11:00:00Z', NOW - 3_600_000],
    ['as a string with an offset', '2026-11-20T13:00:00+02:00', NOW - 3_600_000],
    ['as a string, the day before', '2026-11-19T12:00:00.000Z', NOW - MAX_EVENT_AGE_MS],
    ['as a string, too old', '2026-11-19T11:59:59.999Z', NOW],
    ['as a string, ahead', '2026-11-20T12:00:00.001Z', NOW],
  ])('%s', (_, timestamp, at) => {
    expect(outcome({ hit: timestamp === undefined ? {} : { timestamp } })).toMatchObject({ at });
  });

  it.each([
    [{ ageMs: 0 }, NOW],
    [{ ageMs: 1_500.5 }, NOW - 1_501],
    [{ ageMs: MAX_EVENT_AGE_MS }, NOW - MAX_EVENT_AGE_MS],
    [{ ageMs: 1_000, timestamp: NOW - 3 * 3_600_000 }, NOW - 1_000],
    [{ ageMs: 1_000, timestamp: NOW + 3 * 3_600_000 }, NOW - 1_000],
  ])('is the server’s, less the age that a report says: %j', (hit, at) => {
    expect(outcome({ hit })).toMatchObject({ at });
    const looked = eventSchema.parse({ type: 'page_hide', id: ID, ...hit });
    expect(describeEvent({ ...looked, id: ID }, { caller, site, now: NOW, salts })).toMatchObject({ at });
  });
});

group('the referrer', () => {
  it.each<[string | undefined, string | null]>([
    [undefined, null],
    ['', null],
    ['direct', null],
    ['elsewhere.net/a', null],
    ['android-app://com.Example.app/a?token=secret', 'android-app://com.example.app'],
    ['ios-app://422689480/', 'ios-app://422689480'],
    ['https://elsewhere.net/a;jsessionid=1F3A/b;v=2', 'elsewhere.net/a/b;v=2'],
    ['https://elsewhere.net/a%3Bjsessionid%3D1F3A', 'elsewhere.net/a'],
    ['javascript:alert(1)', null],
    ['file:///home/someone/secret.html', null],
    ['http://', null],
    ['https://elsewhere.net', 'elsewhere.net'],
    ['https://elsewhere.net/', 'elsewhere.net'],
    ['https://Elsewhere.NET/Path/', 'elsewhere.net/Path/'],
    ['https://elsewhere.net./a', 'elsewhere.net/a'],
    ['https://user:secret@elsewhere.net:8443/a?token=secret#secret', 'elsewhere.net/a'],
    ['https://elsewhere.net/?q=private', 'elsewhere.net'],
    ['https://münchen.example/straße', 'xn--mnchen-3ya.example/stra%C3%9Fe'],
    ['https://elsewhere.net/a\ud800', 'elsewhere.net/a%EF%BF%BD'],
    ['https://elsewhere.net/\u0000\u202e', 'elsewhere.net/%00%E2%80%AE'],
    [`https://elsewhere.net/${'a'.repeat(8_000)}`, `elsewhere.net/${'a'.repeat(498)}`],
  ])('%j is kept as %j', (referrer, kept) => {
    expect(outcome({ hit: referrer === undefined ? {} : { referrer } })).toMatchObject({ referrer: kept });
  });

  it.each([
    ['https://semalt.com', true],
    ['http://SEMALT.com/', true],
    ['https://semalt.com./a', true],
    ['https://best.semalt.com/x?y', true],
    ['https://forum.topic.smailik.org', true],
    ['https://smailik.org', false],
    ['https://notsemalt.com', false],
    ['https://semalt.com.example.net', false],
    ['https://elsewhere.net/semalt.com', false],
    ['https://elsewhere.net/?semalt.com', false],
    ['semalt.com', false],
    ['https://com', false],
  ])('%s is spam: %s', (referrer, spam) => {
    expect('reason' in outcome({ hit: { referrer } })).toBe(spam);
  });

  it('from any domain of the list is spam: each is written as a browser would say it', () => {
    for (const domain of spam.hosts)
      expect(outcome({ hit: { referrer: `https://${domain}/` } })).toEqual(ignored('spam', domain));
    expect(spam.hosts.length).toBeGreaterThan(50);
  });

  it.each<[string, string, Partial<Caller>, boolean]>([
    ['the page’s host', 'https://example.com/b', {}, false],
    ['the page’s host with another port', 'http://EXAMPLE.com:8080/', {}, false],
    ['the page’s host with www', 'https://www.example.com/b', {}, false],
    ['another subdomain', 'https://blog.example.com/', {}, true],
  ])('of %s is one: %s', (_, referrer, headers, kept) => {
    for (const url of ['https://example.com/a', 'https://www.example.com/a', 'https://example.com./a']) {
      const view = outcome({ hit: { url, referrer }, caller: headers }) as PageView;
      expect(view.referrer !== null).toBe(kept);
      expect(view.attributes.source === 'direct').toBe(!kept);
    }
  });

  it('of a page that is only a path is another’s than its sender’s, or than this site’s', () => {
    const source = (referrer: string, headers: Partial<Caller>) =>
      (outcome({ hit: { url: '/a', referrer }, caller: headers }) as PageView).attributes.source;
    expect(source('https://a.example/', { origin: 'https://a.example' })).toBe('direct');
    expect(source('https://a.example/', { referer: 'https://b.example/a' })).toBe('a.example');
    expect(source('https://footfall.example/', {})).toBe('direct');
    expect(source('https://a.example/', {})).toBe('a.example');
  });

  it('is, for any input, null or at most 512 bytes without anything that could hide or break a line', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 2_000 }),
          fc.string({ unit: 'binary', maxLength: 2_000 }).map((rest) => `https://elsewhere.net/${rest}`),
          fc.webUrl({ withQueryParameters: true, withFragments: true }),
        ),
        (referrer) => {
          const view = outcome({ hit: { referrer } });
          if ('reason' in view || view.referrer === null) return;
          expect(view.referrer).toMatch(/^[!-~]{1,512}$/);
          expect(view.referrer).not.toMatch(/[?#]/);
        },
      ),
    );
  });
});

group('the campaign', () => {
  const viewOf = (query: string) => outcome({ hit: { url: `https://example.com/a?${query}` } });
  const campaign = (query: string) => {
    const view = viewOf(query);
    return 'reason' in view ? view : (view.campaign ?? NONE);
  };
  const NONE = {
    utmSource: null,
    utmMedium: null,
    utmCampaign: null,
    utmTerm: null,
    utmContent: null,
    clickId: null,
  };

  it('is missing where the address has nothing of it', () => {
    expect(viewOf('x=1&utm_source=')).toMatchObject({ page: '/a', campaign: undefined });
    expect(outcome({ hit: { url: '/a' } })).toMatchObject({ campaign: undefined });
  });

  it('is the five UTM values, cleaned', () => {
    expect(
      campaign(
        'utm_source=news&utm_medium=e-mail&utm_campaign=Spring%20Sale&utm_term=a+b&utm_content=%F0%9F%98%80',
      ),
    ).toMatchObject({
      utmSource: 'news',
      utmMedium: 'e-mail',
      utmCampaign: 'Spring Sale',
      utmTerm: 'a b',
      utmContent: '😀',
    });
  });

  it.each<[string, string | null]>([
    ['utm_source=', null],
    ['utm_source', null],
    ['utm_source=%20%09%0A', null],
    ['utm_source=%00', null],
    ['UTM_SOURCE=news', null],
    ['utm_source=a&utm_source=b', 'a'],
    ['utm_source=%20news%20', 'news'],
    ['utm_source=a%00b%0D%0Ac', 'abc'],
    ['utm_source=a%E2%80%AEb%EF%BB%BFc', 'abc'],
    ['utm_source=%ff', '\ufffd'],
    ['utm_source=\ud800', '\ufffd'],
    ['utm_source=<script>', '<script>'],
    [`utm_source=${'a'.repeat(300)}`, 'a'.repeat(256)],
    [`utm_source=a${'é'.repeat(300)}`, `a${'é'.repeat(127)}`],
    [`utm_source=${'😀'.repeat(300)}`, '😀'.repeat(64)],
  ])('%j is the source %j', (query, utmSource) => {
    expect(campaign(query)).toMatchObject({ utmSource });
  });

  it.each([...CLICK_IDS])('the click id %s is stored by its name, never its value', (name) => {
    const view = viewOf(`${name}=a-person`);
    expect(view).toMatchObject({ campaign: { clickId: name }, page: '/a' });
    expect(JSON.stringify(view)).not.toContain('a-person');
  });

  it.each([
    ['gclid', 'gclid'],
    ['x=1', null],
    ['GCLID=1', null],
    ['notgclid=1', null],
    ['fbclid=1&gclid=2', 'gclid'],
  ])('%j has the click id %j', (query, clickId) => {
    expect(campaign(query)).toMatchObject({ clickId });
  });

  it('is read from a path as from a full url', () => {
    expect(outcome({ hit: { url: '/a?utm_source=news&gclid=1' } })).toMatchObject({
      campaign: { utmSource: 'news', clickId: 'gclid' },
    });
  });

  it('has, whatever is sent, no value over 256 bytes, with a control, or half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 800 }), (value) => {
        const view = campaign(`utm_term=${encodeURIComponent(value.toWellFormed())}`);
        if ('reason' in view || view.utmTerm === null) return;
        expect(new TextEncoder().encode(view.utmTerm).length).toBeLessThanOrEqual(256);
        expect(view.utmTerm).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(view.utmTerm.isWellFormed()).toBe(true);
        expect(view.utmTerm).not.toBe('');
      }),
    );
  });
});

group('the visitor', () => {
  const visitor = (changes: Changes) => (outcome(changes) as PageView).visitor;
  const keyOf = (address: string, userAgent: string, visitorId?: string) =>
    visitorOf({ site: 'footfall.example', address, userAgent, visitorId }, site.calendar.momentOf(NOW), {
      salts,
      rules: site,
    }).visitor;

  it('is identified by address and user agent, or by the event’s visitorId', () => {
    expect(visitor({})).toBe(keyOf('192.0.2.1', 'browser'));
    expect(visitor({ caller: { address: '192.0.2.2' } })).toBe(keyOf('192.0.2.2', 'browser'));
    expect(visitor({ hit: { visitorId: 'someone' } })).toBe(keyOf('', '', 'someone'));
    expect(visitor({ hit: { visitorId: '' } })).toBe(visitor({}));
    expect(visitor({ hit: { visitorId: 'someone' }, site: { identity: 'device' } }) % 2).toBe(1);
  });

  it('of a late report is that of its own day', () => {
    const late = outcome({ hit: { timestamp: TODAY - 1 } }) as PageView;
    expect(late).toMatchObject({ at: TODAY - 1, day: TODAY - MAX_EVENT_AGE_MS });
  });

  const named = { ip: '203.0.113.9', userAgent: 'theirs' };
  const place = () => ({ ...NOWHERE, country: 'NL' });
  const ours: Partial<Caller> = {
    acceptLanguage: 'en',
    hints: { platform: 'ours' },
    locationOf: (ip) => (ip === named.ip ? { address: 'prepared', place } : undefined),
  };

  it('is the one that a trusted server names, with no attribute of the server', () => {
    const view = outcome({ hit: named, caller: ours });
    expect(view).toMatchObject({
      visitor: keyOf('prepared', 'theirs'),
      attributes: { country: 'NL', browser: 'theirs', system: '', language: '' },
    });
    expect(outcome({ hit: { ...named, language: 'nl' }, caller: ours })).toMatchObject({
      attributes: { language: 'nl' },
    });
    expect(outcome({ hit: { ...named, userAgent: 'a bot' }, caller: ours })).toEqual(
      ignored('bot', 'Some bot'),
    );
    expect(outcome({ hit: named, caller: { ...ours, userAgent: 'our bot' } })).toHaveProperty('page');
    expect(visitor({ hit: { userAgent: 'theirs' }, caller: ours })).toBe(keyOf('192.0.2.1', 'theirs'));
    expect(visitor({ hit: { ...named, ip: 'unknown' }, caller: ours })).toBe(keyOf('192.0.2.1', 'theirs'));
    expect(visitor({ caller: ours })).toBe(visitor({}));
  });

  it('counts new names for the visitor’s share, and for no share where a trusted server names no visitor', () => {
    const senderOf = (changes: Changes) => (outcome(changes) as PageView).sender;
    const own = site.senderOf('192.0.2.1', salts);
    expect(senderOf({})).toEqual(own);
    expect(senderOf({ hit: named })).toEqual(own);
    expect(senderOf({ hit: named, caller: ours })).toEqual(site.senderOf('prepared', salts));
    expect(outcome({ caller: ours })).toHaveProperty('sender', undefined);
    expect(outcome({ hit: { userAgent: 'theirs' }, caller: ours })).toHaveProperty('sender', undefined);
    expect(outcome({ hit: { ...named, ip: 'none' }, caller: ours })).toHaveProperty('sender', undefined);
  });

  it('is the sender, if that may not name a visitor', () => {
    expect(outcome({ hit: named })).toEqual(outcome({}));
    expect(outcome({ hit: named, caller: { userAgent: 'bot' } })).toEqual(ignored('bot', 'Some bot'));
  });
});

group('the language', () => {
  it('is the report’s, else the request’s', () => {
    const language = (changes: Changes) => (outcome(changes) as PageView).attributes.language;
    expect(language({ hit: { language: 'pt-BR' }, caller: { acceptLanguage: 'en' } })).toBe('pt');
    expect(language({ caller: { acceptLanguage: 'en-GB,en;q=0.9' } })).toBe('en');
    expect(language({})).toBe('');
  });
});

group('an event of a batch', () => {
  const event = (input: object, changes: Omit<Changes, 'hit'> = {}) =>
    describeEvent(
      { id: ID, ...eventSchema.parse({ ...input }) },
      { caller: { ...caller, ...changes.caller }, site: { ...site, ...changes.site }, now: NOW, salts },
    );

  it.each(['page_view', 'session_start', undefined])('of type %s is a page view', (type) => {
    expect(event({ id: ID, url: 'https://example.com/a', ...(type && { type }) })).toEqual(outcome({}));
  });

  it.each(['page_hide', 'page_show', 'engagement'])('of type %s is engagement', (type) => {
    expect(event({ type, id: ID, engagedMs: 12_000, scrollPercent: 66.7, timestamp: NOW - 5 })).toEqual({
      kind: 'engagement',
      id: '0191f3a07b1c7def8abc0123456789ab',
      at: NOW - 5,
      engagedMs: 12_000,
      scrollPercent: 66,
    });
    expect(event({ type, id: ID, timestamp: NOW + 1 })).toMatchObject({ at: NOW });
    expect(event({ type, id: ID, timestamp: NOW - MAX_EVENT_AGE_MS - 1 })).toMatchObject({ at: NOW });
  });

  it.each<[string, object, Omit<Changes, 'hit'>]>([
    ['disabled', {}, { site: { trackingEnabled: false }, caller: { optedOut: true } }],
    ['opted-out', {}, { caller: { optedOut: true } }],
    ['no-consent', { consent: false }, { site: { requireConsent: true } }],
  ])('that is engagement is ignored as its page view was: %s', (reason, fields, changes) => {
    expect(event({ type: 'engagement', id: ID, ...fields }, changes)).toEqual(ignored(reason));
  });

  it('that is engagement needs no consent of its own: its page view had it', () => {
    const required = { site: { requireConsent: true } };
    expect(event({ type: 'engagement', id: ID }, required)).toHaveProperty('engagedMs');
    expect(event({ type: 'engagement', id: ID, consent: true }, required)).toHaveProperty('engagedMs');
  });
});

group('the registration of a visit', () => {
  function visit({ hit, ...changes }: Changes = {}) {
    return describeVisit(
      { id: ID, ...visitSchema.parse({ ...hit }) },
      { caller: { ...caller, ...changes.caller }, site: { ...site, ...changes.site }, now: NOW, salts },
    );
  }
  const [SPAM = ''] = spam.hosts;
  const listed = siteHosts(['app.example']);

  it('that names no page is a visit and no page view', () => {
    const hit = {
      referrer: 'https://search.example/find?q=private',
      timestamp: NOW - 1_000,
      language: 'en-GB',
    };
    const registration = visit({ hit });
    expect(registration).toMatchObject({
      kind: 'registration',
      id: '0191f3a07b1c7def8abc0123456789ab',
      at: NOW - 1_000,
      day: TODAY,
      referrer: 'search.example/find',
      campaign: undefined,
      attributes: { source: 'search.example', campaign: '', language: 'en', browser: 'browser' },
    });
    expect(registration).not.toHaveProperty('page');
  });

  it('that names its page is the same page view as any other', () => {
    const hit = { url: 'https://example.com/a?utm_source=news', referrer: 'https://search.example/' };
    expect(visit({ hit })).toEqual(outcome({ hit }));
    expect(visit({ hit })).toMatchObject({ kind: 'page-view', page: '/a', attributes: { source: 'news' } });
  });

  it('is of the same visitor as a page view', () => {
    const hit = { visitorId: 'someone' };
    const { visitor } = outcome({ hit }) as PageView;
    expect(visit({ hit })).toMatchObject({ visitor });
    expect(visit()).not.toMatchObject({ visitor });
  });

  it.each(['', 'direct', 'android-app://example'])('with the referrer %o came from nowhere', (referrer) => {
    expect(visit({ hit: { referrer } })).toMatchObject({ referrer: null, attributes: { source: 'direct' } });
  });

  it('that comes from a page of the same site came from nowhere', () => {
    for (const [hit, changes] of [
      [{ referrer: 'https://app.example/before' }, { caller: { origin: 'https://www.app.example' } }],
      [{ referrer: 'https://footfall.example/' }, {}],
    ] as const) {
      expect(visit({ hit, ...changes })).toMatchObject({ referrer: null, attributes: { source: 'direct' } });
    }
  });

  it.each<[string | undefined, string | undefined, boolean]>([
    ['https://app.example', undefined, true],
    ['https://app.example:8443', 'https://elsewhere.example/', true],
    [undefined, 'https://app.example/page', true],
    [undefined, undefined, true], // a program; it says nothing of where it is
    ['null', undefined, true],
    ['https://elsewhere.example', 'https://app.example/page', false],
    [undefined, 'https://elsewhere.example/', false],
  ])('from origin %o and referer %o, where hosts are listed, counts: %o', (origin, referer, counts) => {
    const { kind } = visit({ site: listed, caller: { origin, referer } });
    expect(kind).toBe(counts ? 'registration' : 'ignored');
  });

  it.each<[string, string, Changes]>([
    ['disabled', '', { site: { trackingEnabled: false } }],
    ['opted-out', '', { caller: { optedOut: true } }],
    ['no-consent', '', { site: { requireConsent: true } }],
    ['no-consent', '', { site: { requireConsent: true }, hit: { consent: false } }],
    ['origin', 'elsewhere.example', { site: listed, caller: { origin: 'https://elsewhere.example' } }],
    ['origin', 'elsewhere.example', { site: listed, hit: { url: 'https://elsewhere.example/a' } }],
    ['ignored', '', { hit: { url: 'http://footfall.example:3000/admin' } }],
    ['spam', SPAM, { hit: { referrer: `https://${SPAM}/` } }],
    ['bot', 'Some bot', { caller: { userAgent: 'a bot' } }],
  ])('is ignored as a page view would be: %s', (reason, detail, changes) => {
    expect(visit(changes)).toEqual(ignored(reason, detail));
  });

  it('counts if the site allows what would exclude it', () => {
    for (const changes of [
      { site: { respectDnt: false }, caller: { optedOut: true } },
      { site: { requireConsent: true }, hit: { consent: true } },
      { site: { countBots: true }, caller: { userAgent: 'a bot' } },
    ]) {
      expect(visit(changes)).toMatchObject({ kind: 'registration' });
    }
  });

  it('believes a user agent only from a server that is trusted', () => {
    const hit = { userAgent: 'an app' };
    const browserOf = (changes: Changes) => (visit(changes) as PageView).attributes.browser;
    expect(browserOf({ hit })).toBe('browser');
    expect(browserOf({ hit, caller: { locationOf: () => undefined } })).toBe('an app');
  });
});

group('what is kept', () => {
  it('has, for any input, no attribute over 256 bytes, with a control or a line break', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(text, text, text, text, (query, language, city, referrer) => {
        const params = new URLSearchParams({
          utm_source: query.toWellFormed(),
          utm_campaign: city.toWellFormed(),
        });
        const view = outcome({
          hit: {
            url: `https://example.com/a?${params.toString()}`,
            language: language.slice(0, 255),
            referrer,
          },
          caller: { place: () => ({ country: city, region: query, city }), acceptLanguage: language },
        });
        if ('reason' in view) return;
        for (const value of Object.values(view.attributes)) {
          expect(new TextEncoder().encode(value).length).toBeLessThanOrEqual(256);
          expect(value).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
        }
      }),
    );
  });
});

group('regressions', () => {
  it('Footfall’s own host with a trailing dot is still its own', () => {
    expect(outcome({ hit: { url: 'http://footfall.example.:3000/admin' } })).toEqual(ignored('ignored'));
  });
});

group('regressions', () => {
  it('a referrer whose host has thousands of labels is invalid: looking it up label by label blocked the event loop', () => {
    const host = 'a.'.repeat(4_000);
    expect(outcome({ hit: { referrer: `http://${host}b/` } })).toMatchObject({ referrer: null });
  });

  it('a path of broken escapes is read only as far as it can be stored', () => {
    const view = outcome({ hit: { url: `/${'%F0%9F%98'.repeat(450)}` } });
    expect(view).toMatchObject({ page: expect.stringMatching(/^\/(?:%F0%9F%98)+/) as string });
    expect(new TextEncoder().encode((view as { page: string }).page).length).toBeLessThanOrEqual(512);
  });
});

group('what a browser would be counted as', () => {
  const verdict = ({ hit, site: its, caller: from }: Changes) =>
    verdictOn({ ...hit }, { caller: { ...caller, ...from }, site: { ...site, ...its }, now: NOW });
  const listed = siteHosts(['app.example']);
  const [SPAM = ''] = spam.hosts;

  it.each<[string, Changes]>([
    ['bot', { caller: { userAgent: 'a bot' } }],
    ['spam', { hit: { url: 'https://example.com/', referrer: `https://www.${SPAM}/` } }],
    ['origin', { site: listed, hit: { url: 'https://elsewhere.example/' } }],
    ['ignored', { caller: { isIgnored: true } }],
    ['ignored', { site: { isIgnoredPage: (page) => page === '/a' }, hit: { url: '/a' } }],
    ['opted-out', { caller: { optedOut: true } }],
    ['disabled', { site: { trackingEnabled: false } }],
    ['no-consent', { site: { requireConsent: true }, hit: { consent: false } }],
  ])('is %s as for a view, and has the same name', (reason, changes) => {
    const counted = outcome({ ...changes, hit: { url: 'https://example.com/', ...changes.hit } });
    const detail = 'detail' in counted ? counted.detail : 'counted';
    expect(verdict(changes)).toEqual({ counted: false, reason, detail });
  });

  it('is what is stored of a view', () => {
    const hit = { url: 'https://example.com/a?b#c', referrer: 'https://search.example/' };
    const { page, attributes } = outcome({ hit }) as PageView;
    const { region: _, city: __, language: ___, campaign: ____, ...shown } = attributes;
    expect(verdict({ hit })).toEqual({ counted: true, page, ...shown });
    expect(verdict({})).toMatchObject({ counted: true, page: null, browser: 'browser' });
  });

  it('does not depend on the page of ours that asks', () => {
    const from = {
      origin: 'https://footfall.example:3000',
      referer: 'https://footfall.example:3000/admin/not-counted',
    };
    for (const hit of [{}, { url: '/about' }, { url: 'https://app.example/about' }])
      expect(verdict({ hit, site: { ...listed, countsOwnPages: false }, caller: from })).toMatchObject({
        counted: true,
      });
  });

  it('is of the pasted user agent alone, which a browser without one does not have', () => {
    const reading = { site, now: NOW };
    expect(explain({ userAgent: 'a bot' }, reading)).toMatchObject({ reason: 'bot', detail: 'Some bot' });
    expect(explain({ userAgent: 'Firefox' }, reading)).toMatchObject({ counted: true, browser: 'Firefox' });
    expect(explain({}, { ...reading, site: { ...site, botOf: botFilter() } })).toMatchObject({
      reason: 'bot',
    });
    expect(explain({ userAgent: 'Firefox', optedOut: true }, reading)).toMatchObject({ reason: 'opted-out' });
  });
});
