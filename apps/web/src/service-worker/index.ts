/**
 * The last numbers when there is no connection, and never an old shell when there is one: documents come from the network
 * first, what they are made of from the cache, which belongs to one version. Nothing else is touched: no report, no number,
 * no script for other people's pages.
 */
import { version } from '$app/env';
import { immutable } from '$app/manifest';
import { self } from '$app/service-worker';
import { isGatewayError, offlineKey, markAsCached, isCacheable } from '#lib/offline.ts';

const OURS = 'footfall ';
const CACHE = OURS + version;

/** Kept from the beginning: who is offline next time may have seen but one page. */
const PAGES = ['/', '/stats'];

const ASSETS = new Set(immutable.map(({ path }) => new URL(path, self.location.origin).pathname));

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll([...ASSETS]);
      // Without its numbers a version is complete all the same.
      await Promise.all(PAGES.map((path) => fetch(path, { cache: 'reload' }).then(keep(path), () => {})));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      const old = names.filter((name) => name.startsWith(OURS) && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (ASSETS.has(url.pathname)) event.respondWith(asset(request));
  else if (request.mode === 'navigate' && offlineKey(url) !== undefined) {
    const answered = fetch(request);
    const copied = answered.then((response) => response.clone());
    event.waitUntil(copied.then(keep(request.url), () => {}));
    event.respondWith(page(request.url, answered));
  }
});

async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

/** The page as the server answers it, else as it was last. */
async function page(address: string, answered: Promise<Response>): Promise<Response> {
  const response = await answered.catch(() => undefined);
  if (response !== undefined && !isGatewayError(response)) return response;
  const cache = await caches.open(CACHE);
  const kept = await cache.match(keyOf(address));
  return kept === undefined ? answered : markAsCached(kept);
}

/** Keeps a page. A browser without room for it goes on without. */
const keep = (address: string) => async (response: Response) => {
  if (!isCacheable(response)) return;
  const cache = await caches.open(CACHE);
  await cache.put(keyOf(address), response).catch(() => {});
};

const keyOf = (address: string): string => offlineKey(new URL(address, self.location.origin)) ?? address;
