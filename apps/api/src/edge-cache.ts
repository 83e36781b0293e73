import { compareVersions, type StoreVersion } from '@footfall/core';
import type { Store } from '@footfall/db';

/** The part of the web's standard `Cache` that is used. */
export interface Cache {
  readonly match: (address: string) => Promise<Response | undefined>;
  readonly put: (address: string, response: Response) => Promise<void>;
}

/** The cache of numbers and what it depends on. */
export interface EdgeCache {
  /** The data centre's cache, shared by all its requests. */
  readonly cache: Cache;
  /** The prefix of the cache keys. */
  readonly publicUrl: string;
  /** How old a number may be before it is read again, and while it is being read again. */
  readonly snapshot: () => { readonly freshMs: number; readonly staleMs: number };
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Keeps the runtime alive for work after the response. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Called with the error of each failed read. */
  readonly onFailure: (error: unknown) => void;
}

/** How long the last known numbers are stored, in seconds, in case the store becomes unavailable. */
const LAST_KNOWN_S = 86_400;

/** A state read this long after a newer one is of a replaced database, in milliseconds: no replica lags this far behind. */
const REPLACED_MS = 10_000;

/** How long one request's attempt to refresh a number prevents others from doing so, in seconds: a little more than a call takes. */
const LOCK_S = 1;

/** Of how many numbers the newest state is noted. */
const NOTED = 1_000;

/** A cached number. */
interface CachedValue<T> {
  readonly value: T;
  /** When it was read. */
  readonly readAt: number;
}

/**
 * A store whose numbers are read through a cache, for runtimes that cannot hold a snapshot in memory: fresh numbers are
 * served from it; older ones too, while they are read again after the response; if the store is unavailable the last known
 * ones, marked stale. Writes go straight through.
 */
