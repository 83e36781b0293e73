import type { Generated } from 'kysely';

/** The tables, named as the requirement documents name them. Instants are epoch milliseconds. */
export interface Tables {
  visitor_counts: VisitorCounts;
  visitor_page_views: VisitorPageViews;
  visitor_stats: VisitorStats;
}

/** One row per page: its counter. */
interface VisitorCounts {
  id: Generated<number>;
  page_identifier: string;
  view_count: number;
  last_updated_at: number;
}

/** The log: one row per page view, in the order of `seq`. Every published number is a fold of it. */
interface VisitorPageViews {
  seq: number;
  /** The 16 bytes of the report's UUID: what makes a resent report the same page view. */
  id: Uint8Array;
  viewed_at: number;
  page_identifier: string;
  /** Host and path. */
  referrer: string | null;
  utm_source: string | null;
  utm_medium: string | null;
  utm_campaign: string | null;
  utm_term: string | null;
  utm_content: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  /** Name of an advertising network's click id, without its value. */
  click_id: string | null;
}

/** One row: the totals, and how far the log is folded into the counts. */
interface VisitorStats {
  id: number;
  total_views: number;
  last_updated_at: number | null;
  /** Grows with every commit that changes a number. */
  version: number;
  /** Sequence number of the last page view that is in the counts. */
  folded: number;
  /** What `folded` was before the last commit: where that commit's page views begin. */
  folded_before: number;
}
