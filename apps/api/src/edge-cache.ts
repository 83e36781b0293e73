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

  /** @param versionOf where it has one, the newer of two that were read at the same time is kept */
  async function through<T extends object>(
    name: string,
    read: () => Promise<T>,
    versionOf: (value: T) => number = () => 0,
    atLeast = 0,
  ): Promise<T & { stale?: true }> {
    const key = `${publicUrl}/.numbers/3/${name}`; // 3: the form that they are kept in
    const [renewing, away] = [`${key}/renewing`, `${key}/away`]; // beside the number, so that no mark can overwrite one
    const kept = await find<T>(key);

    async function renew(): Promise<T> {
      const readAt = now();
      let value: T;
      try {
        value = await read();
      } catch (error) {
        onFailure(error);
        throw error;
      }
      waitUntil(keepNewest({ value, readAt }));
      return value;
    }

    /** Of two that read at the same time, the one with the newer number. */
    async function keepNewest(fresh: Kept<T>): Promise<void> {
      const other = await find<T>(key);
      if (other === undefined || versionOf(other.value) <= versionOf(fresh.value)) {
        await put(key, fresh, KEPT_S);
      }
    }

    async function takeTurn(turn: string): Promise<boolean> {
      const taken = await find<null>(turn);
      if (taken !== undefined && now() < taken.readAt + TURN_S * 1_000) return false;
      await put(turn, { value: null, readAt: now() }, TURN_S);
      return true;
    }

    if (kept === undefined || versionOf(kept.value) < atLeast) return renew();
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
    through(`page/=${encodeURIComponent(page.toWellFormed())}`, () => store.numbers(page), versionOf);

  return {
    ...store,
    numbers,
    count: async (page) => {
      if (page === undefined) return through('total', async () => store.count(), versionOf);
      const { total: _, ...count } = await numbers(page);
      return count;
    },
    topPages: () => through('top-pages', () => store.topPages(), versionOf),
    summary: (at, atLeast) =>
      through(
        'summary',
        () => store.summary(at),
        ({ stats }) => stats.version,
        atLeast,
      ),
    overview: (query, at) =>
      through(
        `overview/${query.from}-${query.to}-${query.starts.length}`,
        () => store.overview(query, at),
        versionOf,
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

function versionOf({ version }: { readonly version: number }): number {
  return version;
}
