import { expect, test } from './fixtures.ts';
import { noted, opened, total, visit } from './live.ts';
import { startServer } from './server.ts';

test.describe('a server that is killed and started again', () => {
  for (const blocked of ['nothing', 'sockets', 'sockets and streams'] as const) {
    test(`is reconnected to by every page, with ${blocked} blocked; no number falls`, async ({ browser }) => {
      test.setTimeout(90_000);
      await using first = await startServer({ env: { COUNT_BOTS: 'true', COUNT_OWN_PAGES: 'true' } });
      const { url, port, file } = first;
      const context = await browser.newContext();
      const page = await context.newPage();
      await opened(page, blocked, `${url}/stats`);
      await expect(total(page)).toHaveText('1', { timeout: 12_000 });
      const numbers = await noted(page);
      await visit(first);
      await expect(total(page)).toHaveText('2', { timeout: 12_000 });

      await first.kill();
      const folder = file.slice(0, file.lastIndexOf('/'));
      await using second = await startServer({
        env: { COUNT_BOTS: 'true', COUNT_OWN_PAGES: 'true' },
        folder,
        port,
      });
      await visit(second);
      await expect(total(page)).toHaveText('3', { timeout: 45_000 });
      await visit(second);
      await expect(total(page)).toHaveText('4', { timeout: 12_000 });
      expect(await numbers()).toEqual([1, 2, 3, 4]);
      await context.close();
    });
  }
});
