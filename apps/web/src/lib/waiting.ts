import type { UniquePageView } from '@footfall/trpc/deliver';

/** A view that was not acknowledged, with when it was. */
export interface Waiting extends UniquePageView {
  /** Epoch milliseconds. */
  readonly timestamp: number;
}

const KEY = 'footfall.waiting';

/** Views stored at most, and for how many milliseconds: the server would take an older one for a view of now (docs/api.md, Writing). */
const MOST = 50;
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Views whose page may be gone before they are acknowledged: whichever page of ours is opened next reports them. */
export class WaitingViews {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;

  /** @param storage undefined in a browser that has none for us */
  constructor(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined) {
    this.#storage = storage;
  }

  /** Those that may still be reported, oldest first. */
  all(now: number): readonly Waiting[] {
    try {
      const kept = JSON.parse(this.#storage?.getItem(KEY) ?? '[]') as unknown;
      return Array.isArray(kept) ? kept.filter((view) => isWaiting(view, now)).slice(-MOST) : [];
    } catch {
      return []; // somebody else has written there
    }
  }

  add(view: Waiting): void {
    this.#write([...this.all(view.timestamp).filter(({ id }) => id !== view.id), view].slice(-MOST));
  }

  remove(id: string, now: number): void {
    this.#write(this.all(now).filter((view) => view.id !== id));
  }

  #write(views: readonly Waiting[]): void {
    try {
      if (views.length === 0) this.#storage?.removeItem(KEY);
      else this.#storage?.setItem(KEY, JSON.stringify(views));
    } catch {
      // no room: the page at hand goes on trying by itself
    }
  }
}

function isWaiting(view: unknown, now: number): view is Waiting {
  const { id, url, referrer, timestamp } = (view ?? {}) as Record<keyof Waiting, unknown>;
  return (
    [id, url, referrer].every((text) => typeof text === 'string') &&
    typeof timestamp === 'number' &&
    timestamp <= now &&
    now - timestamp < KEPT_MS
  );
}
