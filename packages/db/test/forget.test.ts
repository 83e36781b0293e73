import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, verify, type Connection, type Store } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histories, type History } from './history.ts';
import type { Numbers } from './model.ts';
import { NOON, openBoth, pageView, PLACES, rowsOf } from './support.ts';
import { numbersIn } from './tables.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FRIDAY = NOON - 12 * HOUR_MS;
const SATURDAY = FRIDAY + DAY_MS;

/** What forgetting leaves as it is. */
const KEPT = [
  'hourly',
  'daily',
  'hours',
  'pages',
  'countries',
  'ledger',
] as const satisfies (keyof Numbers)[];

async function countedIn(connection: Connection) {
  const numbers = await numbersIn(connection);
  return Object.fromEntries(KEPT.map((table) => [table, Object.fromEntries(numbers[table])]));
}

async function forgetAll(store: Store, before: number): Promise<void> {
  for (let step = 0; await store.forgetBefore(before); step += 1) {
    if (step > 1_000) throw new Error('Forgetting does not end.');
  }
}

async function tell(store: Store, { batches }: History): Promise<void> {
  for (const { reports } of batches) await store.addAll(reports);
}

/** A store on a file of its own, for one run of a property. */
async function onFile(
  timeoutMs: number,
  use: (store: Store, connection: Connection) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-'));
  const connection = await openFile({ path: join(folder, 'f.db'), synchronous: 'normal', thread: false });
  const store = await openStore(connection, { sessionTimeoutMs: timeoutMs });
  try {
    await use(store, connection);
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}

describe.each(PLACES)('a clock that was years ahead, on %s,', (_, place) => {
  it('makes everything be forgotten; what comes when it is right again is counted, and verify finds nothing', async () => {
    const { store, connection } = await openBoth(await place());
    const views = [2, 3, 4].map((visitor) => pageView({ visitor, page: '/before' }));
    await store.addAll(views);
    await forgetAll(store, FRIDAY + 1_000 * DAY_MS);
    const after = pageView({ visitor: 6, prior: 4, page: '/after', at: NOON + HOUR_MS });
    const answers = await store.addAll([
      after,
      pageView({ visitor: 3, page: '/before', at: NOON + HOUR_MS }),
      pageView({ visitor: 6, page: '/after', at: NOON + 2 * HOUR_MS }),
      { ...pageView({ visitor: 8, at: NOON + 2 * HOUR_MS }), kind: 'registration' },
      { kind: 'engagement', id: after.id, at: NOON + HOUR_MS, engagedMs: 20_000, scrollPercent: 50 },
    ]);
    expect(answers.filter(({ counted }) => counted)).toHaveLength(5);
    expect(await verify(connection.reader)).toEqual([]);
    expect(await store.count()).toMatchObject({ count: 6 });
    expect(await store.count('/after')).toMatchObject({ count: 2 });
    const { sysStats, visitorStats } = await store.summary(NOON + 2 * HOUR_MS);
    expect(sysStats.total_visitors).toBe(6); // a device of which nothing is left is new
    expect(visitorStats).toMatchObject({ live: 0, active: 0, total: 6 });
    await store.forgetBefore(FRIDAY);
    expect(await verify(connection.reader)).toEqual([]);
  });
});

describe('whatever has come', { timeout: 120_000 }, () => {
  it('what is older than a day’s beginning is forgotten, every count stays, and verify finds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(histories(2), fc.double({ min: 0, max: 1, noNaN: true }), async (history, share) =>
        onFile(history.timeoutMs, async (store, connection) => {
          await tell(store, history);
          const days = await rowsOf(connection, 'select distinct day from visitor_hours order by day');
          const day = Number(days[Math.floor(share * days.length)]?.['day'] ?? 0);
          const counted = await countedIn(connection);
          await forgetAll(store, day);
          expect(await countedIn(connection)).toEqual(counted);
          expect(await verify(connection.reader)).toEqual([]);
          expect(
            await rowsOf(
              connection,
              `select (select count(*) from visitor_sessions where ended_at < ${day}) visits,
                (select count(*) from visitor_page_views where session not in (select id from visitor_sessions)) views`,
            ),
          ).toEqual([{ visits: 0, views: 0 }]);
          // What comes afterwards is counted as ever; nobody is believed to be so late that it is of a forgotten day.
          for (const { reports } of history.batches)
            await store.addAll(reports.filter((report) => !('day' in report) || report.day >= day));
          expect(await verify(connection.reader)).toEqual([]);
        }),
      ),
      { numRuns: 30 },
    );
  });

  it('of a visitor nothing is left, every count stays, and verify finds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(histories(2), fc.nat(), async (history, nth) =>
        onFile(history.timeoutMs, async (store, connection) => {
          await tell(store, history);
          const visitors = await rowsOf(connection, 'select distinct visitor from visitor_session_hours');
          fc.pre(visitors.length > 0);
          const visitor = Number(visitors[nth % visitors.length]?.['visitor']);
          const counted = await countedIn(connection);
          const { visits, pageViews } = await store.forgetVisitors([visitor]);
          expect(visits).toBeGreaterThan(0);
          expect(pageViews).toBeGreaterThan(0);
          expect(await countedIn(connection)).toEqual(counted);
          expect(await verify(connection.reader)).toEqual([]);
          for (const table of ['visitors', 'visitor_sessions', 'visitor_session_hours', 'visitor_page_views'])
            expect(await rowsOf(connection, `select * from ${table} where visitor = ${visitor}`)).toEqual([]);
          expect(await store.forgetVisitors([visitor])).toEqual({ visits: 0, pageViews: 0 });
        }),
      ),
      { numRuns: 30 },
    );
  });
});

