import type { Count, Store } from '@footfall/db';

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
}

/** The last known numbers are kept for so long, in seconds, in case the store goes away. */
const KEPT_S = 86_400;

/** How long one reader's try to read a number again stands for everyone's, in milliseconds: a little more than a call takes. */
const TURN_MS = 1_000;

/** A number as it is kept. */
interface Kept<T> {
  readonly value: T;
  /** When it was read. */
  readonly readAt: number;
  /** Until then someone is reading it again, behind an answer. */
  readonly renewedUntil?: number;
  /** Until then the store is taken to be away: someone has just tried. */
  readonly awayUntil?: number;
}

/**
 * A store whose numbers are read through a cache, for where no snapshot can be held in memory: fresh ones are answered
 * from it, older ones too while they are read again behind the answer, and when the store is away the last known ones,
 * marked stale. Writes go straight through.
 */
export function throughCache(store: Store, { cache, publicUrl, snapshot, now, waitUntil }: EdgeCache): Store {
  async function keep<T>(key: string, kept: Kept<T>): Promise<void> {
    const headers = { 'content-type': 'application/json', 'cache-control': `public, max-age=${KEPT_S}` };
    await cache.put(key, new Response(JSON.stringify(kept), { headers })).catch(() => {}); // it is only a cache
  }

  async function find<T>(key: string): Promise<Kept<T> | undefined> {
    try {
      return (await (await cache.match(key))?.json()) as Kept<T> | undefined;
    } catch {
      return;
    }
  }

  async function through<T extends Count>(name: string, read: () => Promise<T>): Promise<T> {
    const key = `${publicUrl}/.numbers/${name}`;
    const kept = await find<T>(key);

    async function renew(): Promise<T> {
      const readAt = now();
      const value = await read();
      waitUntil(keep(key, { value, readAt }));
      return value;
    }

    if (kept === undefined) return renew();
    const { value, readAt, renewedUntil = 0, awayUntil = 0 } = kept;
    const age = now() - readAt;
    if (age < snapshot.freshMs) return value;
    if (age < snapshot.freshMs + snapshot.staleMs) {
      if (now() >= renewedUntil) {
        const taken = keep(key, { ...kept, renewedUntil: now() + TURN_MS });
        waitUntil(taken.then(renew).catch(() => {})); // who asks next will be told
      }
      return value;
    }
    const lastKnown = { ...value, stale: true };
    if (now() < awayUntil) return lastKnown;
    return renew().catch(() => {
      waitUntil(keep(key, { ...kept, awayUntil: now() + TURN_MS }));
      return lastKnown;
    });
  }

  return {
    ...store,
    count: (page) =>
      through(page === undefined ? 'total' : `page?of=${encodeURIComponent(page.toWellFormed())}`, async () =>
        store.count(page),
      ),
    topPages: () => through('top-pages', () => store.topPages()),
  };
}
