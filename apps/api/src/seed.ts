import { history, type HistoryOptions } from '@footfall/core/history';
import type { Store } from '@footfall/db';

/** Events of a generated history per commit. */
const COMMIT = 1_000;

/**
 * Adds a generated history to a store, and folds it into visits and statistics.
 * @param onStep called after each day, and before each step of the last fold, with the share of the days that was added,
 * from 0 to 1; what it throws ends the work
 */
export async function seed(
  store: Store,
  options: HistoryOptions,
  onStep: (share: number) => void = () => {},
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
    onStep(days / options.days);
  }
  await last;
  await foldAll(store, () => {
    onStep(1);
  });
}

/** Folds the new events into visits and statistics; the next start folds what could not be folded now. */
async function foldAll(store: Store, onStep: () => void): Promise<void> {
  for (let left = Infinity; store.unfolded().events > 0 && store.unfolded().events < left;) {
    onStep();
    left = store.unfolded().events;
    await store.fold();
  }
}
