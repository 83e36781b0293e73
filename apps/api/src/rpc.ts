import { CALLS_PER_BATCH, isOwnersProcedure, rpcFailure, type OwnerProof } from '@footfall/trpc';
import { FootfallError, HTTP_STATUS } from '@footfall/core';
import type { AnyTRPCRouter } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { CallerReader } from './caller.ts';
import { BATCH_BYTES, EVENT_BYTES } from './collect.ts';
import { liveFor, type LiveParts } from './live.ts';
import {
  asFootfallError,
  CORS,
  EXPOSED,
  errorHeaders,
  withoutSlash,
  type HttpAnswer,
  type HttpRequest,
  type Log,
  type Streaming,
} from './http.ts';

export const RPC_PATH = '/api/trpc';

/** The route for batches of events. */
export const EVENTS_PATH = '/api/track';
const BATCH_PATH = `${RPC_PATH}/trackBatch`;

/** What a batch of events counts as, in calls: it may have fifty events, but is one commit. */
const BATCH_CALLS = 4;

/**
 * The number of calls of a request, by its target: tRPC separates procedures by commas, escaped or not; a batch of events
 * counts as several.
 */
export function callsOf(target: string): number {
  const [path = ''] = target.split('?', 1);
  if (path === EVENTS_PATH || path === BATCH_PATH) return BATCH_CALLS;
  return path.split(/,|%2c/i).length;
}

/**
 * Whether a request, by its path, calls a procedure for the site's owner. tRPC ignores slashes around procedure
 * names, so `analytics.visitors/` is one, too.
 */
export function callsOwnersProcedure(path: string): boolean {
  let names: string;
  try {
    names = decodeURIComponent(path.slice(RPC_PATH.length + 1));
  } catch {
    return false; // tRPC cannot read it either
  }
  return names.split(/[,/]/).some(isOwnersProcedure);
}

/** What the typed API depends on. */
export interface RpcParts extends LiveParts {
  readonly router: AnyTRPCRouter;
  readonly callerOf: CallerReader;
  readonly log: Log;
}

/** `/api/trpc`: the typed API, through tRPC's adapter for web-standard requests. */
export async function rpc(request: HttpRequest, parts: RpcParts): Promise<HttpAnswer> {
  const { router, footfall, callerOf, requireOwner, log } = parts;
  let body: string | undefined;
  if (request.method === 'POST') {
    const isBatch =
      withoutSlash(request.path) === BATCH_PATH || new URLSearchParams(request.query).has('batch');
    body = await request.text(isBatch ? BATCH_BYTES : EVENT_BYTES);
  }
  const headers = new Headers();
  for (const name of ['content-type', 'accept', 'last-event-id']) {
    const value = request.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  // The calls of one request are one attempt: a batch must not count as ten wrong passwords.
  let checked: Promise<OwnerProof> | undefined;
  let malformed: FootfallError | undefined;
  const response = await fetchRequestHandler({
    endpoint: RPC_PATH,
    router,
    req: new Request(`http://footfall${withoutSlash(request.path)}?${request.query}`, {
      method: request.method,
      headers,
      body: body ?? null,
    }),
    createContext: async () => ({
      footfall,
      caller: await callerOf(request),
      requireOwner: () => (checked ??= requireOwner(request)),
      live: liveFor(request, parts),
    }),
    maxBatchSize: CALLS_PER_BATCH,
    responseMeta: ({ errors }) => ({ headers: headersOf(errors[0]?.cause) }),
    onError: ({ error, path }) => {
      if (error.cause instanceof FootfallError && error.cause.code === 'BAD_REQUEST') malformed = error.cause;
      if (error.code === 'INTERNAL_SERVER_ERROR' && !(error.cause instanceof FootfallError))
        log.error({ err: error.cause ?? error, path }, 'procedure failed');
    },
  });
  const sent = Object.fromEntries(response.headers);
  if (response.body !== null && sent['content-type']?.startsWith('text/event-stream') === true) {
    // tRPC would open the stream with status 200 only to report the error in it.
    if (malformed !== undefined) {
      await response.body.cancel();
      return rpcFailed(malformed);
    }
    return { status: response.status, headers: { ...sent, ...PUBLIC }, body: piped(response.body) };
  }
  return { status: response.status, headers: { ...sent, ...HEADERS }, body: await response.text() };
}

/** Pipes a web stream as fast as the client reads. */
function piped(stream: ReadableStream<Uint8Array>): Streaming {
  return (sink) => {
    const reader = stream.getReader();
    const pump = async (): Promise<void> => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        await new Promise<void>((resolve) => {
          sink.write(value, resolve);
        });
      }
    };
    void pump().then(sink.end, sink.end);
    return () => void reader.cancel().catch(() => {});
  };
}

const PUBLIC = { ...CORS, ...EXPOSED };
const HEADERS = { ...PUBLIC, 'content-type': 'application/json', 'cache-control': 'no-store' };

function headersOf(cause: unknown): Record<string, string> {
  return cause instanceof FootfallError ? errorHeaders(cause) : {};
}

/** An error outside of procedures, in the format of tRPC clients. */
export function rpcFailed(error: unknown): HttpAnswer {
  const known = asFootfallError(error);
  return {
    status: HTTP_STATUS[known.code],
    headers: { ...HEADERS, ...errorHeaders(known) },
    body: rpcFailure(known),
    outcome: known.code,
  };
}
