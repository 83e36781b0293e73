import type { Engagement } from '@footfall/core';
import { verify, type Connection, type Difference, type FoldReport, type Store } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import { describe, expect, it } from 'vitest';
import { forgetVisitors } from '../src/keep/forget-visitors.ts';
import { WriteQueue } from '../src/log/write.ts';
import {
  deferred,
  expectAgreement,
  folderOn,
  idOf,
  NOON,
  open,
  openBoth,
  pageView,
  PLACES,
  rowsOf,
  watched,
} from './support.ts';

const MINUTE_MS = 60_000;

/** Whether statements are those that write what was folded. */
const isApply = (sql: string): boolean => sql.includes('update visitor_stats set folded');

const ENGAGEMENT: Engagement = {
  kind: 'engagement',
  id: idOf(1),
  at: NOON + MINUTE_MS,
  engagedMs: MINUTE_MS,
  scrollPercent: 50,
};

/** Adds a page view, which is folded, and engagement with it, which is not. */
async function tellEngagement(store: Store): Promise<void> {
  await store.addAll([pageView({ id: idOf(1), page: '/a' })]);
  await store.fold();
  await store.addAll([ENGAGEMENT]);
}

/** Adds a page view, which is folded, and five events of all kinds, which are not. */
async function tellSome(store: Store): Promise<void> {
  await store.addAll([pageView({ id: idOf(1), page: '/a' })]);
  await store.fold();
  await store.addAll([
    pageView({ page: '/b', at: NOON + MINUTE_MS }),
    pageView({ visitor: 3, facts: { country: 'FR', source: 'new' } }),
    { ...pageView({ visitor: 4 }), kind: 'registration' },
    ENGAGEMENT,
  ]);
  await store.addAll([pageView({ page: '/new', visitor: 6 })]);
}

