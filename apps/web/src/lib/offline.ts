import { statsAddress, viewOf } from './periods.ts';

/**
 * The cache key of a page for offline use. Only pages that show numbers are cached, once each, however their address is
 * written. Undefined for all others.
 */
export function offlineKey({ pathname, searchParams }: URL): string | undefined {
  if (pathname === '/') return '/';
  return pathname === '/stats' ? statsAddress(viewOf(searchParams)) : undefined;
}

/** Whether a response may be cached: a whole page, not one that is marked as incomplete with `no-store`. */
export function isCacheable({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  return (
    status === 200 &&
    (headers.get('content-type') ?? '').startsWith('text/html') &&
    !(headers.get('cache-control') ?? '').includes('no-store')
  );
}

/** Whether two pages are in the same language: one that a reader has left is not shown to them later. */
export function isInLanguageOf(page: Pick<Response, 'headers'>, other: Pick<Response, 'headers'>): boolean {
  return page.headers.get('content-language') === other.headers.get('content-language');
}

/** Whether a gateway answered because it could not reach Footfall. */
export function isGatewayError({ status }: Pick<Response, 'status'>): boolean {
  return status === 502 || status === 504;
}

/** The cached page, marked as cached with the time it was sent, if that is known. */
export async function markAsCached(cached: Response): Promise<Response> {
  const headers = new Headers(cached.headers);
  for (const name of ['content-encoding', 'content-length', 'etag']) headers.delete(name);
  const sent = Date.parse(headers.get('date') ?? '');
  const mark = Number.isNaN(sent) ? '' : new Date(sent).toISOString();
  const html = (await cached.text()).replace('<html', `<html data-cached="${mark}"`);
  return new Response(html, { headers });
}
