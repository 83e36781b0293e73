import {
  compareVersions,
  FootfallError,
  storeUnavailable,
  type CollectedEvent,
  type StoreVersion,
} from '@footfall/core';
import type { Count, Store } from '@footfall/db';
import { describe, expect, it } from 'vitest';
import { throughCache, type Cache } from '../src/edge-cache.ts';

const FRESH_MS = 2_000;
const STALE_MS = 3_000;
const HOUR_MS = 3_600_000;

/** The initial id of the store. */
const STORE = 7;

/** A cache like a data centre's: by address, without the fragment, until it expires. */
function memory(now: () => number): Cache {
  const stored = new Map<string, { text: string; until: number }>();
  const nameOf = (address: string): string => {
    const url = new URL(address);
    url.hash = '';
    return url.href;
  };
  return {
    match: async (address) => {
      const found = stored.get(nameOf(address));
      return found === undefined || found.until <= now() ? undefined : new Response(found.text);
    },
    put: async (address, response) => {
      const seconds = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1]);
      stored.set(nameOf(address), { text: await response.text(), until: now() + seconds * 1_000 });
    },
  };
}

/** A store controlled by the test, behind the cache, with the test's own clock. */
function edge(parts: { cache?: Partial<Cache> } = {}) {
  let time = Date.parse('2026-11-20T12:00:00Z');
  let version = 1;
  let id = STORE;
  let known: StoreVersion | undefined;
  const outranked: StoreVersion[] = [];
  let isUnavailable = false;
  let reads = 0;
  let live = 0;
  let blocked: Promise<void> | undefined;
  const pending: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const now = (): number => time;

  async function read<T>(of: (number: Count) => T): Promise<T> {
    reads += 1;
    const answer = of({ count: version * 10, version, store: id, updatedAt: null });
    const failed = isUnavailable;
    await blocked;
    if (failed) throw storeUnavailable();
    return answer;
  }
  const notExpected = () => Promise.reject(new Error('not expected'));
  const store: Store = {
    add: async () => ({ counted: true, count: 0, total: 0, version: (version += 1), store: id }),
    count: (page) => read((number) => (page === undefined ? number : { ...number, count: page.length })),
    numbers: (page) => read((number) => ({ ...number, count: page.length, total: number.count })),
    topPages: () => read((number) => ({ ...number, pages: [] })),
    forgetBefore: () => Promise.resolve(false),
    forgetIds: () => Promise.resolve(false),
    export: notExpected,
    imports: undefined,
    startingNumbers: {} as Store['startingNumbers'],
    fold: () => Promise.resolve(),
    unfolded: () => ({ events: 0, ageMs: 0 }),
    forgetVisitors: () => Promise.resolve({ visits: 0, pageViews: 0 }),
    erasePage: notExpected,
    eraseAll: notExpected,
    version: () => known,
    outrank: async (published) => {
      outranked.push(published);
      id = Math.max(id, published.store) + 1;
    },
    beat: notExpected,
    ping: () => read(() => undefined),
    addAll: notExpected,
    ledger: notExpected,
    keys: { list: async () => [], add: notExpected, revoke: notExpected, used: notExpected },
    shares: {
      list: notExpected,
      find: notExpected,
      add: notExpected,
      revoke: notExpected,
      used: notExpected,
    },
    segments: { list: notExpected, save: notExpected, rename: notExpected, remove: notExpected },
    annotations: {
      list: notExpected,
      add: notExpected,
      note: notExpected,
      edit: notExpected,
      remove: notExpected,
    },
    publicAnnotations: notExpected,
    recent: notExpected,
    salts: notExpected,
    stats: () =>
      read(({ count, version, store, updatedAt }) => {
        const stats = {
          totalVisits: live,
          totalVisitors: live,
          todayVisits: live,
          activeUsers: live,
          uniqueVisitors: live,
        };
        const visitors = { live, active: live, today: live, total: live, location: null };
        const share = { ukPercent: 0, unitedKingdomPercent: 0 };
        return {
          count,
          stats: { ...stats, locations: {}, version, store },
          sysStats: { total_visitors: live, countries: {}, last_updated: updatedAt, updatedAt },
          visitorStats: { ...visitors, ...share, version, store, updatedAt },
        };
      }),
    supersede: async (published) => {
      if (isUnavailable) throw storeUnavailable();
      if (compareVersions(published, { store: id, version }) === 0) version += 1;
    },
    analytics: notExpected,
    rows: notExpected,
    now: notExpected,
    overview: notExpected,
    notCounted: notExpected,
    notCountedSince: notExpected,
    settings: {
      current: () => undefined,
      read: notExpected,
      refresh: notExpected,
      change: notExpected,
    },
    owner: {
      password: notExpected,
      session: notExpected,
      sessions: notExpected,
      addSession: notExpected,
      seen: notExpected,
      endSession: notExpected,
      offerSetup: notExpected,
      isSetupToken: notExpected,
      setPassword: notExpected,
      secondFactor: {} as Store['owner']['secondFactor'],
      passkeys: {} as Store['owner']['passkeys'],
    },
    waiting: () => 0,
    follow: () => () => {},
    close: async () => {},
  };
  return {
    store: throughCache(store, {
      cache: { ...memory(now), ...parts.cache },
      publicUrl: 'https://stats.example.com',
      snapshot: () => ({ freshMs: FRESH_MS, staleMs: STALE_MS }),
      now,
      waitUntil: (work) => pending.push(work),
      onFailure: (error) => failures.push(error),
    }),
    /** Advances the clock. */
    later: (ms: number) => {
      time += ms;
    },
    /** Counts something. */
    change: () => {
      version += 1;
    },
    /** Changes the number of live visitors by time or the fold, without counting. */
    move: (to: number) => {
      live = to;
    },
    /** Replaces the database by a later one, or by an older state of itself. */
    replace: (by: StoreVersion) => {
      ({ store: id, version } = by);
    },
    /** Lets the store itself see the state of the current database. */
    learn: () => {
      known = { store: id, version };
    },
    /** The states that the database was found to be older than. */
    outranked,
    setUnavailable: (is: boolean) => {
      isUnavailable = is;
    },
    /** Number of reads since the last call. */
    reads: () => {
      const count = reads;
      reads = 0;
      return count;
    },
    /** Blocks the store's responses until the returned function is called. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      blocked = promise;
      return () => {
        blocked = undefined;
        resolve();
      };
    },
    /** Waits for work after the responses. */
    done: async () => {
      for (let work = pending.shift(); work !== undefined; work = pending.shift()) await work;
    },
  };
}

