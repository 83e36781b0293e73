import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createClient } from '@libsql/client/sqlite3';
import { FootfallError } from '@footfall/core';
import type { Connection } from './store.ts';

/** How an embedded file is opened. */
export interface FileOptions {
  /** Path of the database file; its folder is made when it is missing. */
  readonly path: string;
  /** `full` survives power loss, `normal` a crash of the process. */
  readonly synchronous?: 'full' | 'normal';
}

/**
 * Opens a libSQL file for this process alone.
 *
 * One connection: in the SQLite that is built in (3.45), a write and a checkpoint racing on two connections can lose
 * commits. Held against other processes by a write transaction on a small database beside the file, which the system
 * lets go of however the process ends.
 * @throws {FootfallError} CONFLICT when another process has it open
 */
export async function openFile({ path, synchronous = 'full' }: FileOptions): Promise<Connection> {
  const file = resolve(path);
  await mkdir(dirname(file), { recursive: true });
  const unlock = await lock(file);

  const client = createClient({ url: `file:${file}`, concurrency: 1 });
  const prepare = async (): Promise<void> => {
    for (const pragma of [
      'journal_mode = wal',
      `synchronous = ${synchronous}`,
      'cache_size = -65536', // 64 MB
      'temp_store = memory',
      // Checkpoints come in quiet moments (`rest`). Under load without end they come when the log has 64 MB: the
      // default of 4 MB halves a busy writer.
      'wal_autocheckpoint = 16384',
    ]) {
      await client.execute(`pragma ${pragma}`);
    }
  };
  try {
    await prepare();
  } catch (error) {
    client.close();
    await unlock();
    throw error;
  }

  return {
    client,
    // After one SQLITE_BUSY, later writes on the same connection were seen to succeed and never commit.
    renew: async () => {
      await client.reconnect();
      await prepare();
    },
    rest: async () => {
      await client.execute('pragma wal_checkpoint(truncate)');
    },
    close: async () => {
      client.close(); // the last connection to close checkpoints and removes the write-ahead log
      await unlock();
    },
  };
}

async function lock(file: string): Promise<() => Promise<void>> {
  const client = createClient({ url: `file:${file}-lock`, concurrency: 1 });
  try {
    const held = await client.transaction('write');
    return async () => {
      await held.rollback();
      client.close();
    };
  } catch (cause) {
    client.close();
    throw new FootfallError(
      'CONFLICT',
      `Another Footfall has ${file} open. Stop it first, or give this one a DATABASE_URL of its own.`,
      { cause },
    );
  }
}
