import { CONFIGURATION, has } from '@footfall/e2e/configurations';
import { createFootfallClient } from '@footfall/trpc/client';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { instantOf, localTime, NOON } from '../noon.ts';
import {
  BROWSER,
  expectCors,
  expectSentence,
  newId,
  newPage,
  start,
  started,
  type Footfall,
} from '../support.ts';

const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';
const API_KEY = 'an-api-key-of-32-characters-long';
const WRITE_KEY = 'a-write-key-of-32-characters-xyz';
const ADMIN_PASSWORD = 'the-owners-own-password';
const SECRETS = { API_KEYS: `another-key-of-16-chars,${API_KEY}`, WRITE_KEYS: WRITE_KEY, ADMIN_PASSWORD };

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

interface Numbers {
  readonly views: number;
  readonly visits: number;
  readonly visitors: number;
}
type List = readonly ({ readonly value: string } & Numbers)[];
interface Analytics {
  readonly totals: Numbers & Record<string, number | null>;
  readonly previous: Numbers & Record<string, number | null>;
  readonly uniqueVisitors: { readonly today: number; readonly thisMonth: number };
  readonly series: readonly ({ readonly start: string } & Numbers)[];
  readonly previousSeries: Analytics['series'];
  readonly previousFrom: string;
  readonly previousUntil: string;
  readonly previousTo: string;
  readonly topPages: List;
  readonly entryPages: List;
  readonly exitPages: List;
  readonly sources: List;
  readonly channels: List;
  readonly campaigns: List;
  readonly mediums: List;
  readonly terms: List;
  readonly contents: List;
  readonly countries: List;
  readonly regions: List;
  readonly cities: List;
  readonly languages: List;
  readonly devices: List;
  readonly browsers: List;
  readonly systems: List;
  readonly bots: { readonly views: number; readonly share: number; readonly top: readonly unknown[] };
}

function asker({ url }: Pick<Footfall, 'url'>) {
  const get = (query = '', headers: Readonly<Record<string, string>> = bearer(API_KEY)) =>
    fetch(`${url}/api/analytics/visitors${query}`, { headers });
  const read = async (query = ''): Promise<Analytics> => {
    const response = await get(query);
    expect([query, response.status]).toEqual([query, 200]);
    return (await response.json()) as Analytics;
  };
  const client = createFootfallClient({ url, headers: bearer(API_KEY) });
  return { get, read, client };
}

/** Asserts that a response is an error for pages of this site only. */
async function expectOwnError(response: Response, status: number, code: string): Promise<string> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('www-authenticate')).toBe(status === 401 ? CHALLENGE : null);
  expectNoCors(response);
  const body = (await response.json()) as { error: string };
  expect(body).toEqual({ error: expect.any(String) as string, code });
  expectSentence(body.error);
  return body.error;
}

/** How a client must authenticate (RFC 9110, 11.6.1). */
const CHALLENGE = 'Bearer realm="Footfall"';

function expectNoCors(response: Response): void {
  expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
}

const NOTHING = { views: 0, visits: 0, visitors: 0 };
const LISTS = [
  'topPages',
  'entryPages',
  'exitPages',
  'sources',
  'channels',
  'campaigns',
  'mediums',
  'terms',
  'contents',
  'countries',
  'regions',
  'cities',
  'languages',
  'devices',
  'browsers',
  'systems',
] as const;

/** Where the period before begins, of a range from an instant until now, or a minute ago: the hour may have ended meanwhile. */
const previousFromUntil = (from: number): string[] =>
  [Date.now(), Date.now() - MINUTE_MS].map((now) => {
    const to = Math.ceil(now / HOUR_MS) * HOUR_MS;
    return new Date(2 * from - to).toISOString();
  });