export function throughCache(
  store: Store,
  { cache, publicUrl, snapshot, now, waitUntil, onFailure }: EdgeCache,
): Store {
  async function find<T>(key: string): Promise<CachedValue<T> | undefined> {
    try {
      return (await (await cache.match(key))?.json()) as CachedValue<T> | undefined;
    } catch {
      return; // a failing cache is a cache miss
    }
  }

  /** The newest state of each number that was read here: the cache may still have an older one, or have got it later. */
  const newest = new Map<string, StoreVersion>();

  function note(key: string, state: StoreVersion): void {
    const known = newest.get(key);
    newest.delete(key);
    newest.set(key, known !== undefined && compareVersions(state, known) < 0 ? known : state);
    const [oldest] = newest.keys();
    if (newest.size > NOTED && oldest !== undefined) newest.delete(oldest);
  }

  async function put<T>(key: string, entry: CachedValue<T>, seconds: number): Promise<void> {
    const headers = { 'content-type': 'application/json', 'cache-control': `public, max-age=${seconds}` };
    await cache.put(key, new Response(JSON.stringify(entry), { headers })).catch(() => {});
  }

  /** Whether a number is of a database that has since been replaced. */
  function isLost({ store: id }: StoreVersion): boolean {
    return id !== NO_STATE.store && id < (store.version()?.store ?? 0);
  }

  /**
   * @param versionOf if given, the newer of two numbers that were read at the same time is cached
   * @param changesAlone whether the number may change without a new state, as time windows move and the log is folded: it
   * then gets a new state, or clients that have the state would never see the number
   */
  async function through<T extends object>(
    name: string,
    read: () => Promise<T>,
    {
      versionOf = () => NO_STATE,
      atLeast = NO_STATE,
      changesAlone = false,
    }: {
      versionOf?: (value: T) => StoreVersion;
      atLeast?: StoreVersion | undefined;
      changesAlone?: boolean;
    } = {},
  ): Promise<T & { stale?: true }> {
    const key = `${publicUrl}/.numbers/5/${name}`; // 5: the format of the cached values
    const [refreshing, unavailable] = [`${key}/refreshing`, `${key}/unavailable`]; // separate keys, so that a lock cannot overwrite a number
    const found = await find<T>(key);
    const cached = found === undefined || isLost(versionOf(found.value)) ? undefined : found;

    async function refresh(): Promise<T> {
      const readAt = now();
      let value: T;
      try {
        value = await read();
      } catch (error) {
        onFailure(error);
        throw error;
      }
      note(key, versionOf(value));
      waitUntil(publish({ value, readAt }));
      return value;
    }

    async function publish(fresh: CachedValue<T>): Promise<void> {
      if (!changesAlone || !(await isOtherInSameState(fresh.value))) return putNewest(fresh);
      try {
        await store.supersede(versionOf(fresh.value));
        const readAt = now();
        await putNewest({ value: await read(), readAt });
      } catch (error) {
        onFailure(error); // the next read tries again
      }
    }

    async function isOtherInSameState(value: T): Promise<boolean> {
      const published = (await find<T>(key))?.value;
      if (published === undefined || compareVersions(versionOf(published), versionOf(value)) !== 0)
        return false;
      return JSON.stringify(published) !== JSON.stringify(value);
    }

    /**
     * Caches the newer of two numbers that were read at the same time. If the other was read long before, its database was
     * replaced by an older one: that gets a later id, so that the next read is newer.
     */
    async function putNewest(fresh: CachedValue<T>): Promise<void> {
      const other = await find<T>(key);
      if (other === undefined || compareVersions(versionOf(other.value), versionOf(fresh.value)) <= 0) {
        await put(key, fresh, LAST_KNOWN_S);
      } else if (fresh.readAt - other.readAt >= REPLACED_MS) {
        await store.outrank(versionOf(other.value)).catch(onFailure);
      }
    }

    async function acquire(lock: string): Promise<boolean> {
      const taken = await find<null>(lock);
      if (taken !== undefined && now() < taken.readAt + LOCK_S * 1_000) return false;
      await put(lock, { value: null, readAt: now() }, LOCK_S);
      return true;
    }

    if (cached === undefined || compareVersions(versionOf(cached.value), atLeast) < 0) return refresh();
    const { value, readAt } = cached;
    const isCurrent = compareVersions(versionOf(value), newest.get(key) ?? NO_STATE) >= 0;
    const age = isCurrent ? now() - readAt : Infinity; // no client sees a number fall
    const { freshMs, staleMs } = snapshot();
    if (age < freshMs) return value;
    if (age < freshMs + staleMs) {
      // The next request gets the result.
      waitUntil(
        acquire(refreshing).then(async (isAcquired) => isAcquired && (await refresh().catch(() => {}))),
      );
      return value;
    }
    const lastKnown: T & { stale: true } = { ...value, stale: true };
    const tried = await find<null>(unavailable);
    if (tried !== undefined && now() < tried.readAt + LOCK_S * 1_000) return lastKnown;
    return refresh().catch(() => {
      waitUntil(put(unavailable, { value: null, readAt: now() }, LOCK_S));
      return lastKnown;
    });
  }

  // The `=` prevents a page named `..` from becoming a path segment of the address.
  const numbers = (page: string) =>
    through(`page/=${encodeURIComponent(page.toWellFormed())}`, () => store.numbers(page), {
      versionOf: itself,
    });

  return {
    ...store,
    numbers,
    count: async (page) => {
      if (page === undefined) return through('total', async () => store.count(), { versionOf: itself });
      const { total: _, ...count } = await numbers(page);
      return count;
    },
    topPages: () => through('top-pages', () => store.topPages(), { versionOf: itself }),
    stats: (at, atLeast) =>
      through('summary', () => store.stats(at, atLeast), {
        versionOf: ({ stats }) => stats,
        atLeast,
        changesAlone: true,
      }),
    overview: (query, at) =>
      through(
        `overview/${query.from}-${query.to}-${query.starts.length}-${query.limit}`,
        () => store.overview(query, at),
        { versionOf: itself },
      ),
    notCounted: (at) => through('not-counted', () => store.notCounted(at)),
    publicAnnotations: (at) => through('annotations', () => store.publicAnnotations(at)),
    salts: (days) => {
      const salts = store.salts(days);
      waitUntil(salts.catch(() => {})); // other requests wait for them too, even if this one is cancelled
      return salts;
    },
    ping: () =>
      store.ping().catch((error: unknown) => {
        onFailure(error);
        throw error;
      }),
  };
}

const itself = (state: StoreVersion): StoreVersion => state;

/** Older than every state. */
const NO_STATE: StoreVersion = { store: 0, version: 0 };
