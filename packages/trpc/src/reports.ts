import {
  analyticsQuery,
  type Analytics,
  type AnalyticsInput,
  type LiveUpdate,
  type Reason,
  type Standing,
  type Stats,
  type SysStats,
  type VisitorStats,
} from '@footfall/core';
import type { Count } from '@footfall/db';
import { z } from 'zod';
import type { Footfall } from './context.ts';
import { pageOf } from './page.ts';

/** The periods that everyone may see. */
export const PERIODS = { today: 1, '7d': 7, '30d': 30 } as const;

export type Period = keyof typeof PERIODS;

export const overviewInputSchema = z.object({
  period: z.enum(Object.keys(PERIODS) as [Period, ...Period[]], 'period must be today, 7d or 30d'),
});

/** What the public page shows of the analytics; the rest is the owner's: the bots, and lists that may name one person. */
const PUBLIC = [
  'totals',
  'previous',
  'series',
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

/** Visits and visitors of a period, for everyone to see. Out of a cache, a total may be newer than they are. */
export interface Overview extends Pick<Analytics, (typeof PUBLIC)[number]>, Standing {
  /** The IANA name of the site's time zone. */
  readonly timeZone: string;
  /** When it was asked for, ISO 8601: what of the series lies behind it has begun. */
  readonly at: string;
  /** Present when the store does not answer and these are the last known numbers. */
  readonly stale?: true;
}

/** Unique visitors ever, by country. */
export async function sysStats({ store, now }: Footfall): Promise<SysStats> {
  const { sysStats: stats, stale } = await store.summary(now());
  return stale === true ? { ...stats, stale } : stats;
}

/**
 * Visits and visitors, in all and now.
 * @param atLeast a state that they are not older than
 */
export async function stats({ store, now }: Footfall, atLeast?: Standing): Promise<Stats> {
  const { stats, stale } = await store.summary(now(), atLeast);
  return stale === true ? { ...stats, stale } : stats;
}

/** All that moves by itself, as it is now. */
export async function liveUpdate({ store, now }: Pick<Footfall, 'store' | 'now'>): Promise<LiveUpdate> {
  const { stats, visitorStats, count, stale } = await store.summary(now());
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

/** Who is here now, and how many were. */
export async function visitorStats({ store, now }: Footfall): Promise<VisitorStats> {
  const { visitorStats: stats, stale } = await store.summary(now());
  return stale === true ? { ...stats, stale } : stats;
}

/**
 * Visits and visitors of a range, by everything known of them; for the site's owner.
 * @throws {FootfallError} BAD_REQUEST for a range that is empty or has too many intervals; TIMEOUT for a filter that
 * takes too long; SERVICE_UNAVAILABLE
 */
export function analytics(input: AnalyticsInput, footfall: Footfall): Promise<Analytics> {
  const { site, store } = footfall;
  const pages = Object.fromEntries(
    (['page', 'entry', 'exit'] as const).flatMap((name) => {
      const page = input[name];
      return page === undefined ? [] : [[name, pageOf(page, site)]];
    }),
  );
  return store.analytics(analyticsQuery({ ...input, ...pages }, momentOf(footfall)));
}

/** The same for everyone to see: the last one, seven or thirty local days, by the hour or by the day. */
export async function overview(period: Period, footfall: Footfall): Promise<Overview> {
  const { calendar } = footfall.site;
  const moment = momentOf(footfall);
  const today = calendar.momentOf(moment.now).day;
  let day = today;
  for (let days = 1; days < PERIODS[period]; days += 1) day = calendar.previousDay(day);
  const interval = period === 'today' ? 'hour' : 'day';
  const query = analyticsQuery({ from: day, to: calendar.nextDay(today), interval }, moment);
  const { stale, version, store, ...read } = await footfall.store.overview(query, moment.now);
  const shown = Object.fromEntries(PUBLIC.map((name) => [name, read[name]])) as Pick<
    Overview,
    (typeof PUBLIC)[number]
  >;
  const clock = { timeZone: calendar.timeZone, at: new Date(moment.now).toISOString() };
  return { ...shown, ...clock, version, store, ...(stale === true && { stale }) };
}

function momentOf({ site, now }: Footfall) {
  return { calendar: site.calendar, now: now(), identity: site.identity };
}

/** What the install page watches: all page views, and how many reports of this local day were not counted, by reason. */
export interface Arrivals {
  readonly total: Count;
  /** When the day began, ISO 8601. */
  readonly day: string;
  readonly notCounted: Readonly<Partial<Record<Reason, number>>>;
}

/** What has arrived by now, for whoever waits for a first page view (docs/decisions/0017). */
export async function arrivals({ store, now }: Footfall): Promise<Arrivals> {
  const { day, reasons } = await store.notCounted(now());
  return { total: await store.count(), day: new Date(day).toISOString(), notCounted: reasons };
}
