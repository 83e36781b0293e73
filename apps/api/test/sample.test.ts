import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calendar, type Site } from '@footfall/core';
import { restore } from '@footfall/db/embedded';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { SampleState } from '@footfall/trpc';
import { readConfig } from '../src/config.ts';
import { sampleData, type SampleParts } from '../src/sample.ts';
import { seed } from '../src/seed.ts';
import { startEmbedded } from './support.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 60 * 60 * 1000;
const RANGE = { from: '2026-10-22', to: '2026-11-20' };

/** A sample in a folder of its own, of a site and with a clock that a test changes. */
async function started(changes: Partial<SampleParts> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-sample-'));
  const moment = { at: NOW, timeZone: 'Europe/Berlin' };
  const { site } = readConfig({});
  const log = { error: vi.fn() };
  const parts: SampleParts = {
    path: join(folder, 'footfall.db'),
    site: (): Site => ({ ...site, calendar: calendar(moment.timeZone) }),
    now: () => moment.at,
    log,
    size: { seed: 1, days: 60, views: 600, pages: 5, visitors: 50 },
    ...changes,
  };
  const sample = sampleData(parts);
  onTestFinished(async () => {
    await sample.close();
    await rm(folder, { recursive: true });
  });
  return { sample, parts, moment, folder, log, files: () => readdir(folder) };
}

async function made(sample: ReturnType<typeof sampleData>): Promise<SampleState & { kind: 'ready' }> {
  await sample.make();
  return vi.waitFor(async () => {
    const state = await sample.open();
    if (state.kind !== 'ready') throw new Error(JSON.stringify(state));
    return state;
  }, 20_000);
}

it('is made when it is asked for, once, and shows the same history each time', async () => {
  const { sample, files } = await started();
  expect(await sample.open()).toEqual({ kind: 'absent', isOutdated: false, problem: undefined });
  expect(await files()).toEqual([]);
  await Promise.all([sample.make(), sample.make(), sample.make()]);
  expect(await sample.open()).toMatchObject({ kind: 'making' });
  const { reads } = await made(sample);
  const { totals } = await reads.visitors(RANGE);
  expect(totals.views).toBeGreaterThan(200);
  expect(await reads.clock()).toMatchObject({ timeZone: 'Europe/Berlin', at: '2026-11-20T12:00:00.000Z' });
  expect((await files()).filter((name) => name.includes('new'))).toEqual([]);

  await sample.make();
  expect((await sample.open()).kind, 'it is not made again').toBe('ready');
  await sample.remove();
  expect(await files()).toEqual([]);
  expect((await sample.open()).kind).toBe('absent');
  const again = await made(sample);
  expect((await again.reads.visitors(RANGE)).totals).toEqual(totals);
});

it('is made again for another day or another time zone', async () => {
  const { sample, moment } = await started();
  await made(sample);
  moment.at += 10 * HOUR_MS;
  expect((await sample.open()).kind, 'at eleven in the evening').toBe('ready');
  moment.at += HOUR_MS;
  expect(await sample.open()).toMatchObject({ kind: 'absent', isOutdated: true });
  await made(sample);
  moment.timeZone = 'Asia/Kolkata';
  expect(await sample.open()).toMatchObject({ kind: 'absent', isOutdated: true });
  const { reads } = await made(sample);
  expect(await reads.clock()).toMatchObject({ timeZone: 'Asia/Kolkata' });
});

it('leaves nothing when it is deleted, or Footfall stops, while it is made', async () => {
  const large = { seed: 1, days: 400, views: 20_000, pages: 5, visitors: 50 };
  const { sample, parts, files, log } = await started({ size: large });
  await sample.make();
  await sample.remove();
  expect(await files()).toEqual([]);
  await sample.make();
  await sample.close();
  expect(await files()).toEqual([]);
  expect(log.error).not.toHaveBeenCalled();

  await writeFile(`${parts.path}-sample-new`, 'what a crash left');
  const next = sampleData(parts);
  expect((await next.open()).kind).toBe('absent');
  expect(await files(), 'the next start deletes it').toEqual([]);
});

