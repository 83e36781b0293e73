import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { countOf, expect, test } from './fixtures.ts';
import { total, visit } from './live.ts';

const mark = (page: Page) => page.getByText('No connection to Footfall: these are the last known numbers');

/** Waits until a page may be cached: the service worker has everything it needs, and controls this page. */
async function cached(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller !== null) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
  });
}

/** A server behind an address at which, for a browser, another version of its site may be deployed. */
async function deployments({ url }: Running) {
  let shell = 'first';
  const { hostname, port } = new URL(url);
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const forwarded = send(
      { hostname, port, method, path, headers: { ...headers, 'accept-encoding': 'identity' } },
      (answer) => {
        const rewritten = { ...answer.headers };
        const isPage = answer.headers['content-type']?.startsWith('text/html') === true;
        if (!isPage && path !== '/service-worker.js') {
          outgoing.writeHead(answer.statusCode ?? 502, rewritten);
          answer.pipe(outgoing);
          return;
        }
        delete rewritten['content-length'];
        delete rewritten['etag'];
        void text(answer).then((body) => {
          outgoing.writeHead(answer.statusCode ?? 502, rewritten);
          outgoing.end(
            isPage
              ? body.replace('<head>', `<head><meta name="shell" content="${shell}">`)
              : body.replace(/version:`\d+`/, `version:\`${shell}\``),
          );
        });
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
    outgoing.on('close', () => forwarded.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deploy: (name: string) => (shell = name),
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

test('offline the last numbers are shown, marked as such; pages viewed meanwhile are counted once afterwards', async ({
  footfall,
  page,
  context,
}) => {
  await page.goto(footfall.url);
  await expect(total(page)).toHaveText('1');
  await cached(page);
  await expect(mark(page)).toBeHidden();
  await page.reload();
  await expect(total(page)).toHaveText('2');

  await context.setOffline(true);
  await page.reload();
  await expect(mark(page)).toBeVisible();
  await expect(total(page)).toHaveText('2');
  await page.getByRole('link', { name: 'Statistics' }).first().click();
  await expect(page).toHaveURL(`${footfall.url}/stats`);
  await expect(page.getByRole('heading', { name: 'Statistics' })).toBeVisible();
  await expect(mark(page)).toBeVisible();
  await visit(footfall);

  await context.setOffline(false);
  await expect(mark(page)).toBeHidden({ timeout: 45_000 });
  // Two loads before, two offline, and another visitor's.
  await expect.poll(() => countOf(footfall), { timeout: 30_000 }).toBe(5);
  await expect(total(page)).toHaveText('5', { timeout: 12_000 });
  await page.reload();
  await expect(total(page)).toHaveText('6');
  expect(await countOf(footfall, '/')).toBe(3);
  expect(await countOf(footfall, '/stats')).toBe(2);
});

test('after a deploy the old shell is never shown, online or offline, and its files are deleted', async ({
  footfall,
  page,
  context,
}) => {
  const site = await deployments(footfall);
  const shell = page.locator('meta[name="shell"]');
  const caches = () => page.evaluate(async () => (await window.caches.keys()).sort());
  await page.goto(site.url);
  await cached(page);
  await page.reload();
  expect(await caches()).toEqual(['footfall first']);
  const [old] = await page.evaluate(async () => {
    const cache = await window.caches.open('footfall first');
    return (await cache.keys())
      .map(({ url }) => new URL(url).pathname)
      .filter((path) => path.endsWith('.js'));
  });
  expect(old).toContain('/_app/immutable/');

  site.deploy('second');
  await page.reload();
  await expect(shell).toHaveAttribute('content', 'second');
  await expect.poll(caches).toEqual(['footfall second']);

  await context.setOffline(true);
  await page.reload();
  await expect(mark(page)).toBeVisible();
  await expect(shell).toHaveAttribute('content', 'second');
  await page.goto(`${site.url}/stats`);
  await expect(shell).toHaveAttribute('content', 'second');
  await context.setOffline(false);
  await site.stop();
});

test('the service worker ignores requests for anything but Footfall’s pages', async ({
  footfall,
  page,
  request,
}) => {
  const script = await request.get(`${footfall.url}/service-worker.js`);
  expect(script.headers()['cache-control']).toBe('no-cache'); // no HTTP cache may store an old one
  // A page that is closed before it has started sends nothing, so wait until each load is counted.
  await page.goto(footfall.url);
  await expect(total(page)).toHaveText('1');
  await cached(page);
  await page.reload();
  await expect(total(page)).toHaveText('2');
  const through: string[] = [];
  page.on('response', (response) => {
    if (response.fromServiceWorker()) through.push(new URL(response.url()).pathname);
  });
  await page.reload();
  await expect(total(page)).toHaveText('3');
  await page.evaluate(async () => {
    for (const path of ['/footfall.js', '/live.js', '/api/stats', '/api/visitors/count', '/api/badge.svg']) {
      await fetch(path);
    }
  });
  expect(through).toContain('/');
  expect(through.filter((path) => path !== '/' && !path.startsWith('/_app/immutable/'))).toEqual([]);
  // A conditional request gets 304, through it too.
  const etag = await page.evaluate(async () => (await fetch('/api/visitors/count')).headers.get('etag'));
  const status = await page.evaluate(
    async (known) => (await fetch('/api/visitors/count', { headers: { 'if-none-match': known } })).status,
    etag ?? '',
  );
  expect(status).toBe(304);
  expect(await countOf(footfall)).toBe(3);
});
