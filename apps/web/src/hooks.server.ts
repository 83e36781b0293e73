import { error } from '@sveltejs/kit';
import { sequence, type Handle, type HandleServerError } from '@sveltejs/kit/hooks';
import { preferredLanguage } from '@footfall/core/preferred-language';
import { isAdminPage, isOwnersPage, isSharedPage } from '@footfall/core/sign-in';
import { versionTag } from '@footfall/core/store-version';
import { building } from '$app/env';
import { publicChartAddress, publicChartOf } from '#lib/embedded-chart.ts';
import { statsAddress, viewOf } from '#lib/periods.ts';
import { renderedOnce } from '#lib/server/rendered.ts';
import { isStoreUnavailable } from '#lib/server/store-timeout.ts';
import english from '#lib/texts/en/site.ts';
import { loadTexts } from '#lib/texts/languages.ts';
import { LANGUAGE_COOKIE, LANGUAGE_TAGS, languageOf } from '#lib/texts/tags.ts';

/**
 * Routes that look the same to every reader while the numbers stay the same, each with the cache key of its pages: the
 * parameters that change the page, and no others. The reader's language is a part of each key.
 */
const SHARED: Readonly<Record<string, (url: URL) => string>> = {
  '/': () => '/',
  '/privacy': () => '/privacy',
  '/stats': ({ searchParams }) => statsAddress(viewOf(searchParams)),
  '/stats/chart': ({ searchParams }) => publicChartAddress(publicChartOf(searchParams)),
};

/** Rendered pages are valid within one minute, in milliseconds: hours and days of every time zone begin at a full minute. */
const MINUTE_MS = 60_000;

const rendered = renderedOnce();

/** Finds the language of the reader, and says it in the document and to caches. */
const inLanguage: Handle = async ({ event, resolve }) => {
  const { cookies, locals, request } = event;
  const language =
    languageOf(cookies.get(LANGUAGE_COOKIE)) ??
    preferredLanguage(request.headers.get('accept-language') ?? undefined, LANGUAGE_TAGS);
  locals.language = language;
  const response = await resolve(event, {
    transformPageChunk: ({ html }) => html.replace('%footfall.language%', language),
  });
  if (response.headers.get('content-type')?.startsWith('text/html') === true) {
    response.headers.set('content-language', language);
    response.headers.append('vary', 'Accept-Language, Cookie');
  }
  return response;
};

/** Copies what the server passes to the site into `locals`. */
const given: Handle = async ({ event, resolve }) => {
  if (building) return resolve(event);
  const { platform, locals } = event;
  const from = platform?.footfall === undefined ? platform?.req : platform;
  let settings: App.Locals['settings'] | undefined;
  try {
    settings = from?.footfallSettings;
  } catch (caught) {
    if (!isStoreUnavailable(caught)) throw caught;
    const { errors } = (await loadTexts(locals.language, ['site'])).site;
    return new Response(errors['store-down'], {
      status: 503,
      headers: { 'retry-after': '5', 'cache-control': 'no-store' },
    });
  }
  if (from?.footfall === undefined || settings === undefined) {
    error(
      500,
      'The site needs its server around it: start it with "pnpm dev" or "node apps/api/src/node.ts".',
    );
  }
  locals.footfall = from.footfall;
  locals.publicUrl = from.footfallPublicUrl?.replace(/\/$/, '');
  locals.keptParameters = from.footfallKeptParameters ?? [];
  locals.scriptName = from.footfallScriptName ?? 'footfall';
  locals.countsOwnPages = from.footfallCountsOwnPages === true;
  locals.unknownProxy = from.footfallUnknownProxy?.();
  locals.cacheControl = from.footfallCacheControl ?? 'public, max-age=5, stale-while-revalidate=10';
  locals.openApi = from.footfallOpenApi;
  locals.settings = settings;
  locals.settingsVersion = from.footfallSettingsVersion ?? '';
  locals.hasHost = from.footfallHasHost ?? (() => true);
  locals.keepsPages = from.footfallKeepsPages === true;
  locals.clientAddress = () => from.footfallAddress ?? event.getClientAddress();
  locals.clientCountry = () => from.footfallCountry?.() ?? '';
  locals.health = () => from.footfallHealth?.(locals.clientAddress());
  locals.check = (view) => {
    const header = (name: string) => event.request.headers.get(name) ?? undefined;
    const place = from.footfallPlace ?? (() => ({ country: '', region: '', city: '' }));
    return from.footfallCheck?.({ header, address: locals.clientAddress, place }, view);
  };
  locals.account = from.footfallAccount;
  locals.owner = undefined;
  locals.embedded = undefined;
  return resolve(event);
};

