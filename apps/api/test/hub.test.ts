import type { LiveUpdate, StoreVersion } from '@footfall/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { subscription, Hub, type Frame, type Subscriber } from '../src/hub.ts';

const LOOK_MS = 5_000;
const GAP_MS = 250;
const AGAIN_MS = 1_000;
const BEAT_MS = 25_000;

/** The id of the store. */
const STORE = 7;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A state of the numbers; `stale` is the last known one of a store that is away. */
function updateOf(
  version: number,
  { stale, store = STORE }: { stale?: true; store?: number } = {},
): LiveUpdate {
  const marked = stale === undefined ? { store } : { store, stale };
  return {
    type: 'visitor_update',
    stats: {
      totalVisitors: version,
      totalVisits: version,
      todayVisits: 0,
      activeUsers: 0,
      uniqueVisitors: 0,
      locations: {},
      version,
      ...marked,
    },
    visitorStats: {
      live: 0,
      active: 0,
      today: 0,
      total: 0,
      location: null,
      ukPercent: 0,
      unitedKingdomPercent: 0,
      version,
      updatedAt: null,
      ...marked,
    },
    count: version,
    version,
    store,
  };
}

/** A hub on a store that says what the test says. */
function hubOf(version = 1) {
  const store = {
    update: updateOf(version),
    reads: 0,
    listeners: new Set<() => void>(),
    /** What a read waits for. */
    held: Promise.resolve(),
    /** Commits: a newer state, and a hint. */
    commit: () => {
      store.update = updateOf(store.update.version + 1);
      store.hint();
    },
    hint: () => {
      for (const listener of store.listeners) listener();
    },
  };
  const hub = new Hub({
    read: async () => {
      store.reads += 1;
      const { update } = store;
      await store.held;
      return update;
    },
    follow: (listener) => {
      store.listeners.add(listener);
      return () => void store.listeners.delete(listener);
    },
    lookMs: LOOK_MS,
  });
  return { store, hub };
}

/** Someone who follows, and takes what is sent unless it is said to be slow. */
function readerOf() {
  const frames: Frame[] = [];
  const reader = {
    frames,
    isSlow: false,
    offered: 0,
    heartbeats: 0,
    ends: 0,
    versions: () => frames.map(({ update }) => update.version),
    send: (frame: Frame) => {
      reader.offered += 1;
      if (!reader.isSlow) frames.push(frame);
      return !reader.isSlow;
    },
    heartbeat: () => void (reader.heartbeats += 1),
    end: () => void (reader.ends += 1),
  };
  return reader satisfies Subscriber;
}

