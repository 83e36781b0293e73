import { calendar, type Attributes, type Stats } from '@footfall/core';
import { migrateConnection, type Connection } from '@footfall/db';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { utcDayOf } from '../src/store.ts';
import { statsOf, statsStatements, type StatsSnapshot } from '../src/read/stats.ts';
import { store, type Visit } from './picture.ts';
import {
  commitElsewhere,
  filePlace,
  NO_TAGS,
  NOON,
  open,
  pageView,
  PLACES,
  rowsOf,
  sqldPlace,
  STORE,
} from './support.ts';

/** Another one for each run of the tests; `FOOTFALL_SEED` repeats one. */
const SEED = Number(process.env['FOOTFALL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A visit of one page view, in UTC. */
function visitOf(
  id: number,
  { visitor, ago, country, city = '' }: { visitor: number; ago: number; country: string; city?: string },
): Visit {
  const at = NOON - ago;
  const facts: Attributes = { ...pageView().attributes, ...NO_TAGS, country, city };
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

async function storeVisits(connection: Connection, visits: readonly Visit[]): Promise<void> {
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

async function read({ reader }: Connection, country?: string): Promise<StatsSnapshot> {
  return statsOf(await reader.batch(statsStatements(NOON, utcDayOf(NOON))), country);
}

describe('the summaries', () => {
  it('of a site that nobody has visited say so', async () => {
    const connection = await emptyStore();
    expect(await read(connection)).toEqual({
      count: 0,
      stats: {
        totalVisitors: 0,
        totalVisits: 0,
        todayVisits: 0,
        activeUsers: 0,
        uniqueVisitors: 0,
        locations: {},
        version: 0,
        store: STORE,
      },
      sysStats: { total_visitors: 0, countries: {}, last_updated: null, updatedAt: null },
      visitorStats: {
        live: 0,
        active: 0,
        today: 0,
        total: 0,
        location: null,
        ukPercent: 0,
        unitedKingdomPercent: 0,
        version: 0,
        store: STORE,
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
      updatedAt: '2026-11-20T12:00:00.000Z',
    });
    expect(visitorStats).toMatchObject({ total: 107, version: 9, updatedAt: '2026-11-20T12:00:00.000Z' });
  });

  it('call nobody live whose last page view lies in the future: a clock was wrong', async () => {
    const connection = await emptyStore();
    const visits = [
      visitOf(1, { visitor: 2, ago: MINUTE_MS, country: 'DE' }),
      visitOf(2, { visitor: 4, ago: -MINUTE_MS, country: 'DE' }), // two instances may differ by as much
      visitOf(3, { visitor: 6, ago: -MINUTE_MS - 1, country: 'FR' }),
      visitOf(4, { visitor: 8, ago: -365 * DAY_MS, country: 'FR' }),
    ];
    await storeVisits(connection, visits);
    const { stats, visitorStats } = await read(connection);
    expect(visitorStats).toMatchObject({
      live: 2,
      active: 2,
      today: 2,
      location: { country: 'DE', percent: 100 },
    });
    expect(stats).toMatchObject({
      activeUsers: 2,
      locations: { DE: { count: 2 } },
      totalVisitors: 4,
      totalVisits: 4,
      todayVisits: 3,
    });
  });

  it('distinguish the live from the active and from today’s, to the millisecond', async () => {
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
    await storeVisits(
      connection,
      agos.map((ago, n) => visitOf(n + 1, { visitor: 2 * n + 2, ago, country: 'DE' })),
    );
    expect((await read(connection)).visitorStats).toMatchObject({ live: 2, active: 4, today: 6 });
  });

  it('say where most of today’s visitors are, of all of them, or how many are where the site names', async () => {
    const connection = await emptyStore();
    const countries = ['', '', '', 'GB', 'FR', 'FR', 'DE', 'DE'];
    await storeVisits(
      connection,
      countries.map((country, n) => visitOf(n + 1, { visitor: 2 * n + 2, ago: n * MINUTE_MS, country })),
    );
    // Of two with as many the first by its code; not known is no country.
    expect((await read(connection)).visitorStats).toMatchObject({
      location: { country: 'DE', percent: 25 },
      ukPercent: 13,
      unitedKingdomPercent: 13,
    });
    expect((await read(connection, 'GB')).visitorStats.location).toEqual({ country: 'GB', percent: 13 });
    expect((await read(connection, 'US')).visitorStats.location).toEqual({ country: 'US', percent: 0 });
  });

  it('have nowhere to name where no visitor’s country is known', async () => {
    const connection = await emptyStore();
    await storeVisits(connection, [visitOf(1, { visitor: 2, ago: 0, country: '' })]);
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
        await storeVisits(
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
    for (const statement of statsStatements(NOON, utcDayOf(NOON)).slice(3)) {
      const { sql } = statement as { sql: string };
      const plan = await rowsOf(connection, `explain query plan ${sql.replaceAll(/\?\d/g, '1')}`);
      expect(plan.map(({ detail }) => detail)).toContainEqual(
        expect.stringMatching(/SEARCH visitor_sessions USING INDEX visitor_sessions_by_end/),
      );
    }
  });
});

/** The sum over all locations. */
function peopleIn({ locations }: Stats): number {
  return Object.values(locations).reduce((sum, { count }) => sum + count, 0);
}

describe('where the live are', () => {
  const places = async (visits: readonly Visit[]): Promise<Stats> => {
    const connection = await emptyStore();
    await storeVisits(connection, visits);
    return (await read(connection)).stats;
  };

  it('is counted by city and country, by country where no city is known, and XX where nothing is', async () => {
    const locations = [
      ['BD', 'Dhaka'],
      ['BD', 'Dhaka'],
      ['BD', ''],
      ['FR', 'Paris'],
      ['US', 'Paris'],
      ['', 'Nowhere'],
      ['', ''],
    ] as const;
    const stats = await places(
      locations.map(([country, city], n) => visitOf(n + 1, { visitor: 2 * n + 2, ago: n, country, city })),
    );
    expect(stats).toMatchObject({ activeUsers: 7 });
    expect(stats.locations).toEqual({
      'Dhaka, BD': { count: 2 },
      BD: { count: 1 },
      'Paris, FR': { count: 1 },
      'Paris, US': { count: 1 },
      'Nowhere, XX': { count: 1 },
      XX: { count: 1 },
    });
  });

  it('is where each was seen last, and nobody is who was last seen more than five minutes ago', async () => {
    const at = (id: number, visitor: number, ago: number, city: string) =>
      visitOf(id, { visitor, ago, country: 'BD', city });
    const stats = await places([
      at(1, 2, 4 * MINUTE_MS, 'Dhaka'),
      at(2, 2, MINUTE_MS, 'Sylhet'),
      at(3, 4, 5 * MINUTE_MS, 'Khulna'),
      at(4, 6, 5 * MINUTE_MS + 1, 'Bogra'),
    ]);
    expect(stats).toMatchObject({ activeUsers: 2, totalVisitors: 4 });
    expect(stats.locations).toEqual({ 'Sylhet, BD': { count: 1 }, 'Khulna, BD': { count: 1 } });
  });

  it('lists the hundred locations with the most; the rest are (other), and nobody is left out', async () => {
    const cities = Array.from({ length: 103 }, (_, n) => `City ${String(n).padStart(3, '0')}`);
    const people = [...cities, ...cities.slice(3)];
    const stats = await places(
      people.map((city, n) => visitOf(n + 1, { visitor: 2 * n + 2, ago: n, country: 'DE', city })),
    );
    expect(Object.keys(stats.locations)).toHaveLength(101);
    expect(stats.locations['(other)']).toEqual({ count: 3 });
    expect(stats.locations['City 003, DE']).toEqual({ count: 2 });
    expect(stats.activeUsers).toBe(203);
    expect(peopleIn(stats)).toBe(stats.activeUsers);
  });

  it('sums to the live visitors, wherever they came from', async () => {
    const connection = await emptyStore();
    const visit = fc.record({
      visitor: fc.integer({ min: 1, max: 9 }).map((person) => 2 * person),
      ago: fc.integer({ min: 0, max: 500 }).map((n) => n * 1_000),
      country: fc.constantFrom('', 'GB', 'DE'),
      city: fc.constantFrom('', 'A', 'B'),
    });
    const visits = fc.uniqueArray(visit, { maxLength: 20, size: 'max', selector: ({ ago }) => ago });
    await fc.assert(
      fc.asyncProperty(visits, async (all) => {
        await storeVisits(
          connection,
          all.map((one, n) => visitOf(n + 1, one)),
        );
        const { stats, visitorStats } = await read(connection);
        const live = all.filter(({ ago }) => ago <= 5 * MINUTE_MS).map(({ visitor }) => visitor);
        expect(stats.activeUsers).toBe(new Set(live).size);
        expect(stats.activeUsers).toBe(visitorStats.live);
        expect(peopleIn(stats)).toBe(stats.activeUsers);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});

describe('today’s visits', () => {
  const dhaka = calendar('Asia/Dhaka');
  const dayOf = (at: number): number => dhaka.momentOf(at).day;
  const MIDNIGHT = dayOf(NOON);
  const visit = (visitor: number, at: number) => pageView({ visitor, ...dhaka.momentOf(at) });

  it.each(PLACES)(
    'are those since local midnight, on %s; from the next one on they are none',
    async (_, place) => {
      const store = await open((await place())(), { dayOf });
      await store.addAll([
        visit(2, MIDNIGHT - DAY_MS),
        visit(4, MIDNIGHT - 1),
        visit(6, MIDNIGHT),
        visit(8, MIDNIGHT + HOUR_MS),
        visit(8, MIDNIGHT + HOUR_MS + 1), // the same visit
        visit(8, MIDNIGHT + 3 * HOUR_MS),
      ]);
      const at = async (now: number) => (await store.stats(now)).stats;
      expect(await at(NOON)).toMatchObject({ totalVisitors: 5, todayVisits: 3 });
      expect(await at(MIDNIGHT + DAY_MS - 1)).toMatchObject({ totalVisitors: 5, todayVisits: 3 });
      const before = (await at(MIDNIGHT + DAY_MS - 1)).version;
      const tomorrow = await at(MIDNIGHT + DAY_MS + 5_000);
      expect(tomorrow).toMatchObject({ totalVisitors: 5, todayVisits: 0 });
      expect(tomorrow.version).toBeGreaterThan(before);
    },
  );

  it('are begun on the day on which they began, though they go on past midnight', async () => {
    const store = await open((await filePlace())(), { dayOf });
    const person = { visitor: 3 }; // a device: one key on both days
    await store.add({ ...visit(3, MIDNIGHT - MINUTE_MS), ...person }, false);
    await store.add({ ...visit(3, MIDNIGHT + MINUTE_MS), ...person }, false);
    const { stats, count } = await store.stats(MIDNIGHT + 2 * MINUTE_MS);
    expect(stats).toMatchObject({ totalVisitors: 1, todayVisits: 0, activeUsers: 1 });
    expect(count).toBe(2);
  });
});

describe('who follows a store', () => {
  it.each(PLACES)(
    'on %s is notified of a newer version by the commit, and of nothing else',
    async (_, place) => {
      const store = await open((await place())());
      const versions: number[] = [];
      const stop = store.follow(() => versions.push((store.count() as { version: number }).version));
      const view = pageView();
      await store.add(view, false);
      expect(versions).toEqual([1]);
      await store.add(view, false); // a duplicate changes nothing
      expect(versions).toEqual([1]);
      await store.stats(NOON); // what is folded for it has this version already
      await store.stats(NOON); // there is nothing to be folded
      expect(versions).toEqual([1]);
      await store.add({ ...pageView(), kind: 'registration' }, false);
      expect(versions).toEqual([1, 2]);
      stop();
      stop();
      await store.add(pageView(), false);
      await store.fold();
      expect(versions).toEqual([1, 2]);
    },
  );

  it('on a server is notified of what another instance has committed', async () => {
    const place = await sqldPlace();
    const store = await open(place());
    let calls = 0;
    let stopped = 0;
    store.follow(() => (calls += 1));
    store.follow(() => (stopped += 1))();
    const other = await place();
    onTestFinished(() => other.close());
    await commitElsewhere(other, pageView());
    await expect.poll(() => calls).toBe(1);
    expect(store.count()).toMatchObject({ count: 1, version: 1 });
    expect(stopped).toBe(0);
  });

  it('is notified when a time window has moved and somebody reads, without a new event', async () => {
    const store = await open((await filePlace())());
    await store.add(pageView(), false);
    expect((await store.stats(NOON)).stats).toMatchObject({ activeUsers: 1, version: 1 });
    let calls = 0;
    store.follow(() => (calls += 1));
    const { stats, visitorStats } = await store.stats(NOON + 5 * MINUTE_MS + 1);
    expect(stats).toMatchObject({ activeUsers: 0, locations: {}, version: 2 });
    expect(visitorStats).toMatchObject({ live: 0, active: 1, version: 2 });
    expect(calls).toBe(1);
  });
});
