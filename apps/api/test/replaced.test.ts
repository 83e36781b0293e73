import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveUpdate } from '@footfall/core';
import { startSqldWithTables, type Sqld } from '@footfall/e2e/sqld';
import { expect, it, onTestFinished } from 'vitest';
import { socketAt, type LiveClient } from './subscribers.ts';
import { startEmbedded, type Count, type Embedded } from './support.ts';

/** How soon all clients have the numbers of the new database, with time to spare. */
const SOON = { timeout: 15_000, interval: 50 };

/** Instances on one server, each with a subscriber. */
async function startTwo(): Promise<{ sqld: Sqld; instances: { footfall: Embedded; client: LiveClient }[] }> {
  const sqld = await startSqldWithTables();
  onTestFinished(() => sqld[Symbol.asyncDispose]());
  const starting = [1, 2].map(async () => {
    const footfall = await startEmbedded({ ...sqld.env, COUNT_BOTS: 'true' }, onTestFinished);
    const client = await socketAt(`${footfall.url.replace('http', 'ws')}/api/live`);
    onTestFinished(client.close);
    return { footfall, client };
  });
  return { sqld, instances: await Promise.all(starting) };
}

async function whileStopped(sqld: Sqld, change: () => Promise<void>): Promise<void> {
  await sqld.kill();
  await change();
  await sqld.restart();
}

interface Numbers {
  readonly count?: number;
  readonly totalVisitors?: number;
  readonly total?: number;
  readonly store: number;
  readonly stale?: true;
}

/** The responses of each route that has a store id. */
async function answersOf({ url }: Embedded): Promise<Numbers[]> {
  const routes = ['visitors/count', 'visitors/count?page=/a', 'stats', 'visitor-stats', 'live'];
  return Promise.all(
    routes.map(async (route) => (await (await fetch(`${url}/api/${route}`)).json()) as Numbers),
  );
}

const last = ({ updates }: LiveClient): LiveUpdate | undefined => updates.at(-1);

it('an emptied server is noticed by all its instances: they log it, and show none of the old numbers any more', async () => {
  const { sqld, instances } = await startTwo();
  const [first] = instances as [(typeof instances)[0]];
  await first.footfall.track({ url: '/a', visitorId: 'one' });
  for (const { footfall, client } of instances) {
    await expect.poll(() => last(client)?.count, SOON).toBe(1);
    await answersOf(footfall);
  }
  const before = last(first.client) as LiveUpdate;
  const known = (await fetch(`${first.footfall.url}/api/visitors/count`)).headers.get('etag') ?? '';

  await whileStopped(sqld, () => rm(sqld.data, { recursive: true }));
  for (const { footfall, client } of instances) {
    await expect.poll(() => last(client)?.count, SOON).toBe(0);
    const { store, version, stats } = last(client) as LiveUpdate;
    expect(store).toBeGreaterThan(before.store);
    expect(stats).toMatchObject({ totalVisitors: 0, store, version });
    expect(await answersOf(footfall)).toEqual([
      { count: 0, version, store, updatedAt: null },
      { count: 0, version, store, updatedAt: null },
      expect.objectContaining({ totalVisitors: 0, store }),
      expect.objectContaining({ total: 0, store }),
      expect.objectContaining({ count: 0, store }),
    ]);
    expect(footfall.logged()).toContain('The database is not the one that was shown so far');
  }
  const logs = instances.map(({ footfall }) => footfall.logged() ?? '').join('');
  expect(logs).toContain('The database is empty: its tables are gone.');
  const again = await fetch(`${first.footfall.url}/api/visitors/count`, {
    headers: { 'if-none-match': known },
  });
  expect(again.status).toBe(200);

  // The same version as before, of the same page: yet it is another state.
  await first.footfall.track({ url: '/a', visitorId: 'one' });
  const count = `${first.footfall.url}/api/visitors/count`;
  const versionNow = async () => ((await (await fetch(count)).json()) as Count).version;
  await expect.poll(versionNow, SOON).toBe(before.version); // it is folded
  const next = await fetch(count, { headers: { 'if-none-match': known } });
  expect(next.status).toBe(200);
  expect((await next.json()) as Count).toMatchObject({ count: 1, version: before.version });
  for (const { client } of instances) {
    await expect.poll(() => last(client)?.count, SOON).toBe(1);
    const { store } = last(client) as LiveUpdate;
    const at = client.updates.findIndex((update) => update.store === store);
    expect(client.updates.slice(at).every((update) => update.store === store)).toBe(true);
  }
});

it('an older backup that replaces the database is logged when its first page view is counted', async () => {
  const { sqld, instances } = await startTwo();
  const [first] = instances as [(typeof instances)[0]];
  await first.footfall.track({ url: '/a' });
  const backup = await mkdtemp(join(tmpdir(), 'footfall-backup-'));
  onTestFinished(() => rm(backup, { recursive: true }));
  await whileStopped(sqld, () => cp(sqld.data, backup, { recursive: true }));
  const view = { url: '/a', visitorId: 'one' };
  await expect
    .poll(
      () =>
        first.footfall.track(view).then(
          ({ count }) => count,
          () => 0,
        ),
      SOON,
    )
    .toBeGreaterThan(1);
  for (let views = 0; views < 3; views += 1) await first.footfall.track(view);
  await expect.poll(() => last(first.client)?.count, SOON).toBeGreaterThan(4);
  const before = last(first.client) as LiveUpdate;

  await whileStopped(sqld, async () => {
    await rm(sqld.data, { recursive: true });
    await cp(backup, sqld.data, { recursive: true });
  });
  const answer = await first.footfall.track({ url: '/a', visitorId: 'two' });
  expect(first.footfall.logged()).toContain('The database is not the one that was shown so far');
  expect(answer).toMatchObject({ counted: true, count: 2, total: 2 });
  expect(answer.store).toBeGreaterThan(before.store);
  expect(answer.version).toBeLessThan(before.version);
  for (const { footfall, client } of instances) {
    await expect.poll(() => last(client), SOON).toMatchObject({ count: 2, store: answer.store });
    for (const { store } of await answersOf(footfall)) expect(store).toBe(answer.store);
  }
});
