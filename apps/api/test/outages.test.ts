import { openStore, type Connection, type Store } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../src/config.ts';
import { outageWatch } from '../src/outages.ts';
import { currentSettings } from '../src/settings.ts';
import { startEmbedded } from './support.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The file of a server that has run, and was stopped. */
async function fileOf({ views = 1 } = {}): Promise<string> {
  const { deliver, stop, file } = await startEmbedded({}, onTestFinished);
  for (let n = 0; n < views; n += 1) expect((await deliver({ url: '/' })).status).toBe(200);
  await stop();
  return file;
}

/** Works on the file of a server that was stopped. */
async function inFile<T>(
  path: string,
  work: (store: Store, connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await openFile({ path });
  const store = await openStore(connection);
  try {
    return await work(store, connection);
  } finally {
    await store.close();
  }
}

/** What is annotated by a server that starts some time after another was there last. */
async function annotatedAfter(downMs: number, environment: Readonly<Record<string, string>> = {}) {
  const file = await fileOf();
  const seenAt = Date.now() - downMs;
  await inFile(file, (_, { database }) =>
    database.execute({ sql: 'update visitor_stats set seen_at = ?', args: [BigInt(seenAt)] }),
  );
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

/** A store on which servers run that have clocks of their own. */
async function watched(options?: { readonly views: number }) {
  const store = await openStore(await openFile({ path: await fileOf(options) }));
  onTestFinished(() => store.close());
  const settings = currentSettings(readConfig({}), { store: store.settings, log: { error: () => {} } });
  return {
    store,
    watch: (clock: () => number, on: Store = store) => outageWatch({ store: on, settings }, clock),
    noted: async () => (await store.annotations.list()).map(({ text }) => text.replace(/, from .*/, '')),
  };
}

it.each([100 * SECOND, 2 * HOUR])(
  'two servers whose clocks are %o ms apart make no outage while both run',
  async (apartMs) => {
    const { watch, noted } = await watched();
    let now = Date.now() - apartMs;
    const [behind, ahead] = [watch(() => now), watch(() => now + apartMs)];
    for (let beats = 0; beats < 20; beats += 1) {
      await ahead();
      now += SECOND;
      await behind();
      now += 29 * SECOND;
    }
    expect(await noted()).toEqual([]);
  },
);

it('a restart makes no outage where the other server’s clock is a little behind', async () => {
  const { watch, noted } = await watched();
  let now = Date.now() - 100 * SECOND;
  const [behind, startAhead] = [watch(() => now), () => watch(() => now + 100 * SECOND)()];
  await startAhead();
  now += 30 * SECOND;
  await behind();
  await startAhead();
  expect(await noted()).toEqual([]);
});

it('a clock that starts in 1970 makes no outage', async () => {
  const { watch, noted } = await watched();
  let now = Date.now();
  await watch(() => now)();
  const right = now + MINUTE;
  const restarted = watch(() => now);
  now = 5 * MINUTE;
  await expect(restarted()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  now = right;
  await restarted();
  expect(await noted()).toEqual([]);
});

it('an outage is annotated after the clock was wrong once', async () => {
  const { watch, noted } = await watched();
  let now = Date.now();
  const beat = watch(() => now);
  await beat();
  now += 24 * HOUR;
  await watch(() => now)();
  const before = await noted();
  now -= 24 * HOUR;
  await beat();
  now += 20 * MINUTE;
  await beat();
  expect(await noted()).toEqual(expect.arrayContaining([...before, 'Down for about 20 minutes']));
});

it('an outage is annotated once, as it was, also where the note cannot be stored at first', async () => {
  const { store, watch, noted } = await watched();
  let now = Date.now();
  let isFailing = true;
  const note: Store['annotations']['note'] = (mark) =>
    isFailing ? Promise.reject(new Error('The store does not respond.')) : store.annotations.note(mark);
  const beat = watch(() => now, { ...store, annotations: { ...store.annotations, note } });
  await beat();
  for (const minutes of [10, 20]) {
    now += minutes * MINUTE;
    await expect(beat()).rejects.toThrow('The store does not respond.');
  }
  isFailing = false;
  for (let beats = 0; beats < 2; beats += 1) {
    now += 30 * SECOND;
    await beat();
  }
  expect((await noted()).sort()).toEqual(['Down for about 10 minutes', 'Down for about 20 minutes']);
});

it('an outage before the first page view is not annotated', async () => {
  const { watch, noted } = await watched({ views: 0 });
  let now = Date.now();
  const beat = watch(() => now);
  await beat();
  now += HOUR;
  await beat();
  expect(await noted()).toEqual([]);
});
