import type { Connection } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { openServer } from '@footfall/db/remote';
import type { Config } from './config.ts';

/**
 * Opens the database that the configuration names.
 * @throws {FootfallError} CONFLICT when another process has the file open
 */
export async function connect({ database }: Config): Promise<Connection> {
  return database.kind === 'file' ? openFile(database) : openServer(database);
}
