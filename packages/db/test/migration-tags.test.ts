import { combinationKey, VISIT_DIMENSIONS } from '@footfall/core';
import { migrateConnection, MIGRATIONS, type Connection } from '@footfall/db';
import { describe, expect, it } from 'vitest';
import { fill0003 } from './filled.ts';
import {
  campaignOf,
  differencesIn,
  EMPTY_PLACES,
  expectAgreement,
  NOON,
  open,
  openBoth,
  pageView,
  rowsOf,
} from './support.ts';

const BEFORE = '0015_passkeys';
const DAY_MS = 86_400_000;
const TEN = VISIT_DIMENSIONS.slice(0, 10);

/** All that a version of before the migration reads. */
async function everythingOf0015(connection: Connection) {
  const tables = [
    `select id, lower(hex(key)) key, used, ${TEN.join(', ')} from visitor_facts order by id`,
    'select id, dimension, value, since, used from visitor_values where dimension <= 13 order by id',
    'select * from visitor_hourly_counts where dimension <= 13 order by dimension, hour, value',
    'select * from visitor_daily_counts where dimension <= 13 order by dimension, day, value',
    'select * from visitor_forgotten_counts where dimension <= 13 order by dimension, hour, value',
    'select * from visitor_hours order by hour',
    'select * from visitor_sessions order by id',
    'select * from visitor_page_views order by seq',
    'select total_views, last_updated_at, version, folded, appended from visitor_stats',
  ];
  return Promise.all(tables.map((sql) => rowsOf(connection, sql)));
}

const schemaOf = (connection: Connection) =>
  rowsOf(connection, `select name, sql from sqlite_master where name like 'visitor%' order by name`);

/** What visits are counted as by their tags, over all hours. */
const taggedIn = (connection: Connection) =>
  rowsOf(
    connection,
    `select named.dimension, named.value, sum(views) views, sum(visits) visits, sum(visitors) visitors
    from visitor_hourly_counts counts join visitor_values named on named.id = counts.value
    where counts.dimension >= 14 group by 1, 2 order by 1, 2`,
  );

/** The migrations from 0016 on. */
const since = Object.keys(MIGRATIONS)
  .sort()
  .filter((name) => name > BEFORE);

describe.each(EMPTY_PLACES)('from 0015 to 0016 on %s', (_, place) => {
  it('nothing changes for 3,000 page views; new visits have tags; down and up again lose no more than these', async () => {
    const reopen = await place();
    const connection = await reopen();
    await fill0003(connection, 3_000);
    await migrateConnection(connection, BEFORE);
    const schema = await schemaOf(connection);
    const before = await everythingOf0015(connection);

    expect(await migrateConnection(connection, '0016_tags')).toEqual(['0016_tags']);
    expect(await everythingOf0015(connection)).toEqual(before);
    expect(await taggedIn(connection)).toEqual([]);
    await migrateConnection(connection);
    expect(await differencesIn(connection)).toEqual([]);

    const store = await open(connection);
    const at = NOON + 12 * DAY_MS;
    const moment = { at, hour: at, day: at - DAY_MS / 2 };
    await store.addAll([
      // Three that differ by their tags alone, of which none is without; and one that has a twin without.
      pageView({ ...moment, visitor: 2, facts: { city: 'Ulm', medium: 'email' } }),
      pageView({ ...moment, visitor: 4, facts: { city: 'Ulm', medium: 'email', content: 'video' } }),
      pageView({ ...moment, visitor: 6, facts: { city: 'Ulm', term: 'counter' } }),
      pageView({ ...moment, visitor: 8, facts: { city: 'Bonn', term: 'counter' } }),
      pageView({ ...moment, visitor: 10, facts: { city: 'Bonn' } }),
    ]);
    await store.fold();
    expect(await taggedIn(connection)).toEqual([
      { dimension: 14, value: 'email', views: 2, visits: 2, visitors: 2 },
      { dimension: 15, value: 'counter', views: 2, visits: 2, visitors: 2 },
      { dimension: 16, value: 'video', views: 1, visits: 1, visitors: 1 },
    ]);
    expect(await differencesIn(connection)).toEqual([]);

    expect(await migrateConnection(connection, BEFORE)).toEqual(since.toReversed());
    expect(await schemaOf(connection)).toEqual(schema);
    const strings = TEN.map((fact) => `(select value from visitor_values where id = facts.${fact})`);
    const keyed = await rowsOf(
      connection,
      `select lower(hex(key)) key, json_array(${strings.join(', ')}) strings from visitor_facts facts`,
    );
    for (const { key, strings: its } of keyed)
      expect(key).toBe(combinationKey(JSON.parse(String(its)) as string[]));
    expect(
      await rowsOf(
        connection,
        `select city.value city, count(distinct visit.facts) facts, count(*) visits
        from visitor_sessions visit
        join visitor_facts facts on facts.id = visit.facts
        join visitor_values city on city.id = facts.city
        where hour = ${at} group by 1 order by 1`,
      ),
    ).toEqual([
      { city: 'Bonn', facts: 1, visits: 2 },
      { city: 'Ulm', facts: 1, visits: 3 },
    ]);
    const dangling = (table: string) =>
      rowsOf(connection, `select facts from ${table} where facts not in (select id from visitor_facts)`);
    expect([await dangling('visitor_sessions'), await dangling('visitor_page_views')]).toEqual([[], []]);
    expect(await rowsOf(connection, 'select id from visitor_values where dimension > 13')).toEqual([]);

    expect(await migrateConnection(connection)).toEqual(since);
    expect(await differencesIn(connection)).toEqual([]);
    expect(await taggedIn(connection)).toEqual([]);
    await store.close();
    const next = await openBoth(reopen);
    await next.store.add(
      pageView({ ...moment, visitor: 12, facts: { city: 'Ulm', medium: 'email' } }),
      false,
    );
    await expectAgreement(next, Number(before.at(-1)?.[0]?.['total_views']) + 6);
    expect(await differencesIn(next.connection)).toEqual([]);
  });

  it('what was appended before and is folded after it has the tags of its link', async () => {
    const connection = await (await place())();
    const first = await open({ ...connection, close: () => Promise.resolve() });
    await first.addAll([
      pageView({ visitor: 2, campaign: campaignOf({ utmMedium: 'email', utmTerm: 'a', utmContent: 'b' }) }),
      pageView({ visitor: 4, campaign: campaignOf({ utmSource: 'poster' }) }),
    ]);
    await migrateConnection(connection, BEFORE);
    await migrateConnection(connection);
    const store = await open(connection);
    await expectAgreement({ store, connection }, 2);
    expect(await rowsOf(connection, 'select * from visitor_set_aside')).toEqual([]);
    expect(await taggedIn(connection)).toMatchObject(
      ['email', 'a', 'b'].map((value, at) => ({ dimension: 14 + at, value, visits: 1 })),
    );
    expect(await differencesIn(connection)).toEqual([]);
  });

  it('an instance of before it can store no combinations, and does not set events aside for that', async () => {
    const connection = await (await place())();
    await migrateConnection(connection);
    const offer = `insert into visitor_combination_offers (dimension, key, used, ${TEN.join(', ')})
      select 0, x'00', 0, ${TEN.map(() => 1).join(', ')}`;
    await expect(connection.database.execute(offer)).rejects.toMatchObject({
      // Only what says that a value is wrong sets an event aside.
      code: expect.stringMatching(/^SQLITE_(?:ERROR|UNKNOWN)$/) as string,
    });
    await connection.close();
  });
});
