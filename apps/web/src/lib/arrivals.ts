import type { Arrivals } from '@footfall/trpc';
import { REASONS } from './reasons.ts';

type Reason = keyof typeof REASONS;

/** What arrived between two polls. */
export interface Arrived {
  /** Page views that were counted. */
  readonly counted: number;
  /** Events that were not counted, by reason, the most frequent first. */
  readonly notCounted: readonly NotCounted[];
}

export interface NotCounted {
  readonly reason: Reason;
  readonly events: number;
  /** Why, in words. */
  readonly words: string;
}

/** What has arrived since an earlier poll. Reasons are counted per day, so they restart at midnight. */
export function arrivedSince(before: Arrivals, now: Arrivals): Arrived {
  const known = before.day === now.day ? before.notCounted : {};
  return {
    counted: Math.max(now.total.count - before.total.count, 0),
    notCounted: reasonsOf(now.notCounted, known),
  };
}

/** Events that were not counted, each reason with its explanation, the most frequent first. */
export function reasonsOf(
  reasons: Arrivals['notCounted'],
  known: Arrivals['notCounted'] = {},
): readonly NotCounted[] {
  return (Object.keys(REASONS) as Reason[])
    .map((reason) => ({
      reason,
      events: (reasons[reason] ?? 0) - (known[reason] ?? 0),
      words: REASONS[reason],
    }))
    .filter(({ events }) => events > 0)
    .sort((a, b) => b.events - a.events);
}