const secure: Handle = async ({ event, resolve }) => {
  const response = await resolve(event);
  response.headers.set('x-content-type-options', 'nosniff');
  if (!response.headers.has('referrer-policy'))
    response.headers.set('referrer-policy', 'strict-origin-when-cross-origin');
  response.headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=()');
  if (response.status === 503) response.headers.set('retry-after', '5');
  return response;
};

/**
 * Lets the signed-in owner alone through to the pages under `/admin`, and requests that change something from pages of this
 * site alone. No cache stores what is answered there.
 */
const guarded: Handle = async ({ event, resolve }) => {
  const { locals, request, route, url, cookies } = event;
  const { account } = locals;
  if (building) return resolve(event);
  const isChange = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
  if (isChange && account?.isSameOrigin(request.headers) !== true)
    return new Response(await otherSite(locals), { status: 403, headers: { 'cache-control': 'no-store' } });
  // A route that does not exist has its path alone.
  const page = route.id ?? url.pathname;
  if (isSharedPage(page)) return resolveShared(event, resolve);
  if (!isAdminPage(page)) return resolve(event);
  if (account !== undefined) locals.owner = await account.sessionOf(cookies.get(account.cookie.name));
  if (locals.owner === undefined && isOwnersPage(page)) {
    // A form cannot be sent again after sign-in.
    const next = isChange ? '' : `?next=${encodeURIComponent(url.pathname + url.search)}`;
    return new Response(null, {
      status: 303,
      headers: { location: `/admin/sign-in${next}`, 'cache-control': 'no-store' },
    });
  }
  if (locals.owner !== undefined && account !== undefined) locals.footfall = account.footfall;
  const response = await resolve(event);
  response.headers.set('cache-control', 'no-store');
  response.headers.set('referrer-policy', 'same-origin');
  return response;
};

/** A page of a private link: its address stays in the browser that has it. */
async function resolveShared(
  event: Parameters<Handle>[0]['event'],
  resolve: Parameters<Handle>[0]['resolve'],
): Promise<Response> {
  const response = await resolve(event);
  const { headers } = response;
  headers.set('cache-control', 'no-store');
  headers.set('x-robots-tag', 'noindex');
  if (!headers.has('referrer-policy')) headers.set('referrer-policy', 'no-referrer');
  return response;
}

/** Lets the pages of other sites embed what a `load` has allowed them, in the theme that they ask for. */
const framed: Handle = async ({ event, resolve }) => {
  const { locals } = event;
  const response = await resolve(event, {
    transformPageChunk: ({ html }) =>
      locals.embedded?.theme === undefined
        ? html
        : html.replace('<html ', `<html data-theme="${locals.embedded.theme}" `),
  });
  const policy = response.headers.get('content-security-policy');
  if (locals.embedded !== undefined && locals.embedded.origins.length > 0 && policy !== null)
    response.headers.set(
      'content-security-policy',
      policy.replace(/frame-ancestors [^;]*/, `frame-ancestors ${locals.embedded.origins.join(' ')}`),
    );
  return response;
};

const otherSite = async ({ language }: App.Locals): Promise<string> =>
  (await loadTexts(language, ['site'])).site.errors['other-site'];

/** Sets `Cache-Control` of the pages that show numbers, and renders each version once for all readers. */
const shared: Handle = async ({ event, resolve }) => {
  const { locals, request, url } = event;
  const pageOf = SHARED[event.route.id ?? ''];
  if (building || event.isDataRequest || pageOf === undefined) return resolve(event);

  async function render(): Promise<Response> {
    const response = await resolve(event);
    if (response.status === 200 && response.headers.get('cache-control') !== 'no-store')
      response.headers.set('cache-control', locals.cacheControl);
    return response;
  }

  // Without a configured address the page contains the Host header, so it is not shared.
  if (!locals.keepsPages || request.method !== 'GET' || locals.publicUrl === undefined) return render();
  const numbers = await locals.footfall.count().catch(() => undefined);
  if (numbers === undefined) return render();
  const minute = Math.floor(Date.now() / MINUTE_MS);
  const freshness = numbers.stale === true ? 'stale' : 'fresh';
  const state = [versionTag(numbers), freshness, minute, locals.settingsVersion].join(' ');
  return rendered(`${locals.language} ${locals.publicUrl}${pageOf(url)}`, { state, render });
};

export const handle = sequence(inLanguage, given, secure, guarded, shared, framed);

/** Answers 503 while the store is unavailable, which is not an error of the site. */
export const handleError: HandleServerError = (caught) => {
  if (caught.kind !== 'unknown') return;
  const { error } = caught;
  if (isStoreUnavailable(error)) {
    return { status: 503, message: english.errors['numbers-down'], code: 'numbers-down' };
  }
  console.error(error);
  return;
};
