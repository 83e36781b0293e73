import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoredSession } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import { backUp, openFile, restore } from '@footfall/db/embedded';
import { expectAgreement, NOON, open, openBoth, PLACES, rowsOf, temporaryFolder } from './support.ts';

/** 32 bytes, as hex. */
const bytes = (n: number): string => n.toString(16).padStart(2, '0').repeat(32);

/** The slow hash of the password that sessions began with. */
const PASSWORD = bytes(200);

/** A session like any other, but for what is said of it. */
const session = (n: number, changes: Partial<StoredSession> = {}): StoredSession => ({
  token: bytes(n),
  proof: bytes(100 + n),
  createdAt: NOON,
  seenAt: NOON,
  browser: 'Firefox on Linux',
  password: PASSWORD,
  ...changes,
});

const NEVER_IDLE = { idleSince: 0 };
const tokensOf = (sessions: readonly StoredSession[]): number[] =>
  sessions.map(({ token }) => Number.parseInt(token.slice(0, 2), 16));

describe.each(PLACES)('the owner’s password and sessions on %s', (_, place) => {
  it('are none at first, and no number depends on them', async () => {
    const { store, connection } = await openBoth(await place());
    const { owner } = store;
    expect(await owner.password()).toBeUndefined();
    expect(await owner.session(bytes(1))).toEqual({ session: undefined, password: undefined });
    expect(await owner.isSetupToken(bytes(1), NOON)).toBe(false);
    await owner.addSession(session(1), NEVER_IDLE);
    await expectAgreement({ store, connection }, 0);
    expect(store.version()?.version).toBe(0);
  });

  it('a setup link sets the password once, within its time, and begins the only session', async () => {
    const { owner } = (await openBoth(await place())).store;
    await owner.addSession(session(9), NEVER_IDLE);
    await owner.offerSetup(bytes(1), NOON + 10);
    await owner.offerSetup(bytes(2), NOON + 10);
    const setUp = (token: number, now: number, n = 3) =>
      owner.setPassword(`hash ${n}`, { setupToken: bytes(token), now }, session(n));
    expect(await owner.isSetupToken(bytes(1), NOON), 'a newer link takes the place of the older').toBe(false);
    expect(await owner.isSetupToken(bytes(2), NOON)).toBe(true);
    expect(await owner.isSetupToken(bytes(2), NOON + 10)).toBe(false);
    expect(await setUp(1, NOON)).toBe(false);
    expect(await setUp(2, NOON + 10)).toBe(false);
    expect(await owner.password()).toBeUndefined();
    expect(tokensOf(await owner.sessions(0, PASSWORD))).toEqual([9]);

    const tried = await Promise.all([setUp(2, NOON, 3), setUp(2, NOON, 4)]);
    expect(tried.toSorted()).toEqual([false, true]);
    const winner = tried[0] === true ? 3 : 4;
    expect(await owner.password()).toBe(`hash ${winner}`);
    expect(tokensOf(await owner.sessions(0, PASSWORD))).toEqual([winner]);
    expect(await setUp(2, NOON, 5)).toBe(false);
  });

  it('a change of the password needs the one that is stored, and ends every other session', async () => {
    const { owner } = (await openBoth(await place())).store;
    await owner.offerSetup(bytes(1), NOON + 10);
    await owner.setPassword('first', { setupToken: bytes(1), now: NOON }, session(1));
    await owner.addSession(session(2), NEVER_IDLE);
    expect(await owner.setPassword('third', { password: 'second' }, session(3))).toBe(false);
    expect(tokensOf(await owner.sessions(0, PASSWORD))).toEqual([1, 2]);
    expect(await owner.setPassword('second', { password: 'first' }, session(4))).toBe(true);
    expect(await owner.session(bytes(4))).toEqual({ session: session(4), password: 'second' });
    expect(tokensOf(await owner.sessions(0, PASSWORD))).toEqual([4]);
  });

  it('sessions are listed by their last use, end one by one, and when they are idle', async () => {
    const { owner } = (await openBoth(await place())).store;
    for (const n of [1, 2, 3]) await owner.addSession(session(n, { seenAt: NOON + n }), NEVER_IDLE);
    await owner.seen(bytes(1), NOON + 10);
    await owner.seen(bytes(1), NOON + 5);
    expect(await owner.sessions(0, PASSWORD)).toEqual([
      session(1, { seenAt: NOON + 10 }),
      session(3, { seenAt: NOON + 3 }),
      session(2, { seenAt: NOON + 2 }),
    ]);
    expect(tokensOf(await owner.sessions(NOON + 2, PASSWORD))).toEqual([1, 3]);
    await owner.endSession(bytes(3));
    await owner.seen(bytes(3), NOON + 20);
    expect((await owner.session(bytes(3))).session).toBeUndefined();
    await owner.addSession(session(4, { seenAt: NOON + 20 }), { idleSince: NOON + 2, previous: bytes(1) });
    expect(tokensOf(await owner.sessions(0, PASSWORD))).toEqual([4]);
  });

  it('a hundred sessions are stored, those that were used last', async () => {
    const { owner } = (await openBoth(await place())).store;
    for (let n = 0; n < 103; n += 1) await owner.addSession(session(n, { seenAt: NOON + n }), NEVER_IDLE);
    expect(tokensOf(await owner.sessions(0, PASSWORD))).toEqual(
      Array.from({ length: 100 }, (_, at) => 102 - at),
    );
  });

  it('are the same for a direct store', async () => {
    const { store, connection } = await openBoth(await place());
    const other = directStore({ ...connection, close: () => Promise.resolve() });
    await other.owner.offerSetup(bytes(1), NOON + 10);
    await other.owner.setPassword('hash', { setupToken: bytes(1), now: NOON }, session(1));
    expect(await store.owner.session(bytes(1))).toEqual({ session: session(1), password: 'hash' });
    await store.owner.endSession(bytes(1));
    expect(await other.owner.session(bytes(1))).toEqual({ session: undefined, password: 'hash' });
  });
});

