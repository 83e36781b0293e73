import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectError, newPage, outcomes, raw, startEmbedded } from './support.ts';

const footfall = await startEmbedded({ PUBLIC_URL: 'https://stats.example.com/' });

describe('/metrics', () => {
  const get = (headers: Record<string, string> = {}) => fetch(`${footfall.url}/metrics`, { headers });

  it('is Prometheus text for this machine', async () => {
    await footfall.track({ url: newPage() });
    const answer = await get();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const text = await answer.text();
    for (const line of text.split('\n')) expect(line).toMatch(/^(#.*|[a-z0-9_:]+(\{[^}]*\})? \S+|)$/i);
    expect(text).toContain('footfall_requests_total{route="/api/visitors/track",outcome="counted"} 1\n');
    expect(text).toMatch(/^footfall_store_up 1$/m);
    expect(text).toMatch(/^footfall_queue_page_views 0$/m);
    expect(text).toMatch(/^footfall_commit_page_views_sum 1$/m);
  });

  it.each<Record<string, string>>([
    { 'x-forwarded-for': '192.0.2.1' },
    { 'x-forwarded-for': '127.0.0.1' },
    { forwarded: 'for=192.0.2.1' },
    { via: '1.1 proxy' },
  ])('is refused to a client behind a proxy: %j', async (headers) => {
    await expectError(await get(headers), 403, 'FORBIDDEN');
  });

  it('is refused to another machine', async () => {
    const open = await startEmbedded({ HOST: '0.0.0.0' }, onTestFinished);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((entry) => entry !== undefined && !entry.internal && entry.family === 'IPv4');
    const near = await fetch(`${open.url}/metrics`);
    expect(near.status).toBe(200);
    // A machine without a network has only local addresses; a proxy's header stands in for another.
    const far =
      outside === undefined
        ? await fetch(`${open.url}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1' } })
        : await fetch(`http://${outside.address}:${open.port}/metrics`);
    await expectError(far, 403, 'FORBIDDEN');
  });

  it('is never served to a remote client that a trusted proxy names', async () => {
    const own = await startEmbedded(
      { CLIENT_IP_HEADER: 'X-Client', TRUSTED_PROXIES: '127.0.0.1' },
      onTestFinished,
    );
    await expectError(
      await fetch(`${own.url}/metrics`, { headers: { 'x-client': '192.0.2.1' } }),
      403,
      'FORBIDDEN',
    );
  });

  it('names a route from a fixed list, never the requested path', async () => {
    for (const path of [
      '/api/secret-of-someone',
      '/api/trpc/secret-of-someone',
      '/api/visitors/count?page=/secret-of-someone',
    ]) {
      await fetch(footfall.url + path);
    }
    await (
      await raw(footfall.port, 'GET /api/secret-of-someone HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    ).closed;
    expect(await (await get()).text()).not.toContain('secret-of-someone');
    expect(await outcomes(footfall, 'unknown', '404')).toBe(2);
  });
});