describe('before the first page view', async () => {
  const { read } = asker(await start({ ...SECRETS, SITE_TIME_ZONE: NOON }));

  it('every number is 0, every list empty, and the series covers the last 30 local days', async () => {
    const totals = {
      ...NOTHING,
      bounceRate: 0,
      averageVisitMs: 0,
      viewsPerVisit: 0,
      newVisitors: null,
      returningVisitors: null,
    };
    const today = instantOf(Math.floor(localTime(Date.now()).getTime() / DAY_MS) * DAY_MS);
    const seriesUntil = (day: number) =>
      Array.from({ length: 30 }, (_, nth) => ({
        start: new Date(day - (29 - nth) * DAY_MS).toISOString(),
        ...NOTHING,
        bounceRate: 0,
        averageVisitMs: 0,
        viewsPerVisit: 0,
      }));
    const answer = await read();
    expect(previousFromUntil(today - 29 * DAY_MS)).toContain(answer.previousFrom);
    expect(answer).toEqual({
      totals,
      previous: totals,
      uniqueVisitors: { today: 0, thisMonth: 0 },
      series: seriesUntil(today),
      previousSeries: seriesUntil(today - 30 * DAY_MS),
      previousFrom: answer.previousFrom,
      previousUntil: new Date(today - 29 * DAY_MS).toISOString(),
      previousTo: new Date(today - 29 * DAY_MS).toISOString(),
      ...Object.fromEntries(LISTS.map((list) => [list, []])),
      bots: { views: 0, share: 0, top: [] },
    });
  });
});

