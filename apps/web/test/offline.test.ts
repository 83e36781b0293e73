import { describe, expect, test } from 'vitest';
import { isGatewayError, offlineKey, markAsCached, isCacheable } from '../src/lib/offline.ts';

const at = (path: string) => offlineKey(new URL(path, 'https://stats.example.com'));

test.each([
  ['/', '/'],
  ['/?utm_source=x', '/'],
  ['/stats', '/stats?period=7d'],
  ['/stats?period=today&x=1', '/stats?period=today'],
  ['/stats?period=nonsense', '/stats?period=7d'],
  ['/install', undefined],
  ['/stats/', undefined],
  ['/admin', undefined],
  ['/admin/account', undefined],
  ['/api/docs', undefined],
  ['/api/stats', undefined],
  ['/footfall.js', undefined],
])('%s is cached under %j', (path, key) => {
  expect(at(path)).toBe(key);
});

describe('whether a response may be cached', () => {
  test.each([
    [true, 200, { 'content-type': 'text/html' }],
    [true, 200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'public, max-age=5' }],
    [false, 200, { 'content-type': 'text/html', 'cache-control': 'no-store' }],
    [false, 200, { 'content-type': 'application/json' }],
    [false, 200, {}],
    [false, 404, { 'content-type': 'text/html' }],
    [false, 503, { 'content-type': 'text/html' }],
  ])('%s: %i with %j', (may, status, headers) => {
    expect(isCacheable(new Response('', { status, headers: headers as Record<string, string> }))).toBe(may);
  });
});

test('a gateway’s 502 and 504 are distinguished from Footfall’s own errors', () => {
  const statuses = [200, 304, 404, 500, 502, 503, 504];
  expect(statuses.filter((status) => isGatewayError({ status }))).toEqual([502, 504]);
});

test('a cached page is marked with its time, and retains its security policy', async () => {
  const headers = {
    date: 'Fri, 21 Nov 2025 12:00:00 GMT',
    'content-security-policy': "default-src 'none'",
    'content-encoding': 'br',
    etag: '"5"',
  };
  const page = await markAsCached(
    new Response('<!doctype html><html lang="en"><body>7</body></html>', { headers }),
  );
  expect(await page.text()).toBe(
    '<!doctype html><html data-cached="2025-11-21T12:00:00.000Z" lang="en"><body>7</body></html>',
  );
  expect(page.headers.get('content-security-policy')).toBe("default-src 'none'");
  expect(page.headers.has('content-encoding')).toBe(false);
  expect(page.headers.has('etag')).toBe(false);
  expect(await (await markAsCached(new Response('<html>'))).text()).toBe('<html data-cached="">');
});
