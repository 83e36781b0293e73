import { calendar, VISIT_DIMENSIONS, type Attributes } from '@footfall/core';
import { migrateConnection, type Connection } from '@footfall/db';
import { insertsOf, tablesOf, type Mark, type TableRows, type Visit } from './picture.ts';
import { NO_TAGS, NOON } from './support.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Page views are of this many days, the last of which is that of `NOON`. */
const DAYS = 10;

const { momentOf } = calendar('UTC');

/** Random numbers from 0 to below 1, the same ones every time (a linear congruential generator). */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A site's visits in the order in which they began, with at least as many page views as asked for. */
function someVisits(views: number): Visit[] {
  const random = randomNumbers();
  const oneOf = <T>(values: readonly [T, ...T[]]): T =>
    values[Math.floor(random() * values.length)] ?? values[0];
  const visits: Visit[] = [];
  for (let [nth, left] = [0, views]; left > 0; nth += 1) {
    const person = 1 + Math.floor(random() * views);
    const isDevice = random() < 0.2;
    let at = NOON - DAYS * DAY_MS + Math.floor((nth / views) * 2 * DAYS * DAY_MS);
    const marks = Array.from({ length: 1 + Math.floor(random() * 4) }, (): Mark => {
      const moment = momentOf(at);
      at += Math.floor(random() * 20 * MINUTE_MS);
      const visitor = isDevice ? 2 * person + 1 : 2 * (views * (moment.day / DAY_MS) + person);
      return { ...moment, page: random() < 0.1 ? null : oneOf(['/', '/a', '/b', '/c', '/ü']), visitor };
    });
    const engagedMs = oneOf([0, 9_999, 60_000]);
    const last = marks.findLast(({ page }) => page !== null);
    const end = (marks.at(-1) as Mark).at;
    const facts: Attributes = {
      country: oneOf(['', 'DE', 'FR']),
      region: '',
      city: oneOf(['', 'Berlin']),
      language: oneOf(['', 'de']),
      source: oneOf(['direct', 'Google', 'blog.example.org', 'poster']),
      campaign: oneOf(['', 'spring']),
      device: oneOf(['desktop', 'mobile']),
      browser: oneOf(['Firefox', 'Safari']),
      system: oneOf(['Linux', 'macOS']),
      channel: '',
      ...NO_TAGS,
    };
    visits.push({
      id: nth + 1,
      facts,
      marks: marks as [Mark, ...Mark[]],
      engagedMs: last === undefined ? 0 : engagedMs,
      seenUntil: last === undefined ? end : Math.max(end, last.at + engagedMs),
    });
    left -= marks.filter(({ page }) => page !== null).length;
  }
  return visits;
}

/** What was known of a visit then. */
const NINE = VISIT_DIMENSIONS.slice(0, 9);

/** The same as migration 0003 has it. */
function tablesOf0003(visits: readonly Visit[]): TableRows {
  const tables = tablesOf({ visits, bots: [], timeZone: 'UTC' });
  const rowsOf = (table: string) => tables[table] ?? [];
  const strings = new Map(rowsOf('visitor_values').map(({ id, value }) => [id, value]));
  const withoutChannel = (table: string) => rowsOf(table).filter(({ dimension }) => dimension !== 13);
  return {
    ...tables,
    visitor_values: withoutChannel('visitor_values'),
    visitor_hourly_counts: withoutChannel('visitor_hourly_counts'),
    visitor_daily_counts: withoutChannel('visitor_daily_counts'),
    visitor_facts: rowsOf('visitor_facts').map((row) => ({
      id: row['id'],
      ...Object.fromEntries(NINE.map((fact) => [fact, row[fact]])),
      key: NINE.map((fact) => strings.get(row[fact])).join('\n'),
    })),
    visitor_page_views: rowsOf('visitor_page_views').map((row) => ({ ...row, id: row['seq'] })),
    visitor_sessions: rowsOf('visitor_sessions').map(({ entered_at: _, registrations: __, ...row }) => row),
  };
}

/** What follows from the log in the tables that `tablesOf` leaves out. */
const THE_REST = [
  `insert or ignore into visitor_values (dimension, value, since)
    select value, '(other)', 0 from json_each('[2,3,4,5,6,7,8,9,10]')`,
  `insert into visitor_counts (page_identifier, view_count, last_updated_at)
    select value, count(*), max(viewed_at)
    from visitor_page_views join visitor_values on visitor_values.id = page group by page`,
  `insert into visitor_countries (country, visitors)
    select country, sum(visitors) from (
      select country, count(*) visitors from visitors group by country
      union all
      select country, count(*) from (
        select facts, row_number() over (partition by hours.visitor, hours.day order by started_at) nth
        from visitor_sessions visit join visitor_session_hours hours on hours.session = visit.id
        where hours.visitor % 2 = 0
      ) first join visitor_facts on visitor_facts.id = first.facts
      where nth = 1 group by country
    ) group by country`,
  `update visitor_stats set version = 1000, folded = (select max(seq) from visitor_page_views),
    total_views = (select sum(view_count) from visitor_counts),
    last_updated_at = (select max(last_updated_at) from visitor_counts)`,
];

/**
 * Brings an empty database to migration 0003 and puts a site's visits there; page views and registrations have the ids
 * `idOf(1)` and so on, in the order in which the visits began.
 * @param views page views at least
 * @returns the visits
 */
export async function fill0003(connection: Connection, views: number): Promise<Visit[]> {
  await migrateConnection(connection, '0003_visitors');
  const visits = someVisits(views);
  await connection.database.batch(
    ['delete from visitor_values', ...insertsOf(tablesOf0003(visits)), ...THE_REST],
    'write',
  );
  return visits;
}