describe('who follows', () => {
  it('is sent the present state, then each newer one, once', async () => {
    const { store, hub } = hubOf();
    const reader = readerOf();
    hub.join(reader);
    await wait(0);
    expect(reader.versions()).toEqual([1]);
    store.commit();
    await wait(GAP_MS);
    store.hint(); // of nothing new
    await wait(2 * LOOK_MS);
    expect(reader.versions()).toEqual([1, 2]);
  });

  it('is sent at most four states a second, and of those that came meanwhile the last', async () => {
    const { store, hub } = hubOf(0);
    const reader = readerOf();
    hub.join(reader);
    await wait(0);
    for (let at = 0; at < 1_000; at += 20) {
      store.commit();
      await wait(20);
    }
    expect(reader.frames.length).toBeLessThanOrEqual(1 + 4);
    expect(reader.frames.length).toBeGreaterThanOrEqual(4);
    await wait(GAP_MS);
    expect(reader.versions().at(-1)).toBe(50);
    expect(reader.versions()).toEqual([...new Set(reader.versions())].sort((a, b) => a - b));
  });

  it('is sent what was committed while a state was being read', async () => {
    const { store, hub } = hubOf();
    const reader = readerOf();
    const gate = Promise.withResolvers<void>();
    store.held = gate.promise;
    hub.join(reader);
    await wait(0);
    store.commit();
    gate.resolve();
    await wait(0);
    expect(reader.versions()).toEqual([1]);
    await wait(GAP_MS);
    expect(reader.versions()).toEqual([1, 2]);
  });

  it('is sent nothing that is known there already', async () => {
    const { store, hub } = hubOf(7);
    const [known, older] = [readerOf(), readerOf()];
    hub.join(known, { store: STORE, version: 7 });
    hub.join(older, { store: STORE, version: 6 });
    await wait(LOOK_MS);
    expect([known.versions(), older.versions()]).toEqual([[], [7]]);
    const late = readerOf();
    hub.join(late, { store: STORE, version: 7 }); // when the state is at hand
    store.commit();
    await wait(GAP_MS);
    expect([known.versions(), older.versions(), late.versions()]).toEqual([[8], [7, 8], [8]]);
  });

  it('is sent the state of another database that took the place of the one it knows, however low its version', async () => {
    const { store, hub } = hubOf(7);
    const [subscription, back] = [readerOf(), readerOf()];
    hub.join(subscription);
    await wait(GAP_MS);
    store.update = updateOf(2, { store: STORE + 1 });
    store.hint();
    await wait(GAP_MS);
    hub.join(back, { store: STORE, version: 900 }); // it was away meanwhile
    store.update = updateOf(950); // a read that was on its way
    store.hint();
    await wait(GAP_MS);
    expect([subscription.versions(), back.versions()]).toEqual([[7, 2], [2]]);
    store.update = updateOf(3, { store: STORE + 1 });
    store.hint();
    await wait(GAP_MS);
    expect([subscription.versions(), back.versions()]).toEqual([
      [7, 2, 3],
      [2, 3],
    ]);
  });

  it('is sent the same bytes as everyone else: a WebSocket’s frame, and an event with the version for its id', async () => {
    const { hub } = hubOf(9);
    const readers = Array.from({ length: 250 }, readerOf);
    for (const reader of readers) hub.join(reader);
    await wait(10);
    const [frame] = readers[0]?.frames ?? [];
    expect(readers.filter(({ frames }) => frames.length === 1 && frames[0] === frame)).toHaveLength(250);
    const json = JSON.stringify(updateOf(9));
    expect(new TextDecoder().decode(frame?.event)).toBe(`id: 9-7\ndata: ${json}\n\n`);
    const bytes = Buffer.from(frame?.message ?? []);
    expect([bytes[0], bytes[1], bytes.readUInt16BE(2)]).toEqual([0x81, 126, json.length]);
    expect(bytes.subarray(4).toString()).toBe(json);
  });

  it('is sent no older state after a newer one, in whatever order the store tells them', async () => {
    const { store, hub } = hubOf(5);
    const reader = readerOf();
    hub.join(reader);
    await wait(0);
    for (const version of [4, 6, 5, 6, 3, 8, 7]) {
      store.update = updateOf(version);
      store.hint();
      await wait(GAP_MS);
    }
    expect(reader.versions()).toEqual([5, 6, 8]);
    const late = readerOf();
    hub.join(late);
    expect(late.versions()).toEqual([8]);
  });

  it('learns of what nothing has hinted at, in time', async () => {
    const { store, hub } = hubOf();
    const reader = readerOf();
    hub.join(reader);
    await wait(0);
    store.update = updateOf(2);
    await wait(LOOK_MS + GAP_MS);
    expect(reader.versions()).toEqual([1, 2]);
  });

  it('who is slow is skipped, not queued for, and gets the newest state later', async () => {
    const { store, hub } = hubOf();
    const [slow, other] = [readerOf(), readerOf()];
    hub.join(slow);
    hub.join(other);
    await wait(0);
    slow.isSlow = true;
    for (let times = 0; times < 3; times += 1) {
      store.commit();
      await wait(GAP_MS);
    }
    expect([slow.versions(), other.versions()]).toEqual([[1], [1, 2, 3, 4]]);
    slow.isSlow = false;
    await wait(AGAIN_MS);
    expect(slow.versions()).toEqual([1, 4]);
    await wait(10 * AGAIN_MS);
    expect([slow.versions(), other.versions()]).toEqual([
      [1, 4],
      [1, 2, 3, 4],
    ]);
  });

  it('who stays slow is tried again and again, with the newest', async () => {
    const { store, hub } = hubOf();
    const slow = readerOf();
    slow.isSlow = true;
    hub.join(slow);
    await wait(5 * AGAIN_MS);
    expect(slow.offered).toBeGreaterThanOrEqual(5);
    store.commit();
    await wait(GAP_MS);
    slow.isSlow = false;
    await wait(AGAIN_MS);
    expect(slow.versions()).toEqual([2]);
  });

  it('is asked whether it is still there', async () => {
    const { hub } = hubOf();
    const reader = readerOf();
    hub.join(reader);
    await wait(2 * BEAT_MS);
    expect(reader.heartbeats).toBe(2);
  });

  it('is told to end when all connections are', async () => {
    const { hub } = hubOf();
    const readers = [readerOf(), readerOf()];
    for (const reader of readers) hub.join(reader);
    hub.close();
    expect(readers.map(({ ends }) => ends)).toEqual([1, 1]);
  });

  it('regression: is sent nothing after it was told to end; writing to an answer that had ended was an error', async () => {
    const { store, hub } = hubOf();
    const reader = readerOf();
    hub.join(reader);
    await wait(0);
    store.commit();
    hub.close();
    store.commit();
    await wait(BEAT_MS);
    expect([reader.versions(), reader.ends, reader.heartbeats]).toEqual([[1], 1, 0]);
    expect([vi.getTimerCount(), store.listeners.size, hub.size]).toEqual([0, 0, 0]);
  });

  it('regression: who comes after that is told to end as well; a stop waited for it for ever', async () => {
    const { hub } = hubOf();
    hub.close();
    const late = readerOf();
    hub.join(late)();
    expect(late.ends).toBe(1);
    await wait(LOOK_MS);
    expect([late.versions(), vi.getTimerCount()]).toEqual([[], 0]);
  });
});

