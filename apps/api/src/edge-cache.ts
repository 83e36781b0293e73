import { compareVersions, type StoreVersion } from '@footfall/core';
import type { Store } from '@footfall/db';

/** A cache as the web's standard has it, as far as it is used. */
export interface Cache {
  readonly match: (address: string) => Promise<Response | undefined>;
  readonly put: (address: string, response: Response) => Promise<void>;
}

/** Where numbers are kept, and what goes with it. */
export interface EdgeCache {
  /** The data centre's: seen by every request that comes there. */
  readonly cache: Cache;
  /** The address that the keys begin with. */
  readonly publicUrl: string;
  /** How old a number may be: until it is read again, and while it is. */
  readonly snapshot: { readonly freshMs: number; readonly staleMs: number };
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Keeps the runtime alive for work that goes on behind an answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Told of each read that failed. */
  readonly onFailure: (error: unknown) => void;
}

/** The last known numbers are kept for so long, in seconds, in case the store goes away. */
const KEPT_S = 86_400;

/** What was read so long after a state that it is behind is of a database that was replaced, in milliseconds: no replica lags so far. */
const REPLACED_MS = 10_000;

/** How long one reader's try to read a number again stands for everyone's, in seconds: a little more than a call takes. */
const TURN_S = 1;

/** A number as it is kept. */
interface Kept<T> {
  readonly value: T;
  /** When it was read. */
  readonly readAt: number;
}

/**
 * A store whose numbers are read through a cache, for where no snapshot can be held in memory: fresh ones are answered
 * from it, older ones too while they are read again behind the answer, and when the store is away the last known ones,
 * marked stale. Writes go straight through.
 */
export function throughCache(
  store: Store,
  { cache, publicUrl, snapshot, now, waitUntil, onFailure }: EdgeCache,
): Store {
  async function find<T>(key: string): Promise<Kept<T> | undefined> {
    try {
      return (await (await cache.match(key))?.json()) as Kept<T> | undefined;
    } catch {
      return; // it is only a cache
    }
  }

  async function put<T>(key: string, kept: Kept<T>, seconds: number): Promise<void> {
    const headers = { 'content-type': 'application/json', 'cache-control': `public, max-age=${seconds}` };
    await cache.put(key, new Response(JSON.stringify(kept), { headers })).catch(() => {});
  }

  /** Whether a number is of a database that another has replaced since. */
  function isLost({ store: id }: StoreVersion): boolean {
    return id !== NO_STATE.store && id < (store.version()?.store ?? 0);
  }

  /**
   * @param standingOf where it has one, the newer of two that were read at the same time is cached
   * @param changesAlone whether it may be another number in the same state, as time windows move and the log is folded: then
   * it gets a state of its own, or who knows the state would never see the number
   */
  async function through<T extends object>(
    name: string,
    read: () => Promise<T>,
    {
      standingOf = () => NO_STATE,
      atLeast = NO_STATE,
      changesAlone = false,
    }: {
      standingOf?: (value: T) => StoreVersion;
      atLeast?: StoreVersion | undefined;
      changesAlone?: boolean;
    } = {},
  ): Promise<T & { stale?: true }> {
    const key = `${publicUrl}/.numbers/5/${name}`; // 5: the form that they are kept in
    const [renewing, away] = [`${key}/renewing`, `${key}/away`]; // beside the number, so that no mark can overwrite one
    const found = await find<T>(key);
    const kept = found === undefined || isLost(standingOf(found.value)) ? undefined : found;

    async function renew(): Promise<T> {
      const readAt = now();
      let value: T;
      try {
        value = await read();
      } catch (error) {
        onFailure(error);
        throw error;
      }
      waitUntil(publish({ value, readAt }));
      return value;
    }

    async function publish(fresh: Kept<T>): Promise<void> {
      if (!changesAlone || !(await isOtherInSameState(fresh.value))) return keepNewest(fresh);
      try {
        await store.supersede(standingOf(fresh.value));
        const readAt = now();
        await keepNewest({ value: await read(), readAt });
      } catch (error) {
        onFailure(error); // the next read finds the same
      }
    }

    async function isOtherInSameState(value: T): Promise<boolean> {
      const published = (await find<T>(key))?.value;
      if (published === undefined || compareVersions(standingOf(published), standingOf(value)) !== 0)
        return false;
      return JSON.stringify(published) !== JSON.stringify(value);
    }

    /**
     * Of two that read at the same time, the one with the newer number. Where the other was read long before, its database was
     * replaced by one that is behind: that gets a later id, and what is read next is newer.
     */
    async function keepNewest(fresh: Kept<T>): Promise<void> {
      const other = await find<T>(key);
      if (other === undefined || compareVersions(standingOf(other.value), standingOf(fresh.value)) <= 0) {
        await put(key, fresh, KEPT_S);
      } else if (fresh.readAt - other.readAt >= REPLACED_MS) {
        await store.outrank(standingOf(other.value)).catch(onFailure);
      }
    }

    async function takeTurn(turn: string): Promise<boolean> {
      const taken = await find<null>(turn);
      if (taken !== undefined && now() < taken.readAt + TURN_S * 1_000) return false;
      await put(turn, { value: null, readAt: now() }, TURN_S);
      return true;
    }

    if (kept === undefined || compareVersions(standingOf(kept.value), atLeast) < 0) return renew();
    const { value, readAt } = kept;
    const age = now() - readAt;
    if (age < snapshot.freshMs) return value;
    if (age < snapshot.freshMs + snapshot.staleMs) {
      // Who asks next will be told what came of it.
      waitUntil(takeTurn(renewing).then(async (mine) => mine && (await renew().catch(() => {}))));
      return value;
    }
    const lastKnown: T & { stale: true } = { ...value, stale: true };
    const tried = await find<null>(away);
    if (tried !== undefined && now() < tried.readAt + TURN_S * 1_000) return lastKnown;
    return renew().catch(() => {
      waitUntil(put(away, { value: null, readAt: now() }, TURN_S));
      return lastKnown;
    });
  }

  // The `=` keeps a page called `..` from being a part of the address.
  const numbers = (page: string) =>
    through(`page/=${encodeURIComponent(page.toWellFormed())}`, () => store.numbers(page), {
      standingOf: itself,
    });

  return {
    ...store,
    numbers,
    count: async (page) => {
      if (page === undefined) return through('total', async () => store.count(), { standingOf: itself });
      const { total: _, ...count } = await numbers(page);
      return count;
    },
    topPages: () => through('top-pages', () => store.topPages(), { standingOf: itself }),
    stats: (at, atLeast) =>
      through('summary', () => store.stats(at, atLeast), {
        standingOf: ({ stats }) => stats,
        atLeast,
        changesAlone: true,
      }),
    overview: (query, at) =>
      through(
        `overview/${query.from}-${query.to}-${query.starts.length}-${query.limit}`,
        () => store.overview(query, at),
        { standingOf: itself },
      ),
    notCounted: (at) => through('not-counted', () => store.notCounted(at)),
    salts: (days) => {
      const salts = store.salts(days);
      waitUntil(salts.catch(() => {})); // other requests wait for them too, even if this one goes away
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
