import { mkdir, open as openHandle, realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createClient, LibsqlError, type InStatement } from '@libsql/client/sqlite3';
import { FootfallError } from '@footfall/core';
import type { Result } from './dialect.ts';
import { BEGIN, FileDriver, type FileRequest, type FileSettings } from './file-driver.ts';
import type { FileAnswer, Numbered } from './file-worker.ts';
import type { Connection, Reader } from './store.ts';

/** How an embedded file is opened. */
export interface FileOptions {
  /** Path of the database file; its folder is made when it is missing. */
  readonly path: string;
  /** `full` survives power loss, `normal` a crash of the process. */
  readonly synchronous?: 'full' | 'normal';
  /** Whether the file gets a thread of its own: where there is a second core to run it, unless said otherwise. */
  readonly thread?: boolean;
}

/**
 * Opens a libSQL file for this process alone.
 *
 * One connection: in the SQLite that is built in (3.45), a write and a checkpoint racing on two connections can lose
 * commits. Held against other processes by a write transaction on a small database beside the file, which the system
 * lets go of however the process ends.
 * @throws {FootfallError} CONFLICT when another process has it open
 */
export async function openFile(options: FileOptions): Promise<Connection> {
  const { path, synchronous = 'full', thread = availableParallelism() > 1 } = options;
  await mkdir(dirname(resolve(path)), { recursive: true });
  // One file, one lock, whatever links lead to it: so it must be there before they are followed.
  await openHandle(resolve(path), 'a').then(
    (handle) => handle.close(),
    () => {}, // the driver says what is wrong
  );
  const file = await realpath(resolve(path)).catch(() => resolve(path));
  const unlock = await lock(file);
  const settings: FileSettings = {
    file,
    pragmas: [
      'pragma journal_mode = wal',
      `pragma synchronous = ${synchronous}`,
      'pragma cache_size = -65536', // 64 MB
      'pragma temp_store = memory',
      // Checkpoints come in quiet moments (`rest`). Under load without end they come when the log has 16 MB: the default
      // of 4 MB writes busy pages too often, a longer log is slower to force to disk.
      'pragma wal_autocheckpoint = 4096',
      'pragma secure_delete = on', // of a salt that is destroyed nothing is left
    ],
  };
  const open = (): Promise<OpenFile> => (thread ? openInThread(settings) : openHere(settings));
  let opened = await open().catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  let closed = false;

  let reopening: Promise<void> | undefined;
  // A connection that is not trusted ends with its thread for certain; one in place would live on until the garbage
  // collection of its statements. So whatever is opened again is opened in a thread.
  const reopen = (): Promise<void> =>
    (reopening ??= opened
      .end()
      .then(() => openInThread(settings))
      .then((again) => {
        opened = again;
      })
      .finally(() => {
        reopening = undefined;
      }));

  const ask = async (request: FileRequest): Promise<unknown> => {
    if (closed) throw closedError();
    if (opened.isGone()) await reopen();
    return opened.ask(request);
  };
  const execute = (statement: InStatement) => ask({ kind: 'execute', statement }) as Promise<Result>;
  const [reader, publicReader] = [fileReader(file), fileReader(file)];
  return {
    reader,
    publicReader,
    database: {
      protocol: 'file',
      execute,
      batch: (statements, mode) => ask({ kind: 'batch', statements, mode }) as Promise<Result[]>,
      // For migrations, before anyone else uses the file.
      transaction: async (mode) => {
        await execute(BEGIN[mode]);
        return {
          execute,
          commit: () => execute('commit').then(() => {}),
          rollback: () => execute('rollback').then(() => {}),
        };
      },
    },
    shared: false,
    companyMs: 1,
    patienceMs: Infinity, // a disk that is slow is still the nearest place
    // After one SQLITE_BUSY, later writes on the same connection were seen to succeed and never commit.
    renew: async () => {
      if (closed) throw closedError();
      await reopen();
    },
    rest: () => execute('pragma wal_checkpoint(truncate)').then(() => {}),
    close: async () => {
      await Promise.all([reader.close(), publicReader.close()]); // first: who closes last checkpoints, and that must be the one that writes
      const closing = ask({ kind: 'close' });
      closed = true;
      await closing.finally(() => opened.end()).finally(unlock);
    },
  };
}

