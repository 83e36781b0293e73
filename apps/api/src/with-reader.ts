import { existsSync } from 'node:fs';
import { requireKnownTables, type ReadConnection } from '@footfall/db';
import { fileReader } from '@footfall/db/embedded';
import { ConfigError, type Config } from './config.ts';
import { connect } from './connect.ts';

/** How long one read of a command may take, in milliseconds: no visitor waits for it. */
const READ_MS = 60 * 60 * 1000;

/** A misspelt path must not be taken for an empty database. */
export function requireFile(database: Config['database']): void {
  if (database.kind === 'file' && !existsSync(database.path)) {
    throw new ConfigError(`DATABASE_URL: file ${database.path} does not exist.`);
  }
}

/** Reads a database with the tables of this version; a server may be running. */
export async function withReader<T>(
  config: Config,
  work: (reader: ReadConnection) => Promise<T>,
): Promise<T> {
  const { database } = config;
  const checked = async (reader: ReadConnection): Promise<T> => {
    await requireKnownTables(reader);
    return work(reader);
  };
  if (database.kind === 'server') {
    const connection = await connect(config, { deadlineMs: READ_MS });
    return checked(connection.reader).finally(() => connection.close());
  }
  requireFile(database);
  const reader = fileReader(database.path, READ_MS);
  return checked(reader).finally(() => reader.close());
}
