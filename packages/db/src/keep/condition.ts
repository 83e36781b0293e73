import { FootfallError } from '@footfall/core';
import { MIGRATIONS } from './migrations.ts';
import type { Connection, ReadConnection } from '../connection/contract.ts';

/**
 * Makes sure that this version can work with the tables of a database.
 * @param older what is to be done where an older Footfall made them: for what reads them as they are, `refuse`
 * @throws {FootfallError} CONFLICT, with a sentence that says what to do
 */
export async function requireKnownTables(
  reader: ReadConnection,
  older: 'allow' | 'refuse' = 'refuse',
): Promise<void> {
  const [tables] = await reader.batch(["select name from sqlite_master where name = 'kysely_migration'"]);
  if (tables?.rows.length === 0) {
    throw new FootfallError('CONFLICT', 'The database has no tables of Footfall.');
  }
  const [ran] = await reader.batch(['select name from kysely_migration']);
  const names = new Set(ran?.rows.map((row) => row['name'] as string));
  const known = Object.keys(MIGRATIONS);
  if ([...names].some((name) => !known.includes(name))) {
    throw new FootfallError(
      'CONFLICT',
      'The database was made by a newer Footfall than this one. Start that version, or restore a backup from before it.',
    );
  }
  if (older === 'refuse' && known.some((name) => !names.has(name))) {
    throw new FootfallError(
      'CONFLICT',
      'The database was made by an older Footfall. Bring it up to date with "pnpm footfall migrate", or start the server, which does the same.',
    );
  }
}

/**
 * Makes sure that a database can be written, so that a start is refused rather than every page view.
 * @throws what the database says, for `explain`
 */
export async function requireWritable({ database }: Pick<Connection, 'database'>): Promise<void> {
  await database.batch(['delete from visitor_stats where false'], 'write');
}

/**
 * Checks every page and index of a database, which takes a while for a large one.
 * @throws {FootfallError} CONFLICT, with a sentence that says what to do, where it is damaged
 */
export async function requireIntact(reader: ReadConnection): Promise<void> {
  const [checked] = await reader.batch(['pragma integrity_check(1)']);
  const found = checked?.rows[0]?.['integrity_check'] as string;
  if (found === 'ok') return;
  throw new FootfallError(
    'CONFLICT',
    `The database file is damaged (${found.replaceAll(/\s+/g, ' ')}). Stop Footfall and restore a backup with "pnpm footfall restore FILE".`,
  );
}
