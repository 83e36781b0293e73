import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { combinationKey, VISIT_DIMENSIONS } from '@footfall/core';
import { migrateConnection, MIGRATIONS, openStore, type Connection } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fill0003 } from './filled.ts';
import { histories } from './history.ts';
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

const BEFORE = '0006_log_tail';
const DAY_MS = 86_400_000;

/** What an older version knew of a visit. */
const NINE = VISIT_DIMENSIONS.slice(0, 9);

/** All that a version of before the migration reads. */
async function everythingOf0006(connection: Connection) {
  const tables = [
    `select id, lower(hex(key)) key, used, ${NINE.join(', ')} from visitor_facts order by id`,
    'select id, dimension, value, since, used from visitor_values where dimension <= 12 order by id',
    'select * from visitor_hourly_counts where dimension <= 12 order by dimension, hour, value',
    'select * from visitor_daily_counts where dimension <= 12 order by dimension, day, value',
    'select * from visitor_forgotten_counts where dimension <= 12 order by dimension, hour, value',
    'select * from visitor_hours order by hour',
    'select * from visitor_sessions order by id',
    'select * from visitor_page_views order by seq',
    'select total_views, last_updated_at, version, folded, appended from visitor_stats',
  ];
  return Promise.all(tables.map((sql) => rowsOf(connection, sql)));
}

/** Everything that is in the schema, by name. */
const schemaOf = (connection: Connection) =>
  rowsOf(connection, `select name, sql from sqlite_master where name like 'visitor%' order by name`);

/** Each list by channel, hour by hour, beside what the site has in that hour. */
const TOTALS = `
  select hour, sum(counts.views) views, sum(counts.visits) visits
  from visitor_hourly_counts counts where dimension = 13 group by hour
  having sum(counts.views) + sum(counts.visits) + sum(counts.visitors) > 0`;
const SITE = 'select hour, views, visits from visitor_hours where views + visits + visitors > 0';

async function expectChannelsAddUp(connection: Connection): Promise<void> {
  const totals = await rowsOf(connection, `${TOTALS} order by hour`);
  expect(totals).toEqual(await rowsOf(connection, `${SITE} order by hour`));
  expect(
    await rowsOf(
      connection,
      `select counts.value, sum(views) views from visitor_daily_counts counts where dimension = 13 group by counts.value`,
    ),
  ).toEqual(
    await rowsOf(
      connection,
      `select counts.value, sum(views) views from visitor_hourly_counts counts where dimension = 13 group by counts.value`,
    ),
  );
}

/** The sources, campaigns and channels that visits have. */
const channelsIn = (connection: Connection) =>
  rowsOf(
    connection,
    `select distinct source.value source, campaign.value campaign, channel.value channel
    from visitor_sessions visit
    join visitor_facts facts on facts.id = visit.facts
    join visitor_values source on source.id = facts.source
    join visitor_values campaign on campaign.id = facts.campaign
    join visitor_values channel on channel.id = facts.channel and channel.dimension = 13
    order by 1, 2, 3`,
  );

/** The migrations from 0007 on. */
const since = Object.keys(MIGRATIONS)
  .sort()
  .filter((name) => name > BEFORE);