const READ = ['read'] as const;
const BOTH = ['read', 'write'] as const;

describe.each(PLACES)('API keys on %s', (_, place) => {
  it('are known on every instance within two seconds, until they are revoked', async () => {
    const { store, connection } = await openBoth(await place());
    const other = directStore({ ...connection, close: () => Promise.resolve() });
    const key = (n: number, createdAt = NOON + n) => ({
      key: bytes(n),
      name: `key ${n}`,
      scopes: n === 1 ? READ : BOTH,
      createdAt,
    });
    const listed = async (now: number) => (await store.keys.list(now)).map(({ name }) => name);
    expect(await listed(NOON)).toEqual([]);
    expect(await store.keys.add(key(1))).toBe(true);
    expect(await listed(NOON)).toEqual(['key 1']);
    await other.keys.add(key(2));
    expect(await listed(NOON + 999)).toEqual(['key 1']);
    expect(await listed(NOON + 1_000)).toEqual(['key 2', 'key 1']);
    await store.keys.used(bytes(1), NOON + 5);
    await store.keys.used(bytes(1), NOON + 4);
    expect(await other.keys.list(NOON)).toEqual([
      { ...key(2), usedAt: undefined },
      { ...key(1), usedAt: NOON + 5 },
    ]);
    await other.keys.revoke(bytes(1));
    expect(await listed(NOON + 2_000)).toEqual(['key 2']);
    await expectAgreement({ store, connection }, 0);
  });

  it('are a hundred at most', async () => {
    const { store } = await openBoth(await place());
    const add = (n: number) => store.keys.add({ key: bytes(n), name: '', scopes: ['read'], createdAt: n });
    const added = [];
    for (let n = 0; n < 102; n += 1) added.push(await add(n));
    expect(added.filter(Boolean)).toHaveLength(100);
    await store.keys.revoke(bytes(0));
    expect(await add(101)).toBe(true);
  });
});

