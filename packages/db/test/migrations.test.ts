import { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { describe, expect, it } from 'vitest';
import { migrateConnection, MIGRATIONS, type Connection } from '@footfall/db';
import { LibsqlDialect } from '../src/dialect.ts';
import type { Tables } from '../src/schema.ts';
import { expectAgreement, idOf, NOON, open, pageView, PLACES, rowsOf } from './support.ts';

const kysely = ({ database }: Connection): Kysely<Tables> =>
  new Kysely({ dialect: new LibsqlDialect(database) });

/** Everything of Footfall's in a database, by kind and name; Kysely's own two tables aside. */
async function schemaOf(connection: Connection): Promise<unknown[]> {
  return rowsOf(
    connection,
    `select type, name, sql from sqlite_master where name not like 'kysely%' and name not like 'sqlite%' and name not like '%libsql%' order by type, name`,
  );
}

describe.each(PLACES)('migrations on %s', (_, place) => {
  it('make these tables', async () => {
    const connection = await (await place())();
    expect(await schemaOf(connection)).toEqual([]);
    expect(await migrateConnection(connection)).toEqual(Object.keys(MIGRATIONS).sort());
    const schema = await schemaOf(connection);
    await connection.close();
    expect(schema.map((object) => (object as { sql: string }).sql)).toEqual([
      'CREATE INDEX "visitor_counts_by_views" on "visitor_counts" ("view_count")',
      'CREATE TABLE "visitor_counts" ("id" integer primary key, "page_identifier" text not null unique, "view_count" integer not null, "last_updated_at" integer not null) strict',
      'CREATE TABLE "visitor_page_views" ("seq" integer primary key, "id" blob not null unique, "viewed_at" integer not null, "page_identifier" text not null, "referrer" text, "utm_source" text, "utm_medium" text, "utm_campaign" text, "utm_term" text, "utm_content" text, "click_id" text, "country" text) strict',
      'CREATE TABLE "visitor_stats" ("id" integer primary key check (id = 1), "total_views" integer not null, "last_updated_at" integer, "version" integer not null, "folded" integer not null, "folded_before" integer not null) strict',
    ]);
  });

  it('run once: a second time there is nothing to do, and nothing is touched', async () => {
    const connection = await (await place())();
    const store = await open(connection);
    await store.add(pageView(), false);
    expect(await migrateConnection(connection)).toEqual([]);
    await expectAgreement(connection, 1);
  });

  it('go down and up again on a filled database', async () => {
    const reopen = await place();
    const connection = await reopen();
    const store = await open(connection);
    await Promise.all(Array.from({ length: 100 }, (_, at) => store.add(pageView({ page: `/${at}` }), false)));
    const before = await schemaOf(connection);
    expect(await migrateConnection(connection, 'nothing')).toEqual(Object.keys(MIGRATIONS).sort().reverse());
    expect(await schemaOf(connection)).toEqual([]);
    expect(await migrateConnection(connection)).toEqual(Object.keys(MIGRATIONS).sort());
    expect(await schemaOf(connection)).toEqual(before);
    await store.close();

    const again = await reopen();
    const next = await open(again);
    expect(next.count()).toEqual({ count: 0, version: 0, updatedAt: null });
    expect(await next.add(pageView(), true)).toEqual({ counted: true, count: 1, total: 1, version: 1 });
    await expectAgreement(again, 1);
  });

  it('go to a named one', async () => {
    const connection = await (await place())();
    expect(await migrateConnection(connection, '0001_counter')).toEqual(['0001_counter']);
    await expect(migrateConnection(connection, 'no such')).rejects.toThrow('no such');
    expect(await schemaOf(connection)).not.toEqual([]);
    await connection.close();
  });

  it('keep the page views of an older schema, and count on', async () => {
    const reopen = await place();
    const connection = await reopen();
    await migrateConnection(connection, '0001_counter');
    await connection.database.batch(
      [
        `insert into visitor_page_views (seq, id, viewed_at, page_identifier) values (1, x'${idOf(1)}', ${NOON}, '/a')`,
        `insert into visitor_counts (page_identifier, view_count, last_updated_at) values ('/a', 1, ${NOON})`,
        `update visitor_stats set total_views = 1, version = 1, folded = 1, last_updated_at = ${NOON}`,
      ],
      'write',
    );
    const store = await open(connection);
    expect(await store.add(pageView({ id: idOf(1), page: '/a' }), true)).toMatchObject({ counted: false });
    expect(await store.add(pageView({ page: '/a', country: 'BD' }), true)).toMatchObject({ count: 2 });
    expect(await rowsOf(connection, 'select country from visitor_page_views order by seq')).toEqual([
      { country: null },
      { country: 'BD' },
    ]);
    await expectAgreement(connection, 2);
  });

  it('that fail half-way leave nothing behind, and run when what was in their way is gone', async () => {
    const connection = await (await place())();
    await connection.database.execute('create table visitor_stats (in_the_way)');
    const before = await schemaOf(connection);
    await expect(open({ ...connection, close: () => Promise.resolve() })).rejects.toThrow(/already exists/);
    expect(await schemaOf(connection)).toEqual(before);
    await connection.database.execute('drop table visitor_stats');
    const store = await open(connection);
    expect(await store.add(pageView(), false)).toMatchObject({ counted: true });
  });

  it('that fail after others of the same run take those back, too', async () => {
    const connection = await (await place())();
    await migrateConnection(connection);
    const before = await schemaOf(connection);
    const made = (name: string): Migration => ({
      up: (db: Kysely<unknown>) => db.schema.createTable(name).addColumn('a', 'integer').execute(),
    });
    const { error } = await new Migrator({
      db: kysely(connection),
      provider: {
        getMigrations: () =>
          Promise.resolve({
            ...MIGRATIONS,
            '9001_good': made('good'),
            '9002_bad': {
              up: async (db: Kysely<unknown>) => {
                await made('half').up(db);
                throw new Error('bad');
              },
            },
          }),
      },
    }).migrateToLatest();
    expect(error).toMatchObject({ message: 'bad' });
    expect(await schemaOf(connection)).toEqual(before);
    expect(await migrateConnection(connection)).toEqual([]);
    await connection.close();
  });
});
