import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OTHER, type PageView } from '@footfall/core';
import { openStore, verify, type Connection, type Store } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import { openFile } from '@footfall/db/embedded';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forgetBefore } from '../src/keep/forget.ts';
import type { Write } from '../src/log/write.ts';
import { histories, timeoutSetting, type History } from './history.ts';
import type { Numbers } from './model.ts';
import {
  expectAgreement,
  idOf,
  NOON,
  openBoth,
  pageView,
  PLACES,
  rowsOf,
  type PageViewChanges,
} from './support.ts';
import { numbersIn } from './tables.ts';

const IS_LONG = process.env['FOOTFALL_LONG'] === '1';

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

async function send(store: Store, { batches }: History): Promise<void> {
  for (const { reports, timeoutMs } of batches) {
    if (timeoutMs !== undefined) await store.settings.change(timeoutSetting(timeoutMs));
    await store.addAll(reports);
  }
  await store.fold();
}

/** A store on a file of its own, for one run of a property. */
async function onFile(
  timeoutMs: number,
  use: (store: Store, connection: Connection) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-'));
  const connection = await openFile({ path: join(folder, 'f.db'), synchronous: 'normal', thread: false });
  const store = await openStore(connection);
  await store.settings.change(timeoutSetting(timeoutMs));
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
    const after = pageView({ visitor: 6, previousDayKey: 4, page: '/after', at: NOON + HOUR_MS });
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
    const { sysStats, visitorStats } = await store.stats(NOON + 2 * HOUR_MS);
    expect(sysStats.total_visitors).toBe(6); // a device of which nothing is left is new
    expect(visitorStats).toMatchObject({ live: 0, active: 0, total: 6 });
    await store.forgetBefore(FRIDAY);
    expect(await verify(connection.reader)).toEqual([]);
  });
});

describe('whatever has come', { timeout: 120_000 }, () => {
  it('what is older than a day’s beginning is forgotten, every count stays, and verify finds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(histories(2), fc.nat(), async (history, nth) =>
        onFile(history.timeoutMs, async (store, connection) => {
          await send(store, history);
          const days = await rowsOf(connection, 'select distinct day from visitor_hours order by day');
          const day = Number(days[nth % days.length]?.['day'] ?? 0);
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
          await store.fold();
          expect(await verify(connection.reader)).toEqual([]);
        }),
      ),
      { numRuns: IS_LONG ? 200 : 12 },
    );
  });

  it('of a visitor nothing is left, every count stays, and verify finds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(histories(2), fc.nat(), async (history, nth) =>
        onFile(history.timeoutMs, async (store, connection) => {
          await send(store, history);
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
      { numRuns: IS_LONG ? 200 : 12 },
    );
  });
});

