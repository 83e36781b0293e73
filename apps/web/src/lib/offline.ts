import { statsAddress, viewOf } from './periods.ts';

/**
 * Under what a page is kept for when there is no connection: those that show numbers, one of each kind however its address
 * is written. Undefined for what is not kept.
 */
export function offlineKey({ pathname, searchParams }: URL): string | undefined {
  if (pathname === '/') return '/';
  return pathname === '/stats' ? statsAddress(viewOf(searchParams)) : undefined;
}

/** Whether an answer may be kept: the whole page, and not one that says it is less. */
export function isCacheable({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  return (
    status === 200 &&
    (headers.get('content-type') ?? '').startsWith('text/html') &&
    !(headers.get('cache-control') ?? '').includes('no-store')
  );
}

/** Whether there is nothing behind the answer but something on the way that says so. */
export function isGatewayError({ status }: Pick<Response, 'status'>): boolean {
  return status === 502 || status === 504;
}

/** The page as it was cached, marked as such: with when it was sent, where that is known. */
export async function markAsCached(kept: Response): Promise<Response> {
  const headers = new Headers(kept.headers);
  for (const name of ['content-encoding', 'content-length', 'etag']) headers.delete(name);
  const sent = Date.parse(headers.get('date') ?? '');
  const mark = Number.isNaN(sent) ? '' : new Date(sent).toISOString();
  const html = (await kept.text()).replace('<html', `<html data-kept="${mark}"`);
  return new Response(html, { headers });
}
