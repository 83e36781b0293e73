import { fstatSync, openSync, closeSync, readSync, statSync } from 'node:fs';
import { continuesFile, HEADER_BYTES, stampOf, type ReadAt } from './file-log.ts';

/** Identifies a file independently of its path. */
export interface FileId {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** The database file as it was when it was opened. */
export interface OpenedFile {
  readonly path: string;
  /**
   * A descriptor that stays open from before SQLite opens the file until after it has closed it, because closing any
   * descriptor of a file drops all locks that the process has on it.
   */
  readonly fd: number;
  /** The lock file that keeps other processes out, if there is one. */
  readonly lock?: FileId | undefined;
}

/**
 * What can be wrong with the files of a database. Before it is opened, `FILE_FOREIGN_LOG`: the log beside it belongs to
 * another file. While it is open, `FILE_MOVED`: another file, or none, is at its path; `FILE_OVERWRITTEN`: the same
 * file has different content; `FILE_INCOMPLETE`: the database is intact, but its log or lock file is not.
 */
const FILE_PROBLEMS = ['FILE_FOREIGN_LOG', 'FILE_MOVED', 'FILE_OVERWRITTEN', 'FILE_INCOMPLETE'] as const;
export type FileProblem = (typeof FILE_PROBLEMS)[number];

/** Thrown when the files are not the ones that were opened. The message says what happened and what to do. */
export class FileReplaced extends Error {
  readonly code: FileProblem;

  constructor(code: FileProblem, message: string) {
    super(message);
    this.code = code;
  }
}

/** The {@link FileReplaced} in an error or its causes, if there is one. */
export function fileProblemOf(error: unknown): FileReplaced | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof FileReplaced) return at;
  return;
}

/** Whether a code is one of {@link FileReplaced}. Errors from a thread arrive as code and message. */
export function isFileProblem(code: string): code is FileProblem {
  return (FILE_PROBLEMS as readonly string[]).includes(code);
}

/**
 * Compares the files of an open database with those at their paths: a few system calls, about ten microseconds in all.
 */
export class FileGuard {
  readonly #held: OpenedFile;
  readonly #file: FileId;
  readonly #readFile: ReadAt;
  /** The log that SQLite has open, and a descriptor of it. SQLite takes no locks on the log. */
  #log: (FileId & { readonly fd: number }) | undefined;
  /** The stamps that the file may have: that of its last checkpoint, and those written to the log since. */
  #stamps: number[] = [];

  constructor(held: OpenedFile) {
    this.#held = held;
    this.#file = fstatSync(held.fd, { bigint: true });
    this.#readFile = reader(held.fd);
  }

  /** The last stamp written. */
  get stamp(): number {
    return this.#stamps.at(-1) ?? 0;
  }

  /**
   * Call before SQLite opens the file.
   * @throws {FileReplaced} if another file is now at the path, or the log beside it belongs to another file
   */
  beforeOpening(): void {
    const { path, fd } = this.#held;
    const moved = this.#moved();
    if (moved !== undefined) throw moved;
    if (!hasOwnLog(path, fd)) throw new FileReplaced('FILE_FOREIGN_LOG', foreignLog(path));
  }

  /**
   * Call when SQLite has opened the file.
   * @param stamp the stamp that SQLite reads, from the log or from the file
   */
  opened(stamp: number): void {
    const fd = openLog(this.#held.path);
    if (fd !== undefined) {
      const { dev, ino } = fstatSync(fd, { bigint: true });
      this.#log = { dev, ino, fd };
    }
    this.#stamps = [this.#fileStamp() ?? stamp, stamp];
  }

  /** Call when SQLite has closed the file. */
  closed(): void {
    if (this.#log !== undefined) closeSync(this.#log.fd);
    this.#log = undefined;
  }

  /** Whether a checkpoint has copied the last stamp to the file. */
  get isStampInFile(): boolean {
    return this.#fileStamp() === this.stamp;
  }

  /** Call when a stamp has been written. */
  stamped(stamp: number): void {
    this.#stamps.push(stamp);
  }

  /** The current problem, if there is one. */
  problem(): FileReplaced | undefined {
    return this.#moved() ?? this.#overwritten() ?? this.#beside();
  }

  /** Whether the open file was deleted: its data is lost when it is closed. */
  get isDeleted(): boolean {
    return fstatSync(this.#held.fd).nlink === 0;
  }

  /** @throws {FileReplaced} if something is wrong */
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
    this.#stamps.splice(0, at); // the file never goes back to an earlier stamp
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

/** The file at a path; undefined if there is none. */
export function idOf(path: string): FileId | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/**
 * Whether the log beside a database file, if any, belongs to it. Works while a server has the file open.
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
    // A running server may have made a checkpoint and started a new log in between.
    if (stampOf(headerOf(fd)) === stampOf(header)) return false;
  }
}

/** The error message for a log that belongs to another database. */
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

/** Opens the log beside a database, if there is one. It has no locks, so closing the descriptor drops none. */
function openLog(path: string): number | undefined {
  try {
    return openSync(logOf(path), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
}

/** Reads from an open file into one buffer: each read overwrites the result of the previous one. */
function reader(fd: number): ReadAt {
  let buffer = new Uint8Array(HEADER_BYTES);
  return (at, length) => {
    if (buffer.length < length) buffer = new Uint8Array(length);
    return buffer.subarray(0, readSync(fd, buffer, 0, length, at));
  };
}
