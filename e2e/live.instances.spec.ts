import { expect, test } from './fixtures.ts';
import { total, visit } from './live.ts';
import { startServer, type Server } from './server.ts';
import { startSqld } from './sqld.ts';

test('a second process on the same remote store shows a change within 2 s', async ({ browser }) => {
  await using sqld = await startSqld();
  const start = (): Promise<Server> =>
    startServer({ env: { COUNT_BOTS: 'true', COUNT_OWN_PAGES: 'true', ...sqld.env } });
  await using one = await start();
  await using other = await start();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(one.url);
  await expect(total(page)).toHaveText('1');
  await visit(other);
  await expect(total(page)).toHaveText('2', { timeout: 2_000 });
  await context.close();
});
