import type { InStatement } from '@libsql/client/web';
import type { Database, Result } from './dialect.ts';

/** A connection that only reads. All statements of a batch see the same state of the database. */
export interface ReadConnection {
  readonly batch: (statements: InStatement[]) => Promise<Result[]>;
}

/** A connection to a database, opened by `openFile` or `openServer`. */
export interface Connection {
  readonly database: Database;
  /** For analytics, which may take long. Commits do not wait for it. */
  readonly reader: ReadConnection;
  /** For public numbers. It does not wait for analytics, and fails early rather than answering late. */
  readonly publicReader: ReadConnection;
  /** Whether other instances may commit to the same database. */
  readonly shared: boolean;
  /** How long a page view may wait until its commit begins, in milliseconds. */
  readonly queueTimeoutMs: number;
  /** How long a batch lingers for more events, in milliseconds: less than a commit takes. */
  readonly lingerMs: number;
  /**
   * For how long a batch goes on growing in a burst, while each turn of the event loop brings more events, in
   * milliseconds: 0 unless a commit blocks the event loop, so that nothing can arrive meanwhile.
   */
  readonly arrivingMs: number;
  /** Reopens the connection after a failed write, so that it can be relied on again. */
  readonly renew: () => Promise<void>;
  /** Rejects if the open file is no longer the one at its path. Always resolves for a server. */
  readonly check: () => Promise<void>;
  /** Does maintenance while there are no writes. */
  readonly rest: () => Promise<void>;
  readonly close: () => Promise<void>;
}
