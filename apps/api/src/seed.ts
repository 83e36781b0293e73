import { history, type HistoryOptions } from '@footfall/core/history';
import type { Store } from '@footfall/db';

/** Events of a generated history per commit. */
const COMMIT = 1_000;

/**
 * Adds a generated history to a store, and folds it into visits and statistics.
 * @param onDay called with the share of its days that was added, from 0 to 1; what it throws ends the work
 */
export async function seed(
  store: Store,
  options: HistoryOptions,
  onDay: (share: number) => void = () => {},
): Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  let days = 0;
  for (const day of history(options)) {
    for (let at = 0; at < day.length; at += COMMIT) {
      const next = store.addAll(day.slice(at, at + COMMIT));
      next.catch(() => {}); // an error of the previous commit is thrown first
      await last; // one commit is prepared while another is under way
      last = next;
    }
    days += 1;
    onDay(days / options.days);
  }
  await last;
  await foldAll(store);
}

/** Folds the new events into visits and statistics; the next start folds what could not be folded now. */
async function foldAll(store: Store): Promise<void> {
  for (let left = Infinity; store.unfolded().events > 0 && store.unfolded().events < left;) {
    left = store.unfolded().events;
    await store.fold();
  }
}
