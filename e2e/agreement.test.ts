/**
 * One history, and everything that says something of it: the analytics, the whole lists, `/stats`, the widget's numbers, the
 * dashboard, and plain SQL on the log. In three time zones, one of them with half an hour, over a change of the clock.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { footfallWith } from './faults/cli.ts';
import { startServer, type Server } from './server.ts';

const PASSWORD = 'the-owners-own-password';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Between two changes of the clock lie at most 217 days. */
const DAYS = 225;

interface Filter {
  readonly query: string;
  /** The same on a row of the log with its names. */
  readonly sql: string;
}

/** Every operator is in one of them. */
const FILTERS: Readonly<Record<string, readonly [Filter, Filter, Filter, Filter]>> = {
  'Europe/Berlin': [
    { query: '', sql: 'true' },
    { query: 'country=DE&country=GB', sql: `country in ('DE', 'GB')` },
    { query: 'page.starts=/Docs/', sql: `page like '/docs/%'` },
    { query: 'source.not=direct&device=mobile', sql: `source <> 'direct' and device = 'mobile'` },
  ],
  'Asia/Kolkata': [
    { query: '', sql: 'true' },
    { query: 'page=/docs/page-1', sql: `page = '/docs/page-1'` },
    { query: 'browser.not=Chrome&browser.not=Safari', sql: `browser not in ('Chrome', 'Safari')` },
    { query: 'campaign.set=false&entry.contains=page', sql: `campaign = '' and entry like '%page%'` },
  ],
  'America/New_York': [
    { query: '', sql: 'true' },
    { query: 'page.notContains=page-1&page.not=/', sql: `page not like '%page-1%' and page <> '/'` },
    {
      query: 'source.set=true&os=Windows&medium.not=email&term.set=false',
      sql: `source <> 'direct' and system = 'Windows' and medium is not 'email' and term is null`,
    },
    { query: 'country=XX&country=US&exit=/', sql: `country in ('', 'US') and exit = '/'` },
  ],
};

interface Numbers {
  readonly visitors: number;
  readonly visits: number;
  readonly views: number;
  readonly bounceRate: number;
  readonly averageVisitMs: number;
}

const dateIn = (timeZone: string, at: number): string =>
  new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone }).format(at);
const plus = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

