/**
 * One request to each route with its response, for the document and the page that shows it. A test sends each of them
 * in this order to a server without data, and compares the responses.
 */

/** A request and its response. */
export interface RouteSample {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** The response's body: JSON, unless the route returns an image. */
  readonly answer?: unknown;
  /** Another language than TypeScript, if the client has no procedure for the route. */
  readonly html?: string;
  /** The same with the typed client; the variable `footfall` is the client. */
  readonly typescript?: string;
}

/** The day of the samples: their dates are on this day. */
export const SAMPLE_DAY = '2026-11-26';

const ID = '0193669f-8c1e-4d52-9f0e-3f6f2c9e7b11';
const STORE_VERSION = { version: 9, store: 1880512377000000 } as const;

/** A program's own user agent counts as a bot's: a sample that is to be counted sends that of a browser. */
const BROWSER = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
};

const UPDATED = `${SAMPLE_DAY}T10:15:30.000Z`;

const STATS = {
  totalVisitors: 2,
  totalVisits: 2,
  todayVisits: 2,
  activeUsers: 2,
  uniqueVisitors: 2,
  locations: { XX: { count: 2 } },
  ...STORE_VERSION,
};

const VISITOR_STATS = {
  live: 2,
  active: 2,
  today: 2,
  total: 2,
  location: null,
  ukPercent: 0,
  unitedKingdomPercent: 0,
  ...STORE_VERSION,
  updatedAt: UPDATED,
};

const SHARE = '5d1b1c0f0b8c4a9e7a3d2f6e8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718';

const RATES = { bounceRate: 0.5, averageVisitMs: 14, viewsPerVisit: 1.5 };
const NO_RATES = { bounceRate: 0, averageVisitMs: 0, viewsPerVisit: 0 };

const TOTALS = {
  views: 3,
  visits: 2,
  visitors: 2,
  ...RATES,
  newVisitors: null,
  returningVisitors: null,
};

const NO_TOTALS = {
  views: 0,
  visits: 0,
  visitors: 0,
  ...NO_RATES,
  newVisitors: null,
  returningVisitors: null,
};

const ALL_OF = (value: string) => ({ value, views: 3, visits: 2, visitors: 2 });
const ONE_OF = (value: string) => ({ value, views: 1, visits: 1, visitors: 1 });

