import * as z from 'zod';
import {
  analyticsInputSchema,
  analyticsQuery,
  queryInput,
  type AnalyticsContext,
  type Range,
} from './analytics.ts';
import { REASONS, type Reason } from './events.ts';

/** The ledger is by local day, so its intervals are days and longer. */
export const LEDGER_INTERVALS = ['day', 'week', 'month'] as const;

const { from, to, limit } = analyticsInputSchema.shape;

/** The input of the ledger (docs/api.md, Admin): local days, as of the analytics. */
export const ledgerInputSchema = queryInput({
  from,
  to,
  interval: z
    .enum(LEDGER_INTERVALS, `interval must be one of ${LEDGER_INTERVALS.join(', ')}`)
    .optional()
    .meta({ description: 'Interval of the series; the default depends on the length of the range.' }),
  limit,
});

export type LedgerInput = z.infer<typeof ledgerInputSchema>;

/** A request of the ledger resolved to instants. */
export interface LedgerQuery extends Range {
  /** Where the intervals of the series begin. */
  readonly starts: readonly number[];
  /** The most names of a reason. */
  readonly limit: number;
}

/** What was not counted on some local days, and why. */
export interface LedgerAnalytics {
  /** Where the days begin and end, ISO 8601. */
  readonly from: string;
  readonly until: string;
  /** Events that were not counted. */
  readonly events: number;
  /** Page views that were counted on the same days. */
  readonly views: number;
  /** Each reason that occurred, the most frequent first. */
  readonly reasons: readonly {
    readonly reason: Reason;
    readonly events: number;
    /** Bots, spam referrers, or hosts that are not this site's, the most frequent first; other reasons have no names. */
    readonly names: readonly { readonly value: string; readonly events: number }[];
  }[];
  readonly series: readonly {
    /** When the interval begins, ISO 8601. */
    readonly start: string;
    readonly events: number;
    readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  }[];
  /** Commits that failed: the senders of their events were asked to send them again. */
  readonly failures: { readonly commits: number; readonly events: number };
}

/** Lines of the ledger, summed in the store. */
export interface LedgerSums {
  readonly days: readonly (readonly [day: number, reason: string, events: number])[];
  readonly names: readonly (readonly [reason: string, name: string, events: number])[];
  readonly views: number;
  readonly failures: LedgerAnalytics['failures'];
}

/**
 * Resolves a request to whole local days.
 * @throws {FootfallError} BAD_REQUEST for a range that is empty or has too many intervals
 */
export function ledgerQuery(input: LedgerInput, context: AnalyticsContext): LedgerQuery {
  const { touchedDays, limit: longest } = analyticsQuery({ ...input, interval: 'month' }, context);
  const days = (touchedDays.to - touchedDays.from) / DAY_MS;
  const interval = input.interval ?? (days <= 93 ? 'day' : days <= 732 ? 'week' : 'month');
  const { starts } = analyticsQuery({ ...touchedDays, interval }, context);
  return { ...touchedDays, starts, limit: longest };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** An interval of the series, while it is summed. */
interface Interval {
  readonly start: string;
  events: number;
  readonly reasons: Partial<Record<Reason, number>>;
}

/** Puts the answer together from what the store has summed. */
export function ledgerOf({ from, to, starts }: LedgerQuery, sums: LedgerSums): LedgerAnalytics {
  const series = starts.map((start): Interval => {
    return { start: new Date(Math.max(start, from)).toISOString(), events: 0, reasons: {} };
  });
  const totals = new Map<Reason, number>();
  let at = 0;
  for (const [day, reason, events] of sums.days) {
    if (!isReason(reason)) continue;
    while (at + 1 < starts.length && day >= (starts[at + 1] ?? Infinity)) at += 1;
    const interval = series[at];
    if (interval === undefined) continue;
    interval.events += events;
    interval.reasons[reason] = (interval.reasons[reason] ?? 0) + events;
    totals.set(reason, (totals.get(reason) ?? 0) + events);
  }
  return {
    from: new Date(from).toISOString(),
    until: new Date(to).toISOString(),
    events: [...totals.values()].reduce((sum, events) => sum + events, 0),
    views: sums.views,
    reasons: [...totals]
      .map(([reason, events]) => ({
        reason,
        events,
        names: sums.names
          .filter(([its]) => its === reason)
          .map(([, value, itsEvents]) => ({ value, events: itsEvents })),
      }))
      .sort((a, b) => b.events - a.events || REASONS.indexOf(a.reason) - REASONS.indexOf(b.reason)),
    series,
    failures: sums.failures,
  };
}

const isReason = (text: string): text is Reason => (REASONS as readonly string[]).includes(text);
