import { closeSync, fstatSync, openSync, realpathSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient, LibsqlError } from '@libsql/client/sqlite3';
import { FootfallError } from '@footfall/core';
import { fileProblemOf, lockOf, type FileId, type OpenedFile } from './file-guard.ts';

/** A file that is locked, and open for reading, from before SQLite opens it until after it has closed it. */
export interface LockedFile {
  readonly held: OpenedFile;
  readonly release: () => Promise<void>;
}

/**
 * Opens a file, which is made where it is missing, and keeps other processes from it.
 * @throws {FootfallError} CONFLICT where another process has it, or it has a second name; what the system says of a file
 * that cannot be opened
 */
export async function lockFile(path: string): Promise<LockedFile> {
  const fd = openSync(resolve(path), 'a+');
  try {
    // One file, one lock, whatever links lead to it.
    const file = realpathSync(resolve(path));
    if (fstatSync(fd).nlink > 1) throw new FootfallError('CONFLICT', twoNames(file));
    const { id, unlock } = await lock(file);
    let releasing: Promise<void> | undefined;
    return {
      held: { path: file, fd, lock: id },
      release: () => {
        if (releasing === undefined) closeSync(fd); // once: the number may soon be that of another file
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

/** Says what stands in the way of an opening as the conflict that it is. */
export function asConflict(error: unknown): unknown {
  const problem = fileProblemOf(error);
  return problem === undefined ? error : new FootfallError('CONFLICT', problem.message, { cause: error });
}

/** A path beside a file for what is kept of it, with the time in its name. */
export function copyPath(file: string, why: string): string {
  return `${file}-${why}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
}

interface Lock {
  readonly id: FileId;
  /** Lets go of it, and leaves no lock file behind. */
  readonly unlock: () => Promise<void>;
}

/** How often a lock file may be deleted by the process that held it, just while this one opens it. */
const TRIES = 20;

/**
 * Locks the lock file of a database. It is deleted by the process that holds it, so that a lock on it counts only if it is
 * the file at this path before and after it was locked: another could have made a new one in between.
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
      continue; // SQLite does not like it when a file is deleted that it is just opening
    }
    const { dev, ino } = statSync(path, { bigint: true, throwIfNoEntry: false }) ?? {};
    if (dev !== undefined && ino !== undefined && birthOf(path) === before) {
      return {
        id: { dev, ino },
        unlock: async () => {
          // While it is locked: a process that opens it now does not get the lock, and finds another file afterwards.
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

/** Which file is at a path, and when it was made: a number of a deleted file may soon be that of another. */
function birthOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev} ${stats.ino} ${stats.birthtimeNs}`;
}

/** Makes an empty file unless there is one. A file that is there is not opened: to close it would take this process's locks on it. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A folder that became read-only keeps its lock file, which does no harm. */
function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it is only untidy
  }
}

async function transactionOn(path: string): Promise<() => Promise<void>> {
  // A path may hold what means something in a URL: `%`, `#`, `?`.
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
