/** Takes the pictures of the README, of a server with a generated history: `pnpm --filter @footfall/e2e pictures`. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launchBrowser } from './browser.ts';
import { SURROUNDINGS } from './environment.ts';
import { startServer } from './server.ts';
import { ANYWHERE, visitFrom } from './widget.ts';

const ROOT = `${import.meta.dirname}/..`;
const PICTURES = {
  home: { path: '/', height: 760 },
  stats: { path: '/stats?period=30d', height: 1_120 },
};
const HERE = ['US', 'US', 'DE', 'BD', 'US', 'FR', 'JP'];

const folder = await mkdtemp(join(tmpdir(), 'footfall-pictures-'));
try {
  await promisify(execFile)(
    process.execPath,
    ['apps/api/src/cli.ts', 'seed', '--days', '60', '--views', '40000', '--pages', '40'],
    { cwd: ROOT, env: { ...SURROUNDINGS, DATABASE_URL: `file:${join(folder, 'footfall.db')}` } },
  );
  await using footfall = await startServer({ folder, env: { ...ANYWHERE, SITE_NAME: 'example.com' } });
  for (const [visitor, country] of HERE.entries()) await visitFrom(footfall, country, visitor);
  const browser = await launchBrowser();
  const page = await browser.newPage({ reducedMotion: 'reduce', colorScheme: 'light' });
  for (const [name, { path, height }] of Object.entries(PICTURES)) {
    await page.setViewportSize({ width: 1_280, height });
    await page.goto(`${footfall.url}${path}`, { waitUntil: 'load' });
    await page.getByRole('main').waitFor();
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `${ROOT}/docs/pictures/${name}.png` });
  }
  await browser.close();
} finally {
  await rm(folder, { recursive: true });
}
