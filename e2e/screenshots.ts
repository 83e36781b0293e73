/** Takes pictures of the widget as it stands on other people's pages: `pnpm --filter @footfall/e2e screenshots [folder]`. */
import { mkdir } from 'node:fs/promises';
import { chromium } from '@playwright/test';
import { startHostSite } from './host-site.ts';
import config from './playwright.config.ts';
import { startServer } from './server.ts';
import { ANYWHERE, numbers, snippet, title, visitFrom } from './widget.ts';

const folder = process.argv[2] ?? `${import.meta.dirname}/test-results/widget`;
await mkdir(folder, { recursive: true });

const LOOKS = [
  '',
  'theme="light"',
  'theme="dark"',
  'theme="plain"',
  'position="inline"',
  'position="fixed-bottom"',
];
const WIDTHS = { phone: 390, desktop: 1_000 };
const STYLE = `<style>
  :root { color-scheme: light dark; }
  body { margin: 0; font: 16px/1.5 Georgia, serif; }
  p { margin: 24px; }
</style>`;

await using footfall = await startServer({ env: ANYWHERE });
for (let visitor = 1; visitor <= 127; visitor += 1) {
  await visitFrom(footfall, visitor % 7 < 5 ? 'BD' : 'GB', visitor);
}
const host = await startHostSite((path) => {
  const { searchParams } = new URL(path, 'http://host.example');
  const words = '<p>A page of somebody’s website, with some words in it.</p>';
  return `${STYLE}${words}${snippet(footfall.url, searchParams.get('widget') ?? '')}<p>Its footer.</p>`;
});
const browser = await chromium.launch(config.use?.launchOptions ?? {});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [device, width] of Object.entries(WIDTHS)) {
    const page = await browser.newPage({
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width, height: 560 },
    });
    const take = (name: string) =>
      page.screenshot({ path: `${folder}/${name}-${colorScheme}-${device}.png` });
    for (const look of LOOKS) {
      await page.goto(`${host.url}/?widget=${encodeURIComponent(look)}`);
      await numbers(page)
        .getByText(/^1\d\d$/)
        .first()
        .waitFor();
      await take(/"(.*)"/.exec(look)?.[1] ?? 'own');
    }
    await page.goto(host.url);
    await numbers(page)
      .getByText(/^1\d\d$/)
      .first()
      .waitFor();
    await page.locator('visitor-tracker').getByText('Total').click();
    await take('explained');
    await page.goto(footfall.url); // which counts itself
    await page.locator('visitor-tracker').scrollIntoViewIfNeeded();
    await take('home');
    await page.close();
  }
}

const page = await browser.newPage({ reducedMotion: 'reduce', viewport: { width: 1_000, height: 560 } });
await page.goto(host.url);
await numbers(page)
  .getByText(/^1\d\d$/)
  .first()
  .waitFor();
await footfall.kill();
await title(page).getByText('Last known').waitFor();
await page.screenshot({ path: `${folder}/offline.png` });
await browser.close();
await host.stop();
console.log(`The pictures are in ${folder}.`);