/** By `operationId`. */
export const SAMPLES: Readonly<Record<string, RouteSample>> = {
  track: {
    headers: BROWSER,
    body: { id: ID, url: 'https://example.com/about', referrer: 'https://www.google.com/' },
    typescript: `const { count, counted } = await footfall.track.mutate({
  id: crypto.randomUUID(),
  url: 'https://example.com/about',
});`,
    answer: { count: 1, total: 1, counted: true, ...STORE_VERSION },
  },
  trackBatch: {
    headers: BROWSER,
    body: {
      events: [
        { id: 'b5a4cf0e-1d6b-4c55-8a51-1f1b6f5d8c20', url: 'https://example.com/pricing' },
        { type: 'engagement', id: ID, engagedMs: 8000, scrollPercent: 70 },
      ],
    },
    typescript: `const { accepted, results } = await footfall.trackBatch.mutate({
  events: [
    { id: crypto.randomUUID(), url: 'https://example.com/pricing' },
    { type: 'engagement', id: viewed, engagedMs: 8_000, scrollPercent: 70 },
  ],
});`,
    answer: {
      accepted: 2,
      duplicates: 0,
      ignored: 0,
      results: [
        { id: 'b5a4cf0e-1d6b-4c55-8a51-1f1b6f5d8c20', counted: true },
        { id: ID, counted: true },
      ],
    },
  },
  register: {
    headers: BROWSER,
    body: { visitorId: 'reader-7', url: 'https://example.com/about' },
    typescript: `const { success, stats } = await footfall.register.mutate({ visitorId: 'reader-7' });`,
    answer: { success: true, stats: STATS },
  },
  count: {
    query: { page: '/about' },
    typescript: `const { count } = await footfall.count.query({ page: '/about' });`,
    answer: { count: 2, ...STORE_VERSION, updatedAt: UPDATED },
  },
  stats: {
    typescript: `const { totalVisits, activeUsers } = await footfall.stats.query();`,
    answer: STATS,
  },
  sysStats: {
    typescript: `const { countries } = await footfall.sysStats.query();`,
    answer: { total_visitors: 2, countries: { XX: 2 }, last_updated: UPDATED, updatedAt: UPDATED },
  },
  visitorStats: {
    typescript: `const { live, today } = await footfall.visitorStats.query();`,
    answer: VISITOR_STATS,
  },
  analyticsVisitors: {
    query: { from: SAMPLE_DAY, to: SAMPLE_DAY, interval: 'day', limit: '2' },
    headers: { Authorization: 'Bearer $FOOTFALL_API_KEY' },
    typescript: `const { totals, topPages } = await footfall.analytics.visitors.query({
  from: '${SAMPLE_DAY}',
  to: '${SAMPLE_DAY}',
});`,
    answer: {
      totals: TOTALS,
      previous: NO_TOTALS,
      uniqueVisitors: { today: 2, thisMonth: 2 },
      series: [{ start: `${SAMPLE_DAY}T00:00:00.000Z`, views: 3, visits: 2, visitors: 2, ...RATES }],
      previousSeries: [{ start: '2026-11-25T00:00:00.000Z', views: 0, visits: 0, visitors: 0, ...NO_RATES }],
      previousFrom: '2026-11-24T00:00:00.000Z',
      previousUntil: '2026-11-25T12:00:00.000Z',
      previousTo: '2026-11-26T00:00:00.000Z',
      topPages: [{ value: '/about', views: 2, visits: 2, visitors: 2 }, ONE_OF('/pricing')],
      entryPages: [ALL_OF('/about')],
      exitPages: [{ value: '/pricing', views: 2, visits: 1, visitors: 1 }, ONE_OF('/about')],
      sources: [{ value: 'Google', views: 2, visits: 1, visitors: 1 }, ONE_OF('direct')],
      channels: [{ value: 'search', views: 2, visits: 1, visitors: 1 }, ONE_OF('direct')],
      campaigns: [],
      mediums: [],
      terms: [],
      contents: [],
      countries: [ALL_OF('XX')],
      regions: [],
      cities: [],
      languages: [],
      devices: [ALL_OF('desktop')],
      browsers: [ALL_OF('Firefox')],
      systems: [ALL_OF('Linux')],
      bots: { views: 0, share: 0, top: [] },
    },
  },
  analyticsList: {
    query: { list: 'topPages', from: SAMPLE_DAY, to: SAMPLE_DAY, 'page.contains': 'about', sort: 'visitors' },
    headers: { Authorization: 'Bearer $FOOTFALL_API_KEY' },
    typescript: `const { rows, total } = await footfall.analytics.list.query({
  list: 'topPages',
  from: '${SAMPLE_DAY}',
  'page.contains': 'about',
});`,
    answer: {
      total: 1,
      rows: [{ value: '/about', views: 2, visits: 2, visitors: 2, bounceRate: 0.5, averageVisitMs: 0 }],
    },
  },
  sharesMake: {
    headers: { Authorization: 'Bearer $FOOTFALL_API_KEY' },
    body: { name: 'Marketing', filters: { country: ['DE', 'AT'] }, sites: ['intranet.example.com'] },
    typescript: `const { address } = await footfall.shares.make.mutate({
  name: 'Marketing',
  filters: { country: ['DE', 'AT'] },
});`,
    answer: {
      id: SHARE,
      name: 'Marketing',
      address: 'https://stats.example.com/share/6dQ0vJ2m9gF1kTzqPp8bWcXyR4sHn7aLeUoIiE3tVwA',
    },
  },
  sharesList: {
    headers: { Authorization: 'Bearer $FOOTFALL_API_KEY' },
    typescript: `const links = await footfall.shares.list.query();`,
    answer: [
      {
        id: SHARE,
        name: 'Marketing',
        hasPassword: false,
        filters: { country: ['DE', 'AT'] },
        origins: ['https://intranet.example.com'],
        createdAt: UPDATED,
        expiresAt: null,
        isExpired: false,
        usedAt: null,
      },
    ],
  },
  sharesRevoke: {
    headers: { Authorization: 'Bearer $FOOTFALL_API_KEY' },
    body: { id: SHARE },
    typescript: `await footfall.shares.revoke.mutate({ id: '${SHARE}' });`,
    answer: { id: SHARE },
  },
  seen: {
    query: { url: 'https://example.com/about' },
    headers: BROWSER,
    html: `<noscript>
  <img src="$BASE/api/visitors/seen.gif?url=https://example.com/about" alt="" width="1" height="1">
</noscript>`,
  },
  badge: {
    query: { page: '/about', label: 'readers' },
    html: `<img src="$BASE/api/badge.svg?page=/about&amp;label=readers" alt="Page views of this page">`,
  },
  live: {
    headers: { Accept: 'text/event-stream' },
    typescript: `const following = footfall.live.subscribe(undefined, {
  onData: ({ data }) => console.log(data.count, data.visitorStats.live),
  onError: console.error,
});
following.unsubscribe();`,
    answer: { type: 'visitor_update', stats: STATS, visitorStats: VISITOR_STATS, count: 4, ...STORE_VERSION },
  },
};

/** A sample in one language, as tools that show OpenAPI documents read it. */
export interface CodeSample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** The address to which a sample is sent. */
interface Target {
  readonly method: string;
  readonly path: string;
  readonly baseUrl: string;
}

/** A sample as commands and code. */
export function samplesOf(sample: RouteSample, { method, path, baseUrl }: Target): CodeSample[] {
  const { query, headers = {}, body, html, typescript } = sample;
  const asked = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  const parts = [
    `curl${method === 'GET' ? '' : ` -X ${method}`}${'Accept' in headers ? ' -N' : ''} '${baseUrl}${path}${asked}'`,
    ...Object.entries(headers).map(([name, value]) =>
      // A variable of the shell is replaced only between double quotes.
      value.includes('$')
        ? `-H "${name}: ${value}"`
        : name === 'User-Agent'
          ? `-A '${value}'`
          : `-H '${name}: ${value}'`,
    ),
    ...(body === undefined
      ? []
      : [
          `-H 'Content-Type: application/json'`,
          `-d '${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}'`,
        ]),
  ];
  return [
    { lang: 'Shell', label: 'curl', source: parts.join(' \\\n  ') },
    ...(typescript === undefined ? [] : [{ lang: 'TypeScript', label: 'TypeScript', source: typescript }]),
    ...(html === undefined
      ? []
      : [{ lang: 'HTML', label: 'HTML', source: html.replaceAll('$BASE', baseUrl) }]),
  ];
}
