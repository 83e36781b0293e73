import {
  BADGE_METRICS,
  BADGE_STYLES,
  BADGE_THEMES,
  describe,
  describeVisit,
  FootfallError,
  hitSchema,
  OTHER,
  pageOfHit,
  type Hit,
  type Ignored,
  REASONS,
  requireClock,
  type PageView,
  type DescribeContext,
  type Reason,
  type Salts,
  type StoreVersion,
  standingSchema,
  type Stats,
  statsSchema,
  type VisitHit,
  visitSchema,
} from '@footfall/core';
import type { Count } from '@footfall/db';
import * as z from 'zod';
import type { EventContext, AppContext } from './context.ts';
import { pageOf } from './page.ts';
import { stats } from './stats.ts';

export { hitSchema, visitSchema };

/** Longest `page` that is looked up, in characters. */
const PAGE_CHARACTERS = 2_048;

/** The page a view is counted as when the quota of new pages is used up. */
export const countedAsSchema = z.literal(OTHER).optional().meta({
  description:
    'What the page is counted as, where the quota of new pages is used up: `count` is the number of this.',
});

/** The result of `track`. */
export const trackedSchema = z.object({
  count: z.int().meta({ description: 'This page’s views.' }),
  total: z.int().meta({ description: 'All page views.' }),
  counted: z.boolean(),
  reason: z.enum(REASONS).optional().meta({ description: 'Why the view was not counted.' }),
  page: countedAsSchema,
  ...standingSchema,
});

/** The result of `track` with `return=minimal` for a view that is not counted. */
export const notCountedSchema = z.object({
  counted: z.literal(false),
  reason: z.enum(REASONS).meta({ description: 'Why the view was not counted.' }),
});

/** The result of a page view. */
export interface Tracked extends StoreVersion {
  readonly count: number;
  readonly total: number;
  readonly counted: boolean;
  readonly reason?: Reason;
  /** The page that the view was counted as, if not its own; `count` is the number of this. */
  readonly page?: typeof OTHER;
}

/** The result of `register`. */
export const registeredSchema = z.object({
  success: z.boolean().meta({ description: 'Whether the visit is one that is counted.' }),
  reason: z.enum(REASONS).optional().meta({ description: 'Why it is not.' }),
  stats: statsSchema.meta({ description: 'The numbers after it.' }),
});

/** The result of registering a visit. */
export interface Registered {
  readonly success: boolean;
  readonly reason?: Reason;
  readonly stats: Stats;
}

/** The input and result of `count`. */
export const countInputSchema = z.object({
  page: z
    .string('page must be a string')
    .min(1, 'page must not be empty')
    .max(PAGE_CHARACTERS, `page must be at most ${PAGE_CHARACTERS} characters`)
    .optional()
    .meta({ description: 'A page’s path or URL; without one, all page views.', examples: ['/about'] }),
});
export const countSchema = z.object({
  count: z.int().meta({ description: 'Page views.' }),
  ...standingSchema,
  updatedAt: z.iso.datetime().nullable().meta({ description: 'Null while nothing was counted.' }),
  stale: z
    .literal(true)
    .optional()
    .meta({ description: 'The store is unavailable; these are the last known numbers.' }),
});

/** Longest valid `label` of a badge, in characters; what is drawn of it is shorter. */
const LABEL_CHARACTERS = 200;

/** An enum whose error lists its values. */
const oneOf = <const T extends readonly [string, ...string[]]>(name: string, values: T) =>
  z.enum(values, `${name} must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`).optional();

/** The query of a badge. */
export const badgeInputSchema = countInputSchema
  .extend({
    metric: oneOf('metric', BADGE_METRICS).meta({
      description:
        'The number: page views (also without one), all visitors so far, or those of the last 5 minutes.',
    }),
    label: z
      .string()
      .max(LABEL_CHARACTERS, `label must be at most ${LABEL_CHARACTERS} characters`)
      .optional()
      .meta({
        description: 'What stands beside the number; without one `views`, `visitors` or `visitors now`.',
        examples: ['readers'],
      }),
    style: oneOf('style', BADGE_STYLES).meta({ description: 'How it looks; `flat` without one.' }),
    theme: oneOf('theme', BADGE_THEMES).meta({
      description:
        'The ground it is for: light, dark, or as its reader prefers. Without one its colours suit both.',
    }),
  })
  .refine(({ page, metric = 'views' }) => page === undefined || metric === 'views', {
    message: 'page goes with metric=views only: visitors are counted for the whole site',
    path: ['page'],
  });

/** The result of `pages`. */
export const pagesSchema = countSchema.extend({
  pages: z
    .array(z.object({ page: z.string(), views: z.int(), updatedAt: z.iso.datetime() }))
    .readonly()
    .meta({ description: 'The 100 pages with the most views, most first.' }),
});

