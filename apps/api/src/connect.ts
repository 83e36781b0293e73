import { FootfallError } from '@footfall/core';
import type { Connection } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { openServer } from '@footfall/db/remote';
import { ConfigError, type Config } from './config.ts';

/**
 * Opens the database that the configuration names.
 * @throws {FootfallError} CONFLICT when another process has the file open; {ConfigError} when it cannot be opened at all
 */
export async function connect({ database }: Config): Promise<Connection> {
  try {
    return database.kind === 'file' ? await openFile(database) : openServer(database);
  } catch (cause) {
    if (cause instanceof FootfallError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`DATABASE_URL names a database that cannot be opened: ${why}.`, { cause });
  }
}