describe.each(PLACES)('on %s', (_name, place) => {
  it.each([
    ['page views and all else', tellSome, { events: 5, views: 4 }],
    ['engagement alone', tellEngagement, { events: 1, views: 1 }],
  ])(
    'two that fold the same part of the log at once count it once: %s',
    async (_what, read, { events, views }) => {
      const { store, connection } = await openBoth(await place());
      await read(store);
      const loaded = [deferred(), deferred()];
      const folders = loaded.map((own) =>
        folderOn(
          watched(connection, async (sql) => {
            if (!isApply(sql)) return;
            own.resolve();
            await Promise.all(loaded.map(({ promise }) => promise)); // both have read the same
          }),
        ),
      );
      const folded = await Promise.all(folders.map((folder) => folder.step(1_000)));
      expect(folded.map((step) => step.events).sort()).toEqual([0, events]);
      expect(folded.map(({ hasMore }) => hasMore)).toEqual([false, false]);
      expect(await verify(connection.reader)).toEqual([]);
      await expectAgreement({ connection }, views);
    },
  );

  it('visits that are forgotten after they were read are not written again', async () => {
    const { store, connection } = await openBoth(await place());
    await tellSome(store);
    const { write } = new WriteQueue(connection);
    let isForgotten = false;
    const folder = folderOn(
      watched(connection, async (sql) => {
        if (!isApply(sql) || isForgotten) return;
        isForgotten = true;
        const forgotten = await forgetVisitors({ read: connection.publicReader.batch, write }, [2]);
        expect(forgotten).toEqual({ visits: 1, pageViews: 1 });
      }),
    );
    expect(await folder.step(1_000)).toMatchObject({ events: 5, hasMore: false });
    expect(isForgotten).toBe(true);
    expect(await verify(connection.reader)).toEqual([]);
    expect(
      await rowsOf(connection, 'select views, started_at from visitor_sessions where visitor = 2'),
    ).toEqual([{ views: 1, started_at: NOON + MINUTE_MS }]); // what came after it is a visit of its own
    expect(store.count()).toMatchObject({ count: 4 });
  });

  it('what is appended while a part is folded is left for the next part', async () => {
    const { store, connection } = await openBoth(await place());
    await tellSome(store);
    let isAppended = false;
    const folder = folderOn(
      watched(connection, async (sql) => {
        if (!isApply(sql) || isAppended) return;
        isAppended = true;
        await store.add(pageView({ page: '/b', at: NOON + 2 * MINUTE_MS }), false);
      }),
    );
    expect(await folder.step(1_000)).toMatchObject({ events: 5 });
    expect(await rowsOf(connection, 'select count(*) many from visitor_log_tail')).toEqual([{ many: 1 }]);
    expect(await verify(connection.reader)).toEqual([]);
    expect(await folder.step(1_000)).toMatchObject({ events: 1, hasMore: false });
    expect(await folder.step(1_000)).toEqual({ events: 0, hasMore: false });
    await expectAgreement({ connection }, 5);
  });

  it.each([1, 2, 3, 7])('a log is folded whole, %d events at a time', async (limit) => {
    const { store, connection } = await openBoth(await place());
    await tellSome(store);
    const view = pageView({ page: '/b', visitor: 6 });
    await store.addAll([view, pageView({ page: '/c', visitor: 6 }), view, pageView({ visitor: 8 })]);
    await store.addAll([view, pageView({ page: '/b', visitor: 8 })]);
    const folder = folderOn(connection);
    const folded: number[] = [];
    for (let hasMore = true; hasMore;) {
      const step = await folder.step(limit);
      folded.push(step.events);
      ({ hasMore } = step);
    }
    expect(Math.max(...folded)).toBeLessThanOrEqual(limit);
    expect(await verify(connection.reader)).toEqual([]);
    await expectAgreement({ connection }, 8);
  });

  it('two visits that are joined go on as the larger one, whose id all page views have then', async () => {
    const { store, connection } = await openBoth(await place());
    const visits = () =>
      rowsOf(
        connection,
        `select session, count(*) views from visitor_page_views group by session order by session`,
      );
    await store.addAll([
      pageView({ page: '/small' }),
      pageView({ visitor: 4, page: '/other' }),
      ...[60, 70, 80].map((minutes) => pageView({ page: '/large', at: NOON + minutes * MINUTE_MS })),
    ]);
    await store.fold();
    const [small, other, large] = await visits();
    expect([small, other, large]).toMatchObject([{ views: 1 }, { views: 1 }, { views: 3 }]);
    await store.addAll([pageView({ page: '/between', at: NOON + 30 * MINUTE_MS })]);
    await store.fold();
    expect(await visits()).toEqual([other, { session: large?.['session'], views: 5 }]);
    for (const [table, id] of [
      ['visitor_sessions', 'id'],
      ['visitor_session_hours', 'session'],
    ])
      expect(await rowsOf(connection, `select distinct ${id} session from ${table} order by 1`)).toEqual([
        { session: other?.['session'] },
        { session: large?.['session'] },
      ]);
    expect(await verify(connection.reader)).toEqual([]);
    await expectAgreement({ connection }, 6);
  });

  it('what is in the log when a store is opened is folded before it answers', async () => {
    const reopen = await place();
    const { store, connection } = await openBoth(reopen);
    await tellSome(store);
    const reader = connection.reader;
    // As after a kill: nothing is folded any more.
    const other = await open({ ...connection, close: () => Promise.resolve() });
    expect(other.count()).toMatchObject({ count: 4 });
    expect(await verify(reader)).toEqual([]);
    await expectAgreement({ connection }, 4);
  });
});

it.each(PLACES)(
  'a store on %s opens though its log cannot be folded then, and folds it when it can',
  async (_name, place) => {
    const reopen = await place();
    const { store, connection } = await openBoth(reopen);
    await tellSome(store);
    let isUnavailable = true;
    const folds: FoldReport[] = [];
    const unavailable = watched(connection, (sql) => {
      if (isUnavailable && isApply(sql)) throw new Error('unavailable');
    });
    const other = await open(
      { ...unavailable, close: () => Promise.resolve() },
      { onFold: (report) => folds.push(report) },
    );
    expect(folds).toEqual([
      { events: 0, ms: expect.any(Number) as number, error: expect.any(Error) as Error },
    ]);
    expect(other.count()).toMatchObject({ count: 4 });
    expect((await other.stats(NOON)).stats).toMatchObject({ totalVisitors: 1 }); // what was folded before
    isUnavailable = false;
    expect((await other.stats(NOON + 6_000)).stats).toMatchObject({ totalVisitors: 4 });
    await expectAgreement({ connection }, 4);
  },
);

