import {
  BOUNCE_MS,
  DIMENSIONS,
  isNegative,
  isTag,
  NO_VALUE,
  lowerCase,
  unknownOf,
  VISIT_DIMENSIONS,
  type Condition,
  type Dimension,
} from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import type { Result } from '../connection/dialect.ts';
import { DAY_OFFSETS, type HourColumns, type PageColumns } from './aggregate.ts';

/**
 * The statements of the analytics. What many rows go into is answered as one row of JSON: rows cost the client ten times
 * as much as their text.
 */

/** Sums over ranges of hours, in their order. Argument: JSON `[[from, to], …]`. */
export const SUMS = `
  select json_group_array(json_array(views, visits, visitors, bounces, visit_ms)) as sums
  from (
    select ifnull(sum(views), 0) as views, ifnull(sum(visits), 0) as visits, ifnull(sum(visitors), 0) as visitors,
      ifnull(sum(bounces), 0) as bounces, ifnull(sum(visit_ms), 0) as visit_ms
    from json_each(?) range
    left join visitor_hours on hour >= range.value ->> 0 and hour < range.value ->> 1
    group by range.key
    order by range.key
  )`;

/**
 * A list from the counts: those of whole days, and hour by hour what lies before and after them.
 *
 * Sorting all values' counts into groups is most of the work, and most of them are of values that nobody sees. So first
 * only counts that are not small are summed; a value that is left out then has at most `slack` more. Where the last
 * value of the list has more than that, the list is among those that come within the slack of it, and only these are
 * summed in full; where it has not, everything is.
 *
 * Arguments: dimension, days from and to, hours from and to before the days, hours from and to after them, length of the
 * list, most hours there can be before and after the days.
 * @param by what the list is ordered by; then by the others, then the value that was new first
 */
export function listSql(by: 'views' | 'visits'): string {
  const columns = 'value, views, visits, visitors';
  const daily = `select ${columns} from visitor_daily_counts where dimension = ?1 and day >= ?2 and day < ?3`;
  const hourly = (from: number, to: number): string =>
    `select ${columns} from visitor_hourly_counts where dimension = ?1 and hour >= ?${from} and hour < ?${to}`;
  const sums = 'sum(views) as views, sum(visits) as visits, sum(visitors) as visitors';
  const order = by === 'views' ? 'views desc, visits desc' : 'visits desc, views desc';
  return `
  with recursive
    days (day) as (
      select min(day) from visitor_daily_counts where dimension = ?1 and day >= ?2 and day < ?3
      union all
      select (select min(day) from visitor_daily_counts where dimension = ?1 and day > days.day and day < ?3)
      from days where day is not null
    ),
    most as materialized (select count(day) + ?9 as counts from days),
    small as materialized (
      select 1 + sum(${by}) / ((select counts from most) * ?8 * ${FINENESS}) as least
      from visitor_hours where hour >= min(?2, ?4) and hour < max(?3, ?7)
    ),
    slack as materialized (select (least - 1) * counts as slack from small, most),
    large as materialized (
      select value, sum(${by}) as large from (
        ${daily} and ${by} >= (select least from small)
        union all ${hourly(4, 5)} and ${by} >= (select least from small)
        union all ${hourly(6, 7)} and ${by} >= (select least from small)
      ) group by value
    ),
    last as materialized (
      select large from (select large from large order by large desc limit ?8) order by large limit 1
    ),
    enough as materialized (
      select large - slack as enough from last, slack
      where large > slack and (select count(*) from large) >= ?8
    ),
    among as materialized (select value from enough cross join large on large >= enough),
    list as (
      select value, ${sums} from (
        select among.value, views, visits, visitors from among
        cross join days
        cross join visitor_daily_counts counts
          on counts.dimension = ?1 and counts.day = days.day and counts.value = among.value
        union all ${hourly(4, 5)} and value in among
        union all ${hourly(6, 7)} and value in among
        union all select counts.* from (select 1 where not exists (select 1 from enough)) cross join (${daily}) counts
        union all select counts.* from (select 1 where not exists (select 1 from enough)) cross join (
          ${hourly(4, 5)} union all ${hourly(6, 7)}
        ) counts
      )
      group by value
      having sum(views) + sum(visits) + sum(visitors) > 0 -- what was taken back leaves a row of nothing
      order by ${order}, visitors desc, value
      limit ?8
    )
  select json_group_array(json_array(visitor_values.value, views, visits, visitors)) as list
  from list cross join visitor_values on visitor_values.id = list.value`;
}

