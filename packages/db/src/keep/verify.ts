import { DIMENSIONS } from '@footfall/core';
import type { Result } from '../connection/dialect.ts';
import { ABOVE_PAGES } from './starting-numbers.ts';
import type { Connection, ReadConnection } from '../connection/contract.ts';

/** A stored number that differs from the log. */
export interface Difference {
  readonly table: string;
  /** Which row, as `column=value …`. */
  readonly row: string;
  readonly column: string;
  readonly stored: number | null;
  readonly expected: number | null;
}

/** A table, its key columns, and the query for its expected rows. */
interface Check {
  readonly table: string;
  readonly keys: readonly string[];
  readonly values: readonly string[];
  /** SQL of the rows as computed from the tables before it. */
  readonly expected: string;
  /** SQL condition for the rows that can be computed again. */
  readonly among?: string;
}

/** The most differences reported for one table. */
const MAX_DIFFERENCES = 100;

/** The dimensions that a visit has one value of, by their numbers: where the id of the value is. */
const VALUE_OF_VISIT: ReadonlyMap<number, string> = new Map(
  DIMENSIONS.flatMap((name, at) => {
    if (name === 'page') return [];
    return [[at + 1, name === 'entry' || name === 'exit' ? `visit.${name}` : `facts.${name}`]];
  }),
);
const DIMENSION_VALUE = `case dimension.value ${[...VALUE_OF_VISIT]
  .map(([number, column]) => `when ${number} then ${column}`)
  .join(' ')} end`;
const EACH_DIMENSION = `(select value from json_each('${JSON.stringify([...VALUE_OF_VISIT.keys()])}')) dimension`;

/**
 * What visits are counted as, by hour, day, dimension and value: from the log, without regard to what is forgotten.
 * @param among which of the visits, by the name of their column
 */
export const countsOf = (among: (session: string) => string): string => `
  with views as (
    select view.page, view.session, view.visitor, view.hour, hours.day
    from visitor_page_views view
    join visitor_session_hours hours on hours.session = view.session and hours.hour = view.hour
    where view.page is not null and ${among('view.session')}
  )
  select dimension, hour, day, value, sum(views) as views, sum(visits) as visits, sum(visitors) as visitors
  from (
    select dimension.value as dimension, hours.hour, hours.day, ${DIMENSION_VALUE} as value,
      hours.views, hours.hour = visit.hour as visits, 0 as visitors
    from visitor_session_hours hours
    join visitor_sessions visit on visit.id = hours.session
    join visitor_facts facts on facts.id = visit.facts
    cross join ${EACH_DIMENSION}
    where ${among('hours.session')}
    union all
    select dimension, min(hour), day, value, 0, 0, 1
    from (
      select dimension.value as dimension, hours.visitor, hours.day, hours.hour,
        ${DIMENSION_VALUE} as value
      from visitor_session_hours hours
      join visitor_sessions visit on visit.id = hours.session
      join visitor_facts facts on facts.id = visit.facts
      cross join ${EACH_DIMENSION}
      where ${among('hours.session')}
    )
    group by dimension, visitor, day, value
    union all
    select 1, hour, day, page, 1, 0, 0 from views
    union all
    select 1, min(hour), day, page, 0, 1, 0 from views group by session, page
    union all
    select 1, min(hour), day, page, 0, 0, 1 from views group by visitor, day, page
  )
  where value is not null
  group by dimension, hour, value`;

/** The same of all visits, by the hour. */
export const hoursOf = (among: (session: string) => string): string => `
  select hour, day, sum(views) as views, sum(visits) as visits, sum(visitors) as visitors,
    sum(bounces) as bounces, sum(visit_ms) as visit_ms
  from (
    select hour, day, views, 0 as visits, 0 as visitors, 0 as bounces, 0 as visit_ms
    from visitor_session_hours hours where ${among('hours.session')}
    union all
    select hour, day, 0, 1, 0, views <= 1 and engaged_ms < 10000, seen_until - started_at
    from visitor_sessions visit where ${among('visit.id')}
    union all
    select min(hour), day, 0, 0, 1, 0, 0
    from visitor_session_hours hours where ${among('hours.session')} group by visitor, day
  )
  group by hour`;

/** The country of each one-day visitor, by their first visit of the day. */
export const countriesOf = (among: string): string => `
  select facts.country
  from (
    select visit.facts, row_number() over (partition by hours.visitor, hours.day order by started_at) as nth
    from visitor_sessions visit cross join visitor_session_hours hours on hours.session = visit.id
    where not hours.visitor & 1 and ${among}
  ) first
  join visitor_facts facts on facts.id = first.facts
  where nth = 1`;

const all = (): string => 'true';

/** From when on the log is complete: earlier numbers cannot be computed again. */
const KEPT_FROM = '(select kept_from from visitor_stats)';

const countsBy = (every: 'hour' | 'day'): string => `
  select dimension, ${every}, value, sum(views) as views, sum(visits) as visits, sum(visitors) as visitors
  from (
    select dimension, hour, day, value, views, visits, visitors from (${countsOf(all)})
    union all
    select dimension, hour, day, value, views, visits, visitors from visitor_forgotten_counts
    where dimension > 0
    union all
    select dimension, hour, day, value, views, visits, visitors from visitor_imported_counts
    where dimension > 0
  )
  group by dimension, ${every}, value`;

