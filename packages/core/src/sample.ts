import type { Calendar, Identity } from './analytics.ts';

/** The history that sample data consists of: enough for every period and comparison, and made within seconds. */
export const SAMPLE = { seed: 1, days: 400, views: 30_000, pages: 40, visitors: 4_000 } as const;

/** What sample data was made for. */
export interface SampleOrigin {
  /** The IANA name of the time zone. */
  readonly timeZone: string | undefined;
  readonly identity: string | undefined;
  /** When its last page view was, in epoch milliseconds; null if it has none. */
  readonly lastViewAt: number | null;
}

/** The site and the moment for which it is to be shown. */
export interface SampleMoment {
  readonly calendar: Pick<Calendar, 'timeZone' | 'momentOf'>;
  readonly identity: Identity;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Whether sample data still fits: its last page view, which is of the moment when it was made, is of this local day, and
 * of the settings that stored page views depend on.
 */
export function isSampleCurrent(origin: SampleOrigin, { calendar, identity, now }: SampleMoment): boolean {
  const { timeZone, lastViewAt } = origin;
  const isOfSite = timeZone === calendar.timeZone && origin.identity === identity;
  if (!isOfSite || lastViewAt === null) return false;
  return calendar.momentOf(lastViewAt).day === calendar.momentOf(now).day;
}
