import {
  analyticsQuery,
  type AnalyticsContext,
  type AnalyticsQuery,
  type Calendar,
  type Range,
} from './analytics.ts';

/** The periods that everyone may see, and how many local days each has; all of them go on until now. */
export const PERIODS = { today: 1, '7d': 7, '30d': 30 } as const;

export type OverviewPeriod = keyof typeof PERIODS;

/** What a period that goes on is compared with: as much of the period before as has passed of this one. */
export interface Comparison {
  /** The whole hours of it. */
  readonly hours: Range;
  /** What follows them, up to the same time of day; empty (`from === to`) where that is a whole hour. */
  readonly rest: Range;
  /** Where the local day begins in which the rest lies. */
  readonly restDay: number;
}

/** What the public statistics read. */
export interface OverviewQuery extends AnalyticsQuery {
  readonly comparison: Comparison;
}

const MINUTE_MS = 60_000;

/** The public statistics of a period, in instants: hours of a single day, else days. */
export function overviewQuery(
  period: OverviewPeriod,
  context: AnalyticsContext,
  limit?: number,
): OverviewQuery {
  const { calendar, now } = context;
  const today = calendar.momentOf(now).day;
  const from = daysBefore(today, PERIODS[period] - 1, calendar);
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
 * As much of the period before as has passed of this one: as many whole days, and of the next the time until the clock shows
 * what it shows now. So at eleven minutes past midnight eleven minutes are compared with eleven.
 */
function comparisonOf(
  { from }: Range,
  period: OverviewPeriod,
  { calendar, now }: AnalyticsContext,
): Comparison {
  const { momentOf, timeOn } = calendar;
  const days = PERIODS[period];
  const today = momentOf(now).day;
  const restDay = daysBefore(today, days, calendar);
  const until = timeOn(restDay, now - (now % MINUTE_MS));
  const { hour } = momentOf(until);
  const begin = daysBefore(from, days, calendar);
  return { hours: { from: begin, to: hour }, rest: { from: hour, to: until }, restDay };
}

function daysBefore(day: number, days: number, { previousDay }: Calendar): number {
  let before = day;
  for (let n = 0; n < days; n += 1) before = previousDay(before);
  return before;
}