/** The pages of the page views that are counted and not folded yet. */
const TAIL_PAGES = `
  select iif(exists (select 1 from json_each(tail.others) where value = event.value ->> 5), '(other)', event.value ->> 5)
    as page
  from (
    select *, seq - json_array_length(events, '$[0]') - json_array_length(events, '$[1]') + 1 as first
    from visitor_log_tail
  ) tail
  cross join json_each(tail.events, '$[0]') event
  where event.value ->> 5 is not null
    and first + event.key > (select folded from visitor_stats)
    and exists (select 1 from visitor_event_ids known where known.seq = first + event.key)`;

/** The log has hours; in which day each is, the calendar said when it was new. */
const DAY_OF_HOUR = '(select known.day from visitor_hours known where known.hour = signs.hour)';

/** In order of dependency: each table is computed from the log and the tables before it. */
const CHECKS: readonly Check[] = [
  {
    table: 'visitor_sessions',
    keys: ['id'],
    values: [
      'visitor',
      'prior',
      'started_at',
      'entered_at',
      'ended_at',
      'exited_at',
      'seen_until',
      'hour',
      'day',
      'views',
      'registrations',
      'engaged_ms',
      'entry',
      'exit',
      'facts',
    ],
    expected: `
      select id, visitor, prior, started_at, entered_at, ended_at, exited_at, max(ended_at, seen_until) as seen_until, hour,
        ${DAY_OF_HOUR} as day,
        views, registrations, engaged_ms, entry, exit, facts
      from (
        select distinct session as id,
          last_value(visitor) over signs as visitor, first_value(prior) over signs as prior,
          first_value(viewed_at) over signs as started_at, last_value(viewed_at) over signs as ended_at,
          max(ifnull(seen_until, 0)) over signs as seen_until, first_value(hour) over signs as hour,
          count(page) over signs as views, count(*) over signs - count(page) over signs as registrations,
          ifnull(sum(engaged_ms) over signs, 0) as engaged_ms, first_value(facts) over signs as facts
        from visitor_page_views where session is not null
        window signs as (partition by session order by viewed_at, seq
          rows between unbounded preceding and unbounded following)
      ) signs
      left join (
        select distinct session as viewed, first_value(page) over views as entry, last_value(page) over views as exit,
          first_value(viewed_at) over views as entered_at, last_value(viewed_at) over views as exited_at
        from visitor_page_views where session is not null and page is not null
        window views as (partition by session order by viewed_at, seq
          rows between unbounded preceding and unbounded following)
      ) on viewed = id`,
    among: `ended_at >= ${KEPT_FROM}`,
  },
  {
    table: 'visitor_session_hours',
    keys: ['session', 'hour'],
    values: ['day', 'visitor', 'views'],
    expected: `
      select session, hour, ${DAY_OF_HOUR} as day, visitor, count(page) as views from visitor_page_views signs
      where session is not null group by session, hour`,
    among: `session in (select id from visitor_sessions where ended_at >= ${KEPT_FROM})`,
  },
  {
    table: 'visitor_hours',
    keys: ['hour'],
    values: ['day', 'views', 'visits', 'visitors', 'bounces', 'visit_ms'],
    expected: `
      select hour, day, sum(views) as views, sum(visits) as visits, sum(visitors) as visitors,
        sum(bounces) as bounces, sum(visit_ms) as visit_ms
      from (
        select * from (${hoursOf(all)})
        union all
        select hour, day, views, visits, visitors, bounces, visit_ms from visitor_forgotten_counts
        where dimension = 0
        union all
        select hour, day, views, visits, visitors, bounces, visit_ms from visitor_imported_counts
        where dimension = 0
      )
      group by hour`,
    among: `hour >= ${KEPT_FROM}`,
  },
  {
    table: 'visitor_hourly_counts',
    keys: ['dimension', 'hour', 'value'],
    values: ['views', 'visits', 'visitors'],
    expected: countsBy('hour'),
    among: `hour >= ${KEPT_FROM}`,
  },
  {
    table: 'visitor_daily_counts',
    keys: ['dimension', 'day', 'value'],
    values: ['views', 'visits', 'visitors'],
    expected: countsBy('day'),
    among: `day >= ${KEPT_FROM}`,
  },
  {
    table: 'visitors',
    keys: ['visitor'],
    values: ['first_at', 'first_hour', 'country'],
    expected: `
      select visitor, started_at as first_at, hour as first_hour, country
      from (
        select visit.visitor, visit.started_at, visit.hour, facts.country,
          row_number() over (partition by visit.visitor order by started_at) as nth
        from visitor_sessions visit join visitor_facts facts on facts.id = visit.facts
        where visit.visitor & 1
      )
      where nth = 1`,
    // Devices first seen before that stay known, though their first visit is deleted; so do those of an import.
    among: `visitor not in (select known.visitor from visitors known where known.first_hour < ${KEPT_FROM})
      and visitor not in (select cast(name as integer) from visitor_imported_numbers where kind = 'device')`,
  },
  {
    table: 'visitor_countries',
    keys: ['country'],
    values: ['visitors'],
    expected: `
      select country, sum(visitors) as visitors
      from (
        select country, 1 as visitors from (${countriesOf(`hours.day >= ${KEPT_FROM}`)})
        union all
        select country, 1 from visitors
        union all
        select country, forgotten from visitor_countries
      )
      group by country`,
  },
  {
    table: 'visitor_counts',
    keys: ['page_identifier'],
    values: ['view_count'],
    expected: `
      select page_identifier, sum(views) as view_count
      from (
        select visitor_values.value as page_identifier, count(*) as views
        from visitor_page_views join visitor_values on visitor_values.id = page
        group by page
        union all
        select page, count(*) from (${TAIL_PAGES}) group by page
        union all
        select page, count(*) from visitor_set_aside where page is not null group by page
        union all
        select page_identifier, forgotten from visitor_counts
      )
      group by page_identifier`,
  },
  {
    table: 'visitor_stats',
    keys: ['id'],
    values: ['total_views', 'folded'],
    expected: `
      select 1 as id, (select ifnull(sum(view_count), 0) from visitor_counts) + ${ABOVE_PAGES} as total_views,
        max(folded, (select ifnull(max(seq), 0) from visitor_page_views)) as folded
      from visitor_stats`,
  },
];

