import type { Overview, Period, ShownAnalytics } from '@footfall/trpc';
import type { DashboardView } from '../dashboard.ts';
import { PERIODS } from '../periods.ts';
import { STORE_TIMEOUT_MS, withTimeout } from './store-timeout.ts';

/** Reads the public statistics of a period. */
type ReadOverview = (input: { period: Period }) => Promise<Pick<Overview, 'previous' | 'comparedUntil'>>;

type Shown = Pick<DashboardView, 'period' | 'filters' | 'compare' | 'matchesWeekdays'>;

/**
 * Compares a running period to the minute where the public page does: the same day must not be down on one page and up on
 * the other. With a filter, for other periods and for another comparison, whole hours are compared (decision 0042).
 */
export async function toTheMinute(
  analytics: ShownAnalytics,
  { period, filters, compare, matchesWeekdays }: Shown,
  overview: ReadOverview,
): Promise<ShownAnalytics> {
  const known = PERIODS.find((each) => each === period);
  const { previousFrom } = analytics;
  const isPlain = filters.length === 0 && compare === 'previous' && !matchesWeekdays;
  if (known === undefined || !isPlain || previousFrom === null) return analytics;
  const read = await withTimeout(overview({ period: known }), STORE_TIMEOUT_MS);
  // In the first minute of a day nothing has passed of it to compare with.
  if (read === undefined || read.comparedUntil <= previousFrom) return analytics;
  return { ...analytics, previous: read.previous, previousUntil: read.comparedUntil };
}
