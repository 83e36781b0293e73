import { storeUnavailable } from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import type { Database } from './dialect.ts';
import { CLEAR } from './fold-sql.ts';
import { countriesOf, countsOf, hoursOf } from './verify.ts';

/*
 * Forgetting deletes page views and visits; what they were counted as stays, and stays as it would be reckoned
 * (docs/decisions/0014). The tables of the fold hold what a step is about.
 */

/** What has been deleted. */
export interface Forgotten {
  readonly visits: number;
  readonly pageViews: number;
}

/** Page views, and visits, that a step deletes at most: it holds up a commit for some milliseconds. */
const STEP_VIEWS = 500;
const STEP_VISITS = 200;

/** The same of combinations of attributes, and of values. */
const STEP_NAMES = 500;

const DAY_MS = 24 * 60 * 60 * 1000;

/** An event is stored as of up to a day later than it was (decision 0011), which may be the day after. */
const LATE_DAYS = 2;

const KEPT_FROM = '(select kept_from from visitor_stats)';

/** Visits that are over and done with. */
const OLD = `select id from visitor_sessions where ended_at < ${KEPT_FROM} order by ended_at limit ${STEP_VISITS}`;

/** The views of the listed rows of the log stay counted for their pages. */
const COUNT_VIEWS = `
  update visitor_counts set forgotten = forgotten + gone.views
  from (
    select visitor_values.value as page, count(*) as views
    from fold_near near
    cross join visitor_page_views view on view.seq = near.seq
    cross join visitor_values on visitor_values.id = view.page
    group by view.page
  ) gone
  where visitor_counts.page_identifier = gone.page`;

/** Visitors by country stay counted. */
const countCountries = (countries: string): string => `
  insert into visitor_countries (country, visitors, forgotten)
  select country, 0, count(*) from (${countries}) where true group by country
  on conflict (country) do update set forgotten = forgotten + excluded.forgotten`;

/** The devices of the touched visits, kept under -1 among the days. */
const DEVICES = `
  insert or ignore into fold_days (visitor, day)
  select hours.visitor, -1 from fold_touched touched
  cross join visitor_session_hours hours on hours.session = touched.session
  where hours.visitor & 1`;

/** Those of whom no visit is left. */
const GONE = `
  visitor in (select visitor from fold_days where day = -1)
  and not exists (select 1 from visitor_session_hours hours where hours.visitor = visitors.visitor)`;

const DELETE_VISITS = [
  DEVICES,
  `delete from visitor_session_hours where session in (select session from fold_touched)`,
  `delete from visitor_sessions where id in (select session from fold_touched)`,
  countCountries(`select country from visitors where ${GONE}`),
  `delete from visitors where ${GONE}`,
];

/** The day that is forgotten next, kept under visitor 0: once all of those before it are. Argument: the day to stop at. */
const NEXT_DAY = `
  insert into fold_days (visitor, day)
  select 0, min(until, ifnull((
    select min(day) from visitor_hours where day > ifnull((
      select max(day) from visitor_session_hours
      where session = (select id from visitor_sessions order by ended_at limit 1)
    ), until)
  ), until))
  from (select ? as until, kept_from from visitor_stats)
  where kept_from < until and not exists (select 1 from visitor_sessions where ended_at < kept_from)`;
const DAY = '(select day from fold_days where visitor = 0)';

/**
 * Names that have not been used since this day of UTC belong to nothing that is kept: no row of the log is older than the
 * first visit that is.
 */
const UNUSED_SINCE = `
  (select min(kept_from, ifnull((select min(hour) from visitor_sessions), kept_from)) / ${DAY_MS} - ${LATE_DAYS}
    from visitor_stats)`;

/** Combinations, then the values that were theirs alone: what was counted by is kept as long as its counts, for good. */
const DELETE_NAMES = [
  `delete from visitor_facts where id in (
    select id from visitor_facts where used < ${UNUSED_SINCE} order by used limit ${STEP_NAMES})`,
  `delete from visitor_values where id in (
    select id from visitor_values where used < ${UNUSED_SINCE} order by used limit ${STEP_NAMES})
    and not exists (select 1 from visitor_facts where used < ${UNUSED_SINCE})`,
];

