import * as z from 'zod';
import type { StoreVersion } from './store-version.ts';

/** Unique visitors ever, by country. */
export interface SysStats {
  readonly total_visitors: number;
  readonly countries: Readonly<Record<string, number>>;
  /** @deprecated the same as `updatedAt` */
  readonly last_updated: string | null;
  readonly updatedAt: string | null;
  /** Present when the store does not answer and these are the last known numbers. */
  readonly stale?: true | undefined;
}

/** Visitors now and in the recent past. */
export interface VisitorStats extends StoreVersion {
  readonly live: number;
  readonly active: number;
  readonly today: number;
  readonly total: number;
  readonly location: { readonly country: string; readonly percent: number } | null;
  /** @deprecated the same as `unitedKingdomPercent` */
  readonly ukPercent: number;
  readonly unitedKingdomPercent: number;
  readonly updatedAt: string | null;
  /** Present when the store does not answer and these are the last known numbers. */
  readonly stale?: true | undefined;
}

/** Visits and visitors, in the form that clients registering visits expect. */
export interface Stats extends StoreVersion {
  /** @deprecated the same as `totalVisits`: visits, not visitors */
  readonly totalVisitors: number;
  /** Visits ever, and those that began since local midnight. */
  readonly totalVisits: number;
  readonly todayVisits: number;
  /** Visitors who are live now. */
  readonly activeUsers: number;
  /** Unique visitors ever. */
  readonly uniqueVisitors: number;
  /** The locations of live visitors: `Dhaka, BD`, or `BD` if no city is known. */
  readonly locations: Readonly<Record<string, { readonly count: number }>>;
  /** Present when the store does not answer and these are the last known numbers. */
  readonly stale?: true | undefined;
}

/** All numbers that change, at one moment: sent on every change. */
export interface LiveUpdate extends StoreVersion {
  readonly type: 'visitor_update';
  readonly stats: Stats;
  readonly visitorStats: VisitorStats;
  /** All page views. */
  readonly count: number;
}

/** A page view as the owner sees it come: nothing in it distinguishes one visitor from another. */
export interface RecentView {
  /** Its place in the log. */
  readonly id: number;
  /** When it happened, ISO 8601. */
  readonly at: string;
  readonly page: string;
  /** Of its visit; `XX` is unknown. */
  readonly country: string;
  readonly source: string;
  readonly device: string;
  /** Whether the visit began with it. */
  readonly isEntry: boolean;
}

/** The last page views, and where the live visitors are. */
export interface RecentViews {
  /** The last to arrive is the first; at most 20, however many came. */
  readonly recent: readonly RecentView[];
  readonly here: {
    /** Live visitors by the page they viewed last, most first; the last line may be all others. */
    readonly pages: readonly LiveCount[];
    readonly countries: readonly LiveCount[];
  };
}

interface LiveCount {
  readonly value: string;
  readonly visitors: number;
}

/** What the owner follows: the numbers that everyone sees, and what has just come. */
export interface VisitsUpdate extends LiveUpdate, RecentViews {}

const stale = z
  .literal(true)
  .optional()
  .meta({ description: 'The store is unavailable; these are the last known numbers.' });

/** The version of the numbers, in every response that has numbers. */
export const standingSchema = {
  version: z.int().meta({ description: 'Increases whenever a published number changes.' }),
  store: z.int().meta({
    description: 'Id of the database. A higher one has replaced it: its versions restart.',
  }),
} as const;

/** The result of `sysStats`. */
export const sysStatsSchema: z.ZodType<SysStats> = z.object({
  total_visitors: z.int().meta({ description: 'Unique visitors ever.' }),
  countries: z
    .record(z.string(), z.int())
    .meta({ description: 'The same by country; XX is unknown.', examples: [{ US: 100, XX: 2 }] }),
  last_updated: z.iso.datetime().nullable().meta({ description: 'Use `updatedAt`.', deprecated: true }),
  updatedAt: z.iso.datetime().nullable().meta({ description: 'Null while nothing was counted.' }),
  stale,
});

const percent = z.int().min(0).max(100);

/** The result of `visitorStats`. */
export const visitorStatsSchema: z.ZodType<VisitorStats> = z.object({
  live: z.int().meta({ description: 'Visitors whose last page view is at most 5 minutes old.' }),
  active: z.int().meta({ description: 'At most 30 minutes.' }),
  today: z.int().meta({ description: 'At most 24 hours.' }),
  total: z.int().meta({ description: 'Unique visitors ever.' }),
  location: z
    .object({ country: z.string(), percent })
    .nullable()
    .meta({ description: 'The leading country of today’s visitors, or the one the site names.' }),
  ukPercent: percent.meta({ description: 'Use `unitedKingdomPercent`.', deprecated: true }),
  unitedKingdomPercent: percent.meta({
    description: 'How many of today’s visitors are from the United Kingdom.',
  }),
  ...standingSchema,
  updatedAt: z.iso.datetime().nullable().meta({ description: 'Null while nothing was counted.' }),
  stale,
});

/** The result of `stats`. */
export const statsSchema: z.ZodType<Stats> = z.object({
  totalVisitors: z
    .int()
    .meta({ description: 'Use `totalVisits`: these are visits, not visitors.', deprecated: true }),
  totalVisits: z.int().meta({ description: 'Visits ever.' }),
  todayVisits: z.int().meta({ description: 'Visits that began since midnight in the site’s time zone.' }),
  activeUsers: z.int().meta({ description: 'Visitors whose last page view is at most 5 minutes old.' }),
  uniqueVisitors: z.int().meta({ description: 'Unique visitors ever.' }),
  locations: z.record(z.string(), z.object({ count: z.int() })).meta({
    description:
      'The locations of live visitors: a city with its country’s code, or the code alone; XX is unknown.',
    examples: [{ 'Dhaka, BD': { count: 2 }, XX: { count: 1 } }],
  }),
  ...standingSchema,
  stale,
});