describe.each(PLACES)('the second factor on %s', (_, place) => {
  it('is turned on once, takes each code once, and ends with a setup link', async () => {
    const { store, connection } = await openBoth(await place());
    const { owner } = store;
    const { secondFactor: factors } = owner;
    expect(await factors.factor()).toBeUndefined();
    expect(await factors.turnOn('SECRET', { step: 100, recovery: [bytes(1), bytes(2)] })).toBe(true);
    expect(await factors.turnOn('ANOTHER', { step: 200, recovery: [bytes(3)] })).toBe(false);
    expect(await factors.factor()).toEqual({ secret: 'SECRET', recoveryCodes: 2 });

    expect(await factors.useStep('SECRET', 100), 'it turned the factor on').toBe(false);
    expect(await factors.useStep('ANOTHER', 101)).toBe(false);
    const tried = await Promise.all([factors.useStep('SECRET', 102), factors.useStep('SECRET', 102)]);
    expect(tried.toSorted()).toEqual([false, true]);
    expect(await factors.useStep('SECRET', 101)).toBe(false);
    expect([await factors.useRecovery(bytes(1)), await factors.useRecovery(bytes(1))]).toEqual([true, false]);
    expect(await factors.factor()).toEqual({ secret: 'SECRET', recoveryCodes: 1 });

    await owner.offerSetup(bytes(5), NOON + 10);
    await owner.setPassword('wrong', { setupToken: bytes(6), now: NOON }, session(1));
    expect(await factors.factor()).toBeDefined();
    await owner.setPassword('first', { setupToken: bytes(5), now: NOON }, session(1));
    expect(await factors.factor()).toBeUndefined();
    expect(await factors.turnOn('ANOTHER', { step: 200, recovery: [bytes(3)] })).toBe(true);
    await owner.setPassword('second', { password: 'first' }, session(2));
    expect(await factors.factor()).toEqual({ secret: 'ANOTHER', recoveryCodes: 1 });
    await factors.turnOff();
    expect(await factors.factor()).toBeUndefined();
    await expectAgreement({ store, connection }, 0);
  });

  it('counts what is tried within an hour, until a right one', async () => {
    const { secondFactor: factors } = (await openBoth(await place())).store.owner;
    await factors.turnOn('SECRET', { step: 100, recovery: [] });
    const counts = [];
    for (const minute of [0, 1, 59, 60, 61]) counts.push(await factors.countTry(NOON + minute * 60_000));
    expect(counts).toEqual([1, 2, 3, 1, 2]);
    await factors.useStep('SECRET', 101);
    expect(await factors.countTry(NOON + 62 * 60_000)).toBe(1);
  });

  it('is waited for until a moment, by a hundred sign-ins at most', async () => {
    const { secondFactor: factors } = (await openBoth(await place())).store.owner;
    const pending = (n: number) => ({ token: bytes(n), proof: bytes(100 + n), until: NOON + n });
    for (let n = 1; n <= 102; n += 1) await factors.addPending(pending(n), NOON);
    const known = async (n: number, now = NOON) => (await factors.pending(bytes(n), now)) !== undefined;
    expect([await known(1), await known(2), await known(3), await known(102)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(await factors.pending(bytes(50), NOON + 49)).toEqual(pending(50));
    expect(await known(50, NOON + 50)).toBe(false);
    await factors.endPending(bytes(60));
    expect(await known(60)).toBe(false);
  });
});

it('a backup has the password, and neither a session nor a setup link; nor has what is restored from a plain copy', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'footfall.db');
  const backup = join(folder, 'backup.db');
  const store = await open(openFile({ path }));
  await store.owner.offerSetup(bytes(1), NOON + 10);
  await store.owner.setPassword('hash', { setupToken: bytes(1), now: NOON }, session(1));
  await store.owner.offerSetup(bytes(2), NOON + 10);
  await backUp(path, backup);
  await store.close();
  const restored = join(folder, 'restored.db');
  for (const from of [backup, path]) {
    await restore(restored, from);
    const { store: again, connection } = await openBoth(() => openFile({ path: restored }));
    expect(await rowsOf(connection, 'select password, setup_token, setup_until from visitor_owner')).toEqual([
      { password: 'hash', setup_token: null, setup_until: null },
    ]);
    expect(await rowsOf(connection, 'select 1 from visitor_owner_sessions')).toEqual([]);
    await again.close();
  }
});
