import type { InStatement } from '@libsql/client/web';
import {
  DIMENSIONS,
  VISIT_DIMENSIONS,
  type AnalyticsQuery,
  type Dimension,
  type Range,
} from '@footfall/core';
import {
  columnsOf,
  EARLY,
  integers,
  isByAttributes,
  jsonOf,
  attributesSql,
  HOURS,
  HOURS_OF_PAGE,
  hoursSql,
  pageHoursSql,
  NEW_DEVICES,
  isOutOf,
  NEWEST,
  onePageOf,
  pagesSql,
  valueIdsStatement,
  VALUES,
  type Filter,
  type IdSet,
} from './analytics-sql.ts';
import type { Result } from '../connection/dialect.ts';
import {
  nothing,
  Aggregate,
  inOrderOfHours,
  visitsInOrderOfHours,
  DAY_OFFSETS,
  type PageColumns,
  type AttributeColumns,
  type HourColumns,
  type ListRow,
  type NewDevices,
  type Filtered,
} from './aggregate.ts';

/** Runs statements, all of one moment. */
type Read = (statements: InStatement[]) => Promise<Result[]>;

/** How visits are read. */
interface FilteredOptions {
  /** How many visits are read at once, about; and how many combinations of facts. */
  readonly portion: number;
  /** The one list that is read, with rates; undefined for all, without. */
  readonly only?: Dimension;
}

/** Reads what is asked of the visits that the filters pick. */
export async function readFiltered(read: Read, query: AnalyticsQuery, portion: number): Promise<Filtered> {
  const { previous, from } = query;
  if (previous.end === from) return readRanges(read, query, portion);
  // Between the two lies what nobody asks for, or they overlap: each is read by itself.
  const range = await readRanges(read, withoutComparison(query), portion);
  const compared = await readRanges(read, comparisonAlone(query), portion);
  return {
    ...range,
    previous: compared.previous,
    previousSeries: compared.previousSeries,
    distinct: range.distinct && compared.distinct && [range.distinct[0], compared.distinct[1]],
  };
}

/** The query of the range alone. */
function withoutComparison(query: AnalyticsQuery): AnalyticsQuery {
  const { from, day } = query;
  return { ...query, previous: { from, to: from, end: from, day }, previousStarts: [] };
}

/** The query of an empty range that follows what is compared. */
function comparisonAlone(query: AnalyticsQuery): AnalyticsQuery {
  const { end } = query.previous;
  return { ...query, from: end, to: end, day: end, starts: [], limit: 0 };
}

/** The range with the period that ends where it begins. */
async function readRanges(read: Read, query: AnalyticsQuery, portion: number): Promise<Filtered> {
  const { identity } = query;
  const found = await aggregateOf(read, query, { portion });
  if (found === undefined) return emptyOf(query);
  const { aggregate, filter } = found;
  if (identity === 'device') {
    for await (const devices of newDevices(read, query, portion)) aggregate.addNewDevices(devices);
  }
  const lists = aggregate.lists(onePageOf(filter));
  const textOf = await stringsOf(
    read,
    Object.values(lists).flatMap((rows) => rows.map(([id]) => id)),
  );
  return {
    totals: aggregate.totals,
    previous: aggregate.previous,
    series: aggregate.series,
    previousSeries: aggregate.previousSeries,
    distinct: identity === 'device' ? aggregate.distinct() : undefined,
    lists: listsOf((dimension) =>
      lists[dimension].map(([id, ...numbers]): ListRow => [textOf.get(id) ?? '', ...numbers]),
    ),
  };
}

/** The strings of values, by their ids. */
export async function stringsOf(read: Read, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const [strings] = await read([{ sql: VALUES, args: [JSON.stringify([...new Set(ids)])] }]);
  return new Map(jsonOf<[number, string][]>(strings, 'strings'));
}

