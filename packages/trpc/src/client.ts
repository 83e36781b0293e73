import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import superjson from 'superjson';
import type { AppRouter } from './router.ts';

export { TRPCClientError } from '@trpc/client';
export type { AppRouter };

/** Runs procedures on a Footfall server, with their types. */
export type FootfallClient = TRPCClient<AppRouter>;

export interface FootfallClientOptions {
  /** Where Footfall is, such as `https://stats.example.com`; its own pages may leave it out. */
  readonly url?: string;
  /** Stands in for the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Headers for every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Makes a typed client of a Footfall server. Calls made in the same turn travel together, at most ten.
 *
 * @example
 * const footfall = createFootfallClient({ url: 'https://stats.example.com' });
 * const { count } = await footfall.count.query({ page: '/about' });
 */
export function createFootfallClient({
  url = '',
  fetch,
  headers,
}: FootfallClientOptions = {}): FootfallClient {
  return createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: `${url.replace(/\/$/, '')}/api/trpc`,
        transformer: superjson,
        maxItems: 10,
        fetch,
        headers,
      }),
    ],
  });
}
