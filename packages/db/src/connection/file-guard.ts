import { fstatSync, openSync, closeSync, readSync, statSync } from 'node:fs';
import { continuesFile, HEADER_BYTES, stampOf, type ReadAt } from './file-log.ts';

/** Which file it is, whatever its path. */
export interface FileId {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** The database file as it was when it was opened. */
export interface OpenedFile {
  readonly path: string;
  /**
   * A descriptor that is open from before SQLite opens the file until after it has closed it: to close any descriptor of
   * a file takes all of the process's locks on it.
   */
  readonly fd: number;
  /** The lock file that keeps other processes out, where there is one. */
  readonly lock?: FileId | undefined;
}

/**
 * What can be wrong with the files of a database. Before it is opened `FILE_FOREIGN_LOG`: the log beside it is another
 * file's. While it is open `FILE_MOVED`: its path leads to another file, or to none; `FILE_OVERWRITTEN`: the same file has
 * other content; `FILE_INCOMPLETE`: the database is right, but a file beside it is not.
 */
const FILE_PROBLEMS = ['FILE_FOREIGN_LOG', 'FILE_MOVED', 'FILE_OVERWRITTEN', 'FILE_INCOMPLETE'] as const;
export type FileProblem = (typeof FILE_PROBLEMS)[number];

/** Refuses to work on files that are not the ones that were opened; says what happened and what to do. */
export class FileReplaced extends Error {
  readonly code: FileProblem;

  constructor(code: FileProblem, message: string) {
    super(message);
    this.code = code;
  }
}

/** The problem with a database's files that an error is about, itself or by its cause, if it is. */
export function fileProblemOf(error: unknown): FileReplaced | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof FileReplaced) return at;
  return;
}

/** Whether a code is that of a {@link FileReplaced}, where one has come from a thread as its parts. */
export function isFileProblem(code: string): code is FileProblem {
  return (FILE_PROBLEMS as readonly string[]).includes(code);
}

/** Compares the files of an open database with those at their paths: a few system calls, some ten microseconds in all. */
export class FileGuard {
  readonly #held: OpenedFile;
  readonly #file: FileId;
  readonly #readFile: ReadAt;
  /** The log that SQLite has open: which it is, and a descriptor of it, on which no locks are. */
  #log: (FileId & { readonly fd: number }) | undefined;
  /** What the file's stamp may be: that of its last checkpoint, and those written to the log since. */
  #stamps: number[] = [];

  constructor(held: OpenedFile) {
    this.#held = held;
    this.#file = fstatSync(held.fd, { bigint: true });
    this.#readFile = reader(held.fd);
  }

  /** The stamp written last. */
  get stamp(): number {
    return this.#stamps.at(-1) ?? 0;
  }

  /**
   * To be called before SQLite opens the file.
   * @throws {FileReplaced} where the path leads to another file than the one that is held, or a log lies beside it that
   * is not its own
   */
  beforeOpening(): void {
    const { path, fd } = this.#held;
    const moved = this.#moved();
    if (moved !== undefined) throw moved;
    if (!hasOwnLog(path, fd)) throw new FileReplaced('FILE_FOREIGN_LOG', foreignLog(path));
  }