describe.each(EMPTY_PLACES)('from 0006 to 0007 on %s', (_, place) => {
  it('3,000 page views get the channels that their sources leave no doubt of, and go down and up again', async () => {
    const reopen = await place();
    const connection = await reopen();
    await fill0003(connection, 3_000);
    await migrateConnection(connection, BEFORE);
    const schema = await schemaOf(connection);
    const before = await everythingOf0006(connection);

    expect(await migrateConnection(connection, '0007_channel')).toEqual(['0007_channel']);
    const [facts, ...others] = await everythingOf0006(connection);
    const withoutKeys = (rows: typeof facts) => rows?.map(({ key: _key, ...row }) => row);
    expect([withoutKeys(facts), ...others]).toEqual([withoutKeys(before[0]), ...before.slice(1)]);
    expect(await channelsIn(connection)).toEqual([
      { source: 'Google', campaign: '', channel: 'search' },
      { source: 'Google', campaign: 'spring', channel: '' },
      { source: 'blog.example.org', campaign: '', channel: 'referral' },
      { source: 'blog.example.org', campaign: 'spring', channel: '' },
      { source: 'direct', campaign: '', channel: 'direct' },
      { source: 'direct', campaign: 'spring', channel: '' },
      { source: 'poster', campaign: '', channel: '' },
      { source: 'poster', campaign: 'spring', channel: '' },
    ]);
    const strings = NINE.concat('channel').map(
      (fact) => `(select value from visitor_values where id = facts.${fact})`,
    );
    const keyed = await rowsOf(
      connection,
      `select lower(hex(key)) key, json_array(${strings.join(', ')}) strings from visitor_facts facts`,
    );
    for (const { key, strings: its } of keyed)
      expect(key).toBe(combinationKey(JSON.parse(String(its)) as string[]));
    await migrateConnection(connection); // what verifies knows the newest tables alone
    expect(await differencesIn(connection)).toEqual([]);
    await expectChannelsAddUp(connection);

    const store = await open(connection);
    const at = NOON + 12 * DAY_MS;
    const moment = { at, hour: at, day: at - DAY_MS / 2 };
    await store.addAll([
      pageView({ ...moment, visitor: 2, facts: { source: 'Google', channel: 'search' } }),
      pageView({ ...moment, visitor: 4, facts: { source: 'Google', channel: 'paid search' } }),
    ]);
    await store.fold();
    expect(await differencesIn(connection)).toEqual([]);
    await expectChannelsAddUp(connection);

    expect(await migrateConnection(connection, BEFORE)).toEqual(since.toReversed());
    expect(await schemaOf(connection)).toEqual(schema);
    const after = await everythingOf0006(connection);
    const known = before[0]?.length ?? 0;
    expect(after[0]?.slice(0, known)).toEqual(before[0]);
    // The two new ones, and what stands in for each when it is one too many, differed by their channels alone.
    expect(after[0]).toHaveLength(known + 2);
    expect(
      await rowsOf(
        connection,
        `select count(distinct facts) facts, count(*) visits from visitor_sessions where hour = ${at}`,
      ),
    ).toEqual([{ facts: 1, visits: 2 }]);
    const dangling = (table: string) =>
      rowsOf(connection, `select facts from ${table} where facts not in (select id from visitor_facts)`);
    expect([await dangling('visitor_sessions'), await dangling('visitor_page_views')]).toEqual([[], []]);
    expect(await rowsOf(connection, 'select id from visitor_values where dimension = 13')).toEqual([]);

    expect(await migrateConnection(connection)).toEqual(since);
    expect(await differencesIn(connection)).toEqual([]);
    await expectChannelsAddUp(connection);
    await store.close();
    const next = await openBoth(reopen);
    await next.store.add(pageView({ ...moment, visitor: 6, facts: { channel: 'mail' } }), false);
    await expectAgreement(next, Number(before.at(-1)?.[0]?.['total_views']) + 3);
    expect(await differencesIn(next.connection)).toEqual([]);
  });

  it('what was appended before and is folded after it has an unknown channel', async () => {
    const connection = await (await place())();
    const first = await open({ ...connection, close: () => Promise.resolve() });
    await first.addAll([
      pageView({ visitor: 2, facts: { source: 'Google', channel: 'search' } }),
      pageView({ visitor: 4, campaign: campaignOf({ utmSource: 'poster' }) }),
      { ...pageView({ visitor: 6 }), kind: 'registration' },
    ]);
    await migrateConnection(connection, BEFORE);
    // The older version knew nine attributes.
    await connection.database.execute(
      `update visitor_log_tail set events = json_remove(events, '$[0][0][6][9]', '$[0][1][6][9]', '$[0][2][6][9]')`,
    );
    const events = await rowsOf(
      connection,
      `select json_array_length(events, '$[0][0][6]') n, json_array_length(events, '$[0][2][6]') m from visitor_log_tail`,
    );
    expect(events).toEqual([{ n: 9, m: 9 }]);
    await migrateConnection(connection);
    const store = await open(connection);
    await store.add(pageView({ visitor: 8, facts: { channel: 'mail' } }), false);
    await expectAgreement({ store, connection }, 3);
    expect(await rowsOf(connection, 'select * from visitor_set_aside')).toEqual([]);
    expect(await channelsIn(connection)).toEqual([
      { source: 'Google', campaign: '', channel: '' },
      { source: 'direct', campaign: '', channel: '' },
      { source: 'direct', campaign: '', channel: 'mail' },
    ]);
    expect(await differencesIn(connection)).toEqual([]);
    await expectChannelsAddUp(connection);
  });

  it('an instance of before it can store no combinations, and does not set events aside for that', async () => {
    const connection = await (await place())();
    await migrateConnection(connection);
    const offer = `insert into visitor_facts_offers (dimension, key, used, ${NINE.join(', ')})
      select 0, x'00', 0, ${NINE.map(() => 1).join(', ')}`;
    await expect(connection.database.execute(offer)).rejects.toMatchObject({
      // Only what says that a value is wrong sets an event aside.
      code: expect.stringMatching(/^SQLITE_(?:ERROR|UNKNOWN)$/) as string,
    });
    await connection.close();
  });
});

it(
  'whatever was counted, deleted and forgotten before it, verify finds nothing, and the channels of each hour add up',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(histories(1), fc.nat(), fc.nat(), async (history, nth, mth) => {
        const folder = await mkdtemp(join(tmpdir(), 'footfall-'));
        const connection = await openFile({
          path: join(folder, 'f.db'),
          synchronous: 'normal',
          thread: false,
        });
        try {
          const store = await openStore(
            { ...connection, close: () => Promise.resolve() },
            { sessionTimeoutMs: history.timeoutMs },
          );
          for (const { reports } of history.batches) await store.addAll(reports);
          await store.fold();
          const days = await rowsOf(connection, 'select distinct day from visitor_hours order by day');
          const day = Number(days[mth % days.length]?.['day'] ?? 0);
          while (await store.forgetBefore(day));
          const visitors = await rowsOf(connection, 'select distinct visitor from visitor_session_hours');
          await store.forgetVisitors([Number(visitors[nth % visitors.length]?.['visitor'] ?? 0)]);
          await store.close();

          await migrateConnection(connection, BEFORE);
          await connection.database.execute(
            `update visitor_values set value = 'direct' where dimension = 6 and value = 'x'`,
          );
          await migrateConnection(connection);
          expect(await differencesIn(connection)).toEqual([]);
          await expectChannelsAddUp(connection);
        } finally {
          await connection.close();
          await rm(folder, { recursive: true });
        }
      }),
      { numRuns: 25 },
    );
  },
);
