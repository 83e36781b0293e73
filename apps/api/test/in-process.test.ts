import { expect, it, onTestFinished } from 'vitest';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { MakeSite } from '../src/site.ts';

async function fresh(makeSite: MakeSite) {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-warm-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const config = readConfig({
    DATABASE_URL: `file:${join(folder, 'footfall.db')}`,
    PUBLIC_URL: 'https://stats.example.com',
  });
  return createApp(config, pino({ level: 'silent' }), makeSite);
}

it('a fresh process has rendered its pages and read its numbers before it listens', async () => {
  const requested: string[] = [];
  const app = await fresh(() => ({ url, headers }, response) => {
    requested.push(`${headers.host}${url}`);
    response.end('page');
  });
  await app.warm();
  expect(requested.sort()).toEqual(['stats.example.com/', 'stats.example.com/stats']);
  expect(app.server.listening).toBe(false);
  await app.stop();
  // If they had not been read, they could not be returned any more.
  expect(await app.store.stats(Date.now() + 60_000)).toMatchObject({ stale: true, count: 0 });
});

it('a page that fails, or never finishes, does not prevent a start', async () => {
  const app = await fresh(() => ({ url }, response) => {
    if (url === '/') response.destroy();
  });
  await app.warm();
  await app.stop();
});
