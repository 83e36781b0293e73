import { closeSync, fstatSync, openSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient, LibsqlError } from '@libsql/client/sqlite3';
import { FootfallError } from '@footfall/core';
import { fileProblemOf, lockOf, type HeldFile } from './file-guard.ts';

/** A file that is locked, and open for reading, from before SQLite opens it until after it has closed it. */
export interface Hold {
  readonly held: HeldFile;
  readonly release: () => Promise<void>;
}

/**
 * Opens a file, which is made where it is missing, and keeps other processes from it.
 * @throws {FootfallError} CONFLICT where another process has it, or it has a second name; what the system says of a file
 * that cannot be opened
 */
export async function hold(path: string): Promise<Hold> {
  const fd = openSync(resolve(path), 'a+');
  try {
    // One file, one lock, whatever links lead to it.
    const file = realpathSync(resolve(path));
    if (fstatSync(fd).nlink > 1) throw new FootfallError('CONFLICT', twoNames(file));
    const unlock = await lock(file);
    let releasing: Promise<void> | undefined;
    const lockFile = statSync(lockOf(file), { bigint: true });
    return {
      held: { path: file, fd, lock: { dev: lockFile.dev, ino: lockFile.ino } },
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
export function asideOf(file: string, why: string): string {
  return `${file}-${why}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
}

async function lock(file: string): Promise<() => Promise<void>> {
  // A path may hold what means something in a URL: `%`, `#`, `?`.
  const client = createClient({ url: pathToFileURL(lockOf(file)).href, concurrency: 1 });
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
