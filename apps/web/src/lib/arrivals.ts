import type { Arrivals } from '@footfall/trpc';
import type { SiteTexts } from './texts/en/site.ts';

type Reasons = SiteTexts['reasons'];
type Reason = keyof Reasons;

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
export function arrivedSince(before: Arrivals, now: Arrivals, words: Reasons): Arrived {
  const known = before.day === now.day ? before.notCounted : {};
  return {
    counted: Math.max(now.total.count - before.total.count, 0),
    notCounted: reasonsOf(now.notCounted, words, known),
  };
}

/** Events that were not counted, each reason with its explanation, the most frequent first. */
export function reasonsOf(
  reasons: Arrivals['notCounted'],
  words: Reasons,
  known: Arrivals['notCounted'] = {},
): readonly NotCounted[] {
  return (Object.keys(words) as Reason[])
    .map((reason) => ({
      reason,
      events: (reasons[reason] ?? 0) - (known[reason] ?? 0),
      words: words[reason],
    }))
    .filter(({ events }) => events > 0)
    .sort((a, b) => b.events - a.events);
}
