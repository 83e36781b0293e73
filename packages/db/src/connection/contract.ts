import type { InStatement } from '@libsql/client/web';
import type { Database, Result } from './dialect.ts';

/** What only reads: all statements of a batch see the same moment. */
export interface ReadConnection {
  readonly batch: (statements: InStatement[]) => Promise<Result[]>;
}

/** A way to a database, opened by `openFile` or `openServer`. */
export interface Connection {
  readonly database: Database;
  /** For analytics, which may take long: no commit waits for it. */
  readonly reader: ReadConnection;
  /** For what everyone sees, which waits for no analytics, and answers soon or not at all. */
  readonly publicReader: ReadConnection;
  /** Whether other instances may commit to it too. */
  readonly shared: boolean;
  /** How long a page view may wait until its commit begins, in milliseconds. */
  readonly queueTimeoutMs: number;
  /** How long a batch is worth waiting for company, in milliseconds: less than a commit takes. */
  readonly lingerMs: number;
  /** Makes the connection trustworthy again after a write has failed. */
  readonly renew: () => Promise<void>;
  /** Resolves where what is open is what its address leads to; always, behind a network. */
  readonly check: () => Promise<void>;
  /** Tidies up while no writes come. */
  readonly rest: () => Promise<void>;
  readonly close: () => Promise<void>;
}