/**
 * The rows of a list from the counts, a page of them, and how many there are. Arguments: dimension, days from and to, hours
 * from and to before the days, hours from and to after them, what values contain, most rows, how many before them.
 */
export function rowsSql(sort: 'views' | 'visits' | 'visitors', order: 'asc' | 'desc'): string {
  const counts = (table: string, time: string, from: number): string => `
    select value, views, visits, visitors from visitor_${table}_counts
    where dimension = ?1 and ${time} >= ?${from} and ${time} < ?${from + 1}`;
  return `
  with
    list as materialized (
      select named.value as text, counts.*
      from (
        select value, sum(views) as views, sum(visits) as visits, sum(visitors) as visitors
        from (${counts('daily', 'day', 2)} union all ${counts('hourly', 'hour', 4)} union all ${counts('hourly', 'hour', 6)})
        group by value
        having sum(views) + sum(visits) + sum(visitors) > 0
      ) counts
      cross join visitor_values named on named.id = counts.value
      where (named.value <> '' or ?1 = ${COUNTRY}) and (?8 = '' or instr(lower(named.value), ?8) > 0)
    )
  select (select count(*) from list) as total, json_group_array(json_array(value, views, visits, visitors)) as list
  from (
    select value, views, visits, visitors from list
    order by ${sort} ${order}, views desc, visits desc, visitors desc, value
    limit ?9 offset ?10
  )`;
}

/** The number of the dimension whose unknown value has a name. */
const COUNTRY = DIMENSIONS.indexOf('country') + 1;

/** How small a count must be to be left out at first: this fraction of a value that may be in the list. */
const FINENESS = 50;

/** What was ignored as a bot. Arguments: days from and to, length of the list. */
export const BOTS = `
  select ifnull(sum(views), 0) as views,
    json_group_array(json_array(detail, views)) filter (where detail <> '' and place <= ?3) as top
  from (
    select detail, sum(reports) as views, row_number() over (order by detail = '', sum(reports) desc, detail) as place
    from visitor_ledger where reason = 'bot' and day >= ?1 and day < ?2
    group by detail
    order by place
  )`;

/**
 * Distinct visitors of three ranges, and which devices were new: in one walk through the visitors in the order of their
 * keys. Arguments: from and to of each range, the earliest from, the latest to.
 */
export const DISTINCT = `
  select ${[1, 3, 5]
    .map(
      (from, at) => `
    ifnull(sum(seen${at}), 0) as visitors${at},
    ifnull(sum(seen${at} and is_device), 0) as devices${at},
    ifnull(sum(seen${at} and is_device and first_hour >= ?${from} and first_hour < ?${from + 1}), 0) as new${at}`,
    )
    .join()}
  from (
    select seen.*, seen.visitor & 1 as is_device, first_hour
    from (
      select visitor, ${[1, 3, 5].map((from, at) => `max(hour >= ?${from} and hour < ?${from + 1}) as seen${at}`).join(', ')}
      from visitor_session_hours indexed by visitor_session_hours_by_visitor
      where hour >= ?7 and hour < ?8
      group by visitor
    ) seen
    left join visitors on visitors.visitor = seen.visitor
  )`;

/**
 * The ids of the values of a dimension that meet all of its conditions, or of those that do not, where these are fewer as
 * a rule.
 */
export function valueIdsStatement(
  dimension: Dimension,
  conditions: readonly Condition[],
  isOut: boolean,
): InStatement {
  const met = conditions.map((condition, at) => metSql(condition, `?${at + 2}`)).join(' and ');
  return {
    sql: `
  select json_group_array(id) as ids
  from ${isTag(dimension) ? NAMED_OR_NONE : 'visitor_values'} named where dimension = ?1 and ${isOut ? `not (${met})` : met}`,
    args: [BigInt(numberOf(dimension)), ...conditions.map((condition) => argumentOf(condition))],
  };
}

