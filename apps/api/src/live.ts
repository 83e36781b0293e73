import {
  authorityOf,
  FootfallError,
  hostOf,
  parseVersionTag,
  type LiveUpdate,
  type Site,
  type VisitsUpdate,
} from '@footfall/core';
import { liveUpdate, visitsUpdate, type AppContext, type Live } from '@footfall/trpc';
import type { ConnectionLimiter } from './connection-limiter.ts';
import { CORS, EXPOSED, json, withoutSlash, type HttpAnswer, type HttpRequest, type Sink } from './http.ts';
import { subscription, type Hub, type Subscriber } from './hub.ts';
import type { IsOwner, RequireOwner } from './owner.ts';
import { requireKnown } from './query.ts';
import { etagOf, fresh } from './read.ts';

/** The route of the live numbers, and the owner's, which has the last page views too. */
export const LIVE_PATH = '/api/live';
export const VISITS_PATH = '/api/live/visits';

/** Paths at which a socket may be opened (docs/api.md, Live). */
const SOCKET_PATHS = new Set([LIVE_PATH, '/']);

/** Clients must not send messages: one that sends a longer message than this, in bytes, is disconnected. */
export const MESSAGE_BYTES = 1_024;

/** Why a socket is closed (RFC 6455, 7.4.1). */
export const GOING_AWAY = 1001;
export const POLICY_VIOLATION = 1008;

/** What live connections depend on. */
export interface LiveParts {
  readonly footfall: AppContext;
  /** The hub that a new connection joins. */
  readonly hubOf: () => Hub;
  /** The same for the owner. */
  readonly visitsHubOf: () => Hub<VisitsUpdate>;
  /** Nothing on runtimes where connections share no memory. */
  readonly limiter: ConnectionLimiter | undefined;
  readonly isOwner: IsOwner;
  readonly requireOwner: RequireOwner;
}

/** @throws {FootfallError} NOT_FOUND if the path has no socket */
export function requireSocketPath({ path }: Pick<HttpRequest, 'path'>): void {
  if (!SOCKET_PATHS.has(path) && withoutSlash(path) !== LIVE_PATH)
    throw new FootfallError('NOT_FOUND', 'There is no such socket.');
}

/**
 * Decides whether a client may subscribe to the numbers.
 * @returns a function that releases the connection
 * @throws {FootfallError} FORBIDDEN for a page of another site if the site's hosts are listed; TOO_MANY_REQUESTS,
 * SERVICE_UNAVAILABLE if there are too many connections
 */
export async function admit(
  request: HttpRequest,
  { footfall, limiter, isOwner }: LiveParts,
): Promise<() => void> {
  if (!isOwnOrigin(request.header('origin'), footfall.site)) {
    throw new FootfallError('FORBIDDEN', 'Only pages of this site may subscribe to live numbers.');
  }
  if (limiter === undefined) return () => {};
  return limiter.admit({ address: request.address(), isOwner: await isOwner(request) });
}

/** Programs send no origin; an origin that is not a URL belongs to no page. */
function isOwnOrigin(origin: string | undefined, site: Site): boolean {
  if (origin === undefined) return true;
  const url = URL.parse(origin);
  return (
    (url !== null && authorityOf(url) === site.ownHost) ||
    site.hasHost((url === null ? undefined : hostOf(url)) ?? '')
  );
}

/** How long a browser waits before it reconnects to a stream that has ended, in milliseconds (docs/api.md, Live). */
const RETRY_MS = 5_000;

/** Makes `GET /api/live`: a stream of events for clients that accept one, otherwise the current state. */
export function liveRoute(parts: LiveParts): (request: HttpRequest) => Promise<HttpAnswer> {
  return async (request) => {
    requireKnown(request.query, []);
    if (!acceptsStream(request)) {
      const update = await liveUpdate(parts.footfall);
      const headers = { 'cache-control': 'no-cache', etag: etagOf(update.stats) };
      return fresh(request, json(update, { headers }));
    }
    return streamOf(parts.hubOf, request, await admit(request, parts));
  };
}

/** Makes `GET /api/live/visits`, the same for the owner. The caller is the owner when it begins; it ends when not any more. */
export function visitsRoute(parts: LiveParts): (request: HttpRequest) => Promise<HttpAnswer> {
  return async (request) => {
    requireKnown(request.query, []);
    if (!acceptsStream(request)) return json(await visitsUpdate(parts.footfall));
    const leave = await admit(request, parts);
    return streamOf(parts.visitsHubOf, request, leave, (end) => whileOwner(request, parts, end));
  };
}

const acceptsStream = (request: HttpRequest): boolean =>
  /\btext\/event-stream\b/.test(request.header('accept') ?? '');

/**
 * @param leave releases the connection
 * @param watch calls back when the stream must end; returns a function that stops this
 */
function streamOf<T extends LiveUpdate>(
  hubOf: () => Hub<T>,
  request: HttpRequest,
  leave: () => void,
  watch: (end: () => void) => () => void = () => () => {},
): HttpAnswer {
  const known = parseVersionTag(request.header('last-event-id'));
  return {
    status: 200,
    headers: STREAM_HEADERS,
    body: (sink) => {
      sink.write(encoder.encode(`retry: ${RETRY_MS}\n\n`));
      const part = hubOf().join(subscriberOf(sink), known);
      const over = (): void => {
        stop();
        part();
        leave();
      };
      const stop = watch(() => {
        over();
        sink.end();
      });
      return over;
    },
  };
}

/** How often it is checked that a client which follows the owner's numbers is still signed in, in milliseconds. */
const SIGNED_IN_MS = 5_000;

/** Calls back once the sender of a request is not the owner any more: signed out, or the password changed. */
function whileOwner(
  request: HttpRequest,
  { requireOwner }: Pick<LiveParts, 'requireOwner'>,
  end: () => void,
): () => void {
  const timer = setInterval(() => {
    requireOwner(request).catch((error: unknown) => {
      // A store that does not answer says nothing about the session.
      if (error instanceof FootfallError && error.code === 'UNAUTHORIZED') end();
    });
  }, SIGNED_IN_MS);
  return () => {
    clearInterval(timer);
  };
}

function subscriberOf(sink: Sink): Subscriber {
  let isNew = true; // the first bytes may not have been sent yet
  return {
    send: ({ event }) => {
      if (!isNew && sink.isStalled()) return false;
      isNew = false;
      sink.write(event);
      return true;
    },
    heartbeat: () => {
      if (!sink.isStalled()) sink.write(HEARTBEAT);
    },
    end: sink.end,
  };
}

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(':\n\n');

const STREAM_HEADERS = {
  ...CORS,
  ...EXPOSED,
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no', // nginx would buffer the stream
};

/** Live numbers for the typed API. */
export function liveFor(request: HttpRequest, parts: LiveParts): Live {
  return {
    async *follow(after, signal) {
      const leave = await admit(request, parts);
      try {
        yield* subscription(parts.hubOf)(after, signal);
      } finally {
        leave();
      }
    },
    async *followVisits(after, signal) {
      const leave = await admit(request, parts);
      const over = new AbortController();
      const stop = whileOwner(request, parts, () => {
        over.abort();
      });
      try {
        yield* subscription(parts.visitsHubOf)(after, AbortSignal.any([signal, over.signal]));
      } finally {
        stop();
        leave();
      }
    },
  };
}
