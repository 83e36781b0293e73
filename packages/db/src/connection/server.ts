import { createClient, LibsqlError, type Client } from '@libsql/client/http';
import type { Connection, ReadConnection } from './contract.ts';

/** Options for connecting to a libSQL server. */
export interface ServerOptions {
  /** `libsql://`, `https://` or `http://`. */
  readonly url: string;
  readonly authToken?: string | undefined;
  /** Time limit of one call, in milliseconds. */
  readonly deadlineMs?: number;
}

/** A page view waits for at most two calls, the running commit and its own: together less than two seconds. */
const DEADLINE_MS = 800;

/**
 * A migration may take longer, because no request waits for it. (sqld itself ends a transaction after five seconds.)
 */
const MIGRATION_MS = 10_000;

/** Time limits of reads for analytics and for public numbers, in milliseconds. */
const READ_MS = 15_000;
const PUBLIC_READ_MS = 1_500;

/**
 * Opens a connection to sqld or Turso, over HTTP: with WebSockets a call could not be cancelled.
 *
 * Each call and each transaction has its own client, which costs next to nothing because the runtime pools the sockets.
 * So a failed call does not affect the next, and on workerd no request uses another request's I/O.
 */
export function openServer({ url, authToken, deadlineMs = DEADLINE_MS }: ServerOptions): Connection {
  let closed = false;
  const client = (ms = deadlineMs): Client => {
    if (closed) throw new LibsqlError('The connection is closed', 'CLIENT_CLOSED');
    return createClient({
      url,
      ...(authToken === undefined ? {} : { authToken }),
      fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(ms) }),
    });
  };
  const readWithin = (ms: number): ReadConnection => ({
    batch: async (statements) => client(Math.max(deadlineMs, ms)).batch(statements, 'read'),
  });
  return {
    database: {
      protocol: client().protocol,
      execute: async (statement) => client().execute(statement),
      batch: async (statements, mode) => client().batch(statements, mode === 'derived' ? 'write' : mode),
      transaction: async (mode) => client(Math.max(deadlineMs, MIGRATION_MS)).transaction(mode),
    },
    reader: readWithin(READ_MS),
    publicReader: readWithin(PUBLIC_READ_MS),
    shared: true,
    lingerMs: 2,
    arrivingMs: 0,
    queueTimeoutMs: deadlineMs,
    renew: () => Promise.resolve(),
    check: () => Promise.resolve(),
    rest: () => Promise.resolve(),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}
