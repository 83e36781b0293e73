import type { RecentView, VisitsUpdate } from '@footfall/core';
import { isAhead } from './numbers.ts';

/** A page view in the feed, and how many came between it and the next row that nobody could have read. */
export interface FeedRow extends RecentView {
  readonly more?: number;
}

/** The page views that the owner watches come, the last first. */
export interface Feed {
  readonly rows: readonly FeedRow[];
  readonly update: VisitsUpdate;
  /** Page views that came since the feed began and are in it, or are said to have come. */
  readonly said: number;
  /** All page views when it began. */
  readonly began: number;
}

/** Rows that stay: more are not looked at, and a tab may be open for days. */
const ROWS = 40;

/** A feed that begins with a state. */
export function feedOf(update: VisitsUpdate): Feed {
  return { rows: update.recent, update, said: 0, began: update.count };
}

/**
 * The feed with a newer state. A state has the last page views alone: where more came in the meantime it is said how many,
 * so that rows and total agree.
 */
export function withUpdate(feed: Feed, update: VisitsUpdate): Feed {
  if (!isAhead(update, feed.update)) return feed;
  // Of another database the places in the log say nothing about these.
  if (update.store !== feed.update.store) return feedOf(update);
  const last = feed.rows[0]?.id ?? -1;
  const fresh: FeedRow[] = update.recent.filter(({ id }) => id > last);
  const unread =
    fresh.length === update.recent.length ? update.count - feed.began - feed.said - fresh.length : 0;
  const oldest = fresh.at(-1);
  if (unread > 0 && oldest !== undefined) fresh[fresh.length - 1] = { ...oldest, more: unread };
  return {
    rows: [...fresh, ...feed.rows].slice(0, ROWS),
    update,
    said: feed.said + fresh.length + Math.max(unread, 0),
    began: feed.began,
  };
}