function offsetIn(timeZone: string, at: number): number {
  const form = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'medium', timeZone });
  return Date.parse(`${form.format(at).replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000;
}

/** The midnight of a date. */
function midnight(timeZone: string, date: string): number {
  const utc = Date.parse(`${date}T00:00Z`);
  const near = utc - offsetIn(timeZone, utc);
  return utc - offsetIn(timeZone, near);
}

/** Five periods: the day that goes on, days, a month by the calendar, three days around a change of the clock, everything. */
function periodsIn(timeZone: string, now: number): (readonly [from: string, to: string])[] {
  const today = dateIn(timeZone, now);
  const first = plus(today, 1 - DAYS);
  let change = plus(today, -40);
  for (let date = first; date < today; date = plus(date, 1)) {
    if (midnight(timeZone, plus(date, 1)) - midnight(timeZone, date) !== DAY_MS) change = date;
  }
  const lastMonth = plus(`${today.slice(0, 8)}01`, -1);
  return [
    [today, today],
    [plus(today, -6), today],
    [`${lastMonth.slice(0, 8)}01`, lastMonth],
    [plus(change, -1), plus(change, 1)],
    [first, today],
  ];
}

/** The rows of the log with the names of what is known of them. */
const ROWS = `
  select view.session, view.hour, hours.day, hours.visitor, page.value as page, entry.value as entry, exit.value as exit,
    ${['country', 'source', 'campaign', 'medium', 'term', 'device', 'browser', 'system'].map((name) => `(select value from visitor_values where id = facts.${name}) as ${name}`).join(', ')},
    visit.views <= 1 and visit.engaged_ms < 10000 as bounce, visit.seen_until - visit.started_at as ms
  from visitor_page_views view
  join visitor_sessions visit on visit.id = view.session
  join visitor_session_hours hours on hours.session = view.session and hours.hour = view.hour
  join visitor_facts facts on facts.id = visit.facts
  join visitor_values page on page.id = view.page
  join visitor_values entry on entry.id = visit.entry
  join visitor_values exit on exit.id = visit.exit`;

async function counted(
  database: Client,
  { sql }: Filter,
  [from, to]: readonly [number, number],
): Promise<Numbers> {
  const isIn = `hour >= ${from} and hour < ${to}`;
  const { rows } = await database.execute(`
    with seen as materialized (select * from (${ROWS}) where ${sql}),
      visits as (select min(hour) as hour, bounce, ms from seen group by session),
      visitors as (select min(hour) as hour from seen group by visitor, day)
    select (select count(*) from seen where ${isIn}) as views, (select count(*) from visitors where ${isIn}) as visitors,
      count(*) as visits, ifnull(sum(bounce), 0) as bounces, ifnull(sum(ms), 0) as ms
    from visits where ${isIn}`);
  const [row] = rows.map((each) =>
    Object.fromEntries(Object.entries(each).map(([key, n]) => [key, Number(n)])),
  );
  const { views = 0, visits = 0, visitors = 0, bounces = 0, ms = 0 } = row ?? {};
  return {
    visitors,
    visits,
    views,
    bounceRate: visits === 0 ? 0 : bounces / visits,
    averageVisitMs: visits === 0 ? 0 : Math.round(ms / visits),
  };
}

/** The measures of a page, as a browser without JavaScript shows them. */
function measuresOf(html: string): Record<string, string> {
  const text = html.replaceAll(/<!--.*?-->/gs, '');
  const measures = text.matchAll(/data-testid="measure-(\w+)".*?<dd class="value[^>]*>\s*([^<\s]+)/gs);
  return Object.fromEntries(Array.from(measures, ([, name = '', value = '']) => [name, value]));
}

const shown = ({ visitors, visits, views }: Numbers) => {
  const written = new Intl.NumberFormat('en');
  return {
    visitors: written.format(visitors),
    visits: written.format(visits),
    views: written.format(views),
  };
};

describe.each(Object.keys(FILTERS))('in %s', (timeZone) => {
  const now = Date.now();
  const periods = periodsIn(timeZone, now);
  const filters = FILTERS[timeZone] ?? [];
  let folder: string;
  let server: Server;
  let database: Client;
  let cookie: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'footfall-agreement-'));
    const file = join(folder, 'footfall.db');
    const env = { SITE_TIME_ZONE: timeZone, ADMIN_PASSWORD: PASSWORD, DATABASE_URL: `file:${file}` };
    const size = ['--days', DAYS, '--views', 2_500, '--pages', 30, '--visitors', 300].map(String);
    expect(await footfallWith(env, 'seed', ...size)).toMatchObject({ code: 0 });
    server = await startServer({ env, folder });
    database = createClient({ url: `file:${file}` });
    const answer = await fetch(`${server.url}/admin/sign-in`, {
      method: 'POST',
      headers: { accept: 'text/html', origin: server.url },
      body: new URLSearchParams({ password: PASSWORD }),
      redirect: 'manual',
    });
    cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  });
  afterAll(async () => {
    database.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const read = async <T>(path: string): Promise<T> => {
    const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${PASSWORD}` } });
    expect([path, answer.status]).toEqual([path, 200]);
    return (await answer.json()) as T;
  };
  const page = async (path: string): Promise<Record<string, string>> => {
    const answer = await fetch(server.url + path, { headers: { cookie } });
    expect([path, answer.status]).toEqual([path, 200]);
    return measuresOf(await answer.text());
  };

  it('twenty periods and filters have the numbers that the log has, and some of them on the dashboard', async () => {
    let [some, pages] = [0, 0];
    for (const [nth, [from, to]] of periods.entries()) {
      const hours = [midnight(timeZone, from), midnight(timeZone, plus(to, 1))] as const;
      for (const [at, filter] of filters.entries()) {
        const query = `from=${from}&to=${to}${filter.query === '' ? '' : `&${filter.query}`}`;
        const truth = await counted(database, filter, hours);
        some += truth.views > 0 ? 1 : 0;
        const { totals, series } = await read<{ totals: Numbers; series: Numbers[] }>(
          `/api/analytics/visitors?${query}&compare=off`,
        );
        expect(totals, query).toMatchObject(truth);
        for (const name of ['visitors', 'visits', 'views'] as const)
          expect(
            series.reduce((sum, each) => sum + each[name], 0),
            query,
          ).toBe(truth[name]);
        // A visit has one device, so that the rows of its list are all visits.
        const { rows } = await read<{ rows: Numbers[] }>(`/api/analytics/list?list=devices&${query}`);
        expect(
          rows.reduce((sum, each) => sum + each.visits, 0),
          query,
        ).toBe(truth.visits);
        expect(
          rows.reduce((sum, each) => sum + each.views, 0),
          query,
        ).toBe(truth.views);
        if (at !== nth % filters.length || truth.views === 0) continue;
        expect(await page(`/admin?${query}`), query).toMatchObject(shown(truth));
        pages += 1;
      }
    }
    expect(some).toBeGreaterThan(14);
    expect(pages).toBeGreaterThan(3);
  });

  it('the public page and the widget have them, too', async () => {
    const today = dateIn(timeZone, now);
    for (const [period, days] of [
      ['today', 1],
      ['7d', 7],
      ['30d', 30],
    ] as const) {
      const hours = [midnight(timeZone, plus(today, 1 - days)), midnight(timeZone, plus(today, 1))] as const;
      const truth = await counted(database, { query: '', sql: 'true' }, hours);
      // A day on which nobody has come yet has a sentence in place of numbers.
      expect(await page(`/stats?period=${period}`), period).toMatchObject(
        truth.views === 0 ? {} : shown(truth),
      );
    }
    const { rows } = await database.execute(`
      select (select count(*) from visitor_page_views) as views, (select count(*) from visitor_sessions) as visits,
        (select count(*) from (select distinct visitor, day from visitor_session_hours)) as visitors`);
    expect(await read('/api/visitors/count')).toMatchObject({ count: Number(rows[0]?.['views']) });
    expect(await read('/api/stats')).toMatchObject({
      totalVisits: Number(rows[0]?.['visits']),
      uniqueVisitors: Number(rows[0]?.['visitors']),
    });
    expect(await read('/api/visitor-stats')).toMatchObject({ total: Number(rows[0]?.['visitors']) });
  });
});