/** The values of a tag, with that of visits that have none. */
const NAMED_OR_NONE = `(
    select id, dimension, value from visitor_values union all select ${NO_VALUE}, ?1, ''
  )`;

/** The number of a dimension's values in the store: entry and exit pages are pages. */
export function numberOf(dimension: Dimension): number {
  return DIMENSIONS.indexOf(dimension === 'entry' || dimension === 'exit' ? 'page' : dimension) + 1;
}

/** Whether all conditions only leave out values. */
export const isOutOf = (conditions: readonly Condition[]): boolean => conditions.every(isNegative);

/** Core's `meets` in SQL. */
function metSql({ operator, values }: Condition, argument: string): string {
  const some = (test: string): string => `exists (select 1 from json_each(${argument}) part where ${test})`;
  const contains = some('instr(lower(named.value), part.value) > 0');
  switch (operator) {
    case 'is':
      return `named.value in (select value from json_each(${argument}))`;
    case 'not':
      return `named.value not in (select value from json_each(${argument}))`;
    case 'contains':
      return contains;
    case 'notContains':
      return `not ${contains}`;
    case 'starts':
      return some('substr(lower(named.value), 1, length(part.value)) = part.value');
    case 'set':
      return `named.value ${values[0] === 'true' ? '<>' : '='} ${argument}`;
  }
}

function argumentOf({ dimension, operator, values }: Condition): string {
  if (operator === 'set') return unknownOf(dimension);
  return JSON.stringify(operator === 'is' || operator === 'not' ? values : values.map(lowerCase));
}

/** The strings of values. Argument: JSON of ids. */
export const VALUES = `
  select json_group_array(json_array(id, value)) as strings
  from visitor_values where id in (select value from json_each(?))`;

/** The hours in which visits began, with their days and how many. Arguments: from and to. */
export const HOURS = `
  select json_group_array(json_array(hour, day, visits)) as hours
  from (select hour, day, visits from visitor_hours where hour >= ? and hour < ? and visits > 0 order by hour)`;

/** The hours in which a page was viewed, with their days and how often. Arguments: from, to and the page. */
export const HOURS_OF_PAGE = `
  select json_group_array(json_array(hours.hour, hours.day, counts.views)) as hours
  from (select hour, day from visitor_hours where hour >= ? and hour < ? order by hour) hours
  cross join visitor_hourly_counts counts on counts.dimension = 1 and counts.hour = hours.hour and counts.value = ?`;

/** The newest ids. */
export const NEWEST = `
  select ifnull((select max(id) from visitor_values), 0) as value, ifnull((select max(id) from visitor_facts), 0) as facts`;

/**
 * Devices first seen in a range, and whether that was late in it, in the order of their keys.
 * Arguments: where late begins, from and to, after which key, how many.
 */
export const NEW_DEVICES = `
  select json_group_array(visitor) as visitor, json_group_array(first_hour >= ?1) as late
  from (
    select visitor, first_hour from visitors
    where visitor & 1 and first_hour >= ?2 and first_hour < ?3 and visitor > ?4
    order by visitor limit ?5
  )`;

/** The ids of values, or where `isOut` the ids that are left out. */
export interface IdSet {
  readonly ids: readonly number[];
  readonly isOut: boolean;
}

/** What visits are filtered by: the values of dimensions. */
export type Filter = Readonly<Partial<Record<Dimension, IdSet>>>;

/** Ids that stand in a statement one by one; a longer set is read as JSON, which is parsed faster. */
const LITERALS = 500;

/** Ids that are looked up in an index one by one; of a larger set each row is tested instead. */
const LOOKED_UP = 4;

/** Whether a column has a value of a set; a column without a value has none. */
function inSql(column: string, { ids, isOut }: IdSet): string {
  const whole = ids.map((id) => Math.trunc(id));
  if (!isOut && whole.length === 1) return `${column} = ${whole[0]}`;
  const set =
    whole.length <= LITERALS ? whole.join(', ') : `select value from json_each('${JSON.stringify(whole)}')`;
  if (isOut) return `ifnull(${column}, 0) not in (${set})`;
  return `${whole.length <= LOOKED_UP ? '' : '+'}${column} in (${set})`;
}