/** Counts the visits that the filters pick; undefined where they can pick none. */
export async function aggregateOf(
  read: Read,
  query: AnalyticsQuery,
  { portion, only }: FilteredOptions,
): Promise<{ aggregate: Aggregate; filter: Filter } | undefined> {
  const { previous, to, day: first } = query;
  const asked = [...Map.groupBy(query.filters, ({ dimension }) => dimension)];
  const [newest, ...ids] = await read([
    NEWEST,
    ...asked.map(([dimension, conditions]) => valueIdsStatement(dimension, conditions, isOutOf(conditions))),
  ]);
  const filter = filterOf(
    asked.map(([dimension, conditions], at) => [
      dimension,
      { ids: jsonOf<number[]>(ids[at], 'ids'), isOut: isOutOf(conditions) },
    ]),
  );
  if (filter === undefined) return undefined;
  const onePage = onePageOf(filter);
  const [hours, early] = await read([
    onePage === undefined
      ? { sql: HOURS, args: integers(previous.day, to) }
      : { sql: HOURS_OF_PAGE, args: integers(previous.day, to, onePage) },
    // The views of one page are read by their hours, so that no visit is read before the range alone.
    { sql: EARLY, args: integers(previous.day, onePage === undefined ? first : previous.day) },
  ]);
  const newestFacts = Number(newest?.rows[0]?.['facts']);
  const facts = await readFacts(read, filter, { newest: newestFacts, portion });
  const filtered = isByAttributes(filter) ? bytesOf(facts.id, newestFacts) : BigInt(newestFacts);
  const isByPage = filter.page !== undefined;
  const aggregate = new Aggregate({
    query,
    facts,
    newest: { facts: newestFacts, value: Number(newest?.rows[0]?.['value']) },
    isByPage,
    isRated: only !== undefined,
  });
  // All there is to say of one page is in the totals.
  const isPaged = onePage === undefined && (only === undefined || only === 'page');
  const readPortion = ({ from, to: until, visits }: Portion): Promise<Result[]> => {
    const reading = visits !== undefined ? 'early' : from < first ? 'before' : 'within';
    if (onePage !== undefined && visits === undefined) {
      const args = [...integers(from, until), filtered, BigInt(previous.day)];
      return read([{ sql: pageHoursSql(filter, reading), args }]);
    }
    const range = visits === undefined ? integers(from, until) : [JSON.stringify(visits), null];
    const args = [...range, filtered, BigInt(to)];
    const before = reading === 'before' ? integers(first) : [];
    return read([
      { sql: hoursSql(filter, reading), args: [...args, BigInt(previous.day), ...before] },
      ...(isPaged && !isByPage && reading !== 'before'
        ? [{ sql: pagesSql(filter, reading), args: [...args, BigInt(first)] }]
        : []),
    ]);
  };
  const portions = portionsOf(query, {
    early: jsonOf(early, 'visits'),
    hours: jsonOf(hours, 'hours'),
    portion,
  });
  let reading = readPortion(portions[0] as Portion);
  for (const [at, { day }] of portions.entries()) {
    const [visits, pages] = await reading;
    const next = portions[at + 1];
    if (next !== undefined) {
      reading = readPortion(next); // while this one is counted
      reading.catch(() => {}); // thrown where it is awaited
    }
    await pause();
    aggregate.close(day);
    const columns = columnsOf<HourColumns>(visits);
    if (onePage !== undefined) aggregate.add(inOrderOfHours(columns));
    else if (isByPage) aggregate.add(visitsInOrderOfHours(columns), isPaged ? pagesIn(columns) : undefined);
    else aggregate.add(columns, pages && columnsOf<PageColumns>(pages));
  }
  aggregate.close(Infinity);
  for (const fact of VISIT_DIMENSIONS) {
    await pause();
    aggregate.rollUp(fact);
  }
  return { aggregate, filter };
}

/** The views of several pages as those of each visit, in the order of pages. */
function pagesIn({ visit, page, time }: HourColumns): PageColumns | undefined {
  return page && { visit, page, hour: time.map((at) => Math.floor(at / DAY_OFFSETS)) };
}

