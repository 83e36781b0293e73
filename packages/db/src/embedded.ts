import { mkdir, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createClient, LibsqlError, type InStatement, type TransactionMode } from '@libsql/client/sqlite3';
import { FootfallError } from '@footfall/core';
import type { Result, Transaction } from './dialect.ts';
import {
  BEGIN,
  type FileAnswer,
  type FileRequest,
  type FileWorkerData,
  type Numbered,
} from './file-protocol.ts';
import type { Connection } from './store.ts';

/** How an embedded file is opened. */
export interface FileOptions {
  /** Path of the database file; its folder is made when it is missing. */
  readonly path: string;
  /** `full` survives power loss, `normal` a crash of the process. */
  readonly synchronous?: 'full' | 'normal';
}

/**
 * Opens a libSQL file for this process alone, in a thread of its own.
 *
 * One connection: in the SQLite that is built in (3.45), a write and a checkpoint racing on two connections can lose
 * commits. Held against other processes by a write transaction on a small database beside the file, which the system
 * lets go of however the process ends.
 * @throws {FootfallError} CONFLICT when another process has it open
 */
export async function openFile({ path, synchronous = 'full' }: FileOptions): Promise<Connection> {
  await mkdir(dirname(resolve(path)), { recursive: true });
  const file = await realpath(path).catch(() => resolve(path)); // one file, one lock, whatever links lead to it
  const unlock = await lock(file);
  const data: FileWorkerData = {
    file,
    pragmas: [
      'pragma journal_mode = wal',
      `pragma synchronous = ${synchronous}`,
      'pragma cache_size = -65536', // 64 MB
      'pragma temp_store = memory',
      // Checkpoints come in quiet moments (`rest`). Under load without end they come when the log has 16 MB: the default
      // of 4 MB writes busy pages too often, a longer log is slower to force to disk.
      'pragma wal_autocheckpoint = 4096',
    ],
  };
  let thread = await FileThread.open(data).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  let closed = false;
  return {
    database: {
      protocol: 'file',
      execute: (statement) => thread.execute(statement),
      batch: (statements, mode) => thread.batch(statements, mode),
      transaction: (mode) => thread.transaction(mode),
    },
    shared: false,
    // After one SQLITE_BUSY, later writes on the same connection were seen to succeed and never commit. A connection is
    // gone for certain when its thread is.
    renew: async () => {
      if (closed) throw new LibsqlError('The file is closed', 'CLIENT_CLOSED');
      await thread.end();
      thread = await FileThread.open(data);
    },
    rest: () => thread.execute('pragma wal_checkpoint(truncate)').then(() => {}),
    close: async () => {
      closed = true;
      await thread.close();
      await unlock();
    },
  };
}

async function lock(file: string): Promise<() => Promise<void>> {
  // A path may hold what means something in a URL: `%`, `#`, `?`.
  const client = createClient({ url: pathToFileURL(`${file}-lock`).href, concurrency: 1 });
  try {
    const held = await client.transaction('write');
    return async () => {
      await held.rollback();
      client.close();
    };
  } catch (cause) {
    client.close();
    if (!(cause instanceof LibsqlError && cause.code === 'SQLITE_BUSY')) throw cause;
    throw new FootfallError(
      'CONFLICT',
      `Another Footfall has ${file} open. Stop it first, or give this one a DATABASE_URL of its own.`,
      { cause },
    );
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The thread's side that the rest of Footfall sees: a database like one behind a network, only nearer. */
class FileThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #ended = false;

  private constructor(data: FileWorkerData, opened: Waiting) {
    this.#waiting.set(0, opened);
    this.#worker = new Worker(new URL('./file-worker.ts', import.meta.url), { workerData: data });
    this.#worker.on('message', ({ number, ...answer }: Numbered<FileAnswer>) => {
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if ('error' in answer) waiting?.reject(new LibsqlError(answer.error.message, answer.error.code));
      else waiting?.resolve(answer.result);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error as Error);
    });
    this.#worker.on('exit', () => {
      this.#fail(new LibsqlError('The file is closed', 'CLIENT_CLOSED'));
    });
  }

  /** Starts the thread; resolves when it has the file open. */
  static async open(data: FileWorkerData): Promise<FileThread> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const thread = new FileThread(data, { resolve, reject });
    try {
      await promise;
    } catch (error) {
      await thread.end();
      throw error;
    }
    return thread;
  }

  execute(statement: InStatement): Promise<Result> {
    return this.#ask({ kind: 'execute', statement }) as Promise<Result>;
  }

  batch(statements: InStatement[], mode: TransactionMode): Promise<Result[]> {
    return this.#ask({ kind: 'batch', statements, mode }) as Promise<Result[]>;
  }

  /** For migrations, before anyone else uses the file. */
  async transaction(mode: TransactionMode): Promise<Transaction> {
    await this.execute(BEGIN[mode]);
    return {
      execute: (statement) => this.execute(statement),
      commit: () => this.execute('commit').then(() => {}),
      rollback: () => this.execute('rollback').then(() => {}),
    };
  }

  /** Does what was asked before, then closes the file in good order. */
  async close(): Promise<void> {
    await this.#ask({ kind: 'close' });
    await this.end();
  }

  /** Ends the thread as it is, and with it the connection. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: FileRequest): Promise<unknown> {
    if (this.#ended) return Promise.reject(new LibsqlError('The file is closed', 'CLIENT_CLOSED'));
    this.#asked += 1;
    const number = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#worker.postMessage({ number, ...request } satisfies Numbered<FileRequest>);
    });
  }

  #fail(error: Error): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
