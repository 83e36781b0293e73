import { afterEach, describe, expect, it } from 'vitest';
import { migrateConnection, type CommitReport, type Connection, type Store } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import {
  campaignOf,
  deferred,
  differencesIn,
  expectAgreement,
  idOf,
  NOON,
  openSqld,
  pageView,
  EMPTY_PLACES,
  rowsOf,
  sqldPlace,
  startSqld,
  type Place,
  STORE,
  watched,
} from './support.ts';

const UNAVAILABLE = { name: 'FootfallError', code: 'SERVICE_UNAVAILABLE', retryAfter: 1 };

/** Connections of the test at hand: unlike a file's, which locks it, a server's need no closing. */
const opened: Connection[] = [];

afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
});

/** Opens a connection to a database whose tables are made. */
async function connect(place: Place): Promise<Connection> {
  const connection = await connectToNothing(place);
  await migrateConnection(connection);
  return connection;
}

async function connectToNothing(place: Place): Promise<Connection> {
  const connection = await place();
  opened.push(connection);
  return connection;
}

/** Every call there is. */
const CALLS: readonly (readonly [name: string, call: (store: Store) => unknown])[] = [
  ['a page view', (store) => store.add(pageView(), true)],
  ['the total', (store) => store.count()],
  ['a page’s number', (store) => store.count('/a')],
  ['a page’s number with all', (store) => store.numbers('/a')],
  ['the list of pages', (store) => store.topPages()],
  ['the question whether it is there', (store) => store.ping()],
  ['the salts', (store) => store.salts({ today: NOON, previous: NOON - 86_400_000, now: NOON })],
];