describe('whatever has come', { timeout: 120_000 }, () => {
  it('a deleted page is in no number any more, all others stay, and verify finds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(histories(2), fc.nat(), fc.boolean(), async (history, nth, isOld) =>
        onFile(history.timeoutMs, async (store, connection) => {
          await send(store, history);
          const days = await rowsOf(connection, 'select distinct day from visitor_hours order by day');
          if (isOld) await forgetAll(store, Number(days[nth % days.length]?.['day'] ?? 0));
          const pages = await pagesIn(connection);
          const names = [...pages.keys()].filter((name) => name !== OTHER);
          fc.pre(names.length > 0);
          const page = names[nth % names.length] ?? '';
          const [inLog] = await rowsOf(
            connection,
            `select count(*) views from visitor_page_views join visitor_values on visitor_values.id = page
            where value = '${page.replaceAll("'", "''")}'`,
          );
          const before = store.version()?.store ?? 0;
          const [log, all] = [Number(inLog?.['views']), pages.get(page) ?? 0];
          expect(await store.erasePage(page)).toBe(log);
          expect(await verify(connection.reader)).toEqual([]);
          expect(store.version()?.store).toBeGreaterThan(before);
          // What retention has left nothing of stays counted, without its name.
          const after = await pagesIn(connection);
          pages.delete(page);
          if (all > log || isOld) pages.set(OTHER, after.get(OTHER) ?? 0);
          if (!isOld) expect(after).toEqual(pages);
          expect(after.has(page)).toBe(false);
          const names2 = `select value from visitor_values where value = '${page.replaceAll("'", "''")}' and dimension = 1`;
          expect(await rowsOf(connection, names2)).toEqual([]);
          expect(await store.erasePage(page)).toBe(0);
          // Events are accepted for a day at most, so none comes for a day that retention has closed.
          const [kept] = await rowsOf(connection, 'select kept_from from visitor_stats');
          for (const { reports } of history.batches)
            await store.addAll(
              reports
                .map((report, at) => ({ ...report, id: idOf(100_000 + at) }))
                .filter((report) => !('at' in report) || report.at >= Number(kept?.['kept_from'])),
            );
          await store.fold();
          expect(await verify(connection.reader)).toEqual([]);
        }),
      ),
      { numRuns: IS_LONG ? 200 : 12 },
    );
  });

  it('of a visitor nothing of a period is left, the rest stays, and so does every count', async () => {
    await fc.assert(
      fc.asyncProperty(histories(2), fc.nat(), fc.nat(), async (history, nth, ofDays) =>
        onFile(history.timeoutMs, async (store, connection) => {
          await send(store, history);
          const visits = await rowsOf(
            connection,
            'select visitor, started_at from visitor_sessions order by started_at',
          );
          fc.pre(visits.length > 0);
          const visitor = Number(visits[nth % visits.length]?.['visitor']);
          const from = Number(visits[ofDays % visits.length]?.['started_at']);
          const counted = await countedIn(connection);
          const during = { from, until: from + 2 * HOUR_MS };
          await store.forgetVisitors([visitor], during);
          expect(await countedIn(connection)).toEqual(counted);
          expect(await verify(connection.reader)).toEqual([]);
          const left = `select id from visitor_sessions where visitor = ${visitor}
            and started_at >= ${during.from} and started_at < ${during.until}`;
          expect(await rowsOf(connection, left)).toEqual([]);
        }),
      ),
      { numRuns: IS_LONG ? 200 : 12 },
    );
  });
});

/** Page views by page, those without any left out. */
async function pagesIn(connection: Connection): Promise<Map<string, number>> {
  const rows = await rowsOf(
    connection,
    'select page_identifier, view_count from visitor_counts where view_count > 0',
  );
  return new Map(rows.map((row) => [String(row['page_identifier']), Number(row['view_count'])]));
}

describe.each(PLACES)('everything on %s', (_, place) => {
  it('is deleted at once, for every instance, and what comes afterwards is counted from one', async () => {
    const { store, connection } = await openBoth(await place());
    const other = directStore({ ...connection, close: () => Promise.resolve() });
    const views = [2, 3, 4].map((visitor) => pageView({ visitor, page: '/before' }));
    await store.addAll(views);
    await other.addAll(views.map((view) => ({ ...view, id: idOf(view.visitor) })));
    const before = (await other.count()).store;
    await store.eraseAll();
    expect(await verify(connection.reader)).toEqual([]);
    expect(await store.count()).toMatchObject({ count: 0 });
    expect((await other.count()).store).toBeGreaterThan(before);
    await other.add(pageView({ visitor: 6, page: '/before' }), false);
    await store.add(pageView({ visitor: 8, page: '/after' }), false);
    await store.fold();
    await expectAgreement({ store, connection }, 2);
    expect((await pagesIn(connection)).get('/before')).toBe(1);
    expect(
      await rowsOf(connection, 'select value from visitor_values where dimension = 1 order by value'),
    ).toEqual([{ value: '(other)' }, { value: '/after' }, { value: '/before' }]);
  });

  it('is deleted but for what stands for names beyond a quota, so that nothing is set aside afterwards', async () => {
    const { store, connection } = await openBoth(await place(), { newValuesPerHour: 2 });
    const others = `select dimension from visitor_values where value = '(other)' order by dimension`;
    const before = await rowsOf(connection, others);
    expect(before).toHaveLength(13);
    await store.add(pageView({ visitor: 2 }), false);
    await store.eraseAll();
    expect(await rowsOf(connection, others)).toEqual(before);
    await store.addAll(
      Array.from({ length: 20 }, (_, n) => {
        const names = {
          region: `r${n}`,
          city: `c${n}`,
          language: `l${n}`,
          source: `s${n}`,
          campaign: `k${n}`,
        };
        return pageView({
          visitor: 2 * n + 2,
          page: `/${n}`,
          facts: names,
          campaign: {
            utmSource: `s${n}`,
            utmMedium: `m${n}`,
            utmCampaign: `k${n}`,
            utmTerm: `t${n}`,
            utmContent: `o${n}`,
            clickId: null,
          },
        });
      }),
    );
    await store.fold();
    expect(await rowsOf(connection, 'select seq from visitor_set_aside')).toEqual([]);
    await expectAgreement({ store, connection }, 20);
  });
});

