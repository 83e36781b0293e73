import type { InStatement } from '@libsql/client/web';
import type { Result } from '../connection/dialect.ts';
import type { Connection } from '../connection/contract.ts';
import { Mutex } from './mutex.ts';

/**
 * The one way to write: runs statements in one transaction, all of them or none. It resolves when they are durable.
 * @throws what the database says; then nothing is written, as far as can be known
 */
export type Write = (statements: InStatement[]) => Promise<Result[]>;

/**
 * The write door of a process: one transaction at a time, and none on a connection on which a write has failed before it
 * is renewed. After one SQLITE_BUSY, later writes on the same connection were seen to succeed and never commit.
 */
export class WriteQueue {
  readonly #connection: Connection;
  readonly #mutex = new Mutex();
  #isTrusted = true;
  /** `performance.now()` of when the last write ended; undefined before the first. */
  #lastWrite: number | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  readonly write: Write = (statements) => this.#run(statements, 'write');

  /** Writes what can be computed again: in a file it is durable only when the next write is. */
  readonly writeDerived: Write = (statements) => this.#run(statements, 'derived');

  #run(statements: InStatement[], mode: 'write' | 'derived'): Promise<Result[]> {
    return this.#mutex.run(async () => {
      try {
        if (!this.#isTrusted) await this.#connection.renew();
        this.#isTrusted = false;
        const results = await this.#connection.database.batch(statements, mode);
        this.#isTrusted = true;
        return results;
      } finally {
        this.#lastWrite = performance.now();
      }
    });
  }

  /** Tidies up, where something was written and nothing has been for a while. */
  async rest(quietMs: number): Promise<void> {
    if (this.#lastWrite === undefined || performance.now() - this.#lastWrite < quietMs) return;
    this.#lastWrite = undefined;
    await this.#mutex.run(() => this.#connection.rest());
  }

  /** Waits for the write under way, and makes the connection trustworthy for its closing. */
  async close(): Promise<void> {
    await this.#mutex.run(async () => {
      if (!this.#isTrusted) await this.#connection.renew().catch(() => {}); // closing says what is wrong
    });
  }
}