describe.each(EMPTY_PLACES)('a store that keeps nothing, on %s,', (_, place) => {
  it('counts a page view, and every read after the answer sees it', async () => {
    const connection = await connect(await place());
    const store = directStore(connection);
    expect(await store.add(pageView({ page: '/a' }), true)).toEqual({
      counted: true,
      count: 1,
      total: 1,
      version: 1,
      store: STORE,
    });
    expect(await store.add(pageView({ page: '/b', at: NOON + 1 }), false)).toMatchObject({
      counted: true,
      total: 2,
      version: 2,
    });
    const updatedAt = new Date(NOON).toISOString();
    const later = new Date(NOON + 1).toISOString();
    expect(await store.count()).toEqual({ count: 2, version: 2, store: STORE, updatedAt: later });
    expect(await store.count('/a')).toEqual({ count: 1, version: 2, store: STORE, updatedAt });
    expect(await store.count('/nobody')).toEqual({ count: 0, version: 2, store: STORE, updatedAt: null });
    expect(await store.topPages()).toEqual({
      count: 2,
      version: 2,
      store: STORE,
      updatedAt: later,
      pages: [
        { page: '/b', views: 1, updatedAt: later },
        { page: '/a', views: 1, updatedAt },
      ],
    });
    expect(store.waiting()).toBe(0);
    await expectAgreement({ store, connection }, 2);
  });

  it('counts a page view once however often it is sent, one after the other and at once', async () => {
    const connection = await connect(await place());
    const store = directStore(connection);
    const view = pageView({ page: '/a' });
    expect(await store.add(view, true)).toEqual({
      counted: true,
      count: 1,
      total: 1,
      version: 1,
      store: STORE,
    });
    expect(await store.add(view, true)).toEqual({
      counted: false,
      count: 1,
      total: 1,
      version: 1,
      store: STORE,
    });
    const other = pageView({ page: '/a' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => store.add(other, true)));
    expect(answers.filter(({ counted }) => counted)).toHaveLength(1);
    for (const { count, total, version } of answers)
      expect({ count, total, version }).toEqual({ count: 2, total: 2, version: 2 });
    await expectAgreement({ store, connection }, 2);
  });

  it('agrees with the log in every number, whatever was sent at once and twice', async () => {
    const connection = await connect(await place());
    const store = directStore(connection);
    await store.ping();
    // With the duplicates fewer than sqld takes at once (128).
    const views = Array.from({ length: 90 }, (__, n) =>
      pageView({
        id: idOf(n),
        page: `/${n % 7}`,
        at: NOON - n,
        campaign: n % 5 === 0 ? campaignOf({ utmSource: 'news' }) : undefined,
      }),
    );
    const answers = await Promise.all(
      views.flatMap((view, n) =>
        Array.from({ length: n % 3 === 0 ? 2 : 1 }, () => store.add(view, n % 2 === 0)),
      ),
    );
    expect(answers.filter(({ counted }) => counted)).toHaveLength(90);
    expect(await store.count()).toMatchObject({ count: 90, version: 90 });
    const { count, pages } = await store.topPages();
    expect(count).toBe(90);
    expect(pages.reduce((sum, page) => sum + page.views, 0)).toBe(90);
    for (const { page, views: listed } of pages)
      expect(await store.count(page)).toMatchObject({ count: listed });
    await expectAgreement({ store, connection }, 90);
  });

  it.each(CALLS)('refuses %s while there are no tables, and makes none by itself', async (__, call) => {
    const connection = await connectToNothing(await place());
    const store = directStore(connection);
    await expect(Promise.resolve(call(store))).rejects.toMatchObject(UNAVAILABLE);
    expect(await rowsOf(connection, `select name from sqlite_master where name like 'visitor%'`)).toEqual([]);
    await migrateConnection(connection);
    await call(store);
    await expectAgreement({ store, connection }, (await store.count()).count);
  });

  it('is not ready while its tables are of an older version, and keeps nothing then', async () => {
    const connection = await connectToNothing(await place());
    await migrateConnection(connection, '0001_counter');
    const store = directStore(connection);
    await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.add(pageView(), true)).rejects.toMatchObject(UNAVAILABLE);
    await migrateConnection(connection);
    await store.ping();
    await expectAgreement({ store, connection }, 0);
    expect(await store.add(pageView({ facts: { country: 'BD' } }), true)).toMatchObject({
      counted: true,
      total: 1,
    });
  });

  it('reads a page’s views and the total of one moment', async () => {
    const store = directStore(await connect(await place()));
    await store.add(pageView({ page: '/a' }), false);
    await store.add(pageView({ page: '/b' }), false);
    const updatedAt = new Date(NOON).toISOString();
    expect(await store.numbers('/a')).toEqual({ count: 1, total: 2, version: 2, store: STORE, updatedAt });
    expect(await store.numbers('/nobody')).toEqual({
      count: 0,
      total: 2,
      version: 2,
      store: STORE,
      updatedAt: null,
    });
  });

  it('refuses, and keeps nothing, where a table is gone that no migration makes again, and counts on when it is back', async () => {
    const connection = await connect(await place());
    const commits: CommitReport[] = [];
    const store = directStore(connection, { onCommit: (report) => commits.push(report) });
    await store.add(pageView({ page: '/a' }), true);
    await connection.database.execute('alter table visitor_counts rename to hidden');
    const lost = pageView({ page: '/a' });
    await expect(store.add(lost, true)).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.count('/a')).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.topPages()).rejects.toMatchObject(UNAVAILABLE);
    expect(await store.count()).toMatchObject({ count: 1 }); // what needs no other table
    expect(commits.at(-1)).toMatchObject({ size: 1, error: expect.any(Error) as Error });
    await connection.database.execute('alter table hidden rename to visitor_counts');
    await expectAgreement({ store, connection }, 1);
    const version = 2; // the fold made none
    expect(await store.add(lost, true)).toEqual({
      counted: true,
      count: 2,
      total: 2,
      version,
      store: STORE,
    });
    await expectAgreement({ store, connection }, 2);
  });

  it('asks the sender of a page view that failed to send it again, and reports each commit', async () => {
    const connection = await connect(await place());
    const commits: CommitReport[] = [];
    const store = directStore(connection, { onCommit: (report) => commits.push(report) });
    await store.add(pageView({ page: '/a' }), true);
    // Breaks a statement in the middle of the transaction.
    await connection.database.execute(
      `create trigger broken before insert on visitor_counts when new.page_identifier = '/broken' begin select raise(abort, 'broken'); end`,
    );
    const view = pageView({ page: '/broken' });
    await expect(store.add(view, true)).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: 'The store cannot answer right now.',
    });
    await expectAgreement({ store, connection }, 1);
    await connection.database.execute('drop trigger broken');
    const version = 2; // the fold made none
    expect(await store.add(view, true)).toEqual({
      counted: true,
      count: 1,
      total: 2,
      version,
      store: STORE,
    });
    expect(commits.at(1)?.error).toMatchObject({ message: expect.stringContaining('broken') as string });
    const ms = expect.any(Number) as number;
    expect(commits).toEqual([
      { size: 1, ms },
      { size: 1, ms, error: expect.any(Error) as Error },
      { size: 1, ms },
    ]);
    await expectAgreement({ store, connection }, 2);
  });

  it('has the runtime wait for a fold that takes longer than its reader waits', async () => {
    const connection = await connect(await place());
    const folding = deferred();
    const isFold = (sql: string) => sql.includes('set folded = ?');
    const works: Promise<unknown>[] = [];
    const store = directStore(
      watched(connection, (sql) => (isFold(sql) ? folding.promise : undefined)),
      { waitUntil: (work) => works.push(work) },
    );
    await store.add(pageView(), false);
    expect((await store.stats(NOON)).stats).toMatchObject({ totalVisitors: 0, version: 1 });
    folding.resolve();
    expect(await Promise.all(works)).toEqual([true]);
    expect(await rowsOf(connection, 'select folded from visitor_stats')).toEqual([{ folded: 1 }]);
  });

  it('waits longer for a fold where the numbers after a write are asked for', async () => {
    const connection = await connect(await place());
    const folding = deferred();
    const store = directStore(
      watched(connection, (sql) => (sql.includes('set folded = ?') ? folding.promise : undefined)),
    );
    const written = await store.add(pageView(), false);
    const after = store.stats(NOON, written);
    expect((await store.stats(NOON)).stats).toMatchObject({ totalVisitors: 0 });
    folding.resolve();
    expect((await after).stats).toMatchObject({ totalVisitors: 1 });
  });

  it('makes one new version where other numbers were published under the present one', async () => {
    const store = directStore(await connect(await place()));
    await store.add(pageView(), false);
    const published = await store.count();
    await Promise.all([store.supersede(published), store.supersede(published)]);
    expect(await store.count()).toEqual({ ...published, version: published.version + 1 });
  });

  it('counts a page view once whose answer was lost, when it is sent again', async () => {
    const connection = await connect(await place());
    const { database } = connection;
    let losing = false;
    const store = directStore({
      ...connection,
      database: {
        protocol: database.protocol,
        execute: (statement) => database.execute(statement),
        transaction: (mode) => database.transaction(mode),
        batch: async (statements, mode) => {
          const results = await database.batch(statements, mode);
          if (losing) throw new Error('lost');
          return results;
        },
      },
    });
    await store.ping();
    losing = true;
    const view = pageView({ page: '/a' });
    await expect(store.add(view, true)).rejects.toMatchObject(UNAVAILABLE);
    losing = false;
    expect(await store.add(view, true)).toEqual({
      counted: false,
      count: 1,
      total: 1,
      version: 1,
      store: STORE,
    });
    await expectAgreement({ store, connection }, 1);
  });
});