/**
 * Counts one page view, exactly once however often its event is sent again, or returns why it is not counted.
 * When it returns "counted", the view is durable.
 * @throws {FootfallError} SERVICE_UNAVAILABLE when it could not be stored; the same `id` may be sent again
 */
export async function track(hit: Hit, context: EventContext): Promise<Tracked> {
  const { store, site } = context.footfall;
  const view = await read(hit, context);
  if (view.kind === 'ignored') {
    await note(view, context);
    const {
      count,
      total,
      version,
      store: id,
    } = await store.numbers(pageOfHit(hit, { caller: context.caller, site }) ?? hit.url);
    return { count, total, counted: false, reason: view.reason, version, store: id };
  }
  const { counted, count, total, version, store: id, page } = await store.add(view, true);
  return {
    count,
    total,
    counted,
    ...(counted ? {} : { reason: 'duplicate' }),
    ...(page === undefined ? {} : { page }),
    version,
    store: id,
  };
}

/**
 * The same for a sender that requests no numbers.
 * @returns the reason, or undefined when the view was counted
 */
export async function trackSilently(hit: Hit, context: EventContext): Promise<Reason | undefined> {
  const view = await read(hit, context);
  if (view.kind === 'ignored') {
    await note(view, context);
    return view.reason;
  }
  const { counted } = await context.footfall.store.add(view, false);
  return counted ? undefined : 'duplicate';
}

/**
 * Registers a visit: opens one, unless one of this visitor is open. It is also a page view only if it has a `url`.
 * @throws {FootfallError} SERVICE_UNAVAILABLE when it could not be stored; it may be sent again
 */
export async function register(visit: VisitHit, context: EventContext): Promise<Registered> {
  const { footfall } = context;
  const known = withId(visit, footfall.newId);
  const registration = await withSalts(context, {
    describeWith: (given) => describeVisit(known, given),
    needsSalts: ({ kind }) => kind !== 'ignored',
  });
  if (registration.kind === 'ignored') {
    await note(registration, context);
    return { success: false, reason: registration.reason, stats: await stats(footfall) };
  }
  return { success: true, stats: await stats(footfall, await footfall.store.add(registration, false)) };
}

/** Writes an ignored event into the daily ledger. If the store is unavailable, its reason is still returned. */
async function note(ignored: Ignored, { footfall }: EventContext): Promise<void> {
  await footfall.store.add(ignored, false).catch(() => {});
}

/** Describes an event: a page view, or why it is none. */
function read(hit: Hit, context: EventContext): PageView | Ignored | Promise<PageView | Ignored> {
  const known = withId(hit, context.footfall.newId);
  return withSalts(context, {
    describeWith: (given) => describe(known, given),
    needsSalts: ({ kind }) => kind === 'page-view',
  });
}

/** Gives an event an id, unless its sender has. */
export function withId<T extends { id?: string | undefined }>(
  event: T,
  newId: () => string,
): T & { id: string } {
  return event.id === undefined ? { ...event, id: newId() } : (event as T & { id: string });
}

/**
 * Describes events with the salts. The reason why an event is ignored needs none: it is known even if the store is
 * unavailable.
 * @throws {FootfallError} UNAUTHORIZED for a sender with an unknown token; SERVICE_UNAVAILABLE when the clock is wrong, or
 * when the result needs salts and there are none
 */
export function withSalts<T>(
  { footfall, caller }: EventContext,
  {
    describeWith,
    needsSalts,
  }: { describeWith: (given: DescribeContext) => T; needsSalts: (result: T) => boolean },
): T | Promise<T> {
  const { site, now, salts } = footfall;
  if (caller.hasUnknownToken === true)
    throw new FootfallError('UNAUTHORIZED', 'The bearer token is not a key of this site.');
  const at = now();
  requireClock(at);
  const given = { caller, site, now: at };
  const current = salts();
  if (!(current instanceof Promise)) return describeWith({ ...given, salts: current });
  return current.then(
    (loaded) => describeWith({ ...given, salts: loaded }),
    (error: unknown) => {
      const result = describeWith({ ...given, salts: NO_SALTS });
      if (needsSalts(result)) throw error;
      return result;
    },
  );
}

/** Salts whose hashes are discarded. */
const NO_SALTS: Salts = { days: new Map([[0, new Uint8Array(32)]]), device: new Uint8Array(32) };

/** All page views, or one page's; 0 for a page nobody has seen. */
export function count(page: string | undefined, { store, site }: AppContext): Count | Promise<Count> {
  return store.count(page === undefined ? undefined : pageOf(page, site));
}
