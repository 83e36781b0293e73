import { storeUnavailable } from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import type { Result } from '../connection/dialect.ts';
import type { Connection } from '../connection/contract.ts';
import { Mutex } from './mutex.ts';

/**
 * The one way to write: runs statements in one transaction, all of them or none. It resolves when they are durable.
 * @throws the database's error; then nothing was written, as far as is known
 */
export type Write = (statements: InStatement[]) => Promise<Result[]>;

/**
 * What a store that is read or written on behalf of a caller answers.
 * @throws {FootfallError} SERVICE_UNAVAILABLE; then nothing was written, as far as is known
 */
export async function answered(by: Write, statements: InStatement[]): Promise<Result[]> {
  try {
    return await by(statements);
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}

/**
 * Serializes the writes of a process: one transaction at a time, and the connection is renewed after a failed write.
 * After one SQLITE_BUSY, later writes on the same connection were seen to succeed and never commit.
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

  /** Writes data that can be computed again: in a file it becomes durable only with the next `write`. */
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

  /** Does maintenance once after writes, when there have been none for a while. */
  async rest(quietMs: number): Promise<void> {
    if (this.#lastWrite === undefined || performance.now() - this.#lastWrite < quietMs) return;
    this.#lastWrite = undefined;
    await this.#mutex.run(() => this.#connection.rest());
  }

  /** Waits for the running write, and renews the connection if needed before it is closed. */
  async close(): Promise<void> {
    await this.#mutex.run(async () => {
      if (!this.#isTrusted) await this.#connection.renew().catch(() => {}); // closing reports the error
    });
  }
}
