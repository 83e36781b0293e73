import { analyticsQuery, type AnalyticsContext, type AnalyticsQuery, type Range } from './analytics.ts';

/** The public periods and their number of local days; all of them extend to now. */
export const PERIODS = { today: 1, '7d': 7, '30d': 30 } as const;

export type OverviewPeriod = keyof typeof PERIODS;

/** What a running period is compared with: the same elapsed part of the previous period. */
export interface Comparison {
  /** Its whole hours. */
  readonly hours: Range;
  /** The remainder up to the same time of day; empty (`from === to`) if that is a whole hour. */
  readonly rest: Range;
  /** The start of the local day that contains the remainder. */
  readonly restDay: number;
}

/** The query of the public statistics. */
export interface OverviewQuery extends AnalyticsQuery {
  readonly comparison: Comparison;
}

const MINUTE_MS = 60_000;

/** Resolves the query of a period to instants: hours for a single day, otherwise days. */
export function overviewQuery(
  period: OverviewPeriod,
  context: AnalyticsContext,
  limit?: number,
): OverviewQuery {
  const { calendar, now } = context;
  const today = calendar.momentOf(now).day;
  const from = calendar.daysBefore(today, PERIODS[period] - 1);
  const interval = period === 'today' ? 'hour' : 'day';
  const input = {
    from,
    to: calendar.nextDay(today),
    interval,
    ...(limit !== undefined && { limit }),
  } as const;
  const query = analyticsQuery(input, context);
  return { ...query, comparison: comparisonOf(query, period, context) };
}

/**
 * The elapsed part of the previous period: the same number of whole days, and of the next day the time until the clock
 * shows the current time. So at eleven minutes past midnight eleven minutes are compared with eleven.
 */
function comparisonOf(
  { from }: Range,
  period: OverviewPeriod,
  { calendar, now }: AnalyticsContext,
): Comparison {
  const { momentOf, timeOn, daysBefore } = calendar;
  const days = PERIODS[period];
  const today = momentOf(now).day;
  const restDay = daysBefore(today, days);
  const until = timeOn(restDay, now - (now % MINUTE_MS));
  const { hour } = momentOf(until);
  const begin = daysBefore(from, days);
  return { hours: { from: begin, to: hour }, rest: { from: hour, to: until }, restDay };
}
