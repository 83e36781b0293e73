import { createClient, LibsqlError, type Client } from '@libsql/client/http';
import type { Connection, ReadConnection } from './contract.ts';

/** How a libSQL server is reached. */
export interface ServerOptions {
  /** `libsql://`, `https://` or `http://`. */
  readonly url: string;
  readonly authToken?: string | undefined;
  /** Longest time that one call may take, in milliseconds. */
  readonly deadlineMs?: number;
}

/** A page view waits for at most two calls, the commit under way and its own: together less than two seconds. */
const DEADLINE_MS = 800;

/** A migration may take longer: nobody's answer waits for it. (sqld itself cuts a transaction at five seconds.) */
const MIGRATION_MS = 10_000;

/** The longest that a report may take, and what everyone sees, in milliseconds. */
const READ_MS = 15_000;
const PUBLIC_READ_MS = 1_500;

/**
 * Opens a connection to sqld or Turso, over HTTP: with WebSockets a call could not be given up.
 *
 * Each call, and each transaction, has a client of its own, which costs next to nothing (the runtime keeps the sockets):
 * so none inherits another's failure, and on workerd none touches what belongs to another request.
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