describe.each(PLACES)('%s', (_name, place) => {
  const opened = async (): Promise<{ store: Store; connection: Connection }> => openBoth(await place());

  it('what is forgotten is deleted a few hundred page views at a time, while others are counted', async () => {
    const { store, connection } = await opened();
    await store.addAll(
      Array.from({ length: 1_200 }, (_, n) =>
        pageView({ visitor: 2 * n + 2, at: NOON + n, page: `/${n % 7}` }),
      ),
    );
    await store.addAll([
      pageView({ visitor: 4, at: SATURDAY + HOUR_MS, hour: SATURDAY + HOUR_MS, day: SATURDAY }),
    ]);
    const left: number[] = [];
    let more = true;
    while (more) {
      more = await store.forgetBefore(SATURDAY);
      await store.addAll([
        pageView({
          visitor: 6,
          at: SATURDAY + HOUR_MS,
          hour: SATURDAY + HOUR_MS,
          day: SATURDAY,
          page: '/late',
        }),
      ]);
      const [row] = await rowsOf(
        connection,
        `select count(*) views from visitor_page_views where viewed_at < ${SATURDAY}`,
      );
      left.push(Number(row?.['views']));
    }
    expect(left.length).toBeGreaterThan(3);
    expect(left.every((views, n) => n === 0 || (left[n - 1] as number) - views <= 500)).toBe(true);
    expect(left.at(-1)).toBe(0);
    expect(store.count()).toMatchObject({ count: 1_201 + left.length });
    expect(await store.count('/3')).toMatchObject({ count: 171 });
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('a visit over midnight is kept until its last day is over', async () => {
    const { store, connection } = await opened();
    await store.addAll([
      pageView({ visitor: 8, at: SATURDAY - 1_000, hour: SATURDAY - HOUR_MS, day: FRIDAY }),
      pageView({ visitor: 10, prior: 8, at: SATURDAY + 1_000, hour: SATURDAY, day: SATURDAY }),
    ]);
    await forgetAll(store, SATURDAY);
    expect(await rowsOf(connection, 'select views from visitor_sessions')).toEqual([{ views: 2 }]);
    expect(await verify(connection.reader)).toEqual([]);
    await forgetAll(store, SATURDAY + DAY_MS);
    expect(await rowsOf(connection, 'select views from visitor_sessions')).toEqual([]);
    expect(await rowsOf(connection, 'select id from visitor_page_views')).toEqual([]);
    expect(store.count()).toMatchObject({ count: 2 });
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('a device is forgotten with its last visit, and stays counted in its country', async () => {
    const { store, connection } = await opened();
    const france = { ...pageView().facts, country: 'FR' };
    await store.addAll([
      pageView({ visitor: 3, facts: france }),
      pageView({ visitor: 5, facts: france }),
      pageView({ visitor: 5, facts: france, at: SATURDAY + 1, hour: SATURDAY, day: SATURDAY }),
    ]);
    await forgetAll(store, SATURDAY);
    expect(await rowsOf(connection, 'select visitor, first_at from visitors')).toEqual([
      { visitor: 5, first_at: NOON },
    ]);
    expect(await rowsOf(connection, 'select visitors from visitor_countries where visitors > 0')).toEqual([
      { visitors: 2 },
    ]);
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('a key of yesterday leads to what the same visitor did today, and to nobody else', async () => {
    const { store, connection } = await opened();
    await store.addAll([
      pageView({ visitor: 8, at: SATURDAY - 1_000, hour: SATURDAY - HOUR_MS, day: FRIDAY }),
      pageView({ visitor: 10, prior: 8, at: SATURDAY + 1_000, hour: SATURDAY, day: SATURDAY }),
      pageView({ visitor: 12, at: SATURDAY + 1_000, hour: SATURDAY, day: SATURDAY }),
    ]);
    expect(await store.forgetVisitors([8])).toEqual({ visits: 1, pageViews: 2 });
    expect(await rowsOf(connection, 'select visitor from visitor_page_views')).toEqual([{ visitor: 12 }]);
    expect(store.count()).toMatchObject({ count: 3 });
    expect(await verify(connection.reader)).toEqual([]);
  });
});
