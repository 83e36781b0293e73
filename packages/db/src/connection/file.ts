import { closeSync, fstatSync, openSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LibsqlError, type InStatement } from '@libsql/client/sqlite3';
import type { Result } from './dialect.ts';
import { BEGIN, FileDriver, type FileRequest, type FileSettings } from './file-driver.ts';
import { fileProblemOf, FileReplaced, isFileProblem, type OpenedFile } from './file-guard.ts';
import { SAMPLE_ID } from './file-log.ts';
import { asConflict, copyPath, lockFile } from './file-lock.ts';
import type { FileAnswer, Numbered } from './file-worker.ts';
import type { Connection, ReadConnection } from './contract.ts';

export { backUp, restore, type Restored } from '../keep/backup.ts';
export { fileProblemOf } from './file-guard.ts';

/** Options for opening an embedded file. */
export interface FileOptions {
  /** Path of the database file; its folder is created if it is missing. */
  readonly path: string;
  /** `full` survives power loss, `normal` a crash of the process. */
  readonly synchronous?: 'full' | 'normal';
  /**
   * Whether it is sample data, which can be made again: a new file is marked as such, its log is kept short, and when
   * its files are gone or overwritten, nothing is saved.
   */
  readonly sample?: boolean;
  /** Whether the file is opened in a thread of its own: by default if there is a second core. */
  readonly thread?: boolean;
  /**
   * Called with a message when the files are no longer the ones that were opened, and with undefined when they are
   * again. Until then nothing is written.
   */
  readonly onProblem?: (problem: string | undefined) => void;
}

/**
 * A few hundred requests can be read in this time. With 64 connections that send at once, batches of 62 events instead of
 * 38 made a third more page views a second, and took a third from the latency.
 */
const ARRIVING_MS = 20;

/** How often the files are compared with those that were opened while there are no writes, in milliseconds. */
const CHECK_MS = 1_000;

/**
 * Opens a libSQL file exclusively.
 *
 * It has one connection that writes, because in the built-in SQLite (3.45) a write and a checkpoint on two connections
 * at once can lose commits. Other processes are kept out by a write transaction on a small database beside the file, a
 * lock that the system releases however the process ends.
 * @throws {FootfallError} CONFLICT, with a message that says what to do: another process has it open, it has a second
 * name, or the log beside it belongs to another file
 */
export async function openFile(options: FileOptions): Promise<Connection> {
  const { path, synchronous = 'full', sample = false, thread = availableParallelism() > 1 } = options;
  await mkdir(dirname(resolve(path)), { recursive: true });
  const { held, release } = await lockFile(path);
  const { path: file } = held;
  const settings: FileSettings = {
    held,
    pragmas: [
      'pragma journal_mode = wal',
      `pragma synchronous = ${synchronous}`,
      'pragma cache_size = -32768', // 32 MB
      'pragma temp_store = memory',
      // Checkpoints are made when there are no writes (`rest`), and under continuous load when the log has reached 16
      // MB: the default of 4 MB writes busy pages too often, and a longer log is slower to flush.
      `pragma wal_autocheckpoint = ${sample ? 256 : 4096}`,
      'pragma secure_delete = on', // leaves no trace of a destroyed salt
      ...(sample && fstatSync(held.fd).size === 0 ? [`pragma application_id = ${SAMPLE_ID}`] : []),
    ],
  };
  const open = (): Promise<OpenFile> => (thread ? openInThread(settings) : openHere(settings));
  let opened = await open().catch(async (error: unknown) => {
    await release();
    throw asConflict(error);
  });
  let closed = false;

  let reopening: Promise<void> | undefined;
  // After a failed write the connection must end for certain. One in a thread ends with the thread; one in this thread
  // lives on until its statements are garbage collected. So reopening always uses a thread.
  const reopen = (): Promise<void> =>
    (reopening ??= (opened.isGone() ? Promise.resolve() : opened.ask({ kind: 'check' }))
      .then(() => opened.end())
      .then(() => openInThread(settings))
      .then((again) => {
        opened = again;
      })
      .finally(() => {
        reopening = undefined;
      }));

  let problem: string | undefined;
  const notice = (now: string | undefined): void => {
    if (now === problem) return;
    problem = now;
    options.onProblem?.(now);
  };

  const ask = async (request: FileRequest): Promise<unknown> => {
    if (closed) throw closedError();
    try {
      if (opened.isGone()) await reopen();
      const answer = await opened.ask(request);
      if (request.kind === 'check') notice(undefined);
      return answer;
    } catch (error) {
      const found = fileProblemOf(error);
      if (found !== undefined) notice(found.message);
      throw error;
    }
  };
  const check = (): Promise<void> => ask({ kind: 'check' }).then(() => {});
  const checking = setInterval(() => void check().catch(() => {}), CHECK_MS);
  checking.unref();
  const execute = (statement: InStatement) => ask({ kind: 'execute', statement }) as Promise<Result>;
  const [reader, publicReader] = [readerOf(held), readerOf(held)];
  return {
    reader,
    publicReader,
    database: {
      protocol: 'file',
      execute,
      batch: (statements, mode) => ask({ kind: 'batch', statements, mode }) as Promise<Result[]>,
      // For migrations, before anything else uses the file.
      transaction: async (mode) => {
        await execute(BEGIN[mode]);
        return {
          execute,
          commit: () => check().then(() => execute('commit').then(() => {})),
          rollback: () => execute('rollback').then(() => {}),
        };
      },
    },
    shared: false,
    lingerMs: 1,
    arrivingMs: thread ? 0 : ARRIVING_MS,
    queueTimeoutMs: Infinity, // there is nothing faster to fall back to than this disk
    // After one SQLITE_BUSY, later writes on the same connection were seen to succeed and never commit.
    renew: async () => {
      if (closed) throw closedError();
      await reopen();
    },
    check,
    rest: () => ask({ kind: 'checkpoint' }).then(() => {}),
    close: async () => {
      if (closed) throw closedError();
      clearInterval(checking);
      await Promise.all([reader.close(), publicReader.close()]); // first, because the last connection to close makes a checkpoint, and that must be the one that writes
      const closing = ask({ kind: 'close', rescue: sample ? undefined : copyPath(file, 'rescued') });
      closed = true;
      try {
        await closing;
      } catch (error) {
        if (fileProblemOf(error)?.code === 'FILE_OVERWRITTEN') {
          opened.abandon(); // closing would write SQLite's log into the overwritten file, so the process must end as in a crash
          throw error;
        }
        await opened.end().finally(release);
        throw error;
      }
      await opened.end().finally(release);
    },
  };
}

