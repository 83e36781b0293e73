import type { InStatement } from '@libsql/client/web';
import {
  DIMENSIONS,
  LIST_DIMENSIONS,
  storeUnavailable,
  UNKNOWN_COUNTRY,
  type Analytics,
  type AnalyticsList,
  type AnalyticsQuery,
  type AnalyticsTotals,
  type Dimension,
  type ListName,
  type Range,
  objection,
  refused,
} from '@footfall/core';
import { BOTS, DISTINCT, integers, jsonOf, listSql, SUMS } from './analytics-sql.ts';
import type { Result } from '../connection/dialect.ts';
import { readFiltered } from './filtered.ts';
import type { ReadConnection } from '../connection/contract.ts';
import { nothing, type Distinct, type ListRow, type Filtered, type Sums } from './aggregate.ts';

/** How long analytics may take that read visits, in milliseconds. */
const BUDGET_MS = 10_000;

/** How many visits are read at once. */
export const PORTION = 8_000;

const HOUR_MS = 60 * 60 * 1000;

/** How a read is run. */
export interface ReadOptions {
  /** After how long it is given up, in milliseconds; one that reads counts alone never is. */
  readonly budgetMs?: number;
  /** How many visits are read at once: a few milliseconds' work for the aggregate. */
  readonly portion?: number;
}

/**
 * Reads the analytics (docs/api.md, Admin). Without a filter they are read from the counts, all of one moment. With one they
 * are read from visits and page views, as far as these are kept, some hours at a time: so that nobody else waits for long.
 * @throws {FootfallError} SERVICE_UNAVAILABLE when the store does not answer, TIMEOUT when the budget is used up
 */
export async function readAnalytics(
  reader: ReadConnection,
  query: AnalyticsQuery,
  { budgetMs = BUDGET_MS, portion = PORTION }: ReadOptions = {},
): Promise<Analytics> {
  const read = limited(reader, budgetMs);
  const isFiltered = query.filters.length > 0;
  const results = await read(isFiltered ? siteStatements(query) : countStatements(query));
  return answerOf(
    query,
    results,
    isFiltered ? await readFiltered(read, query, portion) : partsOf(query, results),
  );
}

/** Runs statements until a budget is used up. */
export function limited(
  reader: ReadConnection,
  budgetMs: number = BUDGET_MS,
): (statements: InStatement[]) => Promise<Result[]> {
  const deadline = performance.now() + budgetMs;
  return async (statements) => {
    if (performance.now() > deadline) {
      throw refused('TIMEOUT', objection('slow-query'));
    }
    return reader.batch(statements).catch((cause: unknown) => {
      throw storeUnavailable(cause);
    });
  };
}

/** The ranges whose sums are read: whatever is filtered, these three are the whole site's. */
function rangesOf(query: AnalyticsQuery): Range[] {
  const { today, tomorrow, month, nextMonth, touchedDays } = query;
  return [{ from: today, to: tomorrow }, { from: month, to: nextMonth }, touchedDays];
}

/** What is read of the whole site, whatever is filtered. */
function siteStatements(query: AnalyticsQuery): InStatement[] {
  return [sumsStatement(rangesOf(query)), ...otherStatements(query, NEVER, NEVER)];
}

const NEVER: Range = { from: 0, to: 0 };

/** Reads the sums over ranges of whole hours. */
export function sumsStatement(ranges: readonly Range[]): InStatement {
  return { sql: SUMS, args: [JSON.stringify(ranges.map(({ from, to }) => [from, to]))] };
}

/** The bots; and where devices are distinguished, who was there in two ranges and in this month. */
function otherStatements(query: AnalyticsQuery, range: Range, previous: Range): InStatement[] {
  const { touchedDays, limit, identity, month, nextMonth } = query;
  const bots = { sql: BOTS, args: integers(touchedDays.from, touchedDays.to, limit) };
  if (identity !== 'device') return [bots];
  const ranges = [range, previous, { from: month, to: nextMonth }];
  const asked = ranges.filter(({ from, to }) => from < to);
  const args = integers(
    ...ranges.flatMap(({ from, to }) => [from, to]),
    Math.min(...asked.map(({ from }) => from)),
    Math.max(...asked.map(({ to }) => to)),
  );
  return [bots, { sql: DISTINCT, args }];
}