describe('the numbers of a day', async () => {
  const footfall = await start({
    ...SECRETS,
    SITE_TIME_ZONE: NOON,
    COUNTRY_HEADER: 'X-Country',
    REGION_HEADER: 'X-Region',
    CITY_HEADER: 'X-City',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const { get, read, client } = asker(footfall);
  const now = Date.now();
  const threeHoursAgo = now - 3 * HOUR_MS;
  /** The location of both visitors, from the platform or the proxy. */
  const [here, there] = CONFIGURATION === 'workerd' ? ['BD', 'BD'] : ['FR', 'XX'];

  // A comes from Google, views two pages, and returns two hours later; B comes from a newsletter, and leaves at once.
  beforeAll(async () => {
    const location = { 'x-country': 'FR', 'x-region': 'Bretagne', 'x-city': 'Brest' };
    const a = { 'user-agent': PHONE, 'x-visitor-id': 'a', ...location };
    const b = { 'user-agent': BROWSER, 'x-visitor-id': 'b', 'accept-language': 'en-GB,en;q=0.5' };
    const again = newId();
    const views: [Record<string, unknown>, Record<string, string>][] = [
      [
        {
          url: 'https://site.example/entry?q=1',
          referrer: 'https://www.google.com/search?q=x',
          language: 'de-DE',
        },
        a,
      ],
      [{ url: '/second', timestamp: threeHoursAgo + MINUTE_MS, language: 'de-DE' }, a],
      [
        {
          url: '/entry?utm_source=newsletter&utm_campaign=spring&utm_medium=E-Mail&utm_content=first%20link',
          timestamp: now - 2 * HOUR_MS,
        },
        b,
      ],
      [{ id: again, url: '/entry', timestamp: now - HOUR_MS, language: 'de' }, a],
    ];
    for (const [body, headers] of views) {
      await footfall.track({ timestamp: threeHoursAgo, ...body }, { headers });
    }
    const engaged = {
      type: 'engagement',
      id: again,
      engagedMs: 12_000,
      timestamp: now - HOUR_MS + 12_000,
      scrollPercent: 50,
    };
    const response = await fetch(`${footfall.url}/api/track`, {
      method: 'POST',
      headers: a,
      body: JSON.stringify({ events: [engaged] }),
    });
    expect(await response.json()).toMatchObject({ accepted: 1 });
    const bot = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' };
    for (let times = 0; times < 2; times += 1) {
      expect(await footfall.track({ url: '/entry' }, { headers: bot })).toMatchObject({ reason: 'bot' });
    }
    expect(await footfall.track({ url: '/entry' }, { headers: { ...a, dnt: '1' } })).toMatchObject({
      reason: 'opted-out',
    });
  });

  it('are those of the page views that were sent, each with its unit', async () => {
    const response = await get();
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { series, previousSeries, previousFrom, previousUntil, previousTo, ...numbers } =
      (await response.json()) as Analytics;
    expect(numbers).toEqual({
      totals: {
        views: 4,
        visits: 3,
        visitors: 2,
        bounceRate: 1 / 3,
        averageVisitMs: (MINUTE_MS + 12_000 + 0) / 3,
        viewsPerVisit: 4 / 3,
        newVisitors: null,
        returningVisitors: null,
      },
      previous: {
        ...NOTHING,
        bounceRate: 0,
        averageVisitMs: 0,
        viewsPerVisit: 0,
        newVisitors: null,
        returningVisitors: null,
      },
      uniqueVisitors: { today: 2, thisMonth: 2 },
      topPages: [
        { value: '/entry', views: 3, visits: 3, visitors: 2 },
        { value: '/second', views: 1, visits: 1, visitors: 1 },
      ],
      entryPages: [{ value: '/entry', views: 4, visits: 3, visitors: 2 }],
      exitPages: [
        { value: '/entry', views: 2, visits: 2, visitors: 2 },
        { value: '/second', views: 2, visits: 1, visitors: 1 },
      ],
      sources: [
        { value: 'Google', views: 2, visits: 1, visitors: 1 },
        { value: 'direct', views: 1, visits: 1, visitors: 1 },
        { value: 'newsletter', views: 1, visits: 1, visitors: 1 },
      ],
      channels: [
        { value: 'search', views: 2, visits: 1, visitors: 1 },
        { value: 'direct', views: 1, visits: 1, visitors: 1 },
        { value: 'mail', views: 1, visits: 1, visitors: 1 },
      ],
      campaigns: [{ value: 'spring', views: 1, visits: 1, visitors: 1 }],
      mediums: [{ value: 'E-Mail', views: 1, visits: 1, visitors: 1 }],
      terms: [],
      contents: [{ value: 'first link', views: 1, visits: 1, visitors: 1 }],
      countries:
        here === there
          ? [{ value: here, views: 4, visits: 3, visitors: 2 }]
          : [
              { value: here, views: 3, visits: 2, visitors: 1 },
              { value: there, views: 1, visits: 1, visitors: 1 },
            ],
      regions: here === there ? [] : [{ value: 'Bretagne', views: 3, visits: 2, visitors: 1 }],
      cities: here === there ? [] : [{ value: 'Brest', views: 3, visits: 2, visitors: 1 }],
      languages: [
        { value: 'de', views: 3, visits: 2, visitors: 1 },
        { value: 'en', views: 1, visits: 1, visitors: 1 },
      ],
      devices: [
        { value: 'mobile', views: 3, visits: 2, visitors: 1 },
        { value: 'desktop', views: 1, visits: 1, visitors: 1 },
      ],
      browsers: [
        { value: 'Safari', views: 3, visits: 2, visitors: 1 },
        { value: 'Chrome', views: 1, visits: 1, visitors: 1 },
      ],
      systems: [
        { value: 'iOS', views: 3, visits: 2, visitors: 1 },
        { value: 'Linux', views: 1, visits: 1, visitors: 1 },
      ],
      bots: { views: 2, share: 2 / 6, top: [{ value: 'Googlebot', views: 2 }] },
    });
    expect(previousSeries).toHaveLength(series.length);
    expect(previousSeries.every(({ views }) => views === 0)).toBe(true);
    expect(previousUntil).toBe(series[0]?.start);
    expect(previousTo).toBe(previousUntil);
    expect(previousFromUntil(Date.parse(previousUntil))).toContain(previousFrom);
    expect(series.at(-1)).toMatchObject({ views: 4, visits: 3, visitors: 2 });
    expect(series.slice(0, -1).every(({ views, visits, visitors }) => views + visits + visitors === 0)).toBe(
      true,
    );
  });

  it('are the same for a typed client', async () => {
    expect(await client.analytics.visitors.query({})).toEqual(await read());
    const input = { interval: 'hour', limit: 1, from: now - 5 * HOUR_MS, page: '/entry' } as const;
    expect(await client.analytics.visitors.query(input)).toEqual(
      await read(`?interval=hour&limit=1&from=${now - 5 * HOUR_MS}&page=/entry`),
    );
  });

  it.each<[query: string, views: number, visits: number, visitors: number]>([
    ['?page=/second', 1, 1, 1],
    ['?page=https://anywhere.example/second/?x=y', 1, 1, 1],
    ['?page=/entry', 3, 3, 2],
    ['?entry=/entry', 4, 3, 2],
    ['?entry=/second', 0, 0, 0],
    ['?exit=/second', 2, 1, 1],
    ['?exit=/entry', 2, 2, 2],
    ['?source=Google', 2, 1, 1],
    ['?source=direct', 1, 1, 1],
    ['?channel=search', 2, 1, 1],
    ['?channel=mail&campaign=spring', 1, 1, 1],
    ['?channel=AI%20assistant', 0, 0, 0],
    ['?channel=search&source=direct', 0, 0, 0],
    ['?campaign=spring', 1, 1, 1],
    ['?medium=E-Mail', 1, 1, 1],
    ['?medium=e-mail', 0, 0, 0],
    ['?medium.contains=mail&content.starts=First', 1, 1, 1],
    ['?medium.not=E-Mail', 3, 2, 1],
    ['?medium.notContains=mail', 3, 2, 1],
    ['?content.set=true', 1, 1, 1],
    ['?content.set=false', 3, 2, 1],
    ['?term.set=true', 0, 0, 0],
    ['?term.set=false', 4, 3, 2],
    ['?term=nothing', 0, 0, 0],
    [`?country=${here}`, here === there ? 4 : 3, here === there ? 3 : 2, here === there ? 2 : 1],
    ['?country=ZW', 0, 0, 0],
    ['?language=de', 3, 2, 1],
    ['?device=desktop', 1, 1, 1],
    ['?device=mobile&exit=/second', 2, 1, 1],
    ['?browser=Safari', 3, 2, 1],
    ['?os=Linux', 1, 1, 1],
    ['?browser=Safari&os=Linux', 0, 0, 0],
    ['?page=/nobody', 0, 0, 0],
    ['?page=/second&source=newsletter', 0, 0, 0],
  ])(
    'under the filter %s are %i views, %i visits and %i visitors',
    async (query, views, visits, visitors) => {
      const { totals, series, uniqueVisitors, bots } = await read(query);
      expect(totals).toMatchObject({ views, visits, visitors });
      expect(series.at(-1)).toMatchObject({ views, visits, visitors });
      // These are of the whole site, whatever the filter.
      expect([uniqueVisitors, bots.views]).toEqual([{ today: 2, thisMonth: 2 }, 2]);
    },
  );

  it.runIf(here !== there)('can be filtered by region and city', async () => {
    for (const query of ['?region=Bretagne', '?city=Brest']) {
      expect((await read(query)).totals).toMatchObject({ views: 3, visits: 2, visitors: 1 });
    }
  });

  it('are the same with a filter that every visit matches as without one', async () => {
    expect(await read('?entry=/entry')).toEqual(await read());
  });

  it.each(['hour', 'day', 'week', 'month'] as const)(
    'by %s add up to the totals, in local intervals without gaps',
    async (interval) => {
      const { series, totals } = await read(`?interval=${interval}&from=${now - 40 * DAY_MS}`);
      expect(series.reduce((sum, { views }) => sum + views, 0)).toBe(totals.views);
      expect(series.reduce((sum, { visits }) => sum + visits, 0)).toBe(totals.visits);
      const starts = series.map(({ start }) => localTime(Date.parse(start)));
      const gaps = starts.slice(1).map((start, at) => start.getTime() - (starts[at]?.getTime() ?? 0));
      for (const start of starts) expect(start.getTime() % (interval === 'hour' ? HOUR_MS : DAY_MS)).toBe(0);
      if (interval === 'month') for (const start of starts) expect(start.getUTCDate()).toBe(1);
      else {
        const length = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS }[interval];
        expect(new Set(gaps)).toEqual(new Set([length]));
        if (interval === 'week') for (const start of starts) expect(start.getUTCDay()).toBe(1);
      }
    },
  );

  it('of a range are those of the hours that it overlaps', async () => {
    const begin = Math.floor(threeHoursAgo / HOUR_MS) * HOUR_MS;
    const iso = (at: number) => new Date(at).toISOString();
    const within = await read(`?from=${iso(begin + 20 * MINUTE_MS)}&to=${iso(begin + 21 * MINUTE_MS)}`);
    expect(within.series).toHaveLength(1);
    expect(within.series[0]?.start).toBe(iso(begin));
    // A's second page view was a minute after the first, which may be in the next hour.
    expect(within.totals.views).toBe(threeHoursAgo + MINUTE_MS < begin + HOUR_MS ? 2 : 1);
    expect((await read(`?from=${begin - 5 * HOUR_MS}&to=${begin}`)).totals.views).toBe(0);
    const next = await read(`?from=${begin + HOUR_MS - 1}&to=${begin + HOUR_MS + 1}&interval=hour`);
    expect(next.series.map(({ start }) => start)).toEqual([iso(begin), iso(begin + HOUR_MS)]);
    const end = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS;
    const later = await read(`?from=${end}&to=${end + 10 * HOUR_MS}`);
    expect([later.totals.views, later.previous.views]).toEqual([0, 4]);
  });

  it('have lists of the requested length', async () => {
    const one = await read('?limit=1');
    for (const list of LISTS) expect([list, one[list].length <= 1]).toEqual([list, true]);
    expect(one.topPages).toEqual([{ value: '/entry', views: 3, visits: 3, visitors: 2 }]);
    expect((await read('?limit=1000')).topPages).toHaveLength(2);
  });

  it.each([
    ['?from=yesterday', /^from must be/],
    ['?from=', /^from must be/],
    ['?from=2026-02-30', /^from must be/],
    ['?from=2026-11-20T08:00:00', /^from must be/],
    ['?from=-1', /^from must be/],
    ['?to=2026-13-01', /^to must be/],
    ['?to=1e3', /^to must be/],
    ['?from=2026-11-20&to=2026-11-19', /^from must be before to\.$/],
    ['?from=2026-11-20T08:00Z&to=2026-11-20T08:00Z', /^from must be before to\.$/],
    ['?interval=minute', /^interval must be one of hour, day, week, month\.$/],
    ['?interval=', /^interval must be/],
    ['?interval=Day', /^interval must be/],
    ['?limit=0', /^limit must be a whole number from 1 to 1000\.$/],
    ['?limit=1001', /^limit must be/],
    ['?limit=-1', /^limit must be/],
    ['?limit=1.5', /^limit must be/],
    ['?limit=1e2', /^limit must be/],
    ['?limit=', /^limit must be/],
    ['?limit=ten', /^limit must be/],
    ['?page=', /^page must not be empty\.$/],
    ['?country=', /^country must be an ISO code/],
    ['?country=Germany', /^country must be an ISO code of two capital letters, such as DE; XX is unknown\.$/],
    ['?country=de', /^country must be an ISO code/],
    ['?device=phone', /^device must be one of desktop, mobile, tablet, other\.$/],
    ['?os=linux', /^os must be one of Android, .*, Linux, macOS, .*, Xbox\.$/],
    ['?browser=chrome', /^browser must be the name of a browser or an app, such as Chrome\.$/],
    [
      '?browser=nonesuch',
      /^browser must be the name of a browser or an app, such as Chrome, Firefox or Safari\.$/,
    ],
    ['?channel=', /^channel must be one of direct, search, social, AI assistant, mail, referral, .+\.$/],
    ['?channel=Search', /^channel must be one of direct, search, /],
    ['?from=2020-01-01&to=2026-01-01&interval=hour', /interval/],
  ])('are refused with %s', async (query, why) => {
    expect(await expectOwnError(await get(query), 400, 'BAD_REQUEST')).toMatch(why);
  });

  it('are filtered by values of at most 4,096 characters', async () => {
    for (const filter of [
      'page',
      'entry',
      'exit',
      'source',
      'campaign',
      'medium',
      'region',
      'city',
      'language',
    ]) {
      const longest = `?${filter}=/${'x'.repeat(4_095)}`;
      await read(longest);
      expect(await expectOwnError(await get(`${longest}x`), 400, 'BAD_REQUEST')).toBe(
        `${filter} must be at most 4096 characters.`,
      );
    }
  });

  it('are refused to a typed client with the same sentence', async () => {
    await expect(client.analytics.visitors.query({ limit: 1_001 })).rejects.toMatchObject({
      message: 'limit must be a whole number from 1 to 1000.',
      data: { code: 'BAD_REQUEST', httpStatus: 400 },
    });
    await expect(
      client.analytics.visitors.query({ from: '2026-11-20', to: '2026-11-19' }),
    ).rejects.toMatchObject({
      message: 'from must be before to.',
      data: { code: 'BAD_REQUEST' },
    });
  });

  it.each(['?page=%00', '?region=%ff', '?page=%', '?source=%27%3B--', '?city=%E2%80%AE'])(
    'are returned with %s, which matches anything or nothing',
    async (query) => {
      await read(query);
    },
  );
});

describe('the analytics', async () => {
  const footfall = await start(SECRETS);
  const { get, client } = asker(footfall);
  const url = `${footfall.url}/api/analytics/visitors`;

  it.each([
    ['an API key', API_KEY],
    ['another API key', 'another-key-of-16-chars'],
    ['the admin password', ADMIN_PASSWORD],
  ])('are for clients with %s', async (_, secret) => {
    expect((await get('', bearer(secret))).status).toBe(200);
    expect((await get('', { authorization: `bearer  ${secret} ` })).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['an empty token', { authorization: 'Bearer ' }],
    ['no scheme', { authorization: API_KEY }],
    [
      'another scheme',
      { authorization: `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}` },
    ],
    ['the key in another header', { 'x-api-key': API_KEY }],
    ['a cookie', { cookie: `session=${API_KEY}` }],
  ])('are refused to %s', async (_, headers) => {
    await expectOwnError(await get('', headers), 401, 'UNAUTHORIZED');
  });

  it('are refused to a wrong secret, even a write key or one that is nearly right', async () => {
    for (const wrong of [WRITE_KEY, `${API_KEY}x`, API_KEY.toUpperCase(), ADMIN_PASSWORD.slice(1)]) {
      await expectOwnError(await get('', bearer(wrong)), 401, 'UNAUTHORIZED');
    }
    await expectOwnError(await get(`?token=${API_KEY}&key=${API_KEY}`, {}), 401, 'UNAUTHORIZED');
  });

  it('are refused before the parameters are parsed', async () => {
    await expectOwnError(await get('?limit=0', {}), 401, 'UNAUTHORIZED');
  });

  it.each(['contry=BD', 'limit=5&Page=/', 'from=2026-11-20&token=x', `${'x'.repeat(2_000)}=1`])(
    'are refused with a misspelt filter: %s',
    async (query) => {
      const error = await expectOwnError(await get(`?${query}`, bearer(API_KEY)), 400, 'BAD_REQUEST');
      expect(error).toMatch(
        /^"\w{1,40}" is unknown; there are from, to, interval, compare, .*limit, and the filters page, .*, os\.$/,
      );
      const input = { json: Object.fromEntries(new URLSearchParams(query)) };
      const typed = await fetch(
        `${footfall.url}/api/trpc/analytics.visitors?input=${encodeURIComponent(JSON.stringify(input))}`,
        { headers: bearer(API_KEY) },
      );
      expect(typed.status).toBe(400);
    },
  );

  it.each([
    ['page.like=/a', '"page.like" is unknown; of page there are page, page.not, page.contains'],
    ['browser.contains=x', '"browser.contains" is unknown; of browser there are browser, browser.not.'],
    ['country.not=Germany', 'country.not must be an ISO code'],
    ['country=DE&country=de', 'country must be an ISO code'],
    ['city.set=yes', 'city.set must be one of true, false'],
    ['city.set=true&city.set=false', 'city.set must be one of true, false'],
    ['page.contains=', 'page.contains must not be empty'],
    [Array.from({ length: 21 }, (_, n) => `page=/${n}`).join('&'), 'page must have 1 to 20 values'],
    ['from=2026-11-20&from=2026-11-21', 'from must be an ISO 8601 time'],
    ['compare=never', 'compare must be one of previous, year, custom, off'],
    ['compare=custom&compareFrom=2026-11-01', 'compare=custom takes compareFrom and compareTo'],
    ['compareBy=month', 'compareBy must be one of date, weekday'],
    ['compare=off&compareBy=weekday', 'compareBy=weekday is for compare=previous and compare=year'],
    ['compareFrom=2026-11-01', 'compareFrom and compareTo are for compare=custom'],
    ['compare=custom&compareFrom=2026-11-02&compareTo=2026-11-01', 'compareFrom must be before compareTo'],
  ])('are refused with what an operator or a comparison does not take: %s', async (query, sentence) => {
    expect(await expectOwnError(await get(`?${query}`), 400, 'BAD_REQUEST')).toContain(sentence);
  });

  it.each([
    ['', 'list must be one of topPages'],
    ['list=bots', 'list must be one of topPages'],
    ['list=topPages&sort=value', 'sort must be one of visitors, visits, views, bounceRate, averageVisitMs'],
    ['list=topPages&order=up', 'order must be desc or asc'],
    ['list=topPages&limit=1001', 'limit must be a whole number from 1 to 1000'],
    ['list=topPages&offset=100001', 'offset must be a whole number from 0 to 100000'],
    [`list=topPages&search=${'x'.repeat(201)}`, 'search must be a string of at most 200 characters'],
    ['list=topPages&compare=off', '"compare" is unknown'],
  ])('of one list are refused with %s', async (query, sentence) => {
    const response = await fetch(`${footfall.url}/api/analytics/list?${query}`, { headers: bearer(API_KEY) });
    expect(await expectOwnError(response, 400, 'BAD_REQUEST')).toContain(sentence);
  });

  it('are refused to a typed client, other procedures are not', async () => {
    const stranger = createFootfallClient({ url: footfall.url });
    const [analytics, count] = await Promise.allSettled([
      stranger.analytics.visitors.query({}),
      stranger.count.query(),
    ]);
    expect(analytics).toMatchObject({
      status: 'rejected',
      reason: { data: { code: 'UNAUTHORIZED', httpStatus: 401 } },
    });
    expect(count.status).toBe('fulfilled');
    await client.analytics.visitors.query({});
  });

  it('are for pages of the same origin only', async () => {
    const origin = { origin: 'https://elsewhere.example' };
    for (const response of [
      await get('', { ...bearer(API_KEY), ...origin }),
      await get('', origin),
      await fetch(url, {
        method: 'OPTIONS',
        headers: {
          ...origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization',
        },
      }),
    ]) {
      expectNoCors(response);
    }
  });

  it('are for pages of the same origin only through the typed API, whatever it returns', async () => {
    const at = (path: string) => `${footfall.url}/api/trpc/${path}`;
    const headers = { ...bearer(API_KEY), origin: 'https://elsewhere.example' };
    const bad = encodeURIComponent('{"json":{"limit":0}}');
    for (const [path, status] of [
      ['analytics.visitors?input={"json":{}}', 200],
      ['analytics%2Evisitors?input={"json":{}}', 200],
      [`analytics.visitors?input=${bad}`, 400],
      ['analytics.visitors?input={', 400],
      ['count,analytics.visitors?batch=1', 207],
      ['count%2Canalytics.visitors?batch=1', 207],
      ['analytics.visitors,count?batch=1', 207],
      ['analytics.visitors/?input={"json":{}}', 200],
      ['/analytics.visitors?input={"json":{}}', 404],
      ['analytics.visitors//?input={"json":{}}', 200],
      ['analytics.visitors%2F?input={"json":{}}', 404],
      ['count,analytics.visitors/?batch=1', 207],
    ] as const) {
      const response = await fetch(at(path), { headers });
      expect([path, response.status]).toEqual([path, status]);
      expectNoCors(response);
    }
    const stranger = await fetch(at('analytics.visitors'));
    expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([401, CHALLENGE]);
    expectNoCors(stranger);
    for (const path of [
      'analytics.visitors',
      'analytics.visitors/',
      '/analytics.visitors',
      'count,analytics.visitors',
    ]) {
      const preflight = { ...headers, 'access-control-request-headers': 'authorization' };
      expectNoCors(await fetch(at(path), { method: 'OPTIONS', headers: preflight }));
    }
    expectNoCors(await fetch(at('analytics.visitors'), { method: 'PUT', headers }));
    for (const path of ['count', 'count,stats?batch=1', 'analytics', 'analytics.nothing', 'visitors', '%']) {
      expectCors((await fetch(at(path), { headers })).headers);
    }
  });

  it('are read by GET and HEAD', async () => {
    const head = await fetch(url, { method: 'HEAD', headers: bearer(API_KEY) });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(401);
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await fetch(url, { method, headers: bearer(API_KEY) });
      await expectOwnError(response, 405, 'METHOD_NOT_SUPPORTED');
    }
  });

  it('are for nobody if there is no secret', async () => {
    const open = asker(await start({}, onTestFinished));
    for (const token of ['undefined', 'null', '', API_KEY]) {
      await expectOwnError(await open.get('', bearer(token)), 401, 'UNAUTHORIZED');
    }
  });
});

describe.runIf(has('rateLimit'))('a client that guesses a secret', () => {
  const footfall = started({ ...SECRETS, CLIENT_IP_HEADER: 'X-Client', TRUSTED_PROXIES: '127.0.0.1' });
  // Each process counts by itself.
  const door = () => footfall().instances[0] ?? '';
  let last = 0;
  const newAddress = () => ({ 'x-client': `198.51.100.${(last += 1)}` });

  it('must wait after ten wrong ones, on each route, while others need not', async () => {
    const { get } = asker({ url: door() });
    const guesser = newAddress();
    for (let tries = 0; tries < 5; tries += 1) {
      await expectOwnError(await get('', { ...bearer(`wrong-${tries}`), ...guesser }), 401, 'UNAUTHORIZED');
      const client = createFootfallClient({ url: door(), headers: { ...bearer('wrong'), ...guesser } });
      await expect(client.analytics.visitors.query({})).rejects.toMatchObject({
        data: { code: 'UNAUTHORIZED' },
      });
    }
    const refused = await get('', { ...bearer('wrong-11'), ...guesser });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    await expectOwnError(refused, 429, 'TOO_MANY_REQUESTS');
    const client = createFootfallClient({ url: door(), headers: { ...bearer('wrong'), ...guesser } });
    await expect(client.analytics.visitors.query({})).rejects.toMatchObject({
      data: { code: 'TOO_MANY_REQUESTS' },
    });
    expect((await get('', { ...bearer(API_KEY), ...newAddress() })).status).toBe(200);
    // It may still be counted, and read public numbers.
    const { status } = await footfall().send({ url: newPage() }, { headers: guesser });
    expect(status).toBe(200);
    expect((await fetch(`${door()}/api/sys/stats`, { headers: guesser })).status).toBe(200);
  });

  it('does not lock out an API key, nor a client that knew the password before', async () => {
    const { get } = asker({ url: door() });
    const shared = newAddress(); // as behind a proxy that is not configured
    const owner = { ...shared, 'user-agent': 'the owner' };
    expect((await get('', { ...bearer(ADMIN_PASSWORD), ...owner })).status).toBe(200);
    for (let tries = 0; tries < 12; tries += 1) await get('', { ...bearer(`wrong-${tries}`), ...shared });
    await expectOwnError(await get('', { ...bearer(ADMIN_PASSWORD), ...shared }), 429, 'TOO_MANY_REQUESTS');
    expect((await get('', { ...bearer(API_KEY), ...shared })).status).toBe(200);
    expect((await get('', { ...bearer(ADMIN_PASSWORD), ...owner })).status).toBe(200);
    // The client that knew it has ten attempts too.
    for (let tries = 0; tries < 10; tries += 1) await get('', { ...bearer('wrong'), ...owner });
    await expectOwnError(await get('', { ...bearer(ADMIN_PASSWORD), ...owner }), 429, 'TOO_MANY_REQUESTS');
  });

  it('is not a client with the right one, however often', async () => {
    const { get } = asker({ url: door() });
    const owner = { ...bearer(API_KEY), ...newAddress() };
    for (let times = 0; times < 30; times += 1) expect((await get('', owner)).status).toBe(200);
  });
});

describe('regression:', () => {
  it.each(['correct horse battery staple', 'grüße-aus-köln'])(
    'the admin password may be %s, sent as UTF-8',
    async (password) => {
      const { url } = await start({ ADMIN_PASSWORD: password }, onTestFinished);
      const authorization = `Bearer ${Buffer.from(password).toString('latin1')}`;
      expect((await fetch(`${url}/api/analytics/visitors`, { headers: { authorization } })).status).toBe(200);
      const wrong = { authorization: `${authorization}x` };
      expect((await fetch(`${url}/api/analytics/visitors`, { headers: wrong })).status).toBe(401);
    },
  );

  it('no time is later than the year 9999, as a string or as a number', async () => {
    const { url } = await start({ API_KEYS: API_KEY }, onTestFinished);
    const query = '?from=999999999999000&to=999999999999999&interval=hour';
    const answer = await fetch(`${url}/api/analytics/visitors${query}`, { headers: bearer(API_KEY) });
    expect(answer.status).toBe(400);
  });
});
