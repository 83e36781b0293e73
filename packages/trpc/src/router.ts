import {
  analyticsInputSchema,
  batchSchema,
  FootfallError,
  hitSchema,
  HTTP_STATUS,
  readStandingTag,
  sentenceOf,
  standingTag,
} from '@footfall/core';
import { initTRPC, tracked, type TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { z } from 'zod';
import { trackBatch } from './batch.ts';
import type { Context } from './context.ts';
import {
  analytics,
  arrivals,
  overview,
  overviewInputSchema,
  stats,
  sysStats,
  visitorStats,
} from './reports.ts';
import { transformer } from './transformer.ts';
import { count, countInputSchema, register, track, visitSchema } from './visitors.ts';

export type Meta = {
  /** Whether the procedure is for the site's owner: for pages of the same origin alone. */
  isOwners?: true;
  /** What the OpenAPI document says about a procedure that has a REST route. */
  openapi?: {
    method: 'GET' | 'POST';
    path: `/${string}`;
    summary: string;
    description?: string;
    tags?: string[];
    protect?: boolean;
    errorResponses?: Record<number, string>;
  };
};

/** Most calls in one batch (API.md). */
export const CALLS_PER_BATCH = 10;

/** How often a quiet stream says that it is still there, and after how long without a word a client asks anew (API.md, Live). */
const PING_MS = 25_000;
const SILENCE_MS = 2 * PING_MS + 10_000;

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    transformer,
    isDev: false,
    sse: { ping: { enabled: true, intervalMs: PING_MS }, client: { reconnectAfterInactivityMs: SILENCE_MS } },
    // The operations know nothing of tRPC: what they throw is given its code here, once.
    errorFormatter: ({ shape, error }) => {
      if (error.cause instanceof FootfallError)
        return { ...shapeOf(error.cause), data: { ...shape.data, ...dataOf(error.cause) } };
      return { ...shape, message: messageOf(error) };
    },
  });

function messageOf(error: TRPCError): string {
  if (error.cause instanceof z.ZodError) return sentenceOf(error.cause);
  if (error.code === 'INTERNAL_SERVER_ERROR') return 'Something went wrong on our side.';
  // What a parser or an engine says of a broken input is no sentence for its sender.
  return error.cause === undefined ? error.message : 'The input is not what this procedure takes.';
}

function shapeOf({ message, code }: FootfallError) {
  return { message, code: TRPC_ERROR_CODES_BY_KEY[code] };
}

function dataOf({ code }: FootfallError) {
  return { code, httpStatus: HTTP_STATUS[code] };
}

const ERRORS = {
  400: 'Invalid request',
  429: 'Too many requests; see Retry-After',
  503: 'The store cannot answer right now; see Retry-After',
};
/** What a write answers besides, by status. */
export const WRITE_ERRORS = { ...ERRORS, 401: 'A bearer token that is not a key of this site' };

/** A procedure for the site's owner alone. */
const owner = t.procedure.meta({ isOwners: true }).use(async ({ ctx, next }) => {
  await ctx.requireOwner();
  return next();
});

/** A procedure for everyone, unless the owner has the statistics for himself (STATS_PUBLIC). */
const statistics = t.procedure.use(async ({ ctx, next }) => {
  if (!ctx.footfall.site.statsPublic) await ctx.requireOwner();
  return next();
});

