import {
  DIMENSIONS,
  FootfallError,
  lowerCase,
  UNKNOWN_COUNTRY,
  type AnalyticsRows,
  type Dimension,
  type ListQuery,
  objection,
  refused,
} from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import type { ReadConnection } from '../connection/contract.ts';
import type { Result } from '../connection/dialect.ts';
import type { IdRow, Rates } from './aggregate.ts';
import { integers, jsonOf, onePageOf, rowsSql } from './analytics-sql.ts';
import { daysAndHours, limited, PORTION, ratio, type ReadOptions } from './analytics.ts';
import { aggregateOf, stringsOf } from './filtered.ts';

type Read = (statements: InStatement[]) => Promise<Result[]>;

/** Most rows that are ordered by a rate: those with the largest counts. */
const RATED_ROWS = 1_000;

/** Rows of a list, how many there are in all, and the rates of each by its id. */
interface Found {
  readonly total: number;
  readonly rows: readonly IdRow[];
  readonly ratesOf: ((id: number) => Rates) | undefined;
}

/**
 * Reads a page of one list (docs/api.md, Admin). Without a filter its counts are those of the days, however old; bounces
 * and durations are of the visits that are stored.
 * @throws {FootfallError} SERVICE_UNAVAILABLE when the store does not answer, TIMEOUT when the budget is used up
 */
export async function readRows(
  reader: ReadConnection,
  query: ListQuery,
  { budgetMs, portion = PORTION }: ReadOptions = {},
): Promise<AnalyticsRows> {
  const read = limited(reader, budgetMs);
  const { total, rows, ratesOf } = await (query.filters.length > 0
    ? filteredRows(read, query, portion)
    : countedRows(read, query, portion));
  const strings = await stringsOf(
    read,
    rows.map(([id]) => id),
  );
  return {
    total,
    rows: rows.map(([id, views, visits, visitors]) => ({
      value: strings.get(id) || nameless(query.dimension),
      views,
      visits,
      visitors,
      ...shownRates(ratesOf?.(id)),
    })),
  };
}

/** The name of what is not known, in a list that has it. */
const nameless = (dimension: Dimension): string => (dimension === 'country' ? UNKNOWN_COUNTRY : '');

function shownRates(rates: Rates | undefined) {
  if (rates === undefined || rates.visits === 0) return { bounceRate: null, averageVisitMs: null };
  return {
    bounceRate: ratio(rates.bounces, rates.visits),
    averageVisitMs: Math.round(ratio(rates.visitMs, rates.visits)),
  };
}

/** Of the counts, and of all visits the rates. */
async function countedRows(read: Read, query: ListQuery, portion: number): Promise<Found> {
  const { dimension, sort, order, search, offset, limit } = query;
  const isRate = sort === 'bounceRate' || sort === 'averageVisitMs';
  const [answer] = await read([
    {
      sql: isRate ? rowsSql(dimension === 'page' ? 'views' : 'visits', 'desc') : rowsSql(sort, order),
      args: [
        BigInt(DIMENSIONS.indexOf(dimension) + 1),
        ...integers(...daysAndHours(query)),
        search,
        ...(isRate ? integers(RATED_ROWS, 0) : integers(limit, offset)),
      ],
    },
  ]);
  const rows = jsonOf<IdRow[]>(answer, 'list');
  const total = Number(answer?.rows[0]?.['total']);
  const ratesOf = await ratesRead(read, query, portion);
  if (!isRate) return { total, rows, ratesOf };
  if (ratesOf === undefined) throw refused('TIMEOUT', objection('slow-query'));
  return { total: Math.min(total, RATED_ROWS), rows: paged(ordered(rows, ratesOf, query), query), ratesOf };
}

/** Undefined where reading all visits takes too long: the counts are there without. */
async function ratesRead(read: Read, query: ListQuery, portion: number): Promise<Found['ratesOf']> {
  try {
    const { dimension } = query;
    const found = await aggregateOf(read, query, { portion, only: dimension });
    return found?.aggregate.ratesOf(dimension, undefined);
  } catch (error) {
    if (error instanceof FootfallError && error.code === 'TIMEOUT') return undefined;
    throw error;
  }
}

/** Of the visits that the filters pick. */
async function filteredRows(read: Read, query: ListQuery, portion: number): Promise<Found> {
  const { dimension, search } = query;
  const found = await aggregateOf(read, query, { portion, only: dimension });
  if (found === undefined) return { total: 0, rows: [], ratesOf: undefined };
  const page = onePageOf(found.filter);
  const all = found.aggregate.lists(page, Infinity)[dimension];
  const strings = await stringsOf(
    read,
    all.map(([id]) => id),
  );
  const rows = all.filter(([id]) => {
    const text = strings.get(id) ?? '';
    return (text !== '' || dimension === 'country') && lowerCase(text).includes(search);
  });
  const ratesOf = found.aggregate.ratesOf(dimension, page);
  return { total: rows.length, rows: paged(ordered(rows, ratesOf, query), query), ratesOf };
}

const PLACES = { views: 1, visits: 2, visitors: 3 } as const;

/** Rows in the order of {@link rowsSql}. */
function ordered(
  rows: readonly IdRow[],
  ratesOf: (id: number) => Rates,
  { sort, order }: ListQuery,
): readonly IdRow[] {
  const rated = (row: IdRow): number => {
    const { visits, bounces, visitMs } = ratesOf(row[0]);
    return visits === 0 ? -1 : (sort === 'bounceRate' ? bounces : visitMs) / visits;
  };
  const key = sort === 'bounceRate' || sort === 'averageVisitMs' ? rated : (row: IdRow) => row[PLACES[sort]];
  const sign = order === 'asc' ? -1 : 1;
  return rows.toSorted(
    (a, b) => sign * (key(b) - key(a)) || b[1] - a[1] || b[2] - a[2] || b[3] - a[3] || a[0] - b[0],
  );
}

const paged = (rows: readonly IdRow[], { offset, limit }: ListQuery): readonly IdRow[] =>
  rows.slice(offset, offset + limit);
