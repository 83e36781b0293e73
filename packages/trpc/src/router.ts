import {
  analyticsInputSchema,
  annotationIdSchema,
  annotationRangeSchema,
  annotationSchema,
  batchSchema,
  editedAnnotationSchema,
  type ErrorCode,
  explainInputSchema,
  FootfallError,
  hitSchema,
  HTTP_STATUS,
  ledgerInputSchema,
  listInputSchema,
  type LiveUpdate,
  parseVersionTag,
  renamedSegmentSchema,
  segmentIdSchema,
  segmentSchema,
  sentenceOf,
  settingChangesSchema,
  shareIdSchema,
  shareSchema,
  versionTag,
} from '@footfall/core';
import { initTRPC, tracked, type TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import * as z from 'zod';
import {
  addAnnotation,
  editAnnotation,
  listAnnotations,
  publicAnnotations,
  removeAnnotation,
} from './annotations.ts';
import { trackBatch } from './batch.ts';
import type { Context, Follow } from './context.ts';
import { explained, ledger } from './ledger.ts';
import { listStartingNumbers, setStartingNumber, startingNumberSchema } from './starting-numbers.ts';
import { listSegments, removeSegment, renameSegment, saveSegment } from './segments.ts';
import {
  analytics,
  analyticsList,
  analyticsNow,
  arrivals,
  overview,
  overviewInputSchema,
  stats,
  sysStats,
  visitorStats,
  visitsUpdate,
} from './stats.ts';
import { changeSettings, previewSettings, settings } from './settings.ts';
import {
  eraseAll,
  eraseAllSchema,
  erasePage,
  erasePageSchema,
  forgetVisitor,
  forgetVisitorSchema,
} from './erase.ts';
import { importDeskOf, runImportSchema, undoImportSchema } from './imports.ts';
import { transformer } from './transformer.ts';
import { count, countInputSchema, register, track, visitSchema } from './visitors.ts';

/**
 * `statistics`: everyone, unless the statistics are only for the owner (STATS_PUBLIC). `owner, no key`: the owner in
 * person, as API keys only read.
 */
export type Guard = 'everyone' | 'statistics' | 'owner' | 'owner, no key';

export type Meta = {
  /** Who the procedure is for; the owner's are for pages of the same origin alone. */
  guard?: Guard;
  /** The REST route in front of a procedure, as the OpenAPI document describes it. */
  openapi?: RestRoute;
};

export interface RestRoute {
  readonly method: 'GET' | 'POST';
  readonly path: `/${string}`;
  readonly summary: string;
  readonly description?: string;
  /** Admin: only for the site's owner. */
  readonly tag: 'Writing' | 'Reading' | 'Admin';
}

/** Most calls in one batch (docs/api.md). */
export const CALLS_PER_BATCH = 10;

/**
 * The interval of keep-alive messages on an idle stream, and the silence after which a client reconnects (docs/api.md, Live).
 */
const PING_MS = 25_000;
const SILENCE_MS = 2 * PING_MS + 10_000;

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    transformer,
    isDev: false,
    sse: { ping: { enabled: true, intervalMs: PING_MS }, client: { reconnectAfterInactivityMs: SILENCE_MS } },
    // The operations do not depend on tRPC: their errors get its codes here, once.
    errorFormatter: ({ shape, error }) => {
      if (error.cause instanceof FootfallError)
        return { ...shapeOf(error.cause), data: { ...shape.data, ...dataOf(error.cause) } };
      return { ...shape, message: messageOf(error) };
    },
  });

function messageOf(error: TRPCError): string {
  if (error.cause instanceof z.ZodError) return sentenceOf(error.cause);
  if (error.code === 'INTERNAL_SERVER_ERROR') return 'Something went wrong on our side.';
  // A parser's or an engine's message about an invalid input is not meant for its sender.
  return error.cause === undefined ? error.message : 'The input is not what this procedure takes.';
}

function shapeOf({ message, code }: FootfallError) {
  return { message, code: TRPC_ERROR_CODES_BY_KEY[code] };
}

function dataOf({ code }: FootfallError) {
  return { code, httpStatus: HTTP_STATUS[code] };
}