const filtersOf = (filter: Filter, dimensions: readonly Dimension[], table: string): string[] =>
  dimensions.flatMap((dimension) => {
    const set = filter[dimension];
    return set === undefined ? [] : [inSql(`${table}.${dimension}`, set)];
  });

/** The one page that is filtered by; undefined where none is, or several are. */
export const onePageOf = ({ page }: Filter): number | undefined =>
  page?.isOut === false && page.ids.length === 1 ? page.ids[0] : undefined;

/**
 * Which visits are read: the early ones by their ids; those that began and ended before the range, of which no attribute is
 * needed; or those that began in it.
 */
export type Reading = 'early' | 'before' | 'within';

/** Whether the filter is by attributes of a visit. */
export const isByAttributes = (filter: Filter): boolean =>
  VISIT_DIMENSIONS.some((fact) => filter[fact] !== undefined);

/** The attributes of the visits that the filter may match, column by column. Arguments: from and to before which id. */
export function attributesSql(filter: Filter): string {
  const where = filtersOf(filter, VISIT_DIMENSIONS, 'facts');
  return `
  select ${['id', ...VISIT_DIMENSIONS].map((column) => `json_group_array(${column}) as ${column}`).join(', ')}
  from visitor_facts facts
  where ${['id >= ?1 and id < ?2', ...where].join(' and ')}`;
}

/** Visits that lasted longer have an index of their own (migration 0017), in milliseconds. */
const LONG_MS = 10_800_000;

/** Visits that are not long and ended at an instant or later began at most an hour before that. */
const NEAR_MS = LONG_MS + 3_600_000;

const earlySql = (instant: string): string => `
    select id from visitor_sessions indexed by visitor_sessions_by_hour
    where hour >= ${instant} - ${NEAR_MS} and hour < ${instant} and ended_at >= ${instant}
    union
    select id from visitor_sessions indexed by visitor_sessions_long
    where ended_at - started_at > ${LONG_MS} and ended_at >= ${instant} and hour < ${instant}`;

/**
 * Visits that began before one of two instants and ended then or later. Arguments: the instants; of a visit that is early for
 * the second one alone its page views from the first one on are asked for as well.
 */
export const EARLY = `
  select json_group_array(id) as visits
  from (${earlySql('?1')} union ${earlySql('?2')})`;

/**
 * From filtered visits that began in a range, or are among the early ones; and from what of each. Arguments: where the range
 * begins and ends, or JSON of the ids of the early ones and null; the matching attributes as a byte 1 at the index of each, or
 * the newest if any are.
 */
function visitsSql(filter: Filter, reading: Reading, what: string): string {
  const isEarly = reading === 'early';
  const where = [
    isEarly
      ? 'visit.id in (select value from json_each(?1)) and ?2 is null'
      : 'visit.hour >= ?1 and visit.hour < ?2',
    ...visitFiltersOf(filter),
  ];
  return `
  from visitor_sessions visit ${isEarly ? '' : 'indexed by visitor_sessions_by_hour'}
  ${what}
  where ${where.join(' and ')}`;
}

function visitFiltersOf(filter: Filter): string[] {
  return [
    // One byte for each is several times as fast as looking them up, or as a set of those that match.
    isByAttributes(filter) ? `substr(?3, visit.facts, 1) = x'01'` : 'visit.facts <= ?3',
    ...filtersOf(filter, ['entry', 'exit'], 'visit'),
  ];
}

/** What is read of each hour of a visit. Fewer columns are most of the speed: to write and read JSON takes longer than the rest. */
function hourColumns(
  filter: Filter,
  reading: Reading,
  { table, day, base }: { table: 'hours' | 'view'; day: string; base: string },
) {
  const isPaged = filter.page !== undefined && onePageOf(filter) === undefined;
  return {
    visit: 'visit.id',
    ...(reading !== 'before' && {
      facts: 'visit.facts',
      entry: 'visit.entry',
      exit: 'visit.exit',
      ...(isPaged && { page: 'view.page' }),
    }),
    rates: `(visit.seen_until - visit.started_at) * 2 + (${isBounceSql('visit')})`,
    time: `(${table}.hour - ${base}) / 1000 * ${DAY_OFFSETS} + (${table}.hour - ${day}) / 1000`,
    visitor: `${table}.visitor`,
    ...(filter.page === undefined && { views: 'hours.views' }),
  } satisfies Partial<Record<keyof HourColumns, string>>;
}