describe('while the store is away', () => {
  it('numbers that are known stand as they are, and the next newer ones come', async () => {
    const { store, hub } = hubOf(3);
    const reader = readerOf();
    hub.join(reader);
    await wait(0);
    store.update = updateOf(3, { stale: true });
    await wait(2 * LOOK_MS);
    store.update = updateOf(4);
    await wait(LOOK_MS + GAP_MS);
    expect(reader.frames.map(({ update }) => [update.version, update.stats.stale])).toEqual([
      [3, undefined],
      [4, undefined],
    ]);
  });

  it('who comes is told the last known ones, and the same version again once the store says it', async () => {
    const { store, hub } = hubOf();
    store.update = updateOf(3, { stale: true });
    const reader = readerOf();
    hub.join(reader);
    await wait(LOOK_MS);
    expect(reader.frames.map(({ update }) => [update.version, update.stats.stale])).toEqual([[3, true]]);
    store.update = updateOf(3);
    await wait(LOOK_MS + GAP_MS);
    expect(reader.frames.map(({ update }) => [update.version, update.stats.stale])).toEqual([
      [3, true],
      [3, undefined],
    ]);
  });

  it('and nothing is known, who follows waits, and is told when it is back', async () => {
    const { store, hub } = hubOf();
    const reader = readerOf();
    store.held = Promise.reject(new Error('away'));
    store.held.catch(() => {});
    hub.join(reader);
    await wait(2 * LOOK_MS);
    expect(reader.versions()).toEqual([]);
    store.held = Promise.resolve();
    await wait(LOOK_MS);
    expect(reader.versions()).toEqual([1]);
  });
});

describe('while nobody follows', () => {
  it('nothing runs: no timer, no read, no listener', async () => {
    const { store, hub } = hubOf();
    expect(vi.getTimerCount()).toBe(0);
    expect(store.listeners.size).toBe(0);
    const [one, other] = [readerOf(), readerOf()];
    one.isSlow = true;
    const leaves = [hub.join(one), hub.join(other)];
    await wait(0);
    store.commit();
    await wait(1);
    for (const leave of leaves) leave();
    for (const leave of leaves) leave();
    expect([vi.getTimerCount(), store.listeners.size, hub.size]).toEqual([0, 0, 0]);
    const { reads } = store;
    store.commit();
    await wait(BEAT_MS);
    expect(store.reads).toBe(reads);
    expect([one.heartbeats, other.heartbeats]).toEqual([0, 0]);
  });

  it('nothing runs either when the last one left while a state was being read', async () => {
    const { store, hub } = hubOf();
    const gate = Promise.withResolvers<void>();
    store.held = gate.promise;
    const reader = readerOf();
    const leave = hub.join(reader);
    await wait(0);
    store.commit();
    leave();
    gate.resolve();
    await wait(0);
    expect([vi.getTimerCount(), reader.versions()]).toEqual([0, []]);
    expect(store.reads).toBe(1);
    store.update = updateOf(3);
    const next = readerOf();
    hub.join(next);
    await wait(GAP_MS);
    expect(next.versions()).toEqual([3]);
  });

  it('nothing is remembered: who comes next is sent what is then', async () => {
    const { store, hub } = hubOf();
    hub.join(readerOf())();
    const first = readerOf();
    const leave = hub.join(first);
    await wait(0);
    leave();
    store.update = updateOf(2);
    const next = readerOf();
    hub.join(next);
    await wait(GAP_MS);
    expect(next.versions()).toEqual([2]);
  });
});

describe('who follows as a sequence', () => {
  /** Takes what comes until it is over. */
  function taking(hub: Hub, after?: StoreVersion) {
    const abort = new AbortController();
    const versions: number[] = [];
    const over = (async () => {
      for await (const { version } of subscription(() => hub)(after, abort.signal)) versions.push(version);
    })();
    return { abort, versions, over };
  }

  it('is given each newer state, until it is not wanted any more', async () => {
    const { store, hub } = hubOf();
    const { abort, versions, over } = taking(hub);
    await wait(0);
    store.commit();
    await wait(GAP_MS);
    expect(versions).toEqual([1, 2]);
    abort.abort();
    await over;
    expect(hub.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is given the last of those that came while it was busy', async () => {
    const { store, hub } = hubOf();
    const states = subscription(() => hub)(undefined, new AbortController().signal)[Symbol.asyncIterator]();
    const first = states.next();
    await wait(0);
    expect((await first).value).toMatchObject({ version: 1 });
    for (let times = 0; times < 5; times += 1) {
      store.commit();
      await wait(GAP_MS);
    }
    expect((await states.next()).value).toMatchObject({ version: 6 });
    await states.return?.();
    expect(hub.size).toBe(0);
  });

  it('is over when all connections are', async () => {
    const { hub } = hubOf();
    const { versions, over } = taking(hub);
    await wait(0);
    hub.close();
    await over;
    expect(versions).toEqual([1]);
    expect(hub.size).toBe(0);
  });
});