/** Time limit of a read, in milliseconds: nobody waits longer for analytics. */
const READ_MS = 15_000;

/** A read connection that can be closed. */
export type FileReader = ReadConnection & { readonly close: () => Promise<void> };

/**
 * Opens a file for reading only, also while a server has it open. This process must not have it open otherwise.
 * @param readMs time limit of a read, in milliseconds
 * @throws the system's error if the file cannot be read
 */
export function fileReader(path: string, readMs = READ_MS): FileReader {
  const fd = openSync(path, 'r');
  const reader = readerOf({ path: realpathSync(path), fd }, readMs);
  let closing: Promise<void> | undefined;
  return {
    ...reader,
    close: () =>
      (closing ??= reader.close().finally(() => {
        closeSync(fd); // once: the number may soon be that of another file
      })),
  };
}

/**
 * Reads in a thread of its own, so that a slow read delays no commit. It can neither write nor make checkpoints (see
 * `openFile`), and it is opened on first use.
 */
function readerOf(held: OpenedFile, readMs = READ_MS): FileReader {
  let opening: Promise<OpenFile> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    batch: async (statements) => {
      opening ??= openInThread({ held, pragmas: READER_PRAGMAS }).catch((error: unknown) => {
        opening = undefined;
        throw asConflict(error);
      });
      const answer = opening.then((opened) => opened.ask({ kind: 'batch', statements, mode: 'read' }));
      last = answer.catch(() => {});
      return (await withinTime(answer, readMs)) as Result[];
    },
    // Terminating a thread while the driver works would crash the process.
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
  'pragma cache_size = -32768',
  'pragma temp_store = memory',
];

/** A file that is open in this thread or in one of its own. */
interface OpenFile {
  /** Handles a request; requests are handled in order. */
  readonly ask: (request: FileRequest) => Promise<unknown>;
  /** Whether it is closed. */
  readonly isGone: () => boolean;
  /** Closes the file without a checkpoint. */
  readonly end: () => Promise<void>;
  /** Leaves it open, without keeping the process alive for it. */
  readonly abandon: () => void;
}

/** On a single core a thread would only compete with the event loop, which is a tenth slower and answers no sooner. */
async function openHere(settings: FileSettings): Promise<OpenFile> {
  const here = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => {
      resolve(work());
    });
  const said = (error: Error & { code: string }): never => {
    throw errorOf(error);
  };
  const driver = await here(() => new FileDriver(settings)).catch(said);
  return {
    ask: (request) => here(() => driver.perform(request)).catch(said),
    isGone: () => !driver.isOpen,
    end: () =>
      here(() => {
        driver.end();
      }),
    abandon: () => {},
  };
}

/**
 * Opens a file in a thread, which is used like a remote database. Terminating the thread ends the connection for
 * certain.
 */
async function openInThread(settings: FileSettings): Promise<OpenFile> {
  const worker = new Worker(new URL('./file-worker.ts', import.meta.url), { workerData: settings });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  let ended: Error | undefined;

  worker.on('message', ({ number, ...answer }: Numbered<FileAnswer>) => {
    const asker = waiting.get(number);
    waiting.delete(number);
    if ('error' in answer) asker?.reject(errorOf(answer.error));
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
    abandon: () => {
      worker.unref();
    },
  };
}

/** Builds an error from its parts: errors that come from a thread lose their class. */
function errorOf({ message, code }: { message: string; code: string }): Error {
  return isFileProblem(code) ? new FileReplaced(code, message) : new LibsqlError(message, code);
}

function closedError(): LibsqlError {
  return new LibsqlError('The file is closed', 'CLIENT_CLOSED');
}