describe('stores that keep nothing, on one server,', () => {
  it('count each page view once between them, whatever both are sent at the same time', async () => {
    const place = await sqldPlace();
    const connection = await connect(place);
    const [one, other] = [directStore(connection), directStore(await connect(place))];
    await one.ping();
    const ids = Array.from({ length: 100 }, (_, n) => n);
    const answers = await Promise.all(
      ids.map((id) => {
        const view = pageView({ id: idOf(id), page: `/${id % 7}` });
        return Promise.all([one.add(view, true), other.add(view, id % 2 === 0)]);
      }),
    );
    for (const pair of answers) expect(pair.filter(({ counted }) => counted)).toHaveLength(1);
    for (const store of [one, other]) expect(await store.count()).toMatchObject({ count: 100, version: 100 });
    // Each folds for its own readers: both at once, and nothing twice. A reader does not wait for long.
    await Promise.all([one, other, one, other].map((store) => store.fold()));
    const summaries = await Promise.all([one, other].map((store) => store.stats(NOON)));
    for (const { stats } of summaries) expect(stats).toMatchObject({ totalVisitors: 1, activeUsers: 1 });
    await expectAgreement({ connection }, 100);
    expect(await differencesIn(connection)).toEqual([]);
  });

  it('refuse while the server is down or frozen, report it, and need nothing to recover', async () => {
    const sqld = await startSqld();
    const commits: CommitReport[] = [];
    const connection = await connect(() => Promise.resolve(openSqld(sqld)));
    const store = directStore(connection, { onCommit: (report) => commits.push(report) });
    await store.add(pageView({ page: '/a' }), true);
    const views = [pageView({ page: '/a' }), pageView({ page: '/a' })];
    const everything = () =>
      Promise.allSettled([
        ...views.map((view) => store.add(view, true)),
        store.count(),
        store.count('/a'),
        store.topPages(),
        store.ping(),
      ]);

    await sqld.kill();
    for (const answer of await everything())
      expect(answer).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    await sqld.restart();
    await sqld.freeze();
    for (const answer of await everything())
      expect(answer).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(commits.filter(({ error }) => error !== undefined)).toHaveLength(2 * views.length);
    sqld.thaw();

    for (const view of views) await store.add(view, true);
    expect(await store.count('/a')).toMatchObject({ count: 3 });
    await expectAgreement({ store, connection }, 3);
  });
});
