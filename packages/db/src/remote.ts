import { createClient } from '@libsql/client/http';
import type { Connection } from './store.ts';

/** How a libSQL server is reached. */
export interface ServerOptions {
  /** `libsql://`, `https://` or `http://`. */
  readonly url: string;
  readonly authToken?: string | undefined;
  /** Longest time that one call may take, in milliseconds. */
  readonly deadlineMs?: number;
}

/** A call that takes longer than this is given up, so that its sender hears of it within two seconds. */
const DEADLINE_MS = 1_500;

/** Opens a connection to sqld or Turso. It is made by the first call, and again by the first one after a failure. */
export function openServer({ url, authToken, deadlineMs = DEADLINE_MS }: ServerOptions): Connection {
  const client = createClient({
    url,
    ...(authToken === undefined ? {} : { authToken }),
    fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(deadlineMs) }),
  });
  return {
    database: client,
    shared: true,
    renew: () => Promise.resolve(), // each call stands for itself
    rest: () => Promise.resolve(),
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}
