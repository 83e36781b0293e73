import { calendar, overviewQuery, PERIODS, type OverviewPeriod } from '@footfall/core';
import { migrateConnection, openStore } from '@footfall/db';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readOverview } from '../src/read/overview.ts';
import { scenes, store as storeScene, type Scene } from './picture.ts';
import { filePlace, NOON, pageView, rowsOf } from './support.ts';

const isLong = process.env['FOOTFALL_LONG'] === '1';
const SEED = Number(process.env['FOOTFALL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What was counted from an instant until another, one event after another. */
function countedIn({ visits, identity }: Scene, { from, to }: { from: number; to: number }) {
  const marks = visits.flatMap((visit) => visit.marks).filter(({ at }) => at >= from && at < to);
  const begun = visits.filter(({ marks: [{ at }] }) => at >= from && at < to);
  const keys = marks.map(({ day, visitor }) =>
    identity === 'device' ? String(visitor) : `${day} ${visitor}`,
  );
  return {
    views: marks.filter(({ page }) => page !== null).length,
    visits: begun.length,
    visitors: new Set(keys).size,
  };
}

describe('the public statistics', () => {
  it('compare with as much of the period before as has passed, to the minute', async () => {
    console.log(`overview: FOOTFALL_SEED=${SEED}`);
    const connection = await (await filePlace({ thread: false }))();
    onTestFinished(() => connection.close());
    await migrateConnection(connection);
    const tables = await rowsOf(
      connection,
      `select name from sqlite_master where type = 'table' and name glob 'visitor*' and name <> 'visitor_stats'`,
    );
    const periods = fc.constantFrom(...(Object.keys(PERIODS) as OverviewPeriod[]));
    let compared = 0;
    const holds = async (scene: Scene, period: OverviewPeriod, after: number): Promise<void> => {
      // A visit that goes on for more than a day is a machine's, and is not looked for.
      fc.pre(scene.visits.every(({ marks }) => (marks.at(-1)?.at ?? 0) - marks[0].at < DAY_MS));
      await connection.database.batch(
        tables.map(({ name }) => `delete from ${String(name)}`),
        'write',
      );
      await storeScene(connection, scene);
      // Something happened shortly before the minute at which the comparison ends.
      const marks = scene.visits.flatMap((visit) => visit.marks);
      const near = marks[after % Math.max(marks.length, 1)]?.at ?? scene.now;
      const now = near + PERIODS[period] * DAY_MS + (after % 7) * 9 * MINUTE_MS;
      const context = { calendar: calendar(scene.timeZone), now, identity: scene.identity };
      const query = overviewQuery(period, context);
      const read = await readOverview(connection.reader, query);
      const expected = countedIn(scene, { from: query.comparison.hours.from, to: query.comparison.rest.to });
      if (expected.views > 0) compared += 1;
      expect(read.previous).toMatchObject(expected);
      const whole = countedIn(scene, { from: query.comparison.hours.from, to: query.from });
      expect(read.previousSeries.reduce((sum, { views }) => sum + views, 0)).toBe(whole.views);
      expect(read.previousSeries).toHaveLength(query.previousStarts.length);
    };
    await fc.assert(fc.asyncProperty(scenes, periods, fc.integer({ min: 0, max: 300 }), holds), {
      seed: SEED,
      numRuns: isLong ? 1_000 : 30,
    });
    expect(compared).toBeGreaterThan(5);
  });

  it('are read again for a later minute, and say since when has been counted', async () => {
    const connection = await (await filePlace({ thread: false }))();
    const store = await openStore(connection);
    onTestFinished(() => store.close());
    const at = (now: number) =>
      store.overview(overviewQuery('today', { calendar: calendar('UTC'), now, identity: 'daily' }), now);
    expect((await at(NOON)).since).toBeNull();

    await store.add(pageView({ at: NOON - DAY_MS + 5 * MINUTE_MS }), false);
    const early = await at(NOON);
    expect(early.since).toBe(NOON - DAY_MS);
    expect(early.previous).toMatchObject({ views: 0, visits: 0, visitors: 0 });
    const later = await at(NOON + 10 * MINUTE_MS);
    expect(later.previous).toMatchObject({
      views: 1,
      visits: 1,
      visitors: 1,
      bounceRate: 1,
      viewsPerVisit: 1,
    });
    expect(later.previousSeries[12]).toMatchObject({ views: 1, visits: 1, visitors: 1 });
  });
});
