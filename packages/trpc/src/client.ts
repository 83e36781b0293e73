import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
} from '@trpc/client';
import type { AppRouter } from './router.ts';
import { transformer } from './transformer.ts';

export { TRPCClientError } from '@trpc/client';
export type { AppRouter };

/** Runs procedures on a Footfall server, with their types. */
export type FootfallClient = TRPCClient<AppRouter>;

export interface FootfallClientOptions {
  /** Where Footfall is, such as `https://stats.example.com`; its own pages may leave it out. */
  readonly url?: string;
  /** Stands in for the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Headers for every request but those that follow the numbers: a browser lets nobody set these. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Stands in for the global `EventSource`, which Node has not: the package `eventsource` brings one. */
  readonly EventSource?: Parameters<typeof httpSubscriptionLink>[0]['EventSource'];
}

/**
 * Makes a typed client of a Footfall server. Calls made in the same turn travel together, at most ten.
 *
 * @example
 * const footfall = createFootfallClient({ url: 'https://stats.example.com' });
 * const { count } = await footfall.count.query({ page: '/about' });
 * footfall.live.subscribe(undefined, { onData: ({ data }) => console.log(data.visitorStats.live) });
 */
export function createFootfallClient({
  url = '',
  fetch,
  headers,
  EventSource,
}: FootfallClientOptions = {}): FootfallClient {
  const api = { url: `${url.replace(/\/$/, '')}/api/trpc`, transformer };
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({ ...api, ...(EventSource === undefined ? {} : { EventSource }) }),
        false: httpBatchLink({ ...api, maxItems: 10, fetch, headers }),
      }),
    ],
  });
}
