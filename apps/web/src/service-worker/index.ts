/**
 * Shows the last numbers while there is no connection, and never an old page while there is one: documents come from the
 * network first, their assets from the cache of one version. Nothing else is intercepted: no event, no number, no script for
 * other sites.
 */
import { version } from '$app/env';
import { immutable } from '$app/manifest';
import { self } from '$app/service-worker';
import { LANGUAGE_TAGS } from '#lib/texts/tags.ts';
import { isCacheable, isGatewayError, isInLanguageOf, markAsCached, offlineKey } from '#lib/offline.ts';

const OURS = 'footfall ';
const CACHE = OURS + version;

/** Cached at install, since a visitor may have opened only one page before they are offline. */
const PAGES = ['/', '/stats'];

/** The widget's words in the languages of these pages. */
const WIDGET_WORDS = LANGUAGE_TAGS.slice(1).map((tag) => `/widget-${tag}.js`);

const ASSETS = new Set([
  ...immutable.map(({ path }) => new URL(path, self.location.origin).pathname),
  ...WIDGET_WORDS,
]);

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll([...ASSETS]);
      // A version is complete without the pages.
      await Promise.all(PAGES.map(fetchPage));
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
    event.waitUntil(copied.then(store(request.url), () => {}));
    event.respondWith(page(request.url, answered));
  }
});

async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

/** The server's page, or the cached one where the server cannot be reached. */
async function page(address: string, answered: Promise<Response>): Promise<Response> {
  const response = await answered.catch(() => undefined);
  if (response !== undefined && !isGatewayError(response)) return response;
  const cache = await caches.open(CACHE);
  const cached = await cache.match(keyOf(address));
  return cached === undefined ? answered : markAsCached(cached);
}

/** Caches a page, where the browser has room for it. The pages of a language that the reader has left are replaced. */
const store = (address: string) => async (response: Response) => {
  if (!isCacheable(response)) return;
  const cache = await caches.open(CACHE);
  const pages = (await cache.keys())
    .map(({ url }) => url)
    .filter((url) => offlineKey(new URL(url)) !== undefined);
  const left: string[] = [];
  for (const url of pages) {
    const page = await cache.match(url);
    if (page === undefined || isInLanguageOf(page, response)) continue;
    await cache.delete(url);
    left.push(url);
  }
  await cache.put(keyOf(address), response).catch(() => {});
  await Promise.all(
    left.filter((url) => new URL(url).href !== new URL(keyOf(address), url).href).map(fetchPage),
  );
};

const fetchPage = (address: string): Promise<void> =>
  fetch(address, { cache: 'reload' }).then(store(address), () => {});

const keyOf = (address: string): string => offlineKey(new URL(address, self.location.origin)) ?? address;