/** A row of zeros equals a missing row: a value may lose its last visit to another value, and an hour its last page. */
const isNothing = ({ values }: Check, side: string): string =>
  values
    .filter((value) => value !== 'day') // it says which hour, and not how many
    .map((value) => `ifnull(max(${side}_${value}), 0) = 0`)
    .join(' and ');

function differencesSql(check: Check): string {
  const { table, keys, values, expected, among = 'true' } = check;
  const both = (stored: string, computed: string): string =>
    [
      ...keys,
      ...values.flatMap((value) => [
        `${stored || value} as stored_${value}`,
        `${computed || value} as expected_${value}`,
      ]),
    ].join(', ');
  const differs = values.map((value) => `max(stored_${value}) is not max(expected_${value})`).join(' or ');
  return `
    select ${[...keys, ...values.flatMap((value) => [`max(stored_${value}) as stored_${value}`, `max(expected_${value}) as expected_${value}`])].join(', ')}
    from (
      select ${both('', 'null')} from ${table} where ${among}
      union all
      select ${both('null', '')} from (${expected}) where ${among}
    )
    group by ${keys.join(', ')}
    having (${differs}) and not (${isNothing(check, 'stored')} and ${isNothing(check, 'expected')})
    limit ${MAX_DIFFERENCES}`;
}

const REPAIRS: readonly string[] = CHECKS.flatMap(({ table, keys, values, expected, among = 'true' }) => {
  const columns = [...keys, ...values];
  if (table === 'visitor_stats') {
    return [
      `update visitor_stats set version = version + 1,
        total_views = (select ifnull(sum(view_count), 0) from visitor_counts) + ${ABOVE_PAGES}`,
    ];
  }
  if (table === 'visitor_counts') {
    return [
      `update visitor_counts set view_count = ifnull((
        select view_count from (${expected}) expected
        where expected.page_identifier = visitor_counts.page_identifier), 0)`,
    ];
  }
  if (table === 'visitor_countries') {
    return [
      `update visitor_countries set visitors = forgotten`,
      `insert into visitor_countries (country, visitors) select country, visitors from (${expected}) where true
        on conflict (country) do update set visitors = excluded.visitors`,
    ];
  }
  return [
    `delete from ${table} where ${among}`,
    `insert into ${table} (${columns.join(', ')}) select ${columns.join(', ')} from (${expected}) where ${among}`,
  ];
});

/**
 * Recalculates every number from the log and returns those that differ from the stored ones: none, unless something
 * went wrong. Reads only, in one consistent snapshot. Returns at most a hundred differences for each table.
 */
export async function verify(reader: ReadConnection): Promise<Difference[]> {
  const results = await reader.batch(CHECKS.map(differencesSql));
  return CHECKS.flatMap((check, at) => differencesOf(check, results[at]));
}

/** Recalculates and stores every number from the log, in one transaction. */
export async function repair({ database }: Connection): Promise<void> {
  await database.batch([...REPAIRS], 'write');
}

function differencesOf({ table, keys, values }: Check, result: Result | undefined): Difference[] {
  return (result?.rows ?? []).flatMap((row) =>
    values.flatMap((column) => {
      const stored = numberOf(row[`stored_${column}`]);
      const expected = numberOf(row[`expected_${column}`]);
      if (stored === expected) return [];
      return [
        { table, row: keys.map((key) => `${key}=${keyOf(row[key])}`).join(' '), column, stored, expected },
      ];
    }),
  );
}

/** A page by its name, all else by its number. */
function keyOf(value: unknown): string {
  return typeof value === 'string' ? value : String(numberOf(value));
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
