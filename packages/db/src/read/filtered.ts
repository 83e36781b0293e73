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
  hoursSql,
  NEW_DEVICES,
  NEWEST,
  pagesSql,
  VALUES,
  VALUE_IDS,
  type Filter,
} from './analytics-sql.ts';
import type { Result } from '../connection/dialect.ts';
import {
  nothing,
  Aggregate,
  type AttributeColumns,
  type ListRow,
  type NewDevices,
  type Filtered,
} from './aggregate.ts';

/** Runs statements, all of one moment. */
type Read = (statements: InStatement[]) => Promise<Result[]>;

/**
 * Reads what is asked of the visits that the filters pick.
 * @param portion how many visits are read at once, about; and how many combinations of facts
 */
export async function readFiltered(read: Read, query: AnalyticsQuery, portion: number): Promise<Filtered> {
  const { previous, to, identity } = query;
  const [ids, newest, hours, early] = await read([
    { sql: VALUE_IDS, args: [JSON.stringify(askedOf(query))] },
    NEWEST,
    { sql: HOURS, args: integers(previous.day, to) },
    { sql: EARLY, args: integers(previous.day) },
  ]);
  const filter = filterOf(query, jsonOf(ids, 'ids'));
  if (filter === undefined) return emptyOf(query);
  const newestFacts = Number(newest?.rows[0]?.['facts']);
  const facts = await readFacts(read, filter, { newest: newestFacts, portion });
  const filtered = isByAttributes(filter) ? bytesOf(facts.id, newestFacts) : BigInt(newestFacts);
  const aggregate = new Aggregate({
    query,
    facts,
    newest: { facts: newestFacts, value: Number(newest?.rows[0]?.['value']) },
  });
  const isByPage = filter.page !== undefined;
  const readPortion = ({ from, to: until, visits }: Portion): Promise<Result[]> => {
    const early = visits !== undefined;
    const range = early ? [JSON.stringify(visits), null] : integers(from, until);
    const args = [...range, filtered, ...integers(to, previous.day)];
    return read([
      { sql: hoursSql(filter, { early }), args },
      ...(isByPage ? [] : [{ sql: pagesSql(filter, { early }), args: [...args, BigInt(query.day)] }]),
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
    aggregate.add(columnsOf(visits), isByPage ? undefined : columnsOf(pages));
  }
  aggregate.close(Infinity);
  for (const fact of VISIT_DIMENSIONS) {
    await pause();
    aggregate.rollUp(fact);
  }
  if (identity === 'device') {
    for await (const devices of newDevices(read, query, portion)) aggregate.addNewDevices(devices);
  }

  const lists = aggregate.lists(filter.page);
  const shown = new Set(Object.values(lists).flatMap((rows) => rows.map(([id]) => id)));
  const [strings] = await read([{ sql: VALUES, args: [JSON.stringify([...shown])] }]);
  const textOf = new Map(jsonOf<[number, string][]>(strings, 'strings'));
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

/** The values that are filtered by. Entry and exit pages are pages. */
function askedOf({ filters }: AnalyticsQuery): [dimension: number, value: string][] {
  return Object.entries(filters).map(([name, value]) => {
    const dimension = name === 'entry' || name === 'exit' ? 'page' : (name as Dimension);
    return [DIMENSIONS.indexOf(dimension) + 1, value];
  });
}

/** Undefined where a value is asked for that nobody ever had. */
function filterOf({ filters }: AnalyticsQuery, ids: readonly (number | null)[]): Filter | undefined {
  if (ids.includes(null)) return undefined;
  return Object.fromEntries(Object.keys(filters).map((name, at) => [name, ids[at]]));
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

/** The early visits, then those of each hour, several hours together where few visits began. */
function portionsOf(
  { to, previous }: AnalyticsQuery,
  { early, hours, portion }: { early: readonly number[]; hours: readonly HourVisits[]; portion: number },
): Portion[] {
  const { day } = previous;
  const bounds = [{ from: day, day }];
  let waiting = 0;
  for (const [from, itsDay, visits] of hours) {
    if (waiting > 0 && waiting + visits > portion) {
      bounds.push({ from, day: itsDay });
      waiting = 0;
    }
    waiting += visits;
  }
  const portions = bounds.map((bound, at) => ({ ...bound, to: bounds[at + 1]?.from ?? to }));
  return early.length === 0 ? portions : [{ from: day, to: day, day, visits: early }, ...portions];
}

/** Lets other work of this process run before the next portion. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
