import { outageNote } from '@footfall/core';
import type { Store } from '@footfall/db';
import type { CurrentSettings } from './settings.ts';

/**
 * Makes the task that says in the store that a server runs, and annotates the time in which none did: the machine was off,
 * the process stopped, the store did not answer.
 * @throws {FootfallError} SERVICE_UNAVAILABLE
 */
export function outageWatch(
  { store, settings }: { readonly store: Store; readonly settings: CurrentSettings },
  now: () => number,
): () => Promise<void> {
  return async () => {
    const at = now();
    const seenAt = await store.beat(at);
    if (seenAt === undefined) return;
    const listed = await settings.owner.list();
    const mark = outageNote(seenAt, at, settings.now().site.calendar.timeZone);
    const { value } = listed.find(({ name }) => name === 'AUTOMATIC_ANNOTATIONS') ?? {};
    if (mark !== undefined && value !== 'false') await store.annotations.note(mark);
  };
}
