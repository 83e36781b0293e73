import {
  analyticsQuery,
  listQuery,
  overviewQuery,
  PERIODS,
  type Analytics,
  type AnalyticsInput,
  type AnalyticsRows,
  type ListInput,
  type LiveUpdate,
  type NowNumbers,
  type OverviewPeriod,
  type RangeInput,
  type Reason,
  type StoreVersion,
  type Stats,
  type SysStats,
  type VisitorStats,
  type VisitsUpdate,
} from '@footfall/core';
import type { Count, Overview as StoredOverview } from '@footfall/db';
import * as z from 'zod';
import { momentOf, type AppContext, type ReadContext } from './context.ts';
import { pageOf } from './page.ts';

export type Period = OverviewPeriod;

/** The lists that the public page shows. */
export const LISTS = [
  'topPages',
  'entryPages',
  'exitPages',
  'sources',
  'channels',
  'campaigns',
  'countries',
  'languages',
  'devices',
  'browsers',
  'systems',
] as const satisfies (keyof Analytics)[];

export type OverviewList = (typeof LISTS)[number];

/** Rows of a list that is shown among others, and of one that is requested by name. */
const ROWS = 10;
const ALL_ROWS = 1_000;

export const overviewInputSchema = z.object({
  period: z.enum(Object.keys(PERIODS) as [Period, ...Period[]], 'period must be today, 7d or 30d'),
  /** The list that is requested in full, up to 1,000 rows. */
  list: z.enum(LISTS, `list must be one of ${LISTS.join(', ')}`).optional(),
});

export type OverviewInput = z.infer<typeof overviewInputSchema>;

/** The public part of the analytics; the rest is the owner's: bots, and lists that may identify a single person. */
const PUBLIC = [
  'totals',
  'previous',
  'series',
  'previousSeries',
  ...LISTS,
] as const satisfies (keyof StoredOverview)[];

/**
 * Public visits and visitors of a period; the previous totals are of the same elapsed part of the previous period.
 * If it comes from a cache, a total may be newer than these.
 */
export interface Overview extends Pick<StoredOverview, (typeof PUBLIC)[number]>, StoreVersion {
  /** When counting began, to the hour, ISO 8601; null while nothing was counted. */
  readonly since: string | null;
  /** The end of the compared part of the previous period, ISO 8601. */
  readonly comparedUntil: string;
  /** The IANA name of the site's time zone. */
  readonly timeZone: string;
  /** The time of the request, ISO 8601: intervals of the series after it have not begun. */
  readonly at: string;
  /** Present when the store does not answer and these are the last known numbers. */
  readonly stale?: true;
}

/** Unique visitors ever, by country. */
export async function sysStats({ store, now }: AppContext): Promise<SysStats> {
  const { sysStats: stats, stale } = await store.stats(now());
  return stale === true ? { ...stats, stale } : stats;
}

/**
 * Visits and visitors, in total and now.
 * @param atLeast the oldest acceptable state
 */
export async function stats({ store, now }: AppContext, atLeast?: StoreVersion): Promise<Stats> {
  const { stats, stale } = await store.stats(now(), atLeast);
  return stale === true ? { ...stats, stale } : stats;
}

/** All numbers that change, as they are now. */
export async function liveUpdate({ store, now }: Pick<AppContext, 'store' | 'now'>): Promise<LiveUpdate> {
  const { stats, visitorStats, count, stale } = await store.stats(now());
  const { version, store: id } = stats;
  const marked = <T extends object>(part: T): T => (stale === true ? { ...part, stale } : part);
  return {
    type: 'visitor_update',
    stats: marked(stats),
    visitorStats: marked(visitorStats),
    count,
    version,
    store: id,
  };
}

/** The same with the last page views and where the live visitors are; only for the site's owner. */
export async function visitsUpdate(footfall: Pick<AppContext, 'store' | 'now'>): Promise<VisitsUpdate> {
  const update = await liveUpdate(footfall);
  // Read after the numbers: what they count is among these.
  const { recent, here } = await footfall.store.recent(footfall.now());
  return { ...update, recent, here };
}

/** Visitors now and in the recent past. */
export async function visitorStats({ store, now }: AppContext): Promise<VisitorStats> {
  const { visitorStats: stats, stale } = await store.stats(now());
  return stale === true ? { ...stats, stale } : stats;
}

/**
 * Visits and visitors of a range, by every attribute; only for the site's owner.
 * @throws {FootfallError} BAD_REQUEST for a range that is empty or has too many intervals; TIMEOUT for a filter that
 * takes too long; SERVICE_UNAVAILABLE
 */
export function analytics(input: AnalyticsInput, footfall: AppContext): Promise<Analytics> {
  return footfall.store.analytics(analyticsQuery(withPages(input, footfall), momentOf(footfall)));
}

/** A page of one list; the same errors. */
export function analyticsList(input: ListInput, footfall: AppContext): Promise<AnalyticsRows> {
  return footfall.store.rows(listQuery(withPages(input, footfall), momentOf(footfall)));
}

/** What happens right now; only for the site's owner. */
export function analyticsNow({ store, now }: AppContext): Promise<NowNumbers> {
  return store.now(now());
}

/** Parameters whose values are whole pages: a page may be named by any of its addresses. */
const PAGE_KEYS = ['page', 'page.not', 'entry', 'entry.not', 'exit', 'exit.not'] as const;

/** The same input with page identifiers in place of addresses. */
export function withPages<Input extends RangeInput>(input: Input, { site }: Pick<AppContext, 'site'>): Input {
  const pages = PAGE_KEYS.flatMap((key) => {
    const given = input[key];
    if (given === undefined) return [];
    return [[key, (typeof given === 'string' ? [given] : given).map((page) => pageOf(page, site))]];
  });
  return { ...input, ...(Object.fromEntries(pages) as Partial<Input>) };
}

/** The public version: the last one, seven or thirty local days, by hour or by day. */
export async function overview({ period, list }: OverviewInput, footfall: ReadContext): Promise<Overview> {
  const moment = momentOf(footfall);
  const query = overviewQuery(period, moment, list === undefined ? ROWS : ALL_ROWS);
  const { stale, version, store, since, ...read } = await footfall.store.overview(query, moment.now);
  const shown = Object.fromEntries(PUBLIC.map((name) => [name, read[name]])) as Pick<
    Overview,
    (typeof PUBLIC)[number]
  >;
  const rows = Object.fromEntries(
    LISTS.map((name) => [name, name === list ? read[name] : read[name].slice(0, ROWS)]),
  );
  return {
    ...shown,
    ...(rows as Pick<Overview, OverviewList>),
    since: since === null ? null : new Date(since).toISOString(),
    comparedUntil: new Date(query.comparison.rest.to).toISOString(),
    timeZone: moment.calendar.timeZone,
    at: new Date(moment.now).toISOString(),
    version,
    store,
    ...(stale === true && { stale }),
  };
}

/** What the install page watches: all page views, and how many events of this local day were not counted, by reason. */
export interface Arrivals {
  readonly total: Count;
  /** When the day began, ISO 8601. */
  readonly day: string;
  readonly notCounted: Readonly<Partial<Record<Reason, number>>>;
}

/** The events received so far, for a page that waits for a first page view (docs/decisions/0017). */
export async function arrivals({ store, now }: AppContext): Promise<Arrivals> {
  const { day, reasons } = await store.notCounted(now());
  return { total: await store.count(), day: new Date(day).toISOString(), notCounted: reasons };
}