/** The meaning of each error of a route, and a sample message. */
export const ERROR_MEANINGS = {
  BAD_REQUEST: {
    description: 'Invalid request: a value, a parameter or a body that the route does not take.',
    error: 'url must be an http(s) URL or a path that begins with /.',
  },
  UNAUTHORIZED: {
    description: 'The bearer token is missing where one is needed, or is not one of this site’s.',
    error: 'The bearer token is not a key of this site.',
  },
  FORBIDDEN: {
    description: 'A page of another site may not do this.',
    error: 'The numbers are followed from this site’s pages alone.',
  },
  NOT_FOUND: { description: 'There is no such route.', error: 'There is no such route.' },
  METHOD_NOT_SUPPORTED: {
    description: 'The route does not take this method; `Allow` lists those that it takes.',
    error: 'This route takes POST, OPTIONS.',
  },
  TIMEOUT: {
    description: 'The filter takes too long: ask for a shorter range.',
    error: 'The filter takes too long: ask for a shorter range.',
  },
  PAYLOAD_TOO_LARGE: {
    description:
      'The body is over 8 KiB (64 KiB for `POST /api/track`), or the headers with the URL are over 16 KiB.',
    error: 'The body is over 8 KiB.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    description: 'The body is neither `application/json` nor `text/plain` with JSON in it.',
    error: 'Content-Type must be application/json or text/plain.',
  },
  TOO_MANY_REQUESTS: {
    description: 'Too many requests from this address; try again after `Retry-After` seconds.',
    error: 'Too many requests.',
  },
  SERVICE_UNAVAILABLE: {
    description: 'The store cannot answer right now; send the same again after `Retry-After` seconds.',
    error: 'The store cannot answer right now.',
  },
} as const satisfies Partial<Record<ErrorCode, { description: string; error: string }>>;

/** The base of each procedure, by who may call it; a test finds procedures that have another one. */
const everyone = t.procedure.meta({ guard: 'everyone' });

const owner = t.procedure.meta({ guard: 'owner' }).use(async ({ ctx, next }) => {
  await ctx.requireOwner();
  return next();
});

const ownerNoKey = t.procedure.meta({ guard: 'owner, no key' }).use(async ({ ctx, next }) => {
  if ((await ctx.requireOwner()) === 'key') {
    throw new FootfallError('FORBIDDEN', 'API keys only read: sign in, or send the admin password.');
  }
  return next();
});

const statistics = t.procedure.meta({ guard: 'statistics' }).use(async ({ ctx, next }) => {
  if (!ctx.footfall.site.statsPublic) await ctx.requireOwner();
  return next();
});

const followInputSchema = z.object({ lastEventId: z.string().max(40).nullish() }).optional();

/** The states that a subscriber does not have yet, each as an event whose id is its version. */
async function* named<T extends LiveUpdate>(
  follow: Follow<T>,
  input: z.infer<typeof followInputSchema>,
  signal = new AbortController().signal,
) {
  for await (const update of follow(parseVersionTag(input?.lastEventId), signal))
    yield tracked(versionTag(update), update);
}