/**
 * Everything from the counts.
 * @param previous what the range is compared with, in whole hours
 */
export function countStatements(query: AnalyticsQuery, previous: Range = query.previous): InStatement[] {
  const lists = DIMENSIONS.map((dimension, at) => ({
    sql: dimension === 'page' ? PAGES : OTHERS,
    args: [BigInt(at + 1), ...listArgs(query)],
  }));
  const sums = sumsStatement([
    ...rangesOf(query),
    previous,
    ...seriesOf(query),
    ...intervalsOf(query.previousStarts, query.previous.from, query.previous.end),
  ]);
  return [sums, ...otherStatements(query, query, previous), ...lists];
}

const PAGES = listSql('views');
const OTHERS = listSql('visits');

/** The whole days of a range, the hours before them, and the hours after them, as arguments. */
export function daysAndHours({ from, to, wholeDays }: AnalyticsQuery): number[] {
  const head = Math.min(wholeDays.from, to);
  const tail = Math.max(wholeDays.to, head);
  return [wholeDays.from, wholeDays.to, from, head, tail, to];
}

function listArgs(query: AnalyticsQuery): bigint[] {
  const [dayFrom, dayTo, from, head, tail, to] = daysAndHours(query) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // A change of the clock may cut an hour in two.
  const hours = Math.ceil((head - from + Math.max(to - tail, 0)) / HOUR_MS) + 4;
  // What is not known is left out afterwards, so the list is to be one longer.
  return integers(dayFrom, dayTo, from, head, tail, to, query.limit + 1, hours);
}

/** The series' intervals, as far as they lie in the range. */
const seriesOf = ({ from, to, starts }: AnalyticsQuery): Range[] => intervalsOf(starts, from, to);

function intervalsOf(starts: readonly number[], from: number, to: number): Range[] {
  return starts.map((start, at) => ({ from: Math.max(start, from), to: starts[at + 1] ?? to }));
}

/** What the answers to {@link countStatements} say of the range. */
export function partsOf(query: AnalyticsQuery, results: readonly Result[]): Filtered {
  const [previous, ...intervals] = sumsOf(results).slice(rangesOf(query).length);
  const series = intervals.slice(0, query.starts.length);
  const totals = nothing();
  for (const sums of series) for (const key of SUMMED) totals[key] += sums[key];
  const lists = results.slice(-DIMENSIONS.length).map((result) => jsonOf<ListRow[]>(result, 'list'));
  return {
    totals,
    previous: previous ?? nothing(),
    series,
    previousSeries: intervals.slice(query.starts.length),
    distinct: query.identity === 'device' ? [distinctOf(results, 0), distinctOf(results, 1)] : undefined,
    lists: Object.fromEntries(
      DIMENSIONS.map((dimension, at) => [dimension, lists[at] ?? []]),
    ) as unknown as Filtered['lists'],
  };
}

const SUMMED = ['views', 'visits', 'visitors', 'bounces', 'visitMs'] as const;

/** The sums that {@link sumsStatement} reads, in the order of the ranges. */
export function sumsOf([result]: readonly Result[]): Sums[] {
  return jsonOf<[number, number, number, number, number][]>(result, 'sums').map(
    ([views, visits, visitors, bounces, visitMs]) => ({ views, visits, visitors, bounces, visitMs }),
  );
}

function distinctOf([, , result]: readonly Result[], range: 0 | 1 | 2): Distinct {
  const row = result?.rows[0];
  return {
    visitors: Number(row?.[`visitors${range}`]),
    devices: Number(row?.[`devices${range}`]),
    newDevices: Number(row?.[`new${range}`]),
  };
}

