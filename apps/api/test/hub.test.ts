import type { LiveUpdate, StoreVersion } from '@footfall/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { subscription, Hub, type Frame, type Subscriber } from '../src/hub.ts';

const POLL_MS = 5_000;
const MIN_INTERVAL_MS = 250;
const RETRY_MS = 1_000;
const HEARTBEAT_MS = 25_000;

/** The store's id. */
const STORE = 7;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A state of the numbers; `stale` is the last known one of an unavailable store. */
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

/** A hub on a store controlled by the test. */
function hubOf(version = 1) {
  const store = {
    update: updateOf(version),
    reads: 0,
    listeners: new Set<() => void>(),
    /** Reads wait for this promise. */
    blocked: Promise.resolve(),
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
      await store.blocked;
      return update;
    },
    follow: (listener) => {
      store.listeners.add(listener);
      return () => void store.listeners.delete(listener);
    },
    pollMs: POLL_MS,
  });
  return { store, hub };
}

/** A subscriber that accepts every state unless it is set to slow. */
function subscriberOf() {
  const frames: Frame[] = [];
  const subscriber = {
    frames,
    isSlow: false,
    offered: 0,
    heartbeats: 0,
    ends: 0,
    versions: () => frames.map(({ update }) => update.version),
    send: (frame: Frame) => {
      subscriber.offered += 1;
      if (!subscriber.isSlow) frames.push(frame);
      return !subscriber.isSlow;
    },
    heartbeat: () => void (subscriber.heartbeats += 1),
    end: () => void (subscriber.ends += 1),
  };
  return subscriber satisfies Subscriber;
}

