/** A database that is replaced under a running store: emptied, restored from a backup, or taken over by another instance. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { overviewQuery, calendar, compareVersions } from '@footfall/core';
import { migrateConnection, MIGRATIONS, verify, type DatabaseEvent, type Store } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import type { Sqld } from '@footfall/e2e/sqld';
import { RENEW_STORE_ID } from '../src/keep/store-id.ts';
import {
  commitElsewhere,
  expectAgreement,
  NOON,
  open,
  openBoth,
  openSqld,
  pageView,
  PLACES,
  rowsOf,
  sqldPlace,
  sqldWithTables,
  startSqld,
  temporaryFolder,
  watched,
} from './support.ts';

const PATIENT = { deadlineMs: 10_000 };
const SOON = { timeout: 10_000 };

/** Opens a store that records what happens to its database. */
async function opened(sqld: Sqld, options: { replicaLagMs?: number } = { replicaLagMs: 0 }) {
  const events: DatabaseEvent[] = [];
  const connection = openSqld(sqld, PATIENT);
  const store = await open(connection, { ...options, onDatabase: (event) => void events.push(event) });
  return { store, connection, events };
}

/** Stops the server, changes its files, and starts it again. */
async function whileStopped(sqld: Sqld, change: () => Promise<void>): Promise<void> {
  await sqld.kill();
  await change();
  await sqld.restart();
}

const empty = (sqld: Sqld) => whileStopped(sqld, () => rm(sqld.data, { recursive: true }));

/** Copies the files as they are; returns what puts them back. */
async function backUp(sqld: Sqld): Promise<() => Promise<void>> {
  const copy = join(await temporaryFolder(), 'backup');
  await whileStopped(sqld, () => cp(sqld.data, copy, { recursive: true }));
  return () =>
    whileStopped(sqld, async () => {
      await rm(sqld.data, { recursive: true });
      await cp(copy, sqld.data, { recursive: true });
    });
}

const QUERY = overviewQuery('today', { calendar: calendar('UTC'), now: NOON, identity: 'daily' });

/** Every number that a store publishes, with the store id that it is given with. */
async function published(store: Store) {
  const summary = await store.stats(NOON + 1);
  const total = await store.count();
  const page = await store.numbers('/a');
  const list = await store.topPages();
  const overview = await store.overview(QUERY, NOON + 1);
  const states = [summary.stats, summary.visitorStats, total, page, list, overview];
  return {
    views: [summary.count, total.count, page.total, list.count, overview.totals.views],
    visits: summary.stats.totalVisitors,
    page: page.count,
    pages: list.pages.map(({ page: name, views }) => [name, views]),
    stores: new Set(states.map(({ store: id }) => id)).size,
    stale: [summary, ...states].some(({ stale }) => stale === true),
  };
}

const versionOf = async (store: Store) => {
  const { store: id, version } = await store.count();
  return { store: id, version };
};