/** The typed API. Every REST route is a thin layer over one of these procedures. */
export const appRouter = t.router({
  track: everyone
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/visitors/track',
        summary: 'Count one page view',
        description:
          'Exactly once, however often it is sent with the same id. Answered when it is durable. With `?return=minimal` a counted view gets 204 and no body.',
        tag: 'Writing',
      },
    })
    .input(hitSchema)
    .mutation(({ input, ctx }) => track(input, ctx)),

  trackBatch: everyone
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/track',
        summary: 'Count up to 50 events in one request',
        description:
          'Page views, and how long pages were looked at. All in one commit, each page view exactly once. An invalid event gets `"reason": "invalid"` and the others are counted. Answered when all are durable.',
        tag: 'Writing',
      },
    })
    .input(batchSchema)
    .mutation(({ input, ctx }) => trackBatch(input, ctx)),

  register: everyone
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/visitor/register',
        summary: 'Register a visit',
        description:
          'Opens a visit, unless one of this visitor is open; a page view is counted only with a `url`. Answered when it is durable, with the numbers after it.',
        tag: 'Writing',
      },
    })
    .input(visitSchema)
    .mutation(({ input, ctx }) => register(input, ctx)),

  count: everyone
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/visitors/count',
        summary: 'All page views, or one page’s',
        description: 'A page nobody has seen counts 0.',
        tag: 'Reading',
      },
    })
    .input(countInputSchema.optional())
    .query(({ input, ctx }) => count(input?.page, ctx.footfall)),

  stats: everyone
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/stats',
        summary: 'Visits and visitors, in total and now',
        tag: 'Reading',
      },
    })
    .query(({ ctx }) => stats(ctx.footfall)),

  /** The live numbers: the current state, then each newer one. The id of an event is the version of its state. */
  live: everyone.input(followInputSchema).subscription(async function* ({ input, ctx, signal }) {
    yield* named(ctx.live.follow, input, signal);
  }),

  pages: statistics.query(({ ctx }) => ctx.footfall.store.topPages()),

  sysStats: everyone
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/sys/stats',
        summary: 'Unique visitors by country',
        description: 'The countries sum to the total; `XX` is unknown.',
        tag: 'Reading',
      },
    })
    .query(({ ctx }) => sysStats(ctx.footfall)),

  visitorStats: everyone
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/visitor-stats',
        summary: 'Visitors now, in the last 24 hours, and in total',
        tag: 'Reading',
      },
    })
    .query(({ ctx }) => visitorStats(ctx.footfall)),

  overview: statistics.input(overviewInputSchema).query(({ input, ctx }) => overview(input, ctx.footfall)),

  arrivals: everyone.query(({ ctx }) => arrivals(ctx.footfall)),

  analytics: t.router({
    visitors: owner
      .meta({
        openapi: {
          method: 'GET',
          path: '/api/analytics/visitors',
          summary: 'Visits and visitors of a range, with filters',
          description: 'Every list has its first ten values unless `limit` says otherwise.',
          tag: 'Admin',
        },
      })
      .input(analyticsInputSchema)
      .query(({ input, ctx }) => analytics(input, ctx.footfall)),

    list: owner
      .meta({
        openapi: {
          method: 'GET',
          path: '/api/analytics/list',
          summary: 'One list of a range, sorted, searched and page by page',
          description:
            'Each row with the bounces and durations of its visits. With a filter the rows are counted from visits, as far as these are stored.',
          tag: 'Admin',
        },
      })
      .input(listInputSchema)
      .query(({ input, ctx }) => analyticsList(input, ctx.footfall)),

    now: owner.query(({ ctx }) => analyticsNow(ctx.footfall)),
  }),

  settings: t.router({
    get: owner.query(({ ctx }) => settings(ctx.footfall)),
    preview: owner
      .input(settingChangesSchema)
      .query(({ input, ctx }) => previewSettings(input, ctx.footfall)),
    set: ownerNoKey
      .input(settingChangesSchema)
      .mutation(({ input, ctx }) => changeSettings(input, ctx.footfall)),
  }),

  visits: t.router({
    /** What everyone sees move, with the last page views and where the live visitors are. */
    now: owner.query(({ ctx }) => visitsUpdate(ctx.footfall)),
    /** The same, and from then on each newer state. */
    follow: owner.input(followInputSchema).subscription(async function* ({ input, ctx, signal }) {
      yield* named(ctx.live.followVisits, input, signal);
    }),
  }),

  annotations: t.router({
    list: owner
      .input(annotationRangeSchema.optional())
      .query(({ input, ctx }) => listAnnotations(input ?? {}, ctx.footfall)),
    add: owner.input(annotationSchema).mutation(({ input, ctx }) => addAnnotation(input, ctx.footfall)),
    edit: owner
      .input(editedAnnotationSchema)
      .mutation(({ input, ctx }) => editAnnotation(input, ctx.footfall)),
    remove: owner
      .input(annotationIdSchema)
      .mutation(({ input, ctx }) => removeAnnotation(input.id, ctx.footfall)),
    /** Those that the owner made public, for the public statistics. */
    shown: statistics
      .input(annotationRangeSchema.optional())
      .query(({ input, ctx }) => publicAnnotations(input ?? {}, ctx.footfall)),
  }),

  /** What pages, and the total, had before Footfall counted. */
  startingNumbers: t.router({
    list: owner.query(({ ctx }) => listStartingNumbers(ctx.footfall)),
    /** Without a page that of the total; 0 takes it away. */
    set: owner
      .input(startingNumberSchema)
      .mutation(({ input, ctx }) => setStartingNumber(input, ctx.footfall)),
  }),

  segments: t.router({
    list: owner.query(({ ctx }) => listSegments(ctx.footfall)),
    save: owner.input(segmentSchema).mutation(({ input, ctx }) => saveSegment(input, ctx.footfall)),
    rename: owner
      .input(renamedSegmentSchema)
      .mutation(({ input, ctx }) => renameSegment(input, ctx.footfall)),
    remove: owner.input(segmentIdSchema).mutation(({ input, ctx }) => removeSegment(input.id, ctx.footfall)),
  }),

  /** Private links to the statistics. */
  shares: t.router({
    list: owner
      .meta({
        openapi: {
          method: 'GET',
          path: '/api/shares',
          summary: 'The private links',
          description: 'The newest first, at most 100. The secret of a link is in none of it.',
          tag: 'Admin',
        },
      })
      .query(({ ctx }) => ctx.footfall.shares.list()),
    make: owner
      .meta({
        openapi: {
          method: 'POST',
          path: '/api/shares',
          summary: 'Make a private link',
          description: 'Who has its address reads the statistics within its filters, and changes nothing.',
          tag: 'Admin',
        },
      })
      .input(shareSchema)
      .mutation(({ input, ctx }) => ctx.footfall.shares.make(input)),
    revoke: owner
      .meta({
        openapi: {
          method: 'POST',
          path: '/api/shares/revoke',
          summary: 'Revoke a private link',
          description: 'It is closed at once, for good.',
          tag: 'Admin',
        },
      })
      .input(shareIdSchema)
      .mutation(({ input, ctx }) => ctx.footfall.shares.revoke(input.id)),
  }),

  ledger: t.router({
    /** What was not counted, and why. */
    range: owner.input(ledgerInputSchema).query(({ input, ctx }) => ledger(input, ctx.footfall)),
    /** Whether a browser would be counted, by its user agent. */
    explain: owner.input(explainInputSchema).query(({ input, ctx }) => explained(input, ctx.footfall)),
  }),

  /** Files of other counters and exports, imported while the server runs; they are uploaded by REST. */
  imports: t.router({
    status: owner.query(({ ctx }) => importDeskOf(ctx.footfall).status()),
    list: owner.query(({ ctx }) => importDeskOf(ctx.footfall).list()),
    run: owner
      .input(runImportSchema)
      .mutation(({ input, ctx }) => importDeskOf(ctx.footfall).run(input?.older)),
    cancel: owner.mutation(({ ctx }) => importDeskOf(ctx.footfall).cancel()),
    undo: owner
      .input(undoImportSchema)
      .mutation(({ input, ctx }) => importDeskOf(ctx.footfall).undo(input.id)),
  }),

  /** What the owner deletes, each with a typed confirmation. */
  data: t.router({
    erasePage: owner.input(erasePageSchema).mutation(({ input, ctx }) => erasePage(input, ctx.footfall)),
    forgetVisitor: owner
      .input(forgetVisitorSchema)
      .mutation(({ input, ctx }) => forgetVisitor(input, ctx.footfall)),
    eraseAll: owner.input(eraseAllSchema).mutation(({ input, ctx }) => eraseAll(input, ctx.footfall)),
  }),
});

export type AppRouter = typeof appRouter;

/** By their full names; tRPC's types have them nested. */
const PROCEDURES = appRouter._def.procedures as unknown as Readonly<
  Record<string, { _def: { meta?: Meta } }>
>;

/** Whether a procedure is for the site's owner, by its name; false for an unknown name. */
export function isOwnersProcedure(name: string): boolean {
  return Object.hasOwn(PROCEDURES, name) && PROCEDURES[name]?._def.meta?.guard?.startsWith('owner') === true;
}

/** Who each procedure is for, by its whole name; undefined for an unknown name. */
export function procedureGuards(): Readonly<Record<string, Guard | undefined>> {
  return Object.fromEntries(Object.entries(PROCEDURES).map(([name, { _def }]) => [name, _def.meta?.guard]));
}

/** Makes a caller that runs procedures in this process, for server rendering. */
export const createCaller = t.createCallerFactory(appRouter);

/** Runs procedures in this process, with their types. */
export type ServerCaller = ReturnType<typeof createCaller>;

/** A failure outside any procedure, in the form a tRPC client reads. */
export function rpcFailure(error: FootfallError): string {
  const shape = { ...shapeOf(error), data: dataOf(error) };
  return JSON.stringify({ error: transformer.output.serialize(shape) });
}