describe('a subscriber', () => {
  it('gets the current state, then each newer one, once', async () => {
    const { store, hub } = hubOf();
    const subscriber = subscriberOf();
    hub.join(subscriber);
    await wait(0);
    expect(subscriber.versions()).toEqual([1]);
    store.commit();
    await wait(MIN_INTERVAL_MS);
    store.hint(); // nothing new
    await wait(2 * POLL_MS);
    expect(subscriber.versions()).toEqual([1, 2]);
  });

  it('gets at most four states a second, and of several in between the last', async () => {
    const { store, hub } = hubOf(0);
    const subscriber = subscriberOf();
    hub.join(subscriber);
    await wait(0);
    for (let at = 0; at < 1_000; at += 20) {
      store.commit();
      await wait(20);
    }
    expect(subscriber.frames.length).toBeLessThanOrEqual(1 + 4);
    expect(subscriber.frames.length).toBeGreaterThanOrEqual(4);
    await wait(MIN_INTERVAL_MS);
    expect(subscriber.versions().at(-1)).toBe(50);
    expect(subscriber.versions()).toEqual([...new Set(subscriber.versions())].sort((a, b) => a - b));
  });

  it('gets what was committed while a state was being read', async () => {
    const { store, hub } = hubOf();
    const subscriber = subscriberOf();
    const gate = Promise.withResolvers<void>();
    store.blocked = gate.promise;
    hub.join(subscriber);
    await wait(0);
    store.commit();
    gate.resolve();
    await wait(0);
    expect(subscriber.versions()).toEqual([1]);
    await wait(MIN_INTERVAL_MS);
    expect(subscriber.versions()).toEqual([1, 2]);
  });

  it('does not get a state that it already has', async () => {
    const { store, hub } = hubOf(7);
    const [known, older] = [subscriberOf(), subscriberOf()];
    hub.join(known, { store: STORE, version: 7 });
    hub.join(older, { store: STORE, version: 6 });
    await wait(POLL_MS);
    expect([known.versions(), older.versions()]).toEqual([[], [7]]);
    const late = subscriberOf();
    hub.join(late, { store: STORE, version: 7 }); // when the state has been read
    store.commit();
    await wait(MIN_INTERVAL_MS);
    expect([known.versions(), older.versions(), late.versions()]).toEqual([[8], [7, 8], [8]]);
  });

  it('gets the state of a replacement database, however low its version', async () => {
    const { store, hub } = hubOf(7);
    const [subscription, back] = [subscriberOf(), subscriberOf()];
    hub.join(subscription);
    await wait(MIN_INTERVAL_MS);
    store.update = updateOf(2, { store: STORE + 1 });
    store.hint();
    await wait(MIN_INTERVAL_MS);
    hub.join(back, { store: STORE, version: 900 }); // it was disconnected meanwhile
    store.update = updateOf(950); // a read that was under way
    store.hint();
    await wait(MIN_INTERVAL_MS);
    expect([subscription.versions(), back.versions()]).toEqual([[7, 2], [2]]);
    store.update = updateOf(3, { store: STORE + 1 });
    store.hint();
    await wait(MIN_INTERVAL_MS);
    expect([subscription.versions(), back.versions()]).toEqual([
      [7, 2, 3],
      [2, 3],
    ]);
  });

  it('gets the same bytes as all others: a WebSocket frame, and an event with the version as its id', async () => {
    const { hub } = hubOf(9);
    const subscribers = Array.from({ length: 250 }, subscriberOf);
    for (const subscriber of subscribers) hub.join(subscriber);
    await wait(10);
    const [frame] = subscribers[0]?.frames ?? [];
    expect(subscribers.filter(({ frames }) => frames.length === 1 && frames[0] === frame)).toHaveLength(250);
    const json = JSON.stringify(updateOf(9));
    expect(new TextDecoder().decode(frame?.event)).toBe(`id: 9-7\ndata: ${json}\n\n`);
    const bytes = Buffer.from(frame?.message ?? []);
    expect([bytes[0], bytes[1], bytes.readUInt16BE(2)]).toEqual([0x81, 126, json.length]);
    expect(bytes.subarray(4).toString()).toBe(json);
  });

  it('gets no older state after a newer one, in whatever order the store returns them', async () => {
    const { store, hub } = hubOf(5);
    const subscriber = subscriberOf();
    hub.join(subscriber);
    await wait(0);
    for (const version of [4, 6, 5, 6, 3, 8, 7]) {
      store.update = updateOf(version);
      store.hint();
      await wait(MIN_INTERVAL_MS);
    }
    expect(subscriber.versions()).toEqual([5, 6, 8]);
    const late = subscriberOf();
    hub.join(late);
    expect(late.versions()).toEqual([8]);
  });

  it('gets a change without a hint, in time', async () => {
    const { store, hub } = hubOf();
    const subscriber = subscriberOf();
    hub.join(subscriber);
    await wait(0);
    store.update = updateOf(2);
    await wait(POLL_MS + MIN_INTERVAL_MS);
    expect(subscriber.versions()).toEqual([1, 2]);
  });

  it('that is slow is skipped, not queued for, and gets the newest state later', async () => {
    const { store, hub } = hubOf();
    const [slow, other] = [subscriberOf(), subscriberOf()];
    hub.join(slow);
    hub.join(other);
    await wait(0);
    slow.isSlow = true;
    for (let times = 0; times < 3; times += 1) {
      store.commit();
      await wait(MIN_INTERVAL_MS);
    }
    expect([slow.versions(), other.versions()]).toEqual([[1], [1, 2, 3, 4]]);
    slow.isSlow = false;
    await wait(RETRY_MS);
    expect(slow.versions()).toEqual([1, 4]);
    await wait(10 * RETRY_MS);
    expect([slow.versions(), other.versions()]).toEqual([
      [1, 4],
      [1, 2, 3, 4],
    ]);
  });

  it('that stays slow is retried, with the newest state', async () => {
    const { store, hub } = hubOf();
    const slow = subscriberOf();
    slow.isSlow = true;
    hub.join(slow);
    await wait(5 * RETRY_MS);
    expect(slow.offered).toBeGreaterThanOrEqual(5);
    store.commit();
    await wait(MIN_INTERVAL_MS);
    slow.isSlow = false;
    await wait(RETRY_MS);
    expect(slow.versions()).toEqual([2]);
  });

  it('gets heartbeats', async () => {
    const { hub } = hubOf();
    const subscriber = subscriberOf();
    hub.join(subscriber);
    await wait(2 * HEARTBEAT_MS);
    expect(subscriber.heartbeats).toBe(2);
  });

  it('is ended when all connections are', async () => {
    const { hub } = hubOf();
    const subscribers = [subscriberOf(), subscriberOf()];
    for (const subscriber of subscribers) hub.join(subscriber);
    hub.close();
    expect(subscribers.map(({ ends }) => ends)).toEqual([1, 1]);
  });

  it('regression: gets nothing after its end; writing to an ended response was an error', async () => {
    const { store, hub } = hubOf();
    const subscriber = subscriberOf();
    hub.join(subscriber);
    await wait(0);
    store.commit();
    hub.close();
    store.commit();
    await wait(HEARTBEAT_MS);
    expect([subscriber.versions(), subscriber.ends, subscriber.heartbeats]).toEqual([[1], 1, 0]);
    expect([vi.getTimerCount(), store.listeners.size, hub.size]).toEqual([0, 0, 0]);
  });

  it('regression: that joins after the end is ended as well; a stop waited for it forever', async () => {
    const { hub } = hubOf();
    hub.close();
    const late = subscriberOf();
    hub.join(late)();
    expect(late.ends).toBe(1);
    await wait(POLL_MS);
    expect([late.versions(), vi.getTimerCount()]).toEqual([[], 0]);
  });
});

