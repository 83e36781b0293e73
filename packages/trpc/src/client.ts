import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { UnexpectedResponse } from './unexpected-response.ts';
import type { EventSourceClass, FootfallClient } from './client-types.ts';
import { newId, deliver } from './deliver.ts';
import type { AppRouter } from './router.ts';
import { transformer } from './transformer.ts';

export { TRPCClientError } from '@trpc/client';
export type * from './client-types.ts';

export interface FootfallClientOptions {
  /** The address of Footfall, such as `https://stats.example.com`; its own pages may omit it. */
  readonly url?: string;
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Headers of every request except `live`, where browsers do not let scripts set any. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the global `EventSource`, which Node lacks: the package `eventsource` provides one. */
  readonly EventSource?: EventSourceClass;
}

// Available in browsers; undefined on Node.
declare const location: unknown;
declare const EventSource: EventSourceClass | undefined;

/** How often `report` sends a page view that is not acknowledged. */
const TRIES = 5;

/** Calls in one request; the server accepts no more (docs/api.md). */
const CALLS_PER_REQUEST = 10;

/**
 * Makes a typed client of a Footfall server. Calls made in the same tick are sent together, at most ten.
 * @throws {TypeError} for a `url` that is not an http(s) address
 *
 * @example
 * const footfall = createFootfallClient({ url: 'https://stats.example.com' });
 * const { count } = await footfall.count.query({ page: '/about' });
 * footfall.live.subscribe(undefined, { onData: ({ data }) => console.log(data.visitorStats.live) });
 */
export function createFootfallClient(options: FootfallClientOptions = {}): FootfallClient {
  const { fetch: send = fetch, headers } = options;
  const base = baseOf(options.url ?? '');
  const Stream = options.EventSource ?? (typeof EventSource === 'undefined' ? undefined : EventSource);
  const api = { url: `${base}/api/trpc`, transformer };
  const calls = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({ ...api, ...(Stream && { EventSource: Stream as never }) }),
        false: httpBatchLink({
          ...api,
          maxItems: CALLS_PER_REQUEST,
          headers,
          fetch: checked(base, send as Fetch),
        }),
      }),
    ],
  });

  // By name, so that the types of the package are checked against those of the router.
  const client: FootfallClient = {
    report: (url, more) =>
      deliver(
        { ...more, id: more?.id ?? newId(), url },
        {
          send: (view) => calls.track.mutate(view),
          pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms * (0.75 + Math.random() / 2))),
          now: () => Date.now(),
          tries: TRIES,
        },
      ),
    track: calls.track,
    trackBatch: { mutate: (input, call) => calls.trackBatch.mutate({ events: [...input.events] }, call) },
    register: calls.register,
    count: calls.count,
    pages: calls.pages,
    stats: calls.stats,
    visitorStats: calls.visitorStats,
    sysStats: calls.sysStats,
    overview: calls.overview,
    arrivals: calls.arrivals,
    analytics: calls.analytics,
    visits: {
      now: calls.visits.now,
      follow: {
        subscribe: (input, handlers) => {
          if (Stream === undefined) throw new TypeError(NO_EVENT_SOURCE);
          return calls.visits.follow.subscribe(input, handlers);
        },
      },
    },
    startingNumbers: { list: calls.startingNumbers.list, set: calls.startingNumbers.set },
    segments: {
      list: calls.segments.list,
      save: calls.segments.save,
      rename: calls.segments.rename,
      remove: calls.segments.remove,
    },
    shares: { list: calls.shares.list, make: calls.shares.make, revoke: calls.shares.revoke },
    annotations: {
      list: calls.annotations.list,
      add: calls.annotations.add,
      edit: calls.annotations.edit,
      remove: calls.annotations.remove,
      shown: calls.annotations.shown,
    },
    ledger: { range: calls.ledger.range, explain: calls.ledger.explain },
    settings: calls.settings,
    imports: calls.imports,
    data: calls.data,
    live: {
      subscribe: (input, handlers) => {
        if (Stream === undefined) throw new TypeError(NO_EVENT_SOURCE);
        return calls.live.subscribe(input, handlers);
      },
    },
  };
  return client;
}

const NO_EVENT_SOURCE =
  'This runtime has no EventSource, which live needs. Install the package "eventsource" and pass its class: createFootfallClient({ url, EventSource }).';

/** An address without a trailing slash. In a browser it may be a path, or empty for the page's own host. */
function baseOf(url: string): string {
  if (typeof location !== 'undefined' && (url === '' || url.startsWith('/'))) return url.replace(/\/$/, '');
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new TypeError(wrongUrl(url));
  }
  const { protocol, origin, pathname, search, hash } = parsed;
  if (!/^https?:$/.test(protocol) || search + hash !== '') throw new TypeError(wrongUrl(url));
  return origin + pathname.replace(/\/$/, '');
}

const wrongUrl = (url: string): string =>
  `url must be the address of a Footfall server, such as https://stats.example.com; it is ${JSON.stringify(url.slice(0, 200))}.`;

type Fetch = (input: string, init?: { signal?: AbortSignal | null }) => Promise<Response>;

/** `fetch`, with errors that describe what is wrong if the response is not from a Footfall server. */
function checked(base: string, send: Fetch) {
  const where = base === '' ? 'This host' : base;
  return async (input: unknown, init?: { signal?: AbortSignal | null }): Promise<Response> => {
    let response: Response;
    try {
      response = await send(String(input), init);
    } catch (cause) {
      if (init?.signal?.aborted === true) throw cause;
      throw new Error(`${where} does not answer.`, { cause });
    }
    const answer = parsed(await response.text());
    if (!isEnvelope(answer)) throw unexpected(where, response);
    return Object.assign(response, { json: () => Promise.resolve(answer) });
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether it is a response of tRPC: a result or an error, or a list of them. */
function isEnvelope(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.length > 0 && answer.every(isEnvelope);
  if (typeof answer !== 'object' || answer === null) return false;
  return 'result' in answer || ('error' in answer && typeof answer.error === 'object');
}

function unexpected(where: string, { status, headers }: Response): UnexpectedResponse {
  const type = headers.get('content-type')?.split(';', 1)[0] ?? '';
  // A proxy in front of Footfall sends its own response while Footfall is down.
  const message =
    status >= 500 || status === 429
      ? `${where} is unavailable: it answered ${status}.`
      : `${where} is not a Footfall server: it answered ${status}${type === '' ? '' : ` with ${type}`}. Pass the address at which Footfall's own pages are.`;
  return new UnexpectedResponse(message, status);
}