/** The longest that a read may take, in milliseconds: nobody waits longer for a report. */
const READ_MS = 15_000;

/**
 * A connection that only reads, in a thread of its own, so that a slow report holds up no commit. It can neither write
 * nor checkpoint (see `openFile`), and it is open only while it is used.
 */
export function fileReader(file: string, readMs = READ_MS): Reader & { readonly close: () => Promise<void> } {
  let opening: Promise<OpenFile> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    batch: async (statements) => {
      opening ??= openInThread({ file, pragmas: READER_PRAGMAS }).catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      const answer = opening.then((opened) => opened.ask({ kind: 'batch', statements, mode: 'read' }));
      last = answer.catch(() => {});
      return (await withinTime(answer, readMs)) as Result[];
    },
    // A thread that is ended while the driver works takes the process with it.
    close: () =>
      last
        .then(() => opening)
        .then(
          (opened) => opened?.end(),
          () => {},
        ),
  };
}

async function withinTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  let tooLate: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      answer,
      new Promise<never>((_resolve, reject) => {
        tooLate = setTimeout(() => {
          reject(new LibsqlError('The read took too long', 'TIMEOUT'));
        }, ms);
      }),
    ]);
  } finally {
    clearTimeout(tooLate);
  }
}

const READER_PRAGMAS = [
  'pragma query_only = on',
  'pragma wal_autocheckpoint = 0',
  'pragma busy_timeout = 1000',
  'pragma cache_size = -65536',
  'pragma temp_store = memory',
];

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

/** An open file, wherever it is open. */
interface OpenFile {
  /** Does what is asked, in order. */
  readonly ask: (request: FileRequest) => Promise<unknown>;
  /** Whether it is open no more. */
  readonly isGone: () => boolean;
  /** Lets go of the file as it is. */
  readonly end: () => Promise<void>;
}

/** On a single core a thread would only take turns with the event loop: a tenth slower, and no sooner answered. */
async function openHere(settings: FileSettings): Promise<OpenFile> {
  const here = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => {
      resolve(work());
    });
  const said = (error: Error & { code: string }): never => {
    throw new LibsqlError(error.message, error.code);
  };
  const driver = await here(() => new FileDriver(settings)).catch(said);
  return {
    ask: (request) => here(() => driver.perform(request)).catch(said),
    isGone: () => !driver.isOpen,
    end: () =>
      here(() => {
        driver.end();
      }),
  };
}

/** A database like one behind a network, only nearer. Its connection is gone for certain when the thread is. */
async function openInThread(settings: FileSettings): Promise<OpenFile> {
  const worker = new Worker(new URL('./file-worker.ts', import.meta.url), { workerData: settings });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  let ended: Error | undefined;

  worker.on('message', ({ number, ...answer }: Numbered<FileAnswer>) => {
    const asker = waiting.get(number);
    waiting.delete(number);
    if ('error' in answer) asker?.reject(new LibsqlError(answer.error.message, answer.error.code));
    else asker?.resolve(answer.result);
  });
  const fail = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => {
    fail(closedError());
  });

  const end = async (): Promise<void> => {
    await worker.terminate();
  };
  const answerTo = (number: number): Promise<unknown> =>
    new Promise((resolve, reject) => waiting.set(number, { resolve, reject }));
  await answerTo(0).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    ask: (request) => {
      if (ended !== undefined) return Promise.reject(ended);
      asked += 1;
      const answer = answerTo(asked);
      worker.postMessage({ number: asked, ...request } satisfies Numbered<FileRequest>);
      return answer;
    },
    isGone: () => ended !== undefined,
    end,
  };
}

function closedError(): LibsqlError {
  return new LibsqlError('The file is closed', 'CLIENT_CLOSED');
}
