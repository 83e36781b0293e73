import type { Facts } from '@footfall/core';
import { migrateConnection, type Connection } from '@footfall/db';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { summaryOf, summaryStatements, type Summary } from '../src/summary.ts';
import { store, type Visit } from './picture.ts';
import { filePlace, NOON, pageView, rowsOf } from './support.ts';

/** Another one for each run of the tests; `FOOTFALL_SEED` repeats one. */
const SEED = Number(process.env['FOOTFALL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A visit of one page view. */
function visitOf(
  id: number,
  { visitor, ago, country }: { visitor: number; ago: number; country: string },
): Visit {
  const at = NOON - ago;
  const facts: Facts = { ...pageView().facts, country };
  const moment = { at, hour: at - (at % HOUR_MS), day: at - (at % DAY_MS) };
  return { id, facts, marks: [{ ...moment, page: '/', visitor }], engagedMs: 0, seenUntil: at };
}

async function emptyStore(): Promise<Connection> {
  const place = await filePlace({ thread: false });
  const connection = await place();
  onTestFinished(() => connection.close());
  await migrateConnection(connection);
  return connection;
}

async function tell(connection: Connection, visits: readonly Visit[]): Promise<void> {
  const tables = await rowsOf(
    connection,
    `select name from sqlite_master where type = 'table' and name glob 'visitor*' and name <> 'visitor_stats'`,
  );
  await connection.database.batch(
    tables.map(({ name }) => `delete from ${String(name)}`),
    'write',
  );
  await store(connection, {
    timeZone: 'UTC',
    identity: 'daily',
    now: NOON,
    visits,
    bots: [],
    questions: [],
    portion: 1,
  });
}

async function read({ reader }: Connection, country?: string): Promise<Summary> {
  return summaryOf(await reader.batch(summaryStatements(NOON)), country);
}

describe('the summaries', () => {
  it('of a site that nobody has visited say so', async () => {
    const connection = await emptyStore();
    expect(await read(connection)).toEqual({
      sysStats: { total_visitors: 0, countries: {}, last_updated: null },
      visitorStats: {
        live: 0,
        active: 0,
        today: 0,
        total: 0,
        location: null,
        ukPercent: 0,
        version: 0,
        updatedAt: null,
      },
    });
  });

  it('say who there was ever, by country, and when something was last counted', async () => {
    const connection = await emptyStore();
    await connection.database.batch(
      [
        `insert into visitor_values (id, dimension, value, since) values (50, 2, 'US', 0), (51, 2, '', 0), (52, 2, 'GB', 0)`,
        'insert into visitor_countries (country, visitors) values (50, 100), (51, 7), (52, 0)',
        `update visitor_stats set version = 9, last_updated_at = ${NOON}`,
      ],
      'write',
    );
    const { sysStats, visitorStats } = await read(connection);
    expect(sysStats).toEqual({
      total_visitors: 107,
      countries: { US: 100, XX: 7 },
      last_updated: '2026-11-20T12:00:00.000Z',
    });
    expect(visitorStats).toMatchObject({ total: 107, version: 9, updatedAt: '2026-11-20T12:00:00.000Z' });
  });

  it('tell the live from the active and from today’s, to the millisecond', async () => {
    const connection = await emptyStore();
    const agos = [
      0,
      5 * MINUTE_MS,
      5 * MINUTE_MS + 1,
      30 * MINUTE_MS,
      30 * MINUTE_MS + 1,
      DAY_MS,
      DAY_MS + 1,
    ];
    await tell(
      connection,
      agos.map((ago, n) => visitOf(n + 1, { visitor: 2 * n + 2, ago, country: 'DE' })),
    );
    expect((await read(connection)).visitorStats).toMatchObject({ live: 2, active: 4, today: 6 });
  });

  it('say where most of today’s visitors are, of all of them, or how many are where the site names', async () => {
    const connection = await emptyStore();
    const countries = ['', '', '', 'GB', 'FR', 'FR', 'DE', 'DE'];
    await tell(
      connection,
      countries.map((country, n) => visitOf(n + 1, { visitor: 2 * n + 2, ago: n * MINUTE_MS, country })),
    );
    // Of two with as many the first by its code; not known is no country.
    expect((await read(connection)).visitorStats).toMatchObject({
      location: { country: 'DE', percent: 25 },
      ukPercent: 13,
    });
    expect((await read(connection, 'GB')).visitorStats.location).toEqual({ country: 'GB', percent: 13 });
    expect((await read(connection, 'US')).visitorStats.location).toEqual({ country: 'US', percent: 0 });
  });

  it('have nowhere to name where no visitor’s country is known', async () => {
    const connection = await emptyStore();
    await tell(connection, [visitOf(1, { visitor: 2, ago: 0, country: '' })]);
    expect((await read(connection)).visitorStats).toMatchObject({ today: 1, location: null, ukPercent: 0 });
  });

  it('count a visitor once, in the country of the last visit, whatever came before', async () => {
    const connection = await emptyStore();
    const visit = fc.record({
      visitor: fc.integer({ min: 1, max: 9 }).map((person) => 2 * person),
      ago: fc
        .oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1_500 }))
        .map((n) => n * MINUTE_MS),
      country: fc.constantFrom('', 'GB', 'DE'),
    });
    const visits = fc.uniqueArray(visit, { maxLength: 20, size: 'max', selector: ({ ago }) => ago });
    await fc.assert(
      fc.asyncProperty(visits, async (all) => {
        await tell(
          connection,
          all.map((one, n) => visitOf(n + 1, one)),
        );
        const within = (ms: number) => all.filter(({ ago }) => ago <= ms);
        const visitors = (ms: number) => new Set(within(ms).map(({ visitor }) => visitor)).size;
        const last = new Map(
          within(DAY_MS)
            .sort((a, b) => b.ago - a.ago)
            .map(({ visitor, country }) => [visitor, country]),
        );
        const british = [...last.values()].filter((country) => country === 'GB').length;
        const { live, active, today, ukPercent } = (await read(connection)).visitorStats;
        expect([live, active, today, ukPercent]).toEqual([
          visitors(5 * MINUTE_MS),
          visitors(30 * MINUTE_MS),
          visitors(DAY_MS),
          last.size === 0 ? 0 : Math.round((100 * british) / last.size),
        ]);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('are read along an index', async () => {
    const connection = await emptyStore();
    for (const statement of summaryStatements(NOON).slice(2)) {
      const { sql } = statement as { sql: string };
      const plan = await rowsOf(connection, `explain query plan ${sql.replaceAll(/\?\d/g, '1')}`);
      expect(plan.map(({ detail }) => detail)).toContainEqual(
        expect.stringMatching(/SEARCH visitor_sessions USING INDEX visitor_sessions_by_end/),
      );
    }
  });
});
