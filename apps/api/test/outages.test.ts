import { openStore, type Store } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from './support.ts';

const MINUTE = 60_000;

/** Works on the file of a server that was stopped. */
async function inFile<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(await openFile({ path }));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** What is annotated by a server that starts some time after another was there last. */
async function annotatedAfter(downMs: number, environment: Readonly<Record<string, string>> = {}) {
  const { stop, file } = await startEmbedded({}, onTestFinished);
  await stop();
  const seenAt = Date.now() - downMs;
  await inFile(file, (store) => store.beat(seenAt));
  const next = await startEmbedded({ DATABASE_URL: `file:${file}`, ...environment }, onTestFinished);
  await next.stop();
  return inFile(file, async (store) => {
    expect(await store.beat(Date.now()), 'the server has said that it runs').toBeGreaterThan(seenAt);
    return store.annotations.list();
  });
}

it('an outage of more than a minute is annotated, and marked as made by Footfall', async () => {
  const [made, ...others] = await annotatedAfter(10 * MINUTE);
  expect(made?.text).toMatch(/^Down for about 10 minutes, from \d\d:\d\d$/);
  expect(made).toMatchObject({ isPublic: false, isAutomatic: true });
  expect(others).toEqual([]);
});

it('a restart is not annotated, nor is an outage where the owner has switched it off', async () => {
  expect(await annotatedAfter(20_000)).toEqual([]);
  expect(await annotatedAfter(10 * MINUTE, { AUTOMATIC_ANNOTATIONS: 'false' })).toEqual([]);
});
