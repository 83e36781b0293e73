import type { Arrivals } from '@footfall/trpc';
import { REASONS } from './reasons.ts';

type Reason = keyof typeof REASONS;

/** What came between two looks. */
export interface Came {
  /** Page views that were counted. */
  readonly counted: number;
  /** Reports that were not, most first. */
  readonly notCounted: readonly NotCounted[];
}

export interface NotCounted {
  readonly reason: Reason;
  readonly reports: number;
  /** Why, in words. */
  readonly words: string;
}

/** What has come since an earlier look; at midnight the day's reasons begin anew. */
export function cameSince(before: Arrivals, now: Arrivals): Came {
  const known = before.day === now.day ? before.notCounted : {};
  return {
    counted: Math.max(now.total.count - before.total.count, 0),
    notCounted: reasonsOf(now.notCounted, known),
  };
}

/** Reports that were not counted, in words, most first. */
export function reasonsOf(
  reasons: Arrivals['notCounted'],
  known: Arrivals['notCounted'] = {},
): readonly NotCounted[] {
  return (Object.keys(REASONS) as Reason[])
    .map((reason) => ({
      reason,
      reports: (reasons[reason] ?? 0) - (known[reason] ?? 0),
      words: REASONS[reason],
    }))
    .filter(({ reports }) => reports > 0)
    .sort((a, b) => b.reports - a.reports);
}