describe('while the store is unavailable', () => {
  it('known numbers stay as they are, and the next newer ones follow', async () => {
    const { store, hub } = hubOf(3);
    const subscriber = subscriberOf();
    hub.join(subscriber);
    await wait(0);
    store.update = updateOf(3, { stale: true });
    await wait(2 * POLL_MS);
    store.update = updateOf(4);
    await wait(POLL_MS + MIN_INTERVAL_MS);
    expect(subscriber.frames.map(({ update }) => [update.version, update.stats.stale])).toEqual([
      [3, undefined],
      [4, undefined],
    ]);
  });

  it('a new subscriber gets the last known numbers, and the same version again once the store returns it', async () => {
    const { store, hub } = hubOf();
    store.update = updateOf(3, { stale: true });
    const subscriber = subscriberOf();
    hub.join(subscriber);
    await wait(POLL_MS);
    expect(subscriber.frames.map(({ update }) => [update.version, update.stats.stale])).toEqual([[3, true]]);
    store.update = updateOf(3);
    await wait(POLL_MS + MIN_INTERVAL_MS);
    expect(subscriber.frames.map(({ update }) => [update.version, update.stats.stale])).toEqual([
      [3, true],
      [3, undefined],
    ]);
  });

  it('and nothing is known, a subscriber waits, and gets the numbers when the store is back', async () => {
    const { store, hub } = hubOf();
    const subscriber = subscriberOf();
    store.blocked = Promise.reject(new Error('unavailable'));
    store.blocked.catch(() => {});
    hub.join(subscriber);
    await wait(2 * POLL_MS);
    expect(subscriber.versions()).toEqual([]);
    store.blocked = Promise.resolve();
    await wait(POLL_MS);
    expect(subscriber.versions()).toEqual([1]);
  });
});

describe('without subscribers', () => {
  it('nothing runs: no timer, no read, no listener', async () => {
    const { store, hub } = hubOf();
    expect(vi.getTimerCount()).toBe(0);
    expect(store.listeners.size).toBe(0);
    const [one, other] = [subscriberOf(), subscriberOf()];
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
    await wait(HEARTBEAT_MS);
    expect(store.reads).toBe(reads);
    expect([one.heartbeats, other.heartbeats]).toEqual([0, 0]);
  });

  it('nothing runs either when the last one left while a state was being read', async () => {
    const { store, hub } = hubOf();
    const gate = Promise.withResolvers<void>();
    store.blocked = gate.promise;
    const subscriber = subscriberOf();
    const leave = hub.join(subscriber);
    await wait(0);
    store.commit();
    leave();
    gate.resolve();
    await wait(0);
    expect([vi.getTimerCount(), subscriber.versions()]).toEqual([0, []]);
    expect(store.reads).toBe(1);
    store.update = updateOf(3);
    const next = subscriberOf();
    hub.join(next);
    await wait(MIN_INTERVAL_MS);
    expect(next.versions()).toEqual([3]);
  });

  it('nothing is cached: the next subscriber gets the state of that time', async () => {
    const { store, hub } = hubOf();
    hub.join(subscriberOf())();
    const first = subscriberOf();
    const leave = hub.join(first);
    await wait(0);
    leave();
    store.update = updateOf(2);
    const next = subscriberOf();
    hub.join(next);
    await wait(MIN_INTERVAL_MS);
    expect(next.versions()).toEqual([2]);
  });
});

describe('a sequence of states', () => {
  /** Collects states until the end. */
  function taking(hub: Hub, after?: StoreVersion) {
    const abort = new AbortController();
    const versions: number[] = [];
    const over = (async () => {
      for await (const { version } of subscription(() => hub)(after, abort.signal)) versions.push(version);
    })();
    return { abort, versions, over };
  }

  it('yields each newer state until it is cancelled', async () => {
    const { store, hub } = hubOf();
    const { abort, versions, over } = taking(hub);
    await wait(0);
    store.commit();
    await wait(MIN_INTERVAL_MS);
    expect(versions).toEqual([1, 2]);
    abort.abort();
    await over;
    expect(hub.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('yields the last of several states that arrived while the consumer was busy', async () => {
    const { store, hub } = hubOf();
    const states = subscription(() => hub)(undefined, new AbortController().signal)[Symbol.asyncIterator]();
    const first = states.next();
    await wait(0);
    expect((await first).value).toMatchObject({ version: 1 });
    for (let times = 0; times < 5; times += 1) {
      store.commit();
      await wait(MIN_INTERVAL_MS);
    }
    expect((await states.next()).value).toMatchObject({ version: 6 });
    await states.return?.();
    expect(hub.size).toBe(0);
  });

  it('ends when all connections end', async () => {
    const { hub } = hubOf();
    const { versions, over } = taking(hub);
    await wait(0);
    hub.close();
    await over;
    expect(versions).toEqual([1]);
    expect(hub.size).toBe(0);
  });
});