/** Puts the answer together. */
export function answerOf(query: AnalyticsQuery, results: readonly Result[], filtered: Filtered): Analytics {
  const [today, month, touched] = sumsOf(results);
  const { lists, distinct } = filtered;
  const { previous } = query;
  const isCompared = previous.from < previous.end;
  const instant = (at: number): string | null => (isCompared ? new Date(at).toISOString() : null);
  return {
    totals: totalsOf(filtered.totals, distinct?.[0]),
    previous: isCompared ? totalsOf(filtered.previous, distinct?.[1]) : null,
    uniqueVisitors: {
      today: today?.visitors ?? 0,
      thisMonth: query.identity === 'device' ? distinctOf(results, 2).visitors : (month?.visitors ?? 0),
    },
    series: seriesFrom(query.starts, filtered.series),
    previousSeries: seriesFrom(query.previousStarts, filtered.previousSeries),
    previousFrom: instant(previous.from),
    previousUntil: instant(previous.to),
    previousTo: instant(previous.end),
    ...(Object.fromEntries(
      Object.entries(LIST_DIMENSIONS).map(([name, dimension]) => [
        name,
        listOf(lists[dimension], dimension, query.limit),
      ]),
    ) as Record<ListName, AnalyticsList>),
    bots: botsOf(results[1], touched?.views ?? 0),
  };
}

/** The totals of what a range is compared with: of whole hours, and of the part of one that follows them. */
export function comparedTotals(
  { previous, distinct }: Filtered,
  rest: Readonly<Record<string, unknown>>,
): AnalyticsTotals {
  const plus = (sum: number, column: string): number => sum + Number(rest[column] ?? 0);
  const before = distinct?.[1];
  return totalsOf(
    {
      views: plus(previous.views, 'views'),
      visits: plus(previous.visits, 'visits'),
      visitors: plus(previous.visitors, 'visitors'),
      bounces: plus(previous.bounces, 'bounces'),
      visitMs: plus(previous.visitMs, 'visit_ms'),
    },
    before && {
      visitors: plus(before.visitors, 'visitors'),
      devices: plus(before.devices, 'devices'),
      newDevices: plus(before.newDevices, 'new_devices'),
    },
  );
}

function seriesFrom(starts: readonly number[], sums: readonly Sums[]): Analytics['series'] {
  return sums.map((its, at) => ({
    start: new Date(starts[at] as number).toISOString(),
    views: its.views,
    visits: its.visits,
    visitors: its.visitors,
    ...ratesOf(its),
  }));
}

function ratesOf({ views, visits, bounces, visitMs }: Sums) {
  return {
    bounceRate: ratio(bounces, visits),
    averageVisitMs: Math.round(ratio(visitMs, visits)),
    viewsPerVisit: ratio(views, visits),
  };
}

function totalsOf(sums: Sums, distinct: Distinct | undefined): AnalyticsTotals {
  const { views, visits } = sums;
  return {
    views,
    visits,
    visitors: distinct?.visitors ?? sums.visitors,
    ...ratesOf(sums),
    newVisitors: distinct?.newDevices ?? null,
    returningVisitors: distinct === undefined ? null : distinct.devices - distinct.newDevices,
  };
}

export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** What is not known is in no list, but for countries, where it has a code. */
function listOf(rows: readonly ListRow[], dimension: Dimension, limit: number): AnalyticsList {
  const unknown = dimension === 'country' ? UNKNOWN_COUNTRY : undefined;
  return rows
    .flatMap(([text, views, visits, visitors]) => {
      const value = text === '' ? unknown : text;
      return value === undefined ? [] : [{ value, views, visits, visitors }];
    })
    .slice(0, limit);
}

/** @param counted the page views of the same days */
function botsOf(result: Result | undefined, counted: number): Analytics['bots'] {
  const views = Number(result?.rows[0]?.['views']);
  const top = jsonOf<[string, number][]>(result, 'top').map(([value, itsViews]) => ({
    value,
    views: itsViews,
  }));
  return { views, share: ratio(views, views + counted), top };
}