it('is closed while nobody looks at it', async () => {
  const { sample, files } = await started({ idleMs: 50 });
  await made(sample);
  await vi.waitFor(async () => {
    expect(await files()).toEqual(['footfall.db-sample']);
  });
  const state = await sample.open();
  expect(state.kind).toBe('ready');
});

it('says why it cannot be opened, and is made again', async () => {
  const { sample, parts, log } = await started();
  await writeFile(`${parts.path}-sample`, 'no database, and longer than the header of one. '.repeat(10));
  expect(await sample.open()).toMatchObject({
    kind: 'absent',
    problem: 'The sample data cannot be read. Make it again, or delete it.',
  });
  expect(log.error).toHaveBeenCalled();
  await made(sample);
});

it('that is gone or overwritten while it is open is absent, and saved nowhere', async () => {
  const { sample, parts, files, log } = await started();
  const file = `${parts.path}-sample`;
  await made(sample);
  await rm(file);
  expect(await sample.open()).toEqual({ kind: 'absent', isOutdated: false, problem: undefined });
  await made(sample);
  await rm(file);
  await sample.remove();
  expect(await files()).toEqual([]);
  expect(log.error).not.toHaveBeenCalled();

  await made(sample);
  await writeFile(file, Buffer.alloc(8_192, 1));
  expect(await sample.open()).toMatchObject({ kind: 'absent', isOutdated: true });
  await made(sample);
  await writeFile(file, Buffer.alloc(8_192, 1));
  await sample.remove();
  expect(await files()).toEqual([]);
});

it('says at once when a folder is in its place, and leaves that', async () => {
  const { sample, parts, files } = await started();
  await mkdir(`${parts.path}-sample`);
  const problem = 'A folder has the name of the sample data: move it away.';
  await sample.make();
  expect(await sample.open()).toEqual({ kind: 'absent', isOutdated: true, problem });
  await sample.remove();
  expect(sample.exists()).toBe(true);
  expect(await sample.open()).toMatchObject({ problem });
  expect(await files()).toEqual(['footfall.db-sample']);

  await rm(`${parts.path}-sample`, { recursive: true });
  expect(sample.exists()).toBe(false);
  expect(await made(sample)).toMatchObject({ problem: undefined });
});

it('takes no more room while it is made again than when it is there, but for a short log', async () => {
  const { sample, moment, folder, files } = await started({
    size: { seed: 1, days: 400, views: 10_000, pages: 5, visitors: 500 },
  });
  const bytes = async (): Promise<number> => {
    const sizes = (await files()).map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  };
  await made(sample);
  await sample.close();
  const there = await bytes();
  moment.timeZone = 'Asia/Kolkata';
  await sample.make();
  let most = 0;
  while ((await sample.open()).kind === 'making') most = Math.max(most, await bytes());
  expect(most / there).toBeLessThan(1.7);
});

it('can be cancelled while it is folded at last', async () => {
  const { app } = await startEmbedded({}, onTestFinished);
  const { site } = readConfig({});
  const size = { seed: 1, days: 2, views: 500, pages: 5, visitors: 50, until: Date.now() };
  let isAdded = false;
  const adding = seed(app.store, { ...size, ...site, timeoutMs: site.sessionTimeoutMs }, (share) => {
    if (isAdded) throw new Error('cancelled');
    isAdded = share === 1;
  });
  await expect(adding).rejects.toThrow('cancelled');
});

it('is in no number of the owner’s', async () => {
  const { app, file, count } = await startEmbedded({}, onTestFinished);
  const { site } = readConfig({});
  const size = { seed: 1, days: 3, views: 100, pages: 5, visitors: 5 };
  const sample = sampleData({ path: file, site: () => site, now: Date.now, log: { error: vi.fn() }, size });
  await made(sample);
  await sample.close();
  expect(await count()).toMatchObject({ count: 0 });
  expect((await app.store.stats(Date.now())).stats.totalVisits).toBe(0);
  await app.store.eraseAll();
  expect((await made(sample)).kind).toBe('ready');
  await sample.close();
  await app.stop();
  await expect(restore(file, `${file}-sample`)).rejects.toThrow('This is sample data');
  await sample.remove();
});
