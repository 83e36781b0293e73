import { mkdir, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createClient, LibsqlError } from '@libsql/client/sqlite3';
import { FootfallError } from '@footfall/core';
import type { Database, Result } from './dialect.ts';
import type { FileAnswer, FileRequest, FileWorkerData, Numbered } from './file-worker.ts';
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
  const thread = new FileThread({
    url: urlOf(file),
    pragmas: [
      'pragma journal_mode = wal',
      `pragma synchronous = ${synchronous}`,
      'pragma cache_size = -65536', // 64 MB
      'pragma temp_store = memory',
      // Checkpoints come in quiet moments (`rest`). Under load without end they come when the log has 64 MB: the default
      // of 4 MB halves a busy writer.
      'pragma wal_autocheckpoint = 16384',
    ],
  });
  try {
    await thread.renew();
  } catch (error) {
    await thread.close();
    await unlock();
    throw error;
  }
  return {
    database: thread,
    shared: false,
    // After one SQLITE_BUSY, later writes on the same connection were seen to succeed and never commit.
    renew: () => thread.renew(),
    rest: () => thread.execute('pragma wal_checkpoint(truncate)').then(() => {}),
    close: async () => {
      await thread.close();
      await unlock();
    },
  };
}

/** A path may hold what means something in a URL: `%`, `#`, `?`. */
function urlOf(file: string): string {
  return pathToFileURL(file).href;
}

async function lock(file: string): Promise<() => Promise<void>> {
  const client = createClient({ url: urlOf(`${file}-lock`), concurrency: 1 });
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

/** The error as the driver made it, which puts the code before the message. */
function errorOf({ message, code }: { message: string; code: string }): LibsqlError {
  return new LibsqlError(message.replace(`${code}: `, ''), code);
}

/** The thread's side that the rest of Footfall sees: a database like one behind a network, only nearer. */
class FileThread implements Database {
  readonly protocol = 'file';
  readonly #worker: Worker;
  readonly #waiting = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  #asked = 0;
  #closed = false;

  constructor(data: FileWorkerData) {
    this.#worker = new Worker(new URL('./file-worker.ts', import.meta.url), { workerData: data });
    this.#worker.on('message', ({ number, ...answer }: Numbered<FileAnswer>) => {
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if ('error' in answer) waiting?.reject(errorOf(answer.error));
      else waiting?.resolve(answer.result);
    });
    // A thread that died has taken the file with it: whoever waits is told, and the process must not go on.
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#waiting.values()) reject(error as Error);
      this.#waiting.clear();
      throw error;
    });
  }

  ask(request: FileRequest): Promise<unknown> {
    if (this.#closed) return Promise.reject(new LibsqlError('The file is closed', 'CLIENT_CLOSED'));
    this.#asked += 1;
    const number = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#worker.postMessage({ number, ...request } satisfies Numbered<FileRequest>);
    });
  }

  execute: Database['execute'] = (statement) => this.ask({ kind: 'execute', statement }) as Promise<Result>;

  batch: Database['batch'] = (statements, mode) =>
    this.ask({ kind: 'batch', statements, mode }) as Promise<Result[]>;

  transaction: Database['transaction'] = async (mode) => {
    const transaction = (await this.ask({ kind: 'begin', mode })) as number;
    return {
      execute: (statement) => this.ask({ kind: 'execute', statement, transaction }) as Promise<Result>,
      commit: () => this.ask({ kind: 'commit', transaction }).then(() => {}),
      rollback: () => this.ask({ kind: 'rollback', transaction }).then(() => {}),
    };
  };

  async renew(): Promise<void> {
    await this.ask({ kind: 'renew' });
  }

  async close(): Promise<void> {
    const closing = this.ask({ kind: 'close' });
    this.#closed = true;
    await closing;
    await this.#worker.terminate();
  }
}