/** The typed API. Every REST route is a thin face on one of these procedures. */
export const appRouter = t.router({
  track: t.procedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/visitors/track',
        summary: 'Count one page view',
        description:
          'Exactly once, however often it is sent with the same id. Answered when it is durable. With `?return=minimal` a counted view gets 204 and no body.',
        tags: ['Writing'],
        protect: false,
        errorResponses: { ...WRITE_ERRORS, 413: 'Over 8 KiB', 415: 'Neither JSON nor text' },
      },
    })
    .input(hitSchema)
    .mutation(({ input, ctx }) => track(input, ctx)),

  trackBatch: t.procedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/track',
        summary: 'Count up to 50 page views, and how long pages were looked at',
        description:
          'All in one commit, each page view exactly once. An event that is not valid spoils no other. Answered when all are durable.',
        tags: ['Writing'],
        protect: false,
        errorResponses: { ...WRITE_ERRORS, 413: 'Over 64 KiB', 415: 'Neither JSON nor text' },
      },
    })
    .input(batchSchema)
    .mutation(({ input, ctx }) => trackBatch(input, ctx)),

  register: t.procedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/api/visitor/register',
        summary: 'Register a visit',
        description:
          'Opens a visit, unless one of this visitor is open; a page view is counted only with a `url`. Answered when it is durable, with the numbers after it.',
        tags: ['Writing'],
        protect: false,
        errorResponses: { ...WRITE_ERRORS, 413: 'Over 8 KiB', 415: 'Neither JSON nor text' },
      },
    })
    .input(visitSchema)
    .mutation(({ input, ctx }) => register(input, ctx)),

  count: t.procedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/visitors/count',
        summary: 'All page views, or one page’s',
        description: 'A page nobody has seen counts 0.',
        tags: ['Reading'],
        protect: false,
        errorResponses: ERRORS,
      },
    })
    .input(countInputSchema.optional())
    .query(({ input, ctx }) => count(input?.page, ctx.footfall)),

  stats: t.procedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/stats',
        summary: 'Visits and visitors, in all and now',
        tags: ['Reading'],
        protect: false,
        errorResponses: ERRORS,
      },
    })
    .query(({ ctx }) => stats(ctx.footfall)),

  /** All that moves by itself: the present state, then each newer one. The event's id is the state's name. */
  live: t.procedure
    .input(z.object({ lastEventId: z.string().max(40).nullish() }).optional())
    .subscription(async function* ({ input, ctx, signal }) {
      const updates = ctx.live.follow(
        readStandingTag(input?.lastEventId),
        signal ?? new AbortController().signal,
      );
      for await (const update of updates) yield tracked(standingTag(update), update);
    }),

  pages: statistics.query(({ ctx }) => ctx.footfall.store.topPages()),

  sysStats: t.procedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/sys/stats',
        summary: 'Unique visitors ever, by country',
        description: 'The countries sum to the total; `XX` is unknown.',
        tags: ['Reading'],
        protect: false,
        errorResponses: ERRORS,
      },
    })
    .query(({ ctx }) => sysStats(ctx.footfall)),

  visitorStats: t.procedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/api/visitor-stats',
        summary: 'Visitors who are here now, were today, and ever',
        tags: ['Reading'],
        protect: false,
        errorResponses: ERRORS,
      },
    })
    .query(({ ctx }) => visitorStats(ctx.footfall)),

  overview: statistics.input(overviewInputSchema).query(({ input, ctx }) => overview(input, ctx.footfall)),

  arrivals: t.procedure.query(({ ctx }) => arrivals(ctx.footfall)),

  analytics: t.router({
    visitors: owner
      .meta({
        openapi: {
          method: 'GET',
          path: '/api/analytics/visitors',
          summary: 'Visits and visitors of a range, by everything known of them',
          description:
            'For the site’s owner: `Authorization: Bearer` with the admin password or an API key. Every list has its first ten values unless `limit` says otherwise.',
          tags: ['Admin'],
          protect: true,
          errorResponses: { ...ERRORS, 401: 'Not the owner', 408: 'The filter takes too long' },
        },
      })
      .input(analyticsInputSchema)
      .query(({ input, ctx }) => analytics(input, ctx.footfall)),
  }),
});

export type AppRouter = typeof appRouter;

/** By their whole names; tRPC's types have them nested. */
const PROCEDURES = appRouter._def.procedures as unknown as Readonly<
  Record<string, { _def: { meta?: Meta } }>
>;

/** Whether a procedure is for the site's owner, by its name; a name that is none is nobody's. */
export function isOwnersProcedure(name: string): boolean {
  return Object.hasOwn(PROCEDURES, name) && PROCEDURES[name]?._def.meta?.isOwners === true;
}

/** Makes a caller that runs procedures in this process: what a server render uses. */
export const createCaller = t.createCallerFactory(appRouter);

/** Runs procedures in this process, with their types. */
export type ServerCaller = ReturnType<typeof createCaller>;

/** A failure outside any procedure, as a tRPC client reads it. */
export function rpcFailure(error: FootfallError): string {
  const shape = { ...shapeOf(error), data: dataOf(error) };
  return JSON.stringify({ error: transformer.output.serialize(shape) });
}