/**
 * The hours of filtered visits, column by column; with a filter by page, the views of the page, one by one. Times are in
 * seconds from a base on.
 * Arguments: those of `visitsSql`, where what is read ends, the base, and of visits before the range where it begins.
 */
export function hoursSql(filter: Filter, reading: Reading): string {
  const { page } = filter;
  const hours =
    page === undefined
      ? 'cross join visitor_session_hours hours on hours.session = visit.id'
      : `cross join visitor_page_views view indexed by visitor_page_views_by_session
          on view.session = visit.id and view.session is not null
          and view.page is not null and ${inSql('view.page', page)}
        cross join visitor_session_hours hours on hours.session = visit.id and hours.hour = view.hour`;
  return `
  select ${columnsSql(hourColumns(filter, reading, { table: 'hours', day: 'hours.day', base: '?5' }))}
  ${visitsSql(filter, reading, hours)} and hours.hour < ?4${reading === 'before' ? ' and visit.ended_at < ?6' : ''}`;
}

const DAY_OF_VIEW = '(select day from visitor_hours where visitor_hours.hour = view.hour)';

/**
 * The views of the one page that is filtered by, in the order of their hours, of visits that are not early. Arguments: hours
 * from and to, the matching attributes as for `visitsSql`, the base, before which visits are early.
 */
export function pageHoursSql(filter: Filter, reading: Reading): string {
  const where = [
    inSql('view.page', filter.page as IdSet),
    'view.page is not null and view.session is not null',
    'view.hour / 3600000 >= ?1 / 3600000 and view.hour / 3600000 <= ?2 / 3600000',
    'view.hour >= ?1 and view.hour < ?2 and visit.hour >= ?4',
    ...visitFiltersOf(filter),
  ];
  return `
  select ${columnsSql(hourColumns(filter, reading, { table: 'view', day: DAY_OF_VIEW, base: '?4' }))}
  from visitor_page_views view indexed by visitor_page_views_by_page
  cross join visitor_sessions visit on visit.id = view.session
  where ${where.join(' and ')}`;
}

/**
 * The page views of filtered visits in the same order, but for visits that ended too early to matter; their hours are given
 * from the one in which the visit began. The same arguments as of {@link hoursSql}, and before when that is.
 */
export function pagesSql(filter: Filter, reading: Reading): string {
  const columns = {
    visit: 'visit.id',
    page: 'view.page',
    hour: `(view.hour - visit.hour) / 1000`,
  } satisfies Record<keyof PageColumns, string>;
  const views = `cross join visitor_page_views view indexed by visitor_page_views_by_session
    on view.session = visit.id and view.session is not null`;
  return `
  select ${columnsSql(columns)}
  ${visitsSql(filter, reading, views)} and visit.ended_at >= ?5 and view.page is not null and view.hour < ?4`;
}

function columnsSql(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, column]) => `json_group_array(${column}) as ${name}`)
    .join(', ');
}

/** Whether a row of a table is a bounce, as `isBounce` in core has it. */
export const isBounceSql = (table: string): string =>
  `${table}.views <= 1 and ${table}.engaged_ms < ${BOUNCE_MS}`;

/** What a statement answered with in one text. */
export function jsonOf<T>(result: Result | undefined, column: string): T {
  return JSON.parse(result?.rows[0]?.[column] as string) as T;
}

/** What a statement answered with in one text for each column. */
export function columnsOf<Columns>(result: Result | undefined): Columns {
  return Object.fromEntries((result?.columns ?? []).map((name) => [name, jsonOf(result, name)])) as Columns;
}

/** Numbers as the store has them: others are bound as floating-point ones. */
export function integers(...numbers: number[]): bigint[] {
  return numbers.map(BigInt);
}