describe.each(PLACES)('an export on %s', (_, place) => {
  it('goes on while retention has nothing to delete, and ends where it deletes', async () => {
    const { store } = await openBoth(await place());
    await store.addAll([pageView({ visitor: 2 })]);
    await store.fold();
    const undisturbed = await store.export();
    while (await store.forgetBefore(FRIDAY));
    await undisturbed.finish();
    const disturbed = await store.export();
    while (await store.forgetBefore(SATURDAY));
    await expect(disturbed.finish()).rejects.toMatchObject({ code: 'CONFLICT' });
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
    await store.fold();
    expect(store.count()).toMatchObject({ count: 1_201 + left.length });
    expect(await store.count('/3')).toMatchObject({ count: 171 });
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('a visit over midnight is kept until its last day is over', async () => {
    const { store, connection } = await opened();
    await store.addAll([
      pageView({ visitor: 8, at: SATURDAY - 1_000, hour: SATURDAY - HOUR_MS, day: FRIDAY }),
      pageView({ visitor: 10, previousDayKey: 8, at: SATURDAY + 1_000, hour: SATURDAY, day: SATURDAY }),
    ]);
    await forgetAll(store, SATURDAY);
    expect(await rowsOf(connection, 'select views from visitor_sessions')).toEqual([{ views: 2 }]);
    expect(await verify(connection.reader)).toEqual([]);
    await forgetAll(store, SATURDAY + DAY_MS);
    expect(await rowsOf(connection, 'select views from visitor_sessions')).toEqual([]);
    expect(await rowsOf(connection, 'select seq from visitor_page_views')).toEqual([]);
    expect(store.count()).toMatchObject({ count: 2 });
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('a device is forgotten with its last visit, and stays counted in its country', async () => {
    const { store, connection } = await opened();
    const france = { ...pageView().attributes, country: 'FR' };
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

  it('names that no visit has any more are deleted with it, unless something is counted under them', async () => {
    const { store, connection } = await opened();
    const viewOf = (days: number, source: string, changes: PageViewChanges = {}): PageView => {
      const at = NOON + days * DAY_MS;
      return pageView({ at, visitor: 2 + 20 * days, facts: { source }, page: `/of ${source}`, ...changes });
    };
    const namesIn = async () => ({
      sources: (await rowsOf(connection, 'select value from visitor_values where dimension = 6')).map(
        ({ value }) => value,
      ),
      combinations: (
        await rowsOf(
          connection,
          `select value from visitor_facts join visitor_values on visitor_values.id = source
          where value <> '(other)' order by visitor_facts.id`,
        )
      ).map(({ value }) => value),
      pages: (await rowsOf(connection, 'select value from visitor_values where dimension = 1')).length,
    });
    // A visit is counted by what it began with: the second source is only stored.
    await store.addAll([viewOf(0, 'counted'), viewOf(0, 'within a visit', { at: NOON + 1_000 })]);
    await store.addAll([viewOf(1, 'used again')]);
    // A visit that goes on keeps what it began with.
    const begins = NOON + 4 * DAY_MS;
    await store.addAll([viewOf(4, 'long visit', { visitor: 3 })]);
    await store.addAll(
      Array.from({ length: 300 }, (_, n) =>
        viewOf(4, 'direct', { at: begins + (n + 1) * 25 * 60_000, visitor: 3 }),
      ),
    );
    await store.addAll([viewOf(10, 'used again'), viewOf(10, 'late', { visitor: 500 })]);
    await store.fold();
    const counted = await countedIn(connection);
    const before = await namesIn();
    expect(before.sources).toHaveLength(7);
    expect(before.combinations).toEqual([
      'counted',
      'within a visit',
      'used again',
      'long visit',
      'direct',
      'late',
    ]);

    await forgetAll(store, SATURDAY + 6 * DAY_MS);
    expect(await namesIn()).toEqual({
      sources: before.sources.filter((source) => source !== 'within a visit'),
      combinations: ['used again', 'long visit', 'direct', 'late'],
      pages: before.pages,
    });
    expect(await countedIn(connection)).toEqual(counted);
    expect(await verify(connection.reader)).toEqual([]);

    // What is deleted can come again.
    await store.addAll([viewOf(11, 'within a visit'), viewOf(11, 'counted', { visitor: 700 })]);
    await store.fold();
    expect((await namesIn()).combinations).toEqual([
      'used again',
      'long visit',
      'direct',
      'late',
      'within a visit',
      'counted',
    ]);
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('a page whose first view is not folded yet keeps its name', async () => {
    const { store, connection } = await opened();
    await store.addAll([pageView({ page: '/old' })]);
    await forgetAll(store, SATURDAY);
    await store.addAll([pageView({ page: '/new', at: SATURDAY + HOUR_MS })]);
    const { database } = connection;
    const write: Write = (statements) => database.batch(statements, 'write');
    while (await forgetBefore({ read: write, write }, SATURDAY)); // without the store's own fold before it
    const pages = `select value from visitor_values where dimension = 1 and value <> '(other)' order by id`;
    expect(await rowsOf(connection, pages)).toEqual([{ value: '/old' }, { value: '/new' }]);
    await store.fold();
    await forgetAll(store, SATURDAY + 3 * DAY_MS);
    expect(await rowsOf(connection, pages)).toEqual([{ value: '/old' }, { value: '/new' }]);
    expect(await verify(connection.reader)).toEqual([]);
  });

  describe('what could not be folded is forgotten, too, and stays counted:', () => {
    /** Three page views of three visitors, of which the second was changed by hand, and cannot be folded. */
    async function setAside(change: string): Promise<{ store: Store; connection: Connection }> {
      const both = await opened();
      const { store, connection } = both;
      await store.addAll([2, 4, 6].map((visitor) => pageView({ visitor, page: `/of ${visitor}` })));
      await connection.database.execute(`update visitor_log_tail set events = ${change}`);
      await store.fold();
      expect(await rowsOf(connection, 'select page from visitor_set_aside')).toHaveLength(1);
      return both;
    }

    async function expectForgotten(store: Store, connection: Connection): Promise<void> {
      expect(await rowsOf(connection, 'select * from visitor_set_aside')).toEqual([]);
      expect(store.count()).toMatchObject({ count: 3 });
      expect(await store.count('/of 4')).toMatchObject({ count: 1 });
    }

    const WITHOUT_ATTRIBUTES = `json_set(events, '$[0][1][6]', null)`;

    it('a visitor’s with the visitor, and nobody else’s', async () => {
      const { store, connection } = await setAside(WITHOUT_ATTRIBUTES);
      expect(await store.forgetVisitors([2])).toEqual({ visits: 1, pageViews: 1 });
      expect(await rowsOf(connection, 'select page from visitor_set_aside')).toEqual([{ page: '/of 4' }]);
      expect(await store.forgetVisitors([4, 8])).toEqual({ visits: 0, pageViews: 1 });
      await expectForgotten(store, connection);
      expect(await verify(connection.reader)).toEqual([]);
    });

    it.each([
      ['of which it cannot be read whose it is', `json_set(events, '$[0][1][3]', 'somebody')`, true],
      ['of which nothing can be read', 'substr(events, 1, 100)', false],
    ])('what %s, with anybody', async (_what, change, hasPage) => {
      const { store, connection } = await setAside(change);
      expect(await store.forgetVisitors([8])).toEqual({ visits: 0, pageViews: 0 });
      await expectForgotten(store, connection);
      if (hasPage) expect(await verify(connection.reader)).toEqual([]);
    });

    it('what has happened before a day that is kept, with that day', async () => {
      const { store, connection } = await setAside(WITHOUT_ATTRIBUTES);
      await forgetAll(store, FRIDAY);
      expect(await rowsOf(connection, 'select page from visitor_set_aside')).toHaveLength(1);
      await forgetAll(store, SATURDAY);
      await expectForgotten(store, connection);
      expect(await verify(connection.reader)).toEqual([]);
    });

    it('what has happened at an unknown time, by when it was found', async () => {
      const { store, connection } = await setAside(`json_set(events, '$[0][1][0]', 'noon')`);
      await connection.database.execute(`update visitor_set_aside set set_aside_at = ${SATURDAY}`);
      await forgetAll(store, SATURDAY);
      expect(await rowsOf(connection, 'select page from visitor_set_aside')).toHaveLength(1);
      await forgetAll(store, SATURDAY + DAY_MS);
      await expectForgotten(store, connection);
      expect(await verify(connection.reader)).toEqual([]);
    });
  });

  it('a key of yesterday leads to what the same visitor did today, and to nobody else', async () => {
    const { store, connection } = await opened();
    await store.addAll([
      pageView({ visitor: 8, at: SATURDAY - 1_000, hour: SATURDAY - HOUR_MS, day: FRIDAY }),
      pageView({ visitor: 10, previousDayKey: 8, at: SATURDAY + 1_000, hour: SATURDAY, day: SATURDAY }),
      pageView({ visitor: 12, at: SATURDAY + 1_000, hour: SATURDAY, day: SATURDAY }),
    ]);
    expect(await store.forgetVisitors([8])).toEqual({ visits: 1, pageViews: 2 });
    expect(await rowsOf(connection, 'select visitor from visitor_page_views')).toEqual([{ visitor: 12 }]);
    expect(store.count()).toMatchObject({ count: 3 });
    expect(await verify(connection.reader)).toEqual([]);
  });

  describe('ids of events are deleted once nobody can send the events again;', () => {
    const now = NOON + 10 * DAY_MS;
    const viewOf = (nth: number, hoursAgo: number): PageView =>
      pageView({ id: idOf(nth), visitor: 2 * nth, at: now - hoursAgo * HOUR_MS });
    const idsIn = async (connection: Connection): Promise<unknown[]> =>
      (await rowsOf(connection, 'select lower(hex(id)) id from visitor_event_ids order by seq')).map(
        ({ id }) => id,
      );

    it('until then what is sent again is a duplicate', async () => {
      const { store, connection } = await opened();
      const [old, recent] = [viewOf(1, 97), viewOf(2, 95)];
      await store.addAll([old, recent, { ...viewOf(3, 97), kind: 'registration' }]);
      await store.fold();
      await store.addAll([viewOf(4, 97)]); // as late as that, but not folded
      while (await store.forgetIds(now));
      expect(await idsIn(connection)).toEqual([idOf(2), idOf(4)]);
      const again = await store.addAll([recent, viewOf(4, 97)]);
      expect(again.map(({ counted }) => counted)).toEqual([false, false]);
      expect(store.count()).toMatchObject({ count: 3 });
      expect(await verify(connection.reader)).toEqual([]);
      await store.fold();
      while (await store.forgetIds(now + 2 * HOUR_MS));
      expect(await idsIn(connection)).toEqual([]);
      expect(await verify(connection.reader)).toEqual([]);
      expect(await rowsOf(connection, 'select count(*) many from visitor_page_views')).toEqual([{ many: 4 }]);
    });

    it('also behind one that came with a later time than those after it', async () => {
      const { store, connection } = await opened();
      await store.addAll([viewOf(1, 1)]);
      for (const from of [1_000, 2_000, 3_000])
        await store.addAll(Array.from({ length: 1_000 }, (_, n) => viewOf(from + n, 97)));
      await store.fold();
      while (await store.forgetIds(now));
      expect(await idsIn(connection)).toEqual([idOf(1)]);
    });

    it('a step at a time', async () => {
      const { store, connection } = await opened();
      for (const from of [0, 1_000, 2_000])
        await store.addAll(Array.from({ length: 1_000 }, (_, n) => viewOf(from + n, 97)));
      await store.fold();
      expect(await store.forgetIds(now)).toBe(true);
      expect(await idsIn(connection)).toHaveLength(1_000);
      expect(await store.forgetIds(now)).toBe(false);
      expect(await idsIn(connection)).toEqual([]);
    });

    it('also where the page view is deleted already, or could not be folded', async () => {
      const { store, connection } = await opened();
      const views = [viewOf(1, 2), viewOf(2, 1), viewOf(3, 1)];
      await store.addAll(views);
      await connection.database.execute(
        `update visitor_log_tail set events = json_set(events, '$[0][1][0]', 'noon')`,
      );
      await store.fold(); // the second one is set aside
      expect(await store.forgetVisitors([2])).toEqual({ visits: 1, pageViews: 1 });
      while (await store.forgetIds(now));
      expect((await store.addAll(views)).map(({ counted }) => counted)).toEqual([false, false, false]);
      expect(store.count()).toMatchObject({ count: 3 });
      await store.addAll([viewOf(4, -97)]);
      await store.fold();
      while (await store.forgetIds(now + 193 * HOUR_MS));
      expect(await idsIn(connection)).toEqual([idOf(4)]);
    });
  });
});
