import { authorityOf, FootfallError, hostOf, parseVersionTag, type Site } from '@footfall/core';
import { liveUpdate, type AppContext, type Live } from '@footfall/trpc';
import type { ConnectionLimiter } from './connection-limiter.ts';
import { CORS, EXPOSED, json, withoutSlash, type HttpAnswer, type HttpRequest, type Sink } from './http.ts';
import { following, type Hub, type Subscriber } from './hub.ts';
import type { IsOwner } from './owner.ts';
import { etagOf, fresh } from './read.ts';

/** Where the numbers are followed. */
export const LIVE_PATH = '/api/live';

/** Where a socket may be opened (docs/api.md, Live). */
const SOCKET_PATHS = new Set([LIVE_PATH, '/']);

/** Whoever follows says nothing: one who says more than this is cut off, in bytes. */
export const MESSAGE_BYTES = 1_024;

/** Why a socket is closed (RFC 6455, 7.4.1). */
export const GOING_AWAY = 1001;
export const POLICY_VIOLATION = 1008;

/** What live connections are let in and served with. */
export interface LiveParts {
  readonly footfall: AppContext;
  /** The hub that a new connection joins. */
  readonly hubOf: () => Hub;
  /** Where connections share no memory there is nothing to count them in. */
  readonly limiter: ConnectionLimiter | undefined;
  readonly isOwner: IsOwner;
}

/** @throws {FootfallError} NOT_FOUND where no socket may be opened */
export function requireSocketPath({ path }: Pick<HttpRequest, 'path'>): void {
  if (!SOCKET_PATHS.has(path) && withoutSlash(path) !== LIVE_PATH)
    throw new FootfallError('NOT_FOUND', 'There is no such socket.');
}

/**
 * Decides whether a request may follow the numbers.
 * @returns counts its connection out
 * @throws {FootfallError} FORBIDDEN for a page of another site where the site's hosts are listed; TOO_MANY_REQUESTS,
 * SERVICE_UNAVAILABLE where there are too many connections
 */
export async function admit(
  request: HttpRequest,
  { footfall, limiter, isOwner }: LiveParts,
): Promise<() => void> {
  if (!isOwnOrigin(request.header('origin'), footfall.site)) {
    throw new FootfallError('FORBIDDEN', 'The numbers are followed from this site’s pages alone.');
  }
  if (limiter === undefined) return () => {};
  return limiter.admit({ address: request.address(), isOwner: await isOwner(request) });
}

/** Programs send no origin; what is no address is nobody's page. */
function isOwnOrigin(origin: string | undefined, site: Site): boolean {
  if (origin === undefined) return true;
  const url = URL.parse(origin);
  return (
    (url !== null && authorityOf(url) === site.ownHost) ||
    site.hasHost((url === null ? undefined : hostOf(url)) ?? '')
  );
}

/** How long a browser waits before it asks again for a stream that has ended, in milliseconds (docs/api.md, Live). */
const RETRY_MS = 5_000;

/** Makes `GET /api/live`: a stream of events for who wants one, else the present state. */
export function liveRoute(parts: LiveParts): (request: HttpRequest) => Promise<HttpAnswer> {
  return async (request) => {
    if (!/\btext\/event-stream\b/.test(request.header('accept') ?? '')) {
      const update = await liveUpdate(parts.footfall);
      const headers = { 'cache-control': 'no-cache', etag: etagOf(update.stats) };
      return fresh(request, json(update, { headers }));
    }
    const leave = await admit(request, parts);
    const known = parseVersionTag(request.header('last-event-id'));
    return {
      status: 200,
      headers: STREAM_HEADERS,
      body: (sink) => {
        sink.write(encoder.encode(`retry: ${RETRY_MS}\n\n`));
        const end = parts.hubOf().join(readerOf(sink), known);
        return () => {
          end();
          leave();
        };
      },
    };
  };
}

function readerOf(sink: Sink): Subscriber {
  let isNew = true; // what it was sent at the beginning has not left yet
  return {
    send: ({ event }) => {
      if (!isNew && sink.isStalled()) return false;
      isNew = false;
      sink.write(event);
      return true;
    },
    beat: () => {
      if (!sink.isStalled()) sink.write(BEAT);
    },
    end: sink.end,
  };
}

const encoder = new TextEncoder();
const BEAT = encoder.encode(':\n\n');

const STREAM_HEADERS = {
  ...CORS,
  ...EXPOSED,
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no', // nginx would hold it back
};

/** The same for who follows through the typed API. */
export function admitted(request: HttpRequest, parts: LiveParts): Live {
  return {
    async *follow(after, signal) {
      const leave = await admit(request, parts);
      try {
        yield* following(parts.hubOf)(after, signal);
      } finally {
        leave();
      }
    },
  };
}
