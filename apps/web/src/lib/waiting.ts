import type { UniquePageView } from '@footfall/trpc/deliver';

/** A view that is not acknowledged yet, with its time. */
export interface Waiting extends UniquePageView {
  /** Epoch milliseconds. */
  readonly timestamp: number;
}

const KEY = 'footfall.waiting';

/** The maximum number of stored views, and their maximum age in milliseconds: the server would count an older one as a view of now (docs/api.md, Writing). */
const MAX_VIEWS = 50;
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** Views that are not acknowledged yet. If their page is closed, the next page of ours reports them. */
export class WaitingViews {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;

  /** @param storage undefined where the browser refuses it */
  constructor(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined) {
    this.#storage = storage;
  }

  /** Those that may still be reported, oldest first. */
  all(now: number): readonly Waiting[] {
    try {
      const stored = JSON.parse(this.#storage?.getItem(KEY) ?? '[]') as unknown;
      return Array.isArray(stored) ? stored.filter((view) => isWaiting(view, now)).slice(-MAX_VIEWS) : [];
    } catch {
      return []; // written by another script
    }
  }

  add(view: Waiting): void {
    this.#write([...this.all(view.timestamp).filter(({ id }) => id !== view.id), view].slice(-MAX_VIEWS));
  }

  remove(id: string, now: number): void {
    this.#write(this.all(now).filter((view) => view.id !== id));
  }

  #write(views: readonly Waiting[]): void {
    try {
      if (views.length === 0) this.#storage?.removeItem(KEY);
      else this.#storage?.setItem(KEY, JSON.stringify(views));
    } catch {
      // storage is full: the current page retries anyway
    }
  }
}

function isWaiting(view: unknown, now: number): view is Waiting {
  const { id, url, referrer, timestamp } = (view ?? {}) as Record<keyof Waiting, unknown>;
  return (
    [id, url, referrer].every((value) => typeof value === 'string') &&
    typeof timestamp === 'number' &&
    timestamp <= now &&
    now - timestamp < MAX_AGE_MS
  );
}