const STEP = [
  countCountries(countriesOf(`visit.hour < ${DAY} and hours.day >= ${KEPT_FROM} and hours.day < ${DAY}`)),
  `delete from visitor_forgotten_counts where hour < ${DAY}`,
  `update visitor_stats set kept_from = ${DAY} where ${DAY} is not null`,

  `insert into fold_near (seq, session, precedes)
    select view.seq, view.session, 0
    from (${OLD}) visit cross join visitor_page_views view on view.session = visit.id
    limit ${STEP_VIEWS}`,
  // Page views of before there were visits are the first in the log.
  `insert into fold_near (seq, session, precedes)
    select seq, 0, 0 from (select seq, session, viewed_at from visitor_page_views order by seq limit ${STEP_VIEWS})
    where session is null and viewed_at < ${KEPT_FROM}`,
  COUNT_VIEWS,
  `delete from visitor_page_views where seq in (select seq from fold_near)`,
  `insert into fold_touched (session)
    select id from (${OLD}) visit
    where not exists (select 1 from visitor_page_views view where view.session = visit.id)`,
  ...DELETE_VISITS,
  ...DELETE_NAMES,
];

const MORE = `
  select kept_from < ? or exists (select 1 from fold_near)
    or exists (select 1 from visitor_sessions where ended_at < kept_from)
    or exists (select 1 from visitor_facts where used < ${UNUSED_SINCE})
    or exists (select 1 from visitor_values where used < ${UNUSED_SINCE}) as more
  from visitor_stats`;

/**
 * Deletes some of the page views and visits that ended before a local day: a step of it, in one transaction.
 * @param before where that day begins, epoch milliseconds
 * @returns whether there is more to be deleted
 * @throws {FootfallError} SERVICE_UNAVAILABLE: nothing of the step is done
 */
export async function forgetBefore(database: Database, before: number): Promise<boolean> {
  const args = [BigInt(before)];
  const results = await written(database, [{ sql: NEXT_DAY, args }, ...STEP, { sql: MORE, args }, ...CLEAR]);
  return Number(results[STEP.length + 1]?.rows[0]?.['more']) === 1;
}

const ofThese = (session: string): string => `${session} in (select session from fold_touched)`;

const addCounts = (columns: string, counts: string): string => `
  insert into visitor_forgotten_counts (dimension, hour, value, day, ${columns})
  select * from (${counts}) where hour >= ${KEPT_FROM}
  on conflict (dimension, hour, value) do update set
    ${columns
      .split(', ')
      .map((column) => `${column} = ${column} + excluded.${column}`)
      .join(', ')}`;

const FORGET_VISITORS = [
  `insert into fold_near (seq, session, precedes)
    select view.seq, view.session, 0
    from fold_touched touched cross join visitor_page_views view on view.session = touched.session`,
  addCounts(
    'views, visits, visitors',
    `select dimension, hour, value, day, views, visits, visitors from (${countsOf(ofThese)})`,
  ),
  addCounts(
    'views, visits, visitors, bounces, visit_ms',
    `select 0 as dimension, hour, 0 as value, day, views, visits, visitors, bounces, visit_ms from (${hoursOf(ofThese)})`,
  ),
  countCountries(countriesOf(`${ofThese('visit.id')} and hours.day >= ${KEPT_FROM}`)),
  COUNT_VIEWS,
  `delete from visitor_engagements where id in (
    select id from fold_near near cross join visitor_page_views view on view.seq = near.seq)`,
  `delete from visitor_page_views where seq in (select seq from fold_near)`,
  ...DELETE_VISITS,
];

/** The visits of a visitor, and of whom else they are by: one visit may have a key of each of two days. */
const THEIR_VISITS = `
  insert into fold_touched (session)
  with recursive person (visitor) as (
    select value from json_each(?)
    union
    select other.visitor from person
    cross join visitor_session_hours hours on hours.visitor = person.visitor
    cross join visitor_session_hours other on other.session = hours.session
  )
  select distinct hours.session
  from person cross join visitor_session_hours hours on hours.visitor = person.visitor`;

/**
 * Deletes every page view and visit of a visitor.
 * @param visitors the keys that the visitor may have
 * @throws {FootfallError} SERVICE_UNAVAILABLE: nothing is deleted
 */
export async function forgetVisitors(database: Database, visitors: readonly number[]): Promise<Forgotten> {
  const results = await written(database, [
    { sql: THEIR_VISITS, args: [JSON.stringify(visitors)] },
    ...FORGET_VISITORS,
    `select (select count(*) from fold_touched) as visits, (select count(*) from fold_near) as views`,
    ...CLEAR,
  ]);
  const gone = results[FORGET_VISITORS.length + 1]?.rows[0];
  return { visits: Number(gone?.['visits']), pageViews: Number(gone?.['views']) };
}

async function written(database: Database, statements: InStatement[]) {
  try {
    return await database.batch(statements, 'write');
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}
