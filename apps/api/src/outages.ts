import { outageNote, requireClock, type Mark } from '@footfall/core';
import type { Store } from '@footfall/db';
import type { CurrentSettings } from './settings.ts';

/**
 * Makes the task that says in the store that a server runs, and annotates the time in which none did: the machine was off,
 * the process stopped, the store did not answer.
 * @throws {FootfallError} SERVICE_UNAVAILABLE, also while the clock is certainly wrong; the outage is annotated later
 */
export function outageWatch(
  { store, settings }: { readonly store: Store; readonly settings: CurrentSettings },
  now: () => number,
): () => Promise<void> {
  /** When this server said last that it runs, by its own clock: those of others may be far behind. */
  let saidAt = -Infinity;
  /** What is not annotated yet. */
  const pending: Mark[] = [];

  /** Before the first page view there is no chart that a note could explain. */
  async function isWanted(): Promise<boolean> {
    const { value } =
      (await settings.owner.list()).find(({ name }) => name === 'AUTOMATIC_ANNOTATIONS') ?? {};
    return value !== 'false' && (await store.count()).count > 0;
  }

  return async () => {
    const at = now();
    requireClock(at);
    // Read first, since it may fail: after the beat the outage can no longer be seen in the store.
    const { timeZone } = settings.now().site.calendar;
    const seenAt = await store.beat(at);
    const outage = seenAt === undefined ? undefined : outageNote(Math.max(seenAt, saidAt), at, timeZone);
    saidAt = at;
    if (outage !== undefined) pending.push(outage);
    for (const mark of [...pending]) {
      if (await isWanted()) await store.annotations.note(mark);
      pending.shift();
    }
  };
}