describe.each(PLACES)('while the log of a store on %s cannot be folded', (_name, place) => {
  const STORES: readonly (readonly [name: string, open: (connection: Connection) => Promise<Store>])[] = [
    ['it', open],
    ['one that keeps nothing', (connection) => Promise.resolve(directStore(connection))],
  ];

  /** A store with something in the tail of its log, which cannot be folded. */
  async function stuck(make: (connection: Connection) => Promise<Store>) {
    const { store, connection } = await openBoth(await place());
    await tellSome(store);
    let isUnavailable = true;
    const unavailable = watched(connection, (sql) => {
      if (isUnavailable && isApply(sql)) throw new Error('unavailable');
    });
    return {
      store: await make({ ...unavailable, close: () => Promise.resolve() }),
      connection,
      comeBack: () => {
        isUnavailable = false;
      },
    };
  }

  it.each(STORES)('%s answers a reader with what was folded before', async (_which, make) => {
    const { store, connection, comeBack } = await stuck(make);
    expect(await store.stats(NOON)).toMatchObject({ count: 4, stats: { totalVisitors: 1 } });
    await store.fold();
    comeBack();
    expect(await store.stats(NOON + 6_000)).toMatchObject({ count: 4, stats: { totalVisitors: 4 } });
    await expectAgreement({ connection }, 4);
  });

  it.each(STORES)('%s forgets no visitor, and says so', async (_which, make) => {
    const { store, connection, comeBack } = await stuck(make);
    await expect(store.forgetVisitors([2])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    comeBack();
    expect(await store.forgetVisitors([2])).toEqual({ visits: 1, pageViews: 2 });
    expect(await verify(connection.reader)).toEqual([]);
  });
});

/** Events that cannot be folded: what is wrong, where in the batch, and the JSON that is there. */
const POISON: readonly (readonly [name: string, path: string, json: string])[] = [
  ['whose time is a string', '$[0][1][0]', '"noon"'],
  ['without an hour', '$[0][1][1]', 'null'],
  ['whose visitor is no number', '$[0][1][3]', '"somebody"'],
  ['without attributes', '$[0][1][6]', 'null'],
  ['whose attribute is null', '$[0][1][6][3]', 'null'],
];

describe.each(PLACES)('what cannot be folded, on %s,', (_name, place) => {
  interface Poisoned {
    readonly connection: Connection;
    readonly setAside: unknown[];
    /** Folds everything, in a store that is opened then, as at the start of a process. */
    readonly fold: () => Promise<Store>;
    readonly differences: () => Promise<Difference[]>;
  }

  /** A database with three batches in the tail of its log, of which the second was changed by hand. */
  async function poisoned(change: string): Promise<Poisoned> {
    const reopen = await place();
    const { store, connection } = await openBoth(reopen);
    await store.addAll([pageView({ page: '/a' })]);
    await store.addAll([
      pageView({ page: '/b', visitor: 4, facts: { language: '' } }),
      pageView({ page: '/poison', visitor: 6 }),
      pageView({ page: '/c', visitor: 8 }),
      { kind: 'engagement', id: idOf(7), at: NOON, engagedMs: 5_000, scrollPercent: 1 },
    ]);
    await store.addAll([pageView({ page: '/d', visitor: 10 })]);
    await connection.database.execute(
      `update visitor_log_tail set ${change} where seq = (select seq from visitor_log_tail order by seq limit 1 offset 1)`,
    );
    const setAside: unknown[] = [];
    const fold = (): Promise<Store> =>
      open(
        { ...connection, close: () => Promise.resolve() },
        { onSetAside: (error) => setAside.push(error) },
      );
    return { connection, setAside, fold, differences: () => verify(connection.reader) };
  }

  const pagesOf = async ({ database }: Connection): Promise<unknown[]> =>
    (
      await rowsOf(
        { database },
        `select value from visitor_page_views log join visitor_values on visitor_values.id = log.page order by seq`,
      )
    ).map(({ value }) => value);

  it.each(POISON)(
    'a page view %s, is set aside, and its neighbours are folded',
    async (_what, path, json) => {
      const { connection, setAside, fold, differences } = await poisoned(
        `events = json_set(events, '${path}', json('${json}'))`,
      );
      const store = await fold();
      expect(setAside).toEqual([expect.any(Error)]);
      expect(await pagesOf(connection)).toEqual(['/a', '/b', '/c', '/d']);
      const [row, ...others] = await rowsOf(connection, 'select * from visitor_set_aside');
      expect(others).toEqual([]);
      expect(row).toMatchObject({ seq: 3, page: '/poison', error: expect.stringContaining(':') as string });
      expect(JSON.parse(String(row?.['event']))).toHaveLength(11);
      expect(store.count()).toMatchObject({ count: 5 });
      expect(await store.count('/poison')).toMatchObject({ count: 1 });
      expect(await differences()).toEqual([]);
      expect(await rowsOf(connection, 'select engaged_ms from visitor_engagements')).toEqual([
        { engaged_ms: 5_000 },
      ]);
      // And whatever comes next is folded as ever.
      await store.add(pageView({ page: '/e', visitor: 12 }), false);
      await store.fold();
      expect(await pagesOf(connection)).toEqual(['/a', '/b', '/c', '/d', '/e']);
      expect(setAside).toHaveLength(1);
      expect(await differences()).toEqual([]);
    },
  );

  it.each([
    ['whose duration is a string', '$[1][0][1]', '"long"'],
    ['that is null', '$[1][0]', 'null'],
  ])('engagement %s, is set aside, and its neighbours are folded', async (_what, path, json) => {
    const { connection, setAside, fold, differences } = await poisoned(
      `events = json_set(events, '${path}', json('${json}'))`,
    );
    await fold();
    expect(setAside).toEqual([expect.any(Error)]);
    expect(await pagesOf(connection)).toEqual(['/a', '/b', '/poison', '/c', '/d']);
    expect(await rowsOf(connection, 'select seq, page from visitor_set_aside')).toEqual([
      { seq: 5, page: null },
    ]);
    expect(await differences()).toEqual([]);
  });

  it('an event of which nothing is left is set aside, and only its page has one more than the log', async () => {
    const { connection, setAside, fold, differences } = await poisoned(
      `events = json_set(events, '$[0][1]', null)`,
    );
    await fold();
    expect(setAside).toEqual([expect.any(Error)]);
    expect(await pagesOf(connection)).toEqual(['/a', '/b', '/c', '/d']);
    expect(await differences()).toMatchObject([{ row: 'page_identifier=/poison', column: 'view_count' }]);
  });

  it('a batch that cannot be read is set aside whole, and the other batches are folded', async () => {
    const { connection, setAside, fold, differences } = await poisoned(`events = substr(events, 1, 30)`);
    const store = await fold();
    expect(setAside).toEqual([expect.any(Error)]);
    expect(await pagesOf(connection)).toEqual(['/a', '/d']);
    expect(await rowsOf(connection, 'select seq, length(event) characters from visitor_set_aside')).toEqual([
      { seq: 5, characters: 30 },
    ]);
    expect(store.count()).toMatchObject({ count: 5 });
    expect((await differences()).map(({ row }) => row)).toEqual(
      ['/b', '/c', '/poison'].map((page) => `page_identifier=${page}`),
    );
  });

  it('is the same page view when it is sent again', async () => {
    const { store, connection } = await openBoth(await place());
    const view = pageView({ id: idOf(1), page: '/poison' });
    await store.addAll([view]);
    await connection.database.execute(
      `update visitor_log_tail set events = json_set(events, '$[0][0][0]', 'noon')`,
    );
    await store.fold();
    expect(await rowsOf(connection, 'select seq from visitor_set_aside')).toEqual([{ seq: 1 }]);
    expect(await store.add(view, true)).toMatchObject({ counted: false, count: 1, total: 1 });
  });

  it('is found after any number of duplicates, whose places in the log are empty', async () => {
    const { store, connection } = await openBoth(await place());
    const view = pageView({ page: '/a' });
    await store.addAll([view]);
    await store.fold();
    await store.addAll(Array.from({ length: 10 }, (_, n) => ({ ...view, id: idOf(n) })));
    await store.fold();
    for (let times = 0; times < 3; times += 1)
      await store.addAll(Array.from({ length: 10 }, (_, n) => ({ ...view, id: idOf(n) })));
    await store.addAll([pageView({ page: '/poison' })]);
    await connection.database.execute(
      `update visitor_log_tail set events = json_set(events, '$[0][0][0]', 'noon')`,
    );
    expect(await folderOn(connection).step(1_000)).toMatchObject({ events: 1, hasMore: false });
    expect(await rowsOf(connection, 'select page from visitor_set_aside')).toEqual([{ page: '/poison' }]);
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('because the store refuses it, is set aside; a store that does not answer is no reason to set anything aside', async () => {
    const { store, connection } = await openBoth(await place());
    await store.addAll([pageView({ page: '/a' }), pageView({ page: '/b', referrer: 'refused' })]);
    let isUnavailable = true;
    const folder = folderOn(
      watched(connection, (sql) => {
        if (isUnavailable && isApply(sql)) throw new Error('unavailable');
      }),
    );
    await expect(folder.step(1_000)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await rowsOf(connection, 'select * from visitor_set_aside')).toEqual([]);
    isUnavailable = false;
    await connection.database.execute(
      `create trigger refused before insert on visitor_page_views when new.referrer = 'refused' begin select raise(abort, 'refused'); end`,
    );
    while ((await folder.step(1_000)).hasMore);
    expect(await pagesOf(connection)).toEqual(['/a']);
    expect(await rowsOf(connection, 'select page from visitor_set_aside')).toEqual([{ page: '/b' }]);
    expect(await verify(connection.reader)).toEqual([]);
  });
});
