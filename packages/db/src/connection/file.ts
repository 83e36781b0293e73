import { closeSync, openSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LibsqlError, type InStatement } from '@libsql/client/sqlite3';
import type { Result } from './dialect.ts';
import { BEGIN, FileDriver, type FileRequest, type FileSettings } from './file-driver.ts';
import { fileProblemOf, FileReplaced, isFileProblem, type OpenedFile } from './file-guard.ts';
import { asConflict, copyPath, lockFile } from './file-lock.ts';
import type { FileAnswer, Numbered } from './file-worker.ts';
import type { Connection, ReadConnection } from './contract.ts';

export { backUp, restore, type Restored } from '../keep/backup.ts';
export { fileProblemOf } from './file-guard.ts';

/** How an embedded file is opened. */
export interface FileOptions {
  /** Path of the database file; its folder is made when it is missing. */
  readonly path: string;
  /** `full` survives power loss, `normal` a crash of the process. */
  readonly synchronous?: 'full' | 'normal';
  /** Whether the file gets a thread of its own: by default where there is a second core to run it. */
  readonly thread?: boolean;
  /**
   * Called with one sentence or two when the files are not the ones that were opened any more, and with nothing when
   * they are again. Until then nothing is written.
   */
  readonly onProblem?: (problem: string | undefined) => void;
}

/** How often the files are compared with those that were opened while nothing is written, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * Opens a libSQL file for this process alone.
 *
 * One connection: in the SQLite that is built in (3.45), a write and a checkpoint racing on two connections can lose
 * commits. Held against other processes by a write transaction on a small database beside the file, which the system
 * lets go of however the process ends.
 * @throws {FootfallError} CONFLICT, with a sentence that says what to do: another process has it open, it has a second
 * name, or the log beside it belongs to another file
 */
export async function openFile(options: FileOptions): Promise<Connection> {
  const { path, synchronous = 'full', thread = availableParallelism() > 1 } = options;
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
      // Checkpoints come in quiet moments (`rest`). Under load without end they come when the log has 16 MB: the default
      // of 4 MB writes busy pages too often, a longer log is slower to force to disk.
      'pragma wal_autocheckpoint = 4096',
      'pragma secure_delete = on', // of a salt that is destroyed nothing is left
    ],
  };
  const open = (): Promise<OpenFile> => (thread ? openInThread(settings) : openHere(settings));
  let opened = await open().catch(async (error: unknown) => {
    await release();
    throw asConflict(error);
  });
  let closed = false;

  let reopening: Promise<void> | undefined;
  // A connection that is not trusted ends with its thread for certain; one in place would live on until the garbage
  // collection of its statements. So whatever is opened again is opened in a thread.
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
  const looking = setInterval(() => void check().catch(() => {}), LOOK_MS);
  looking.unref();
  const execute = (statement: InStatement) => ask({ kind: 'execute', statement }) as Promise<Result>;
  const [reader, publicReader] = [readerOf(held), readerOf(held)];
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
          commit: () => check().then(() => execute('commit').then(() => {})),
          rollback: () => execute('rollback').then(() => {}),
        };
      },
    },
    shared: false,
    lingerMs: 1,
    queueTimeoutMs: Infinity, // a disk that is slow is still the nearest place
    // After one SQLITE_BUSY, later writes on the same connection were seen to succeed and never commit.
    renew: async () => {
      if (closed) throw closedError();
      await reopen();
    },
    check,
    rest: () => ask({ kind: 'checkpoint' }).then(() => {}),
    close: async () => {
      if (closed) throw closedError();
      clearInterval(looking);
      await Promise.all([reader.close(), publicReader.close()]); // first: who closes last checkpoints, and that must be the one that writes
      const closing = ask({ kind: 'close', rescue: copyPath(file, 'rescued') });
      closed = true;
      try {
        await closing;
      } catch (error) {
        if (fileProblemOf(error)?.code === 'FILE_OVERWRITTEN') {
          opened.abandon(); // SQLite would write its log into whatever the file is now: the process must end like a crash
          throw error;
        }
        await opened.end().finally(release);
        throw error;
      }
      await opened.end().finally(release);
    },
  };
}

/** The longest that a read may take, in milliseconds: nobody waits longer for a report. */
const READ_MS = 15_000;

/** A connection that only reads, and that can be closed. */
export type FileReader = ReadConnection & { readonly close: () => Promise<void> };

/**
 * Opens a file that this process has not open otherwise, for reading alone; beside a running server, too.
 * @param readMs how long a read may take, in milliseconds
 * @throws what the system says of a file that cannot be read
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
 * Reads in a thread of its own, so that a slow report holds up no commit. It can neither write nor checkpoint (see
 * `openFile`), and it is open only while it is used.
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
  'pragma cache_size = -32768',
  'pragma temp_store = memory',
];

/** An open file, wherever it is open. */
interface OpenFile {
  /** Does what is asked, in order. */
  readonly ask: (request: FileRequest) => Promise<unknown>;
  /** Whether it is open no more. */
  readonly isGone: () => boolean;
  /** Lets go of the file as it is. */
  readonly end: () => Promise<void>;
  /** Leaves it open, without keeping the process for it. */
  readonly abandon: () => void;
}

/** On a single core a thread would only take turns with the event loop: a tenth slower, and no sooner answered. */
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

/** A database like one behind a network, only nearer. Its connection is gone for certain when the thread is. */
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

/** What went wrong, from its parts: an error that comes from a thread is not the one that was thrown. */
function errorOf({ message, code }: { message: string; code: string }): Error {
  return isFileProblem(code) ? new FileReplaced(code, message) : new LibsqlError(message, code);
}

function closedError(): LibsqlError {
  return new LibsqlError('The file is closed', 'CLIENT_CLOSED');
}
