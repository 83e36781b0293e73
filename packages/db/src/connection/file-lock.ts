import { closeSync, fstatSync, openSync, realpathSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient, LibsqlError } from '@libsql/client/sqlite3';
import { FootfallError } from '@footfall/core';
import { fileProblemOf, lockOf, type FileId, type OpenedFile } from './file-guard.ts';

/** A locked file with an open descriptor. Lock it before SQLite opens it and release it after SQLite has closed it. */
export interface LockedFile {
  readonly held: OpenedFile;
  readonly release: () => Promise<void>;
}

/**
 * Opens a file, creating it if it is missing, and locks it against other processes.
 * @throws {FootfallError} CONFLICT if another process has it open, or it has a second name; the system's error if it
 * cannot be opened
 */
export async function lockFile(path: string): Promise<LockedFile> {
  const fd = openSync(resolve(path), 'a+');
  try {
    // Resolve links, so that each file has one lock.
    const file = realpathSync(resolve(path));
    if (fstatSync(fd).nlink > 1) throw new FootfallError('CONFLICT', twoNames(file));
    const { id, unlock } = await lock(file);
    let releasing: Promise<void> | undefined;
    return {
      held: { path: file, fd, lock: id },
      release: () => {
        if (releasing === undefined) closeSync(fd); // only once: the descriptor number may be reused
        return (releasing ??= unlock());
      },
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function twoNames(file: string): string {
  return (
    `${file} has a second name (a hard link), under which another Footfall could open it and lose page views. ` +
    `Stop every Footfall that uses it, then make it a file of its own with "cp ${file} ${file}.copy && mv ${file}.copy ${file}".`
  );
}

/** Converts a {@link fileProblemOf file problem} to a CONFLICT error; returns other errors as they are. */
export function asConflict(error: unknown): unknown {
  const problem = fileProblemOf(error);
  return problem === undefined ? error : new FootfallError('CONFLICT', problem.message, { cause: error });
}

/** A path for a copy beside a file, with the time in its name. */
export function copyPath(file: string, why: string): string {
  return `${file}-${why}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
}

interface Lock {
  readonly id: FileId;
  /** Unlocks and deletes the lock file. */
  readonly unlock: () => Promise<void>;
}

/** Number of attempts, because the previous owner may delete the lock file just while this process opens it. */
const TRIES = 20;

/**
 * Locks the lock file of a database. Its owner deletes it, so a lock counts only if the same file was at this path
 * before and after locking: another process could have created a new one in between.
 */
async function lock(file: string): Promise<Lock> {
  const path = lockOf(file);
  for (let tries = 0; tries < TRIES; tries += 1) {
    makeFile(path);
    const before = birthOf(path);
    let release: () => Promise<void>;
    try {
      release = await transactionOn(path);
    } catch (cause) {
      if (cause instanceof LibsqlError && cause.code === 'SQLITE_BUSY') throw anotherHas(file, cause);
      if (birthOf(path) === before) throw cause;
      continue; // SQLite fails if a file is deleted while it is being opened
    }
    const { dev, ino } = statSync(path, { bigint: true, throwIfNoEntry: false }) ?? {};
    if (dev !== undefined && ino !== undefined && birthOf(path) === before) {
      return {
        id: { dev, ino },
        unlock: async () => {
          // Delete it while it is locked: a process that has it open cannot lock it, and then sees that the path has
          // changed.
          if (birthOf(path) === before) removeFile(path);
          await release();
        },
      };
    }
    await release();
  }
  throw new FootfallError(
    'CONFLICT',
    `${path} is deleted again and again by another program. Stop that one first.`,
  );
}

function anotherHas(file: string, cause: unknown): FootfallError {
  const message = `Another Footfall has ${file} open. Stop it first, or give this one a DATABASE_URL of its own.`;
  return new FootfallError('CONFLICT', message, { cause });
}

/** Identifies the file at a path, with its creation time, because inode numbers of deleted files are reused. */
function birthOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev} ${stats.ino} ${stats.birthtimeNs}`;
}

/**
 * Creates an empty file unless there is one. An existing file is not opened, because closing it would drop this
 * process's locks on it.
 */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** In a folder that has become read-only the lock file stays, which does no harm. */
function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // harmless
  }
}

async function transactionOn(path: string): Promise<() => Promise<void>> {
  // The path may contain characters that have a meaning in a URL: `%`, `#`, `?`.
  const client = createClient({ url: pathToFileURL(path).href, concurrency: 1 });
  try {
    const held = await client.transaction('write');
    return async () => {
      await held.rollback();
      client.close();
    };
  } catch (error) {
    client.close();
    throw error;
  }
}
