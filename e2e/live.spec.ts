import type { Page } from '@playwright/test';
import { SETTLES_MS, type Running } from './configurations.ts';
import { expect, test } from './fixtures.ts';
import { startHostSite } from './host-site.ts';
import { opened, total, visit } from './live.ts';

/** A change is shown within a second (docs/design.md, Fresh); a cache or another process adds its delay. */
const withinMs = ({ configuration }: Running): number => 1_000 + SETTLES_MS[configuration];

for (const [blocked, way, slowMs] of [
  ['nothing', 'socket', 0],
  ['sockets', 'stream', 0],
  ['sockets and streams', 'polling', 9_000],
] as const) {
  test(
    `with ${blocked} blocked, two open pages show a third one’s visit: by ${way}`,
    { tag: way === 'socket' ? [] : '@answer' },
    async ({ footfall, browser }) => {
      const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
      const pages = await Promise.all(contexts.map((context) => context.newPage()));
      const [home, stats] = pages as [Page, Page];
      const homeWays = await opened(home, blocked, footfall.url);
      await expect(total(home)).toHaveText('1', { timeout: 10_000 });
      const statsWays = await opened(stats, blocked, `${footfall.url}/stats`);
      for (const page of pages) await expect(total(page)).toHaveText('2', { timeout: 12_000 });
      for (const ways of [homeWays, statsWays]) await expect.poll(ways).toContain(way);

      await visit(footfall);
      const timeout = withinMs(footfall) + slowMs;
      await Promise.all(pages.map((page) => expect(total(page)).toHaveText('3', { timeout })));
      for (const ways of [homeWays, statsWays]) {
        if (way === 'socket') expect(ways().filter((each) => each !== 'socket')).toEqual([]);
      }
      for (const context of contexts) await context.close();
    },
  );
}

/** The requests of an app as in seeds/004: it registers its visit, reads the numbers, subscribes, and also polls every two seconds. */
const app = (server: string, registers: boolean): string => `
  <h1>${registers ? 'App' : 'Admin'}</h1><p id="total"></p><p id="log"></p>
  <script>
    const server = ${JSON.stringify(server)};
    let version = -1;
    const show = (stats) => {
      if (stats.version < version) return;
      version = stats.version;
      document.getElementById('total').textContent = stats.totalVisitors;
      localStorage.setItem('stats', JSON.stringify(stats));
    };
    const ask = async () => show(await (await fetch(server + '/api/stats')).json());
    const register = async () => {
      let visitorId = localStorage.getItem('visitorId');
      if (visitorId === null) localStorage.setItem('visitorId', (visitorId = 'visitor_' + Date.now() + '_' + Math.random()));
      const response = await fetch(server + '/api/visitor/register', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          visitorId, timestamp: Date.now(), userAgent: navigator.userAgent, referrer: document.referrer || 'direct',
        }),
      });
      const { success, stats } = await response.json();
      if (success) document.getElementById('log').textContent = 'registered';
      show(stats);
    };
    const socket = new WebSocket(server.replace('http', 'ws'));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'visitor_update') show(message.stats);
    };
    (async () => {
      ${registers ? 'await register();' : ''}
      await ask();
      setInterval(ask, 2000);
    })();
  </script>`;

/** Visits of that many visitors, as from other pages: refused ones are retried if the store is busy. */
async function seed({ url }: Running, visits: number): Promise<void> {
  for (let begun = 0; begun < visits; begun += 50) {
    const events = Array.from({ length: 50 }, (_, n) => ({
      id: crypto.randomUUID(),
      url: '/',
      visitorId: `seeded-${begun + n}`,
    }));
    await expect(async () => {
      const response = await fetch(`${url}/api/track`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
      });
      const { accepted, duplicates } = (await response.json()) as Record<string, number>;
      expect([accepted, duplicates]).toContain(50);
    }).toPass();
  }
  // This burst is not measured: a busy machine folds it for a while.
  const shown = async (): Promise<number> => {
    const stats = (await (await fetch(`${url}/api/stats`)).json()) as { totalVisitors: number };
    return stats.totalVisitors;
  };
  await expect.poll(shown, { timeout: 40_000 }).toBe(visits);
}

test('an app that registers its visits, as seeds/004 has it: 4000 becomes 4001, everywhere', async ({
  footfall,
  browser,
}) => {
  await seed(footfall, 4_000);
  const timeout = 2_000 + withinMs(footfall);
  const host = await startHostSite((path) => app(footfall.url, path !== '/admin'));
  const newDevice = async (): Promise<Page> => (await browser.newContext()).newPage();
  const shows = async (page: Page, visits: number): Promise<void> => {
    await expect(page.locator('#total')).toHaveText(String(visits), { timeout });
  };

  const admin = await newDevice();
  await admin.goto(`${host.url}/admin`);
  await shows(admin, 4_000);

  // A new visitor on one device: it shows the server's numbers, and so does the admin's page, which was open.
  const one = await newDevice();
  await one.goto(host.url);
  await expect(one.locator('#log')).toHaveText('registered');
  await shows(one, 4_001);
  await shows(admin, 4_001);

  // Its visit is open: loading the page again is not a new one.
  await one.reload();
  await expect(one.locator('#log')).toHaveText('registered');
  await shows(one, 4_001);

  // Another device; the first shows it too. With cleared storage a browser is a new visitor.
  const other = await newDevice();
  await other.goto(host.url);
  await shows(other, 4_002);
  await shows(one, 4_002);
  await one.evaluate(() => localStorage.clear());
  await one.reload();
  for (const page of [one, other, admin]) await shows(page, 4_003);

  for (const page of [admin, one, other]) await page.context().close();
  await host.stop();
});

test('a host page follows the numbers with the script that Footfall serves', async ({ footfall, page }) => {
  const host = await startHostSite(
    () => `<p id="here"></p><script type="module">
      import { followLive } from '${footfall.url}/live.js';
      followLive({
        server: '${footfall.url}',
        onUpdate: ({ visitorStats, count }, isCurrent) => {
          here.textContent = visitorStats.live + ' of ' + count + (isCurrent ? '' : ' once');
        },
      });
    </script>`,
    {
      'content-security-policy': `default-src 'none'; script-src 'unsafe-inline' ${footfall.url}; connect-src ${footfall.url} ${footfall.url.replace('http', 'ws')}`,
    },
  );
  const timeout = 5_000 + withinMs(footfall);
  await page.goto(host.url);
  await expect(page.locator('#here')).toHaveText('0 of 0', { timeout });
  await visit(footfall);
  await expect(page.locator('#here')).toHaveText('1 of 1', { timeout });
  await host.stop();
});
