import { LibsqlError } from '@libsql/client/sqlite3';
import { storeUnavailable } from '@footfall/core';
import { describe, expect, it } from 'vitest';
import {
  explain,
  migrateConnection,
  requireIntact,
  requireKnownTables,
  type ReadConnection,
} from '@footfall/db';
import { filePlace, open } from './support.ts';

const system = (code: string): Error => Object.assign(new Error(`${code}: it failed, open '/x'`), { code });

it.each([
  [new LibsqlError('file is not a database', 'SQLITE_NOTADB'), 'not a SQLite database'],
  [new LibsqlError('database disk image is malformed', 'SQLITE_CORRUPT'), 'damaged'],
  [new LibsqlError('attempt to write a readonly database', 'SQLITE_READONLY_DIRECTORY'), 'cannot be written'],
  [new LibsqlError('database or disk is full', 'SQLITE_FULL'), 'disk is full'],
  [new LibsqlError('disk I/O error', 'SQLITE_IOERR_READ'), 'disk failed'],
  [new LibsqlError('unable to open database file', 'SQLITE_CANTOPEN'), 'cannot be opened'],
  [system('EROFS'), 'read-only'],
  [system('EACCES'), 'cannot be written'],
  [system('EISDIR'), 'a folder'],
  [system('ENOSPC'), 'disk is full'],
  [system('ENOTDIR'), 'its folder must exist'],
  [new LibsqlError('Server returned HTTP status 401', 'SERVER_ERROR'), 'missing, wrong or has expired'],
  [new LibsqlError('Server returned HTTP status 403', 'SERVER_ERROR'), 'does not allow writing'],
  [new TypeError('fetch failed', { cause: system('ECONNREFUSED') }), 'does not answer'],
  [new DOMException('The operation timed out', 'TimeoutError'), 'does not answer'],
])('%s is explained in a sentence, also as the cause of another error', (error, meaning) => {
  for (const found of [explain(error), explain(storeUnavailable(error))]) {
    expect(found).toContain(meaning);
    expect(found).toMatch(/^[^\n]+\.$/);
  }
});

it.each([new Error('x is not a function'), storeUnavailable(), 'nothing', undefined])(
  'what is no known fault (%s) is not explained away',
  (error) => {
    expect(explain(error)).toBeUndefined();
  },
);

describe('the tables of a database', () => {
  async function tables(...statements: string[]): Promise<ReadConnection> {
    const connection = await (await filePlace())();
    await open(connection);
    for (const statement of statements) await connection.database.execute(statement);
    return connection.reader;
  }

  const NEWER =
    "insert into kysely_migration (name, timestamp) values ('9999_later', '2040-01-01T00:00:00.000Z')";

  it('that this version made are known, and whole', async () => {
    const reader = await tables();
    await requireKnownTables(reader);
    await requireIntact(reader);
  });

  it.each([
    ['a newer Footfall made', NEWER, 'newer Footfall'],
    [
      'an older Footfall made',
      'delete from kysely_migration where name = (select max(name) from kysely_migration)',
      'older Footfall',
    ],
    ['have nothing of Footfall', 'drop table kysely_migration', 'no tables of Footfall'],
  ])('that %s are refused in a sentence', async (_, statement, what) => {
    const reader = await tables(statement);
    await expect(requireKnownTables(reader)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(new RegExp(`^[^\\n]*${what}[^\\n]*\\.$`)) as string,
    });
  });

  it('that a newer Footfall made are not brought up to date, which is explained', async () => {
    const connection = await (await filePlace())();
    await open(connection);
    await connection.database.execute(NEWER);
    const error: unknown = await migrateConnection(connection).catch((reason: unknown) => reason);
    expect(explain(error)).toContain('newer Footfall');
  });
});
