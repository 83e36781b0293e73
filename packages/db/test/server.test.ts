import { describe, expect, it, vi } from 'vitest';
import { migrateConnection, MIGRATIONS, openStore } from '@footfall/db';
import { openServer } from '@footfall/db/remote';
import { makeKeys } from '@footfall/e2e/sqld';
import {
  expectAgreement,
  idOf,
  NOON,
  open,
  openBoth,
  openSqld,
  pageView,
  emptySqldPlace,
  sqldPlace,
  startSqld,
  STORE,
} from './support.ts';

/** For what is not about time, on a machine that is busy. */
const PATIENT = { deadlineMs: 10_000 };

const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 };

describe('two stores on one server', () => {
  it('count each page view once between them, whatever both are sent at the same time', async () => {
    const place = await sqldPlace();
    const [one, other] = await Promise.all([openBoth(place), openBoth(place)]);
    const ids = Array.from({ length: 600 }, (_, at) => at);
    const answers = await Promise.all(
      ids.flatMap((id) => {
        const view = pageView({ id: idOf(id), page: `/${id % 7}` });
        return [one.store.add(view, true), other.store.add(view, id % 2 === 0)];
      }),
    );
    for (const id of ids) {
      expect(
        [answers[2 * id]?.counted, answers[2 * id + 1]?.counted].filter((counted) => counted),
      ).toHaveLength(1);
    }
    await expectAgreement(one, 600);
  });

  it('each see the other’s numbers with their own next commit, and versions only grow', async () => {
    const place = await sqldPlace();
    const one = await open(place());
    const other = await open(place());
    await one.add(pageView({ page: '/a' }), true);
    expect(await other.count('/a')).toMatchObject({ count: 1 });
    for (let round = 1; round <= 5; round += 1) {
      const first = await one.add(pageView({ page: '/a' }), true);
      const second = await other.add(pageView({ page: '/b' }), true);
      expect([first.version, second.version]).toEqual([2 * round, 2 * round + 1]);
      expect([first.count, second.count]).toEqual([1 + round, round]);
      expect(await other.count('/a')).toMatchObject({ count: 1 + round, version: second.version });
      expect(other.count()).toMatchObject({ count: 1 + 2 * round, version: second.version });
    }
  });

  it('each see the other’s commits without committing themselves', async () => {
    const place = await sqldPlace();
    const one = await open(place());
    const other = await open(place());
    expect(await other.count('/a')).toMatchObject({ count: 0 }); // held from now on
    await one.add(pageView({ page: '/a' }), true);
    await vi.waitFor(() => {
      expect(other.count()).toMatchObject({ count: 1, version: 1 });
    }, 5_000);
    expect(await other.count('/a')).toMatchObject({ count: 1, version: 1 });
  });

  it('may be opened, and so migrate, at the same time', async () => {
    const place = await emptySqldPlace();
    const connections = await Promise.all(Array.from({ length: 4 }, place));
    const ran = await Promise.all(connections.map((connection) => migrateConnection(connection)));
    expect(ran.flat()).toEqual(Object.keys(MIGRATIONS));
    const stores = await Promise.all(connections.map((connection) => open(connection)));
    await Promise.all(stores.map((store) => store.add(pageView(), false)));
    await expectAgreement({ store: stores[0], connection: await place() }, 4);
  });
});

describe('a server that becomes unreachable', () => {
  it('makes writes and reads fail with 503, and the next ones work when it is back, with all that was acknowledged', async () => {
    const sqld = await startSqld();
    const connection = openSqld(sqld);
    const store = await open(connection);
    const view = pageView({ page: '/a' });
    await store.add(view, true);
    await sqld.kill();

    const lost = pageView({ page: '/a' });
    const answers = await Promise.allSettled([store.add(lost, true), store.add(pageView(), true)]);
    for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.topPages()).rejects.toMatchObject(UNAVAILABLE);
    await expect(Promise.resolve(store.count('/unread'))).rejects.toMatchObject(UNAVAILABLE);
    expect(store.count()).toMatchObject({ count: 1 }); // the last known number
    expect(await store.count('/a')).toMatchObject({ count: 1 });

    await sqld.restart();
    expect(await store.add(lost, true)).toEqual({
      counted: true,
      count: 2,
      total: 2,
      version: 2,
      store: STORE,
    });
    expect(await store.add(view, true)).toMatchObject({ counted: false, count: 2, total: 2 });
    expect(await store.count('/unread')).toMatchObject({ count: 0 });
    await store.ping();
    await expectAgreement({ store, connection }, 2);
  });

  it('leaves the last known numbers, marked stale until it is back', async () => {
    const sqld = await startSqld();
    const store = await open(openSqld(sqld));
    await store.add(pageView({ page: '/a' }), true);
    await store.topPages();
    await sqld.kill();
    await vi.waitFor(() => {
      expect(store.count()).toMatchObject({ count: 1, stale: true });
    }, 5_000);
    expect(await store.count('/a')).toMatchObject({ count: 1, stale: true });
    await sqld.restart();
    await vi.waitFor(() => {
      expect(store.count()).not.toHaveProperty('stale');
    }, 5_000);
    expect(await store.count('/a')).not.toHaveProperty('stale');
  });

  it('or freezes is not waited for, and what it then does late is not counted twice', async () => {
    const sqld = await startSqld();
    const connection = openSqld(sqld);
    const store = await open(connection);
    const views = [pageView({ page: '/a' }), pageView({ page: '/a' })];
    await sqld.freeze();
    const answers = await Promise.allSettled(views.map((view) => store.add(view, true)));
    for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    sqld.thaw();
    const again = await Promise.all(views.map((view) => store.add(view, true)));
    for (const answer of again) expect(answer).toMatchObject({ count: 2, total: 2 });
    expect(await store.count('/a')).toEqual({
      ...(await store.count()),
      updatedAt: expect.any(String) as string,
    });
    await expectAgreement({ store, connection }, 2);
  });

  it('and is down from the start makes opening fail, not hang', async () => {
    const sqld = await startSqld();
    await sqld.kill();
    await expect(openStore(openSqld(sqld))).rejects.toThrow();
  });
});

describe('a server that asks for a token', () => {
  it('is used with the right one, and refuses without it, with a wrong one, and writing with one that only reads', async () => {
    const { url, token, readToken } = await startSqld();

    await expect(openStore(openServer({ url, ...PATIENT }))).rejects.toThrow(/401/);
    await expect(openStore(openSqld({ url, token: makeKeys().token('rw') }, PATIENT))).rejects.toThrow(/401/);
    const store = await open(openSqld({ url, token }, PATIENT));
    expect(await store.add(pageView(), true)).toEqual({
      counted: true,
      count: 1,
      total: 1,
      version: 1,
      store: STORE,
    });

    const reader = await open(openSqld({ url, token: readToken }, PATIENT));
    expect(reader.count()).toMatchObject({ count: 1 });
    expect(await reader.stats(NOON)).toMatchObject({ count: 1, stats: { totalVisitors: 0 } });
    await expect(reader.add(pageView(), false)).rejects.toMatchObject(UNAVAILABLE);
  });
});