async function readFacts(
  read: Read,
  filter: Filter,
  { newest, portion }: { newest: number; portion: number },
): Promise<AttributeColumns> {
  const columns = Object.fromEntries(['id', ...VISIT_DIMENSIONS].map((name) => [name, [] as number[]]));
  for (let from = 1; from <= newest; from += portion) {
    const [result] = await read([{ sql: attributesSql(filter), args: integers(from, from + portion) }]);
    for (const [name, ids] of Object.entries(columnsOf<AttributeColumns>(result))) {
      for (const id of ids) columns[name]?.push(id);
    }
  }
  return columns as Record<keyof AttributeColumns, number[]>;
}

/** Reads the devices first seen in the range or in the one before, a portion at a time. */
async function* newDevices(
  read: Read,
  { from, to, previous }: AnalyticsQuery,
  portion: number,
): AsyncGenerator<NewDevices> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const [result] = await read([
      { sql: NEW_DEVICES, args: integers(from, previous.from, to, after, portion) },
    ]);
    const devices = columnsOf<NewDevices>(result);
    yield devices;
    after = devices.visitor.length === portion ? devices.visitor.at(-1) : undefined;
  }
}

/** A byte 1 at the place of each id, the first of which is 1. */
function bytesOf(ids: readonly number[], newest: number): Uint8Array {
  const bytes = new Uint8Array(newest);
  for (const id of ids) bytes[id - 1] = 1;
  return bytes;
}

/**
 * Undefined where a value is asked for that nobody ever had. What leaves out nothing is no filter, but for pages: a visit
 * without a page view has none that meets it.
 */
function filterOf(sets: readonly (readonly [Dimension, IdSet])[]): Filter | undefined {
  if (sets.some(([, { ids, isOut }]) => !isOut && ids.length === 0)) return undefined;
  return Object.fromEntries(sets.filter(([dimension, { ids }]) => dimension === 'page' || ids.length > 0));
}

function emptyOf(query: AnalyticsQuery): Filtered {
  const nobody = { visitors: 0, devices: 0, newDevices: 0 };
  return {
    totals: nothing(),
    previous: nothing(),
    series: query.starts.map(nothing),
    previousSeries: query.previousStarts.map(nothing),
    distinct: query.identity === 'device' ? [nobody, nobody] : undefined,
    lists: listsOf(() => []),
  };
}

function listsOf(of: (dimension: Dimension) => readonly ListRow[]): Filtered['lists'] {
  return Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, of(dimension)])) as Filtered['lists'];
}

/** Visits that are read at once: those that began in a range. */
interface Portion extends Range {
  /** The local day in which the range begins. */
  readonly day: number;
  /** In their stead, the ids of visits that began before all ranges. */
  readonly visits?: readonly number[];
}

/** An hour in which visits began, its day, and how many. */
type HourVisits = readonly [hour: number, day: number, visits: number];

/** The early visits, then those before the range, of which less is read, then those in it. */
function portionsOf(
  { to, previous, day: first }: AnalyticsQuery,
  { early, hours, portion }: { early: readonly number[]; hours: readonly HourVisits[]; portion: number },
): Portion[] {
  const { day } = previous;
  const begun = (from: number, until: number) =>
    from < until
      ? boundsOf(
          hours.filter(([hour]) => hour >= from && hour < until),
          { from, portion },
        )
      : [];
  const bounds = [...begun(day, first), ...begun(first, to)];
  const portions = bounds.map((bound, at) => ({ ...bound, to: bounds[at + 1]?.from ?? to }));
  return early.length === 0 ? portions : [{ from: day, to: day, day, visits: early }, ...portions];
}

/** Where portions begin, and the day of each: several hours are one where few visits began. `from` begins a day. */
function boundsOf(
  hours: readonly HourVisits[],
  { from: first, portion }: { from: number; portion: number },
): Pick<Portion, 'from' | 'day'>[] {
  const bounds = [{ from: first, day: first }];
  let waiting = 0;
  for (const [from, day, visits] of hours) {
    if (waiting > 0 && waiting + visits > portion) {
      bounds.push({ from, day });
      waiting = 0;
    }
    waiting += visits;
  }
  return bounds;
}

/** Lets other work of this process run before the next portion. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
