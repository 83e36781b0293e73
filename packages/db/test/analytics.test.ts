import {
  analyticsQuery,
  calendar,
  DIMENSIONS,
  LIST_DIMENSIONS,
  listQuery,
  SORTS,
  type Analytics,
  type AnalyticsInput,
  type ListName,
  type ListQuery,
} from '@footfall/core';
import { migrateConnection, type Connection } from '@footfall/db';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EARLY, hoursSql, listSql, pageHoursSql, pagesSql, type Filter } from '../src/read/analytics-sql.ts';
import { countStatements, readAnalytics } from '../src/read/analytics.ts';
import { verify, type Difference } from '../src/keep/verify.ts';
import { readRows } from '../src/read/rows.ts';
import { queryOf, computeAnalytics, computeRows, scenes, store, type Scene, type Visit } from './picture.ts';
import { filePlace, NO_TAGS, NOON, pageView, rowsOf, sqldPlace, type Place } from './support.ts';

const isLong = process.env['FOOTFALL_LONG'] === '1';

/** Another one for each run of the tests; `FOOTFALL_SEED` repeats one. */
const SEED = Number(process.env['FOOTFALL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * What the analytics do not read. (Of two visits of a device that begin at the same time, as they may in a scene, either
 * may be the one whose country is the device's.)
 */
const NOT_OF_SCENES = ['visitor_counts', 'visitor_countries', 'visitor_stats', 'visitors.country'];

/** An empty store, and how it is emptied again. */
async function emptyStore(
  makePlace: () => Promise<Place> = () => filePlace({ thread: false }),
): Promise<{ connection: Connection; clear: () => Promise<unknown> }> {
  const place = await makePlace();
  const connection = await place();
  onTestFinished(() => connection.close());
  await migrateConnection(connection);
  const tables = await rowsOf(
    connection,
    `select name from sqlite_master where type = 'table' and name glob 'visitor*' and name <> 'visitor_stats'`,
  );
  const statements = tables.map(({ name }) => `delete from ${String(name)}`);
  return { connection, clear: () => connection.database.batch(statements, 'write') };
}

/** A list of the same range and filters: each question another one, ordered, searched and cut another way. */
function rowsAsked({ timeZone, now, identity, visits }: Scene, question: AnalyticsInput): ListQuery {
  const {
    compare: _,
    compareBy: __,
    compareFrom: ___,
    compareTo: ____,
    interval: _____,
    ...input
  } = question;
  const nth = JSON.stringify(question).length + visits.length;
  const pick = <T>(of: readonly T[], by = 1): T => of[Math.floor(nth / by) % of.length] as T;
  const names = Object.keys(LIST_DIMENSIONS) as ListName[];
  const changes = {
    list: pick(names),
    sort: pick([...SORTS, undefined], 2),
    order: pick(['asc', 'desc', undefined] as const, 3),
    search: pick([undefined, '', 'E', '/', 'zz'], 5),
    offset: pick([undefined, 0, 1, 2], 7),
  };
  return listQuery({ ...input, ...changes }, { calendar: calendar(timeZone), now, identity });
}

function query(input: AnalyticsInput, now = NOON) {
  return analyticsQuery(input, { calendar: calendar('UTC'), now, identity: 'daily' });
}

describe('the analytics', () => {
  it.each([
    ['a file', () => filePlace({ thread: false }), isLong ? 1_000 : 60],
    ['sqld', sqldPlace, isLong ? 50 : 3],
  ])('say what follows from the visits, by the definitions: %s', async (_, makePlace, numRuns) => {
    console.log(`analytics: ${numRuns} scenes, FOOTFALL_SEED=${SEED}`);
    const { connection, clear } = await emptyStore(makePlace);
    const holds = async (scene: Scene): Promise<void> => {
      await clear();
      await store(connection, scene);
      // Computing the counts from the log must give those of the scene: the same definitions, written twice.
      const differences = await verify(connection.reader);
      const isOfScenes = ({ table, column }: Difference): boolean =>
        ![table, `${table}.${column}`].some((name) => NOT_OF_SCENES.includes(name));
      expect(differences.filter(isOfScenes)).toEqual([]);
      for (const question of scene.questions) {
        const asked = queryOf(scene, question);
        if (asked === undefined) continue;
        const answer = await readAnalytics(connection.reader, asked, { portion: scene.portion });
        expect(answer, JSON.stringify(question)).toEqual(computeAnalytics(scene, asked));
        const list = rowsAsked(scene, question);
        const rows = await readRows(connection.reader, list, { portion: scene.portion });
        expect(rows, JSON.stringify([question, list])).toEqual(computeRows(scene, list));
      }
    };
    await fc.assert(fc.asyncProperty(scenes, holds), { seed: SEED, numRuns });
  });

  it('count a visitor of a page in the hour of the first view of that day, though it lies before the range', async () => {
    const { connection } = await emptyStore();
    const midnight = NOON - 12 * HOUR_MS;
    const visitAt = (id: number, hour: number): Visit => {
      const at = midnight + hour * HOUR_MS;
      return {
        id,
        facts: { ...pageView().attributes, ...NO_TAGS },
        marks: [{ at, hour: at, day: midnight, page: '/', visitor: 2 }],
        engagedMs: 0,
        seenUntil: at,
      };
    };
    const scene: Scene = {
      timeZone: 'UTC',
      identity: 'daily',
      now: NOON,
      visits: [visitAt(1, 3), visitAt(2, 9)],
      bots: [],
      questions: [],
      portion: 100,
    };
    await store(connection, scene);
    for (const filter of [{}, { country: 'DE' }, { page: '/' }, { entry: '/' }]) {
      const asked = query({ from: midnight + 6 * HOUR_MS, to: NOON, ...filter });
      const { topPages, totals } = await readAnalytics(connection.reader, asked);
      expect(totals).toMatchObject({ views: 1, visits: 1, visitors: 0 });
      expect(topPages).toEqual([{ value: '/', views: 1, visits: 1, visitors: 0 }]);
    }
  });

  it('under a filter have the totals that the value’s row in the list has', async () => {
    const { connection, clear } = await emptyStore();
    const names = {
      page: 'topPages',
      entry: 'entryPages',
      exit: 'exitPages',
      source: 'sources',
      country: 'countries',
      city: 'cities',
      device: 'devices',
    } as const satisfies Partial<Record<keyof AnalyticsInput, keyof Analytics>>;
    const holds = async (scene: Scene): Promise<void> => {
      await clear();
      await store(connection, scene);
      const range = { from: scene.now - 9 * DAY_MS, to: scene.now - 2 * DAY_MS };
      const ask = (filters: AnalyticsInput) =>
        readAnalytics(connection.reader, query({ ...range, ...filters, limit: 1_000 }, scene.now));
      const all = await ask({});
      for (const [filter, list] of Object.entries(names)) {
        for (const { value, ...row } of all[list]) {
          expect((await ask({ [filter]: value })).totals).toMatchObject(row);
        }
      }
    };
    const plain = scenes.filter(({ timeZone, identity }) => timeZone === 'UTC' && identity === 'daily');
    await fc.assert(fc.asyncProperty(plain, holds), { seed: SEED, numRuns: isLong ? 100 : 5 });
  });

  it('take from a great many counts the same first ones as from all of them', async () => {
    const { connection, clear } = await emptyStore();
    const counts = fc.record({
      values: fc.integer({ min: 1, max: 40 }),
      skew: fc.constantFrom(0, 0.3, 1, 2),
      noise: fc.array(fc.double({ min: 0.2, max: 1, noNaN: true }), { minLength: 7, maxLength: 7 }),
      scale: fc.constantFrom(1, 30, 5_000),
      from: fc.integer({ min: 0, max: 60 }),
      hours: fc.integer({ min: 1, max: 96 }),
      limit: fc.integer({ min: 1, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(counts, async ({ values, skew, noise, scale, from, hours, limit }) => {
        await clear();
        const begin = NOON - (NOON % DAY_MS) - 9 * DAY_MS;
        const rows = Array.from({ length: 6 * 24 }, (_, n) => begin + n * HOUR_MS).flatMap((hour, n) =>
          Array.from({ length: values }, (__, value) => ({
            hour,
            day: hour - (hour % DAY_MS),
            value: 1_000 + value,
            views: Math.floor((scale * (noise[(n + value) % 7] ?? 1)) / (1 + value) ** skew),
          })).filter(({ views }) => views > 0),
        );
        await connection.database.batch(
          [
            {
              sql: `insert into visitor_values (id, dimension, value, since)
                select value, 1, 'p' || value, 0 from json_each(?)`,
              args: [JSON.stringify(Array.from({ length: values }, (_, n) => 1_000 + n))],
            },
            ...['hourly', 'daily'].map((every) => {
              const time = every === 'hourly' ? 'hour' : 'day';
              return {
                sql: `insert into visitor_${every}_counts (dimension, ${time}, value, views, visits, visitors)
                  select 1, value ->> '${time}', value ->> 'value', sum(value ->> 'views'), 0, 0
                  from json_each(?) group by 2, 3`,
                args: [JSON.stringify(rows)],
              };
            }),
            {
              sql: `insert into visitor_hours (hour, day, views, visits, visitors, bounces, visit_ms)
                select value ->> 'hour', value ->> 'day', sum(value ->> 'views'), 0, 0, 0, 0
                from json_each(?) group by 1`,
              args: [JSON.stringify(rows)],
            },
          ],
          'write',
        );
        const asked = query({ from: begin + from * HOUR_MS, to: begin + (from + hours) * HOUR_MS, limit });
        const sums = new Map<number, number>();
        for (const { hour, value, views } of rows) {
          if (hour >= asked.from && hour < asked.to) sums.set(value, (sums.get(value) ?? 0) + views);
        }
        const first = [...sums].sort(([a, of], [b, than]) => than - of || a - b).slice(0, limit);
        const { topPages } = await readAnalytics(connection.reader, asked);
        expect(topPages.map(({ value, views }) => [value, views])).toEqual(
          first.map(([value, views]) => [`p${value}`, views]),
        );
      }),
      { seed: SEED, numRuns: isLong ? 300 : 25, endOnFailure: true },
    );
  });

  it('of a site that nobody has visited are empty', async () => {
    const { connection } = await emptyStore();
    for (const filters of [{}, { page: '/' }, { country: 'XX' }]) {
      const answer = await readAnalytics(connection.reader, query(filters));
      expect(answer.totals).toEqual({
        views: 0,
        visits: 0,
        visitors: 0,
        bounceRate: 0,
        averageVisitMs: 0,
        viewsPerVisit: 0,
        newVisitors: null,
        returningVisitors: null,
      });
      expect(answer.series).toHaveLength(30);
      expect([answer.topPages, answer.countries, answer.bots]).toEqual([
        [],
        [],
        { views: 0, share: 0, top: [] },
      ]);
    }
  });

  it('are given up when they take too long, and say so when the store does not answer', async () => {
    const { connection } = await emptyStore();
    await expect(
      readAnalytics(connection.reader, query({ page: '/' }), { budgetMs: -1 }),
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
    const away = { batch: () => Promise.reject(new Error('away')) };
    await expect(readAnalytics(away, query({}))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('are read along the indexes, and nothing that is large is sorted', async () => {
    const { connection } = await emptyStore();
    const planOf = async (sql: string): Promise<string[]> =>
      (await rowsOf(connection, `explain query plan ${sql.replaceAll(/\?\d*/g, '1')}`)).map(({ detail }) =>
        String(detail),
      );
    const some = (...ids: number[]) => ({ ids, isOut: false });
    const not = (...ids: number[]) => ({ ids, isOut: true });
    const filters: Filter[] = [
      {},
      { country: some(1) },
      { entry: some(1) },
      { page: some(1) },
      { device: some(1), page: some(2), exit: some(3) },
      { country: not(1, 2), entry: not(3), page: not(4) },
      { page: some(1, 2), exit: some(1, 2, 3, 4, 5, 6) },
      { page: some(...Array.from({ length: 600 }, (_, n) => n)) },
    ];
    for (const filter of filters) {
      for (const reading of ['early', 'before', 'within'] as const) {
        for (const sql of [hoursSql(filter, reading), pagesSql(filter, reading)]) {
          const plan = await planOf(sql);
          expect(
            plan.filter((step) => /TEMP B-TREE|^SCAN (?!json_each)/.test(step)),
            sql,
          ).toEqual([]);
          expect(plan[0]).toMatch(
            reading === 'early'
              ? /SEARCH visit USING INTEGER PRIMARY KEY/
              : /SEARCH visit USING INDEX visitor_sessions_by_hour/,
          );
        }
      }
    }
    for (const filter of [{ page: some(1) }, { device: some(1), page: some(2), exit: some(3) }])
      for (const reading of ['before', 'within'] as const)
        expect(await planOf(pageHoursSql(filter, reading))).toEqual([
          'SEARCH view USING INDEX visitor_page_views_by_page (page=? AND <expr>>? AND <expr><?)',
          'SEARCH visit USING INTEGER PRIMARY KEY (rowid=?)',
          'CORRELATED SCALAR SUBQUERY 1',
          'SEARCH visitor_hours USING INTEGER PRIMARY KEY (rowid=?)',
        ]);
    expect((await planOf(EARLY)).filter((step) => step.startsWith('SCAN visitor'))).toEqual([]);
    const plan = await planOf(listSql('views'));
    expect(plan.filter((step) => /visitor_(daily|hourly)_counts/.test(step))).not.toContainEqual(
      expect.stringMatching(/^SCAN/),
    );
  });

  it('without a filter are one batch, whatever is asked', () => {
    expect(countStatements(query({}))).toHaveLength(2 + DIMENSIONS.length);
    expect(
      new Set(countStatements(query({})).map((one) => (typeof one === 'string' ? one : one.sql))).size,
    ).toBe(4);
  });
});
