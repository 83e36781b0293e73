import {
  describe,
  hitSchema,
  pageIdentifier,
  readPageUrl,
  type Hit,
  type Ignored,
  type PageView,
  type Reason,
  type Site,
} from '@footfall/core';
import type { Count } from '@footfall/db';
import { z } from 'zod';
import type { Context, Footfall } from './context.ts';

export { hitSchema };

/** Longest `page` that is looked up, in characters. */
const PAGE_CHARACTERS = 2_048;

const REASONS = [
  'duplicate',
  'bot',
  'spam',
  'ignored',
  'opted-out',
  'no-consent',
  'origin',
  'disabled',
] as const satisfies Reason[];

const version = z.int().meta({ description: 'Grows whenever a published number changes.' });

/** What `track` answers. */
export const trackedSchema = z.object({
  count: z.int().meta({ description: 'This page’s views.' }),
  total: z.int().meta({ description: 'All page views.' }),
  counted: z.boolean(),
  reason: z.enum(REASONS).optional().meta({ description: 'Why the view was not counted.' }),
  version,
});

/** What became of a report. */
export interface Tracked {
  readonly count: number;
  readonly total: number;
  readonly counted: boolean;
  readonly reason?: Reason;
  readonly version: number;
}

/** What `count` takes and answers. */
export const countInputSchema = z.object({
  page: z
    .string('page must be a text')
    .min(1, 'page must not be empty')
    .max(PAGE_CHARACTERS, `page must be at most ${PAGE_CHARACTERS} characters`)
    .optional()
    .meta({ description: 'A page’s path or URL; without one, all page views.', examples: ['/about'] }),
});
export const countSchema = z.object({
  count: z.int().meta({ description: 'Page views.' }),
  version,
  updatedAt: z.iso.datetime().nullable().meta({ description: 'Null while nothing was counted.' }),
  stale: z
    .literal(true)
    .optional()
    .meta({ description: 'The store is away; these are the last known numbers.' }),
});

/** What `pages` answers. */
export const pagesSchema = countSchema.extend({
  pages: z
    .array(z.object({ page: z.string(), views: z.int(), updatedAt: z.iso.datetime() }))
    .readonly()
    .meta({ description: 'The 100 pages with the most views, most first.' }),
});

/**
 * Counts one page view, exactly once however often its report is resent, or says why it is not counted.
 * When it answers "counted", the view is durable.
 * @throws {FootfallError} SERVICE_UNAVAILABLE when it could not be stored; the same `id` may be sent again
 */
export async function track(hit: Hit, context: Context): Promise<Tracked> {
  const { store, site } = context.footfall;
  const view = read(hit, context);
  if ('reason' in view) {
    const { count, total, version } = await store.numbers(pageOf(hit.url, site));
    return { count, total, counted: false, reason: view.reason, version };
  }
  const { counted, count, total, version } = await store.add(view, true);
  return counted
    ? { count, total, counted, version }
    : { count, total, counted, reason: 'duplicate', version };
}

/**
 * The same for a sender that asks for no numbers.
 * @returns the reason, or undefined when the view was counted
 */
export async function trackSilently(hit: Hit, context: Context): Promise<Reason | undefined> {
  const view = read(hit, context);
  if ('reason' in view) return view.reason;
  const { counted } = await context.footfall.store.add(view, false);
  return counted ? undefined : 'duplicate';
}

/** Reads a report: a page view, or why it is none. */
function read(hit: Hit, { footfall, caller }: Context): PageView | Ignored {
  const { site, now, newId } = footfall;
  return describe(hit.id === undefined ? { ...hit, id: newId() } : (hit as Hit & { id: string }), {
    caller,
    site,
    now: now(),
  });
}

/** All page views, or one page's; 0 for a page nobody has seen. */
export function count(page: string | undefined, { store, site }: Footfall): Count | Promise<Count> {
  return store.count(page === undefined ? undefined : pageOf(page, site));
}

function pageOf(url: string, site: Site): string {
  const read = readPageUrl(url);
  return read === undefined ? url : pageIdentifier(read, site.keptParameters);
}