  /**
   * To be called when SQLite has opened the file.
   * @param stamp the stamp as SQLite reads it, from the log or from the file
   */
  opened(stamp: number): void {
    const fd = openLog(this.#held.path);
    if (fd !== undefined) {
      const { dev, ino } = fstatSync(fd, { bigint: true });
      this.#log = { dev, ino, fd };
    }
    this.#stamps = [this.#fileStamp() ?? stamp, stamp];
  }

  /** To be called when SQLite has closed the file. */
  closed(): void {
    if (this.#log !== undefined) closeSync(this.#log.fd);
    this.#log = undefined;
  }

  /** Whether a checkpoint has written the last stamp to the file. */
  get isStampInFile(): boolean {
    return this.#fileStamp() === this.stamp;
  }

  /** To be called when a stamp has been written. */
  stamped(stamp: number): void {
    this.#stamps.push(stamp);
  }

  /** What is wrong now, if anything is. */
  problem(): FileReplaced | undefined {
    return this.#moved() ?? this.#overwritten() ?? this.#beside();
  }

  /** Whether the file that is open has no name any more: it is gone for good when it is closed. */
  get isDeleted(): boolean {
    return fstatSync(this.#held.fd).nlink === 0;
  }

  /** @throws {FileReplaced} where something is wrong */
  check(): void {
    const problem = this.problem();
    if (problem !== undefined) throw problem;
  }

  #moved(): FileReplaced | undefined {
    const { path } = this.#held;
    const there = idOf(path);
    const isThere = there !== undefined;
    if (isThere && isSame(there, this.#file)) return;
    const message = isThere
      ? `${path} is not the file that is open: it was replaced while Footfall was running. ` +
        `Nothing is counted until this is put right, and nothing is overwritten. ` +
        `To keep the numbers that are open, put their file back. ` +
        `To keep those of the file that is there now, stop Footfall and run "pnpm footfall restore ${path}".`
      : `${path} is gone: it was deleted or moved while Footfall was running. ` +
        `Nothing is counted until it is put back. If it was deleted, stop Footfall, which saves what is open, and restore that with "pnpm footfall restore FILE".`;
    return new FileReplaced('FILE_MOVED', message);
  }

  #overwritten(): FileReplaced | undefined {
    const { path } = this.#held;
    const stamp = this.#fileStamp();
    const at = stamp === undefined ? -1 : this.#stamps.lastIndexOf(stamp);
    if (at < 0) {
      return new FileReplaced(
        'FILE_OVERWRITTEN',
        `${path} was overwritten while Footfall was running. ` +
          `Nothing is counted until this is put right, and nothing more is written to it. ` +
          `Stop Footfall, then restore a backup with "pnpm footfall restore FILE".`,
      );
    }
    this.#stamps.splice(0, at); // what is in the file once does not leave it again
    return;
  }

  #fileStamp(): number | undefined {
    return stampOf(this.#readFile(0, HEADER_BYTES));
  }

  #beside(): FileReplaced | undefined {
    const { path, lock } = this.#held;
    const files = [
      { file: logOf(path), opened: this.#log },
      { file: lockOf(path), opened: lock },
    ];
    for (const { file, opened } of files) {
      if (opened === undefined) continue;
      const there = idOf(file);
      if (there !== undefined && isSame(there, opened)) continue;
      return new FileReplaced(
        'FILE_INCOMPLETE',
        `${file} was ${there === undefined ? 'deleted' : 'replaced'} while Footfall was running. ` +
          `Nothing is counted until Footfall is restarted, and nothing is lost by that: ` +
          `stop it with SIGTERM, which writes everything to the database, and start it again.`,
      );
    }
    return;
  }
}

export const logOf = (path: string): string => `${path}-wal`;
export const indexOf = (path: string): string => `${path}-shm`;
export const lockOf = (path: string): string => `${path}-lock`;

/** Which file a path leads to; undefined where there is none. */
export function idOf(path: string): FileId | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/**
 * Whether the log that lies beside a database file, if any, is its own. A server may be running on it.
 * @param fd the file, open
 */
export function hasOwnLog(path: string, fd: number): boolean {
  for (;;) {
    const header = headerOf(fd);
    const log = openLog(path);
    if (log === undefined) return true;
    try {
      if (continuesFile(header, reader(log))) return true;
    } finally {
      closeSync(log);
    }
    // A running server may have emptied one log into the file and begun the next in between.
    if (stampOf(headerOf(fd)) === stampOf(header)) return false;
  }
}

/** Why a database is not opened together with the log beside it, and what to do. */
export function foreignLog(path: string): string {
  return (
    `${logOf(path)} does not belong to ${path}: it was left by another file of that name, ` +
    `and would ruin this one. If you have put a backup there, finish that with "pnpm footfall restore ${path}".`
  );
}

function isSame(one: FileId, other: FileId): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

function headerOf(fd: number): Uint8Array {
  return reader(fd)(0, HEADER_BYTES);
}

/** Opens the log beside a database, if there is one. No locks are on it, so its descriptors may be closed. */
function openLog(path: string): number | undefined {
  try {
    return openSync(logOf(path), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
}

/** Reads from an open file; each read overwrites the bytes of the one before. */
function reader(fd: number): ReadAt {
  let buffer = new Uint8Array(HEADER_BYTES);
  return (at, length) => {
    if (buffer.length < length) buffer = new Uint8Array(length);
    return buffer.subarray(0, readSync(fd, buffer, 0, length, at));
  };
}