/** Lets pending promises settle. */
async function soon(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

const FIRST = { count: 10, version: 1, store: STORE, updatedAt: null };
const SECOND = { count: 20, version: 2, store: STORE, updatedAt: null };

/** A cache with the first number, after which something was counted. */
async function afterAChange() {
  const at = edge();
  expect(await at.store.count()).toEqual(FIRST);
  await at.done();
  at.change();
  expect(at.reads()).toBe(1);
  return at;
}

describe('a number that is', () => {
  it('unknown is read, and the next client gets it without the store', async () => {
    const { store, reads, done } = edge();
    expect(await store.count()).toEqual(FIRST);
    await done();
    expect(await store.count()).toEqual(FIRST);
    expect(reads()).toBe(1);
  });

  it('fresh is returned without the store', async () => {
    const { store, later, reads } = await afterAChange();
    later(FRESH_MS - 1);
    expect(await store.count()).toEqual(FIRST);
    expect(reads()).toBe(0);
  });

  it.each([FRESH_MS, FRESH_MS + STALE_MS - 1])(
    'no longer fresh (after %i ms) is returned at once, and the next client gets a new one',
    async (age) => {
      const { store, later, reads, hold, done } = await afterAChange();
      later(age);
      const release = hold();
      expect(await store.count()).toEqual(FIRST);
      release();
      await done();
      expect(await store.count()).toEqual(SECOND);
      expect(reads()).toBe(1);
    },
  );

  it('read again is as old as the start of that read', async () => {
    const { store, later, hold, done } = edge();
    const release = hold();
    const slow = store.count();
    later(FRESH_MS);
    release();
    expect(await slow).toEqual(FIRST);
    await done();
    later(STALE_MS); // the whole window in total
    expect(await store.count()).toEqual(FIRST);
  });

  it('too old is read again before it is returned', async () => {
    const { store, later, reads, done } = await afterAChange();
    later(FRESH_MS + STALE_MS);
    expect(await store.count()).toEqual(SECOND);
    await done();
    expect(await store.count()).toEqual(SECOND);
    expect(reads()).toBe(1);
  });
});

describe('of many requests for a number that is no longer fresh', () => {
  it('one reads it again, the others get it at once', async () => {
    const { store, later, reads, hold, done } = await afterAChange();
    later(FRESH_MS);
    const release = hold();
    expect(await store.count()).toEqual(FIRST);
    await soon();
    for (let n = 0; n < 10; n += 1) expect(await store.count()).toEqual(FIRST);
    expect(reads()).toBe(1);
    release();
    await done();
    expect(await store.count()).toEqual(SECOND);
    expect(reads()).toBe(0);
  });

  it('another one reads it if the first has not finished in time', async () => {
    const { store, later, reads, hold } = await afterAChange();
    later(FRESH_MS);
    hold(); // and it is never released
    expect(await store.count()).toEqual(FIRST);
    await soon();
    later(999);
    expect(await store.count()).toEqual(FIRST);
    await soon();
    expect(reads()).toBe(1);
    later(1);
    expect(await store.count()).toEqual(FIRST);
    await soon();
    expect(reads()).toBe(1);
  });

  it('none gets a stale number while the store is only being read', async () => {
    const { store, later, hold, done } = await afterAChange();
    later(10 * HOUR_MS);
    const release = hold();
    const first = store.count();
    await soon();
    const second = store.count();
    release();
    expect(await Promise.all([first, second])).toEqual([SECOND, SECOND]);
    await done();
  });
});

describe('of two numbers that are read in the wrong order', () => {
  it('the newer one is cached, whichever was read first', async () => {
    const { store, change, hold, later, done } = edge();
    const releaseFirst = hold();
    const first = store.count();
    await soon();
    change();
    hold()(); // later reads return at once
    expect(await store.count()).toEqual(SECOND);
    await done();
    releaseFirst();
    expect(await first).toEqual(FIRST);
    await done();
    expect(await store.count()).toEqual(SECOND);
    later(FRESH_MS);
    expect(await store.count()).toEqual(SECOND);
    await done();
  });
});

describe('while the store is unavailable', () => {
  it('a number is returned unmarked as long as it may be, then marked stale, for a day', async () => {
    const { store, later, setUnavailable, done } = await afterAChange();
    setUnavailable(true);
    later(FRESH_MS + STALE_MS - 1);
    expect(await store.count()).toEqual(FIRST);
    await done();
    for (const ms of [1_000, 60_000, 20 * HOUR_MS]) {
      later(ms);
      expect(await store.count()).toEqual({ ...FIRST, stale: true });
      await done();
    }
  });

  it('it is tried once a second, and no other request waits for it', async () => {
    const { store, later, setUnavailable, reads, done } = await afterAChange();
    setUnavailable(true);
    later(HOUR_MS);
    for (let n = 0; n < 5; n += 1) {
      expect(await store.count()).toEqual({ ...FIRST, stale: true });
      await done();
    }
    expect(reads()).toBe(1);
    later(1_000);
    expect(await store.count()).toEqual({ ...FIRST, stale: true });
    expect(reads()).toBe(1);
  });

  it('an unknown number is an error', async () => {
    const { store, setUnavailable } = edge();
    setUnavailable(true);
    for (const readOne of [() => store.count(), () => store.count('/a'), () => store.topPages()]) {
      const error: unknown = await Promise.resolve(readOne()).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(FootfallError);
      expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    }
  });

  it('a failure is not cached: when the store is back, so are the numbers, unmarked', async () => {
    const { store, later, setUnavailable, done } = await afterAChange();
    setUnavailable(true);
    await expect(Promise.resolve(store.count('/a'))).rejects.toThrow(FootfallError);
    later(HOUR_MS);
    expect(await store.count()).toEqual({ ...FIRST, stale: true });
    await done();
    setUnavailable(false);
    later(1_000);
    expect(await store.count()).toEqual(SECOND);
    expect(await store.count('/a')).toMatchObject({ count: 2, version: 2 });
    await done();
    expect(await store.count()).toEqual(SECOND);
  });
});

it('no client sees a number fall, even if the cache gets an older one later, or has not got the newer one yet', async () => {
  const entries = memory(() => 0);
  const total = 'https://stats.example.com/.numbers/5/total';
  let older = '';
  const { store, later, change, done } = edge({
    cache: {
      match: async (address) =>
        older !== '' && address === total ? new Response(older) : entries.match(address),
      put: entries.put,
    },
  });
  expect(await store.count()).toEqual(FIRST);
  await done();
  older = (await (await entries.match(total))?.text()) ?? '';
  expect(older).toContain('"version":1');
  later(HOUR_MS);
  change();
  expect(await store.count()).toEqual(SECOND);
  later(-HOUR_MS); // the older one is fresh again, as if it had been read a moment ago
  expect(await store.count()).toEqual(SECOND);
  await done();
});

describe('a cache that fails', () => {
  it.each<[string, Partial<Cache>]>([
    ['when it is read', { match: () => Promise.reject(new Error('no cache')) }],
    ['when it is written', { put: () => Promise.reject(new Error('no cache')) }],
    ['with half of a value', { match: async () => new Response('{"value":{"count":1') }],
    ['with a missing value', { match: async () => new Response('', { status: 404 }) }],
  ])('%s fails no request: the store is read', async (_, cache) => {
    const { store, change, done } = edge({ cache });
    expect(await store.count()).toEqual(FIRST);
    await done();
    change();
    expect(await store.count()).toEqual(SECOND);
    expect(await store.topPages()).toEqual({ ...SECOND, pages: [] });
    await done();
  });
});

describe('each number', () => {
  it('is cached separately, whatever the name of its page', async () => {
    const names = [
      '',
      '/',
      '//',
      '.',
      '..',
      '/../total',
      'total',
      'top-pages',
      '/.numbers/total',
      '/a',
      '/A',
      '/a/',
      '/a?',
      '/a#b',
      '/a%23b',
      '/a%2523b',
      '/a b',
      '/a+b',
      '/a%20b',
      '/a&of=/b',
      '/a&of=%2Fb',
      '/a=b',
      "/'",
      '/%27',
      '/"<b>',
      '/\\',
      '/\0',
      '/\n',
      '/é',
      '/e\u0301',
      '/%C3%A9',
      '/😀',
      '/\u202e',
      '__proto__',
      'constructor',
      'https://stats.example.com/.numbers/total',
      '€'.repeat(2_048),
    ];
    const versions = new Map<string, number>();
    const { store, change, done } = edge();
    for (const name of names) {
      // If two of them shared a key, the second would get the version of the first.
      versions.set(name, (await store.count(name)).version);
      await done();
      change();
    }
    expect([...versions.values()]).toEqual(names.map((_, at) => at + 1));
    expect((await store.count()).version).toBe(names.length + 1);
    expect((await store.topPages()).version).toBe(names.length + 1);
    for (const name of names)
      expect([name, (await store.count(name)).version]).toEqual([name, versions.get(name)]);
  });

  it.each(['\ud800', '/a\udfff', '\udc00\ud800'])(
    'even of a page whose name is not well-formed (%j) is returned',
    async (name) => {
      expect(await edge().store.count(name)).toMatchObject({ version: 1 });
    },
  );

  it('is the page’s own: the cached number of one does not affect another', async () => {
    const { store, done } = edge();
    expect(await store.count('/abc')).toMatchObject({ count: 4 });
    expect(await store.count('/abcdef')).toMatchObject({ count: 7 });
    await done();
    expect(await store.count('/abc')).toMatchObject({ count: 4 });
    expect(await store.count('/abcdef')).toMatchObject({ count: 7 });
    expect(await store.topPages()).toEqual({ ...FIRST, pages: [] });
  });
});

describe('other calls', () => {
  it('go straight to the store: page views, and pings', async () => {
    const { store, setUnavailable, reads } = edge();
    const view: CollectedEvent = {
      kind: 'engagement',
      id: '0'.repeat(32),
      at: 0,
      engagedMs: 0,
      scrollPercent: 0,
    };
    expect(await store.add(view, true)).toMatchObject({ counted: true, version: 2 });
    expect(await store.add(view, true)).toMatchObject({ counted: true, version: 3 });
    await store.ping();
    expect(reads()).toBe(1);
    setUnavailable(true);
    await expect(store.ping()).rejects.toThrow(FootfallError);
  });
});

describe('numbers that change without a new state, by time or by the fold,', () => {
  const shown = async ({ store }: ReturnType<typeof edge>, atLeast?: StoreVersion) => {
    const { stats } = await store.stats(0, atLeast);
    return [stats.activeUsers, stats.version];
  };

  it('get a new version: otherwise a client with the state would get 304', async () => {
    const at = edge();
    expect(await shown(at)).toEqual([0, 1]);
    await at.done();
    at.move(1);
    at.later(FRESH_MS);
    expect(await shown(at)).toEqual([0, 1]); // while they are read again
    await at.done();
    expect(await shown(at)).toEqual([1, 2]);
    at.later(FRESH_MS);
    await shown(at);
    await at.done();
    expect(await shown(at)).toEqual([1, 2]); // they are the same
  });

  it('also if two read them at the same time, and the later one was cached first', async () => {
    const at = edge();
    at.change();
    const state = { store: STORE, version: 2 };
    const releaseEarly = at.hold();
    const early = shown(at, state);
    await soon();
    at.move(1);
    const releaseLate = at.hold();
    const late = shown(at, state);
    await soon();
    releaseLate();
    expect(await late).toEqual([1, 2]);
    await soon();
    releaseEarly();
    expect(await early).toEqual([0, 2]);
    await at.done();
    expect(await shown(at)).toEqual([1, 3]);
  });

  it('wait for the next read if the store becomes unavailable meanwhile', async () => {
    const at = edge();
    await shown(at);
    await at.done();
    at.move(1);
    at.later(FRESH_MS);
    const release = at.hold();
    await shown(at);
    await soon();
    at.setUnavailable(true);
    release();
    await at.done();
    at.setUnavailable(false);
    at.later(FRESH_MS);
    await shown(at);
    await at.done();
    expect(await shown(at)).toEqual([1, 2]);
  });
});

describe('a database that was replaced', () => {
  /** Lets everything expire, reads again, and waits for the work after the response. */
  async function readAgain(at: ReturnType<typeof edge>) {
    at.later(FRESH_MS + STALE_MS);
    const number = await at.store.count();
    await at.done();
    return number;
  }

  it('by a later one is used at the next read, however low its version, and cached', async () => {
    const at = edge();
    at.replace({ store: STORE, version: 90 });
    expect(await at.store.count()).toMatchObject({ version: 90 });
    await at.done();
    at.replace({ store: STORE + 1, version: 2 });
    expect(await readAgain(at)).toMatchObject({ count: 20, version: 2, store: STORE + 1 });
    at.reads();
    expect(await at.store.count()).toMatchObject({ version: 2, store: STORE + 1 });
    expect(at.reads()).toBe(0);
    expect(at.outranked).toEqual([]);
  });

  it('is no longer served once the store knows of the later one, not even while that is down', async () => {
    const at = edge();
    expect(await at.store.count()).toEqual(FIRST);
    await at.done();
    at.replace({ store: STORE + 1, version: 0 });
    expect(await at.store.count()).toEqual(FIRST); // the store does not know yet
    at.learn();
    expect(await at.store.count()).toMatchObject({ count: 0, store: STORE + 1 });
    const other = edge();
    expect(await other.store.count()).toEqual(FIRST);
    await other.done();
    other.replace({ store: STORE + 1, version: 0 });
    other.learn();
    other.setUnavailable(true);
    await expect(Promise.resolve(other.store.count())).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('by an older state of itself gets a later id when a replica cannot lag so far, and is cached from then on', async () => {
    const at = edge();
    at.replace({ store: STORE, version: 90 });
    await at.store.count();
    await at.done();
    at.replace({ store: STORE, version: 4 });
    expect(await readAgain(at)).toMatchObject({ version: 4, store: STORE });
    expect(at.outranked).toEqual([]); // it may be a replica
    expect(await readAgain(at)).toMatchObject({ version: 4, store: STORE });
    expect(at.outranked).toEqual(
      [{ store: STORE, version: 90 }].map((state) => expect.objectContaining(state) as object),
    );
    expect(await readAgain(at)).toMatchObject({ version: 4, store: STORE + 1 });
    at.reads();
    expect(await at.store.count()).toMatchObject({ version: 4, store: STORE + 1 });
    expect(at.reads()).toBe(0);
  });
});