describe('a server that was emptied', () => {
  it('gets its tables again, after it was said; nothing of the old numbers is shown, and counting goes on', async () => {
    const sqld = await sqldWithTables();
    const { store, connection, events } = await opened(sqld);
    await store.addAll([pageView({ page: '/a' }), pageView({ page: '/b' })]);
    expect(await published(store)).toMatchObject({ views: [2, 2, 2, 2, 2], visits: 1, page: 1 });
    const before = await versionOf(store);

    await empty(sqld);
    await vi.waitFor(() => expect(events).toHaveLength(2), SOON);
    expect(events).toMatchObject([{ kind: 'emptied' }, { kind: 'replaced', before }]);
    await store.ping();
    expect(await published(store)).toEqual({
      views: [0, 0, 0, 0, 0],
      visits: 0,
      page: 0,
      pages: [],
      stores: 1,
      stale: false,
    });
    expect(compareVersions(await versionOf(store), before)).toBeGreaterThan(0);

    // Both pages and all attributes were known to the old database.
    expect(await store.add(pageView({ page: '/b' }), true)).toMatchObject({
      counted: true,
      count: 1,
      total: 1,
    });
    expect(await published(store)).toMatchObject({ views: [1, 1, 1, 1, 1], visits: 1, pages: [['/b', 1]] });
    await expectAgreement({ connection: connection }, 1);
    expect(events).toHaveLength(2);
  });

  it('and got its tables from another instance is recognised: no number of the old store beside one of the new', async () => {
    const sqld = await sqldWithTables();
    const one = await opened(sqld);
    const other = await opened(sqld);
    await one.store.addAll([pageView({ page: '/a' }), pageView({ page: '/b' })]);
    await published(one.store);
    await vi.waitFor(
      async () => expect(await published(other.store)).toMatchObject({ views: [2, 2, 2, 2, 2] }),
      SOON,
    );

    await empty(sqld);
    for (const { events } of [one, other]) {
      await vi.waitFor(() => expect(events.filter(({ kind }) => kind === 'replaced')).toHaveLength(1), SOON);
    }
    await one.store.add(pageView({ page: '/a' }), true);
    await vi.waitFor(async () => {
      for (const { store } of [one, other])
        expect(await published(store)).toEqual({
          views: [1, 1, 1, 1, 1],
          visits: 1,
          page: 1,
          pages: [['/a', 1]],
          stores: 1,
          stale: false,
        });
    }, SOON);
  });

  it('is left alone where it has tables of somebody else, and that is said once', async () => {
    const theirs = await startSqld();
    await openSqld(theirs, PATIENT).database.execute('create table theirs (a)');
    await theirs.kill();
    const sqld = await sqldWithTables();
    const { store, connection, events } = await opened(sqld);
    await whileStopped(sqld, async () => {
      await rm(sqld.data, { recursive: true });
      await cp(theirs.data, sqld.data, { recursive: true });
    });
    await vi.waitFor(() => expect(events).toEqual([{ kind: 'foreign', tables: ['theirs'] }]), SOON);
    await expect(store.add(pageView(), false)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(store.ping()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await rowsOf(connection, "select name from sqlite_master where name like 'visitor%'")).toEqual([]);

    await connection.database.execute('drop table theirs'); // now it is empty
    await vi.waitFor(() => expect(events).toHaveLength(3), SOON);
    expect(events.slice(1)).toMatchObject([{ kind: 'emptied' }, { kind: 'replaced' }]);
    expect(await store.add(pageView(), true)).toMatchObject({ count: 1, total: 1 });
  });

  it('is left alone where the tables were taken down on purpose', async () => {
    const { store, connection, events } = await opened(await sqldWithTables());
    await migrateConnection(connection, 'nothing');
    await vi.waitFor(() => expect(events).toMatchObject([{ kind: 'foreign' }]), SOON);
    await expect(store.add(pageView(), false)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await rowsOf(connection, "select name from sqlite_master where name like 'visitor%'")).toEqual([]);
  });
});

describe('an older backup that takes the place of the database', () => {
  it('is recognised by a read: it is said, its numbers are shown, and they are newer to everyone than the lost ones', async () => {
    const sqld = await sqldWithTables();
    const one = await opened(sqld);
    const other = await opened(sqld);
    await one.store.add(pageView({ page: '/a' }), true);
    const restore = await backUp(sqld);
    for (let view = 0; view < 5; view += 1) await one.store.add(pageView({ page: '/later' }), true);
    await vi.waitFor(
      async () => expect(await published(other.store)).toMatchObject({ views: [6, 6, 6, 6, 6] }),
      SOON,
    );
    await published(one.store);
    const before = await versionOf(one.store);

    await restore();
    for (const { store, events } of [one, other]) {
      await vi.waitFor(() => expect(events).toMatchObject([{ kind: 'replaced', before }]), SOON);
      await vi.waitFor(
        async () =>
          expect(await published(store)).toEqual({
            views: [1, 1, 1, 1, 1],
            visits: 1,
            page: 1,
            pages: [['/a', 1]],
            stores: 1,
            stale: false,
          }),
        SOON,
      );
      expect(compareVersions(await versionOf(store), before)).toBeGreaterThan(0);
    }
    expect((await versionOf(one.store)).store).toBe((await versionOf(other.store)).store);
  });

  it('is recognised by a commit before anything is counted as what the lost database knew', async () => {
    const sqld = await sqldWithTables();
    // It looks at reads much later: only the commit can say it.
    const { store, connection, events } = await opened(sqld, { replicaLagMs: 3_600_000 });
    await store.add(pageView({ page: '/a' }), true);
    const restore = await backUp(sqld);
    const later = { page: '/later', facts: { country: 'BD', city: 'Dhaka' } };
    await store.add(pageView(later), true);
    await store.add(pageView(later), true);
    const before = await versionOf(store);

    await restore();
    const written = await store.add(pageView(later), true);
    expect(events).toMatchObject([{ kind: 'replaced', before }]); // before it was acknowledged
    expect(written).toMatchObject({ counted: true, count: 1, total: 2 });
    expect(compareVersions(written, before)).toBeGreaterThan(0);
    expect(await published(store)).toMatchObject({
      pages: [
        ['/later', 1],
        ['/a', 1],
      ],
      stores: 1,
    });
    await expectAgreement({ connection: connection }, 2);
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('is recognised at the edge too, by a commit and by a read', async () => {
    for (const isRead of [false, true]) {
      const sqld = await sqldWithTables();
      const connection = openSqld(sqld, PATIENT);
      const events: DatabaseEvent[] = [];
      const store = directStore(connection, {
        replicaLagMs: 0,
        onDatabase: (event) => void events.push(event),
      });
      await store.add(pageView({ page: '/a' }), true);
      const restore = await backUp(sqld);
      await store.add(pageView({ page: '/later' }), true);
      await store.add(pageView({ page: '/later' }), true);
      const before = await versionOf(store);
      expect(store.version()).toEqual(before);
      await restore();
      if (isRead) expect(await store.count()).toMatchObject({ count: 1 });
      else expect(await store.add(pageView({ page: '/later' }), true)).toMatchObject({ count: 1, total: 2 });
      expect(events).toMatchObject([{ kind: 'replaced', before }]);
      expect(compareVersions(await versionOf(store), before)).toBeGreaterThan(0);
      expect(compareVersions(store.version() ?? before, before)).toBeGreaterThan(0);
    }
  });
});

describe('a replica that lags', () => {
  it('is no replaced database: what it shows is ignored, and the primary is asked when it lags for too long', async () => {
    const connection = await (await sqldPlace())();
    let lagging: Awaited<ReturnType<typeof connection.database.execute>> | undefined;
    let asked = 0;
    const replica = watched(connection, (sql, kind) => {
      if (kind === 'batch' && sql.includes('set store = max(')) asked += 1;
    });
    const events: DatabaseEvent[] = [];
    const store = await open(
      {
        ...replica,
        database: {
          ...replica.database,
          execute: async (statement) => {
            const result = await replica.database.execute(statement);
            return lagging ?? result;
          },
        },
      },
      { replicaLagMs: 0, onDatabase: (event) => void events.push(event) },
    );
    const old = await connection.database.execute(
      'select total_views, version, store, last_updated_at from visitor_stats',
    );
    await store.add(pageView(), false);
    const version = await versionOf(store);
    lagging = old;
    await vi.waitFor(() => expect(asked).toBeGreaterThan(1), SOON);
    expect(store.count()).toMatchObject({ count: 1, ...version });
    expect(events).toEqual([]);
    lagging = undefined;
  });
});

describe.each(PLACES)('the store id on %s', (_, place) => {
  it('is in every answer with numbers, the same from each, and stays when the database is opened again', async () => {
    const reopen = await place();
    const first = await openBoth(reopen);
    const { store: id } = await first.store.add(pageView({ page: '/a' }), true);
    expect(id).toBeGreaterThan(2 ** 50);
    expect(Number.isSafeInteger(id)).toBe(true);
    expect(await published(first.store)).toMatchObject({ stores: 1 });
    expect((await versionOf(first.store)).store).toBe(id);
    await first.store.close();
    expect((await versionOf(await open(reopen()))).store).toBe(id);
  });

  it('is another, and a higher one, after it was renewed: everyone takes the same numbers for newer', async () => {
    const reopen = await place();
    const { store, connection } = await openBoth(reopen);
    await store.add(pageView({ page: '/a' }), true);
    const before = await versionOf(store);
    let last = before;
    for (let time = 0; time < 3; time += 1) {
      await connection.database.execute(RENEW_STORE_ID);
      const [row] = await rowsOf(connection, 'select store, version from visitor_stats');
      const renewed = { store: Number(row?.['store']), version: Number(row?.['version']) };
      expect(compareVersions(renewed, last)).toBeGreaterThan(0);
      expect(renewed.version).toBe(before.version);
      last = renewed;
    }
    expect(await store.add(pageView({ page: '/a' }), true)).toMatchObject({
      count: 2,
      total: 2,
      store: last.store,
    });
    expect(await published(store)).toMatchObject({ views: [2, 2, 2, 2, 2], page: 2, stores: 1 });
  });

  it('is made anew where the tables are made anew', async () => {
    const { connection, store } = await openBoth(await place());
    const { store: id } = await versionOf(store);
    await migrateConnection(connection, '0003_visitors');
    expect(await migrateConnection(connection)).toEqual(Object.keys(MIGRATIONS).slice(3));
    expect(await rowsOf(connection, 'select store from visitor_stats')).not.toEqual([{ store: id }]);
  });
});

it('a database that is behind what was published elsewhere gets a later id, and one that is not keeps its own', async () => {
  const { store, connection } = await openBoth(await sqldPlace());
  await commitElsewhere(connection, pageView());
  const { store: id, version } = await store.stats(NOON).then(({ stats }) => stats);
  await store.outrank({ store: id, version });
  expect(await versionOf(store)).toEqual({ store: id, version });
  await store.outrank({ store: id, version: version + 1 });
  const raised = await versionOf(store);
  expect(raised.store).toBeGreaterThan(id);
  await store.outrank({ store: raised.store + 5, version: 0 });
  expect((await versionOf(store)).store).toBeGreaterThan(raised.store + 5);
});
