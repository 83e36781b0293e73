import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectCors, expectError, newPage, raw, start } from './support.ts';

const footfall = await start({ PUBLIC_URL: 'https://stats.example.com/' });

describe('/healthz and /readyz', () => {
  it.each([
    ['/healthz', { status: 'up' }],
    ['/readyz', { status: 'ready' }],
  ])('%s answers', async (route, body) => {
    const answer = await fetch(footfall.url + route);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expectCors(answer.headers);
    expect(await answer.json()).toEqual(body);
  });
});

describe('the OpenAPI document', async () => {
  type Node = Record<string, unknown>;
  const answer = await fetch(`${footfall.url}/api/openapi.json`);
  const text = await answer.text();
  const document = JSON.parse(text) as Node & { paths: Record<string, Record<string, Node>> };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

  it('is JSON for everyone, and may be kept', () => {
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=5, stale-while-revalidate=10');
    expectCors(answer.headers);
  });

  it('is a document of OpenAPI 3.1', () => {
    expect(document['openapi']).toMatch(/^3\.1\.\d+$/);
    expect(document['info']).toMatchObject({ title: 'Footfall', version: expect.any(String) as string });
    expect(document['servers']).toEqual([{ url: 'https://stats.example.com' }]);
    for (const { path, method, operation } of operations) {
      expect(path).toMatch(/^\/api\//);
      expect(['get', 'post']).toContain(method);
      expect(operation['operationId']).toEqual(expect.any(String));
      for (const [status, response] of Object.entries(operation['responses'] as Record<string, Node>)) {
        expect(status).toMatch(/^([1-5]\d\d|default)$/);
        expect(response['description']).toEqual(expect.any(String));
      }
      for (const parameter of (operation['parameters'] ?? []) as Node[]) {
        expect(parameter).toMatchObject({ name: expect.any(String) as string, in: 'query' });
      }
      expect(operation['security']).toBeUndefined();
    }
    const ids = operations.map(({ operation }) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('points only to what it holds', () => {
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"([^"]*)"/g)) {
      expect(pointer).toMatch(/^#\//);
      const target = pointer
        .slice(2)
        .split('/')
        .reduce<unknown>((node, key) => (node as Node | undefined)?.[key], document);
      expect([pointer, target]).toEqual([pointer, expect.any(Object)]);
    }
  });

  it('lists the routes, and each of them answers', async () => {
    const listed = operations.map(({ path, method }) => `${method} ${path}`);
    expect(listed).toEqual(expect.arrayContaining(['post /api/visitors/track', 'get /api/visitors/count']));
    for (const { path, method } of operations) {
      const { status } = await fetch(footfall.url + path, { method });
      expect([path, [200, 400].includes(status)]).toEqual([path, true]);
    }
  });

  it('says of track and count what they answer', () => {
    const properties = (operation: Node | undefined) =>
      JSON.stringify((operation?.['responses'] as Record<string, Node> | undefined)?.['200']);
    const track = properties(document.paths['/api/visitors/track']?.['post']);
    for (const field of ['count', 'total', 'counted', 'reason', 'version'])
      expect(track).toContain(`"${field}"`);
    for (const reason of [
      'duplicate',
      'bot',
      'spam',
      'ignored',
      'opted-out',
      'no-consent',
      'origin',
      'disabled',
    ]) {
      expect(track).toContain(`"${reason}"`);
    }
    const count = properties(document.paths['/api/visitors/count']?.['get']);
    for (const field of ['count', 'version', 'updatedAt']) expect(count).toContain(`"${field}"`);
  });
});

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
  ])('is refused to whoever comes through a proxy: %j', async (headers) => {
    await expectError(await get(headers), 403, 'FORBIDDEN');
  });

  it('is refused to another machine', async () => {
    const open = await start({ HOST: '0.0.0.0' }, onTestFinished);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((entry) => entry !== undefined && !entry.internal && entry.family === 'IPv4');
    const near = await fetch(`${open.url}/metrics`);
    expect(near.status).toBe(200);
    // A machine without a network has no other address to come from; the proxy's word stands in for one.
    const far =
      outside === undefined
        ? await fetch(`${open.url}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1' } })
        : await fetch(`http://${outside.address}:${open.port}/metrics`);
    await expectError(far, 403, 'FORBIDDEN');
  });

  it('is for a client that a trusted proxy names as far away, never', async () => {
    const own = await start({ CLIENT_IP_HEADER: 'X-Client', TRUSTED_PROXIES: '127.0.0.1' }, onTestFinished);
    await expectError(
      await fetch(`${own.url}/metrics`, { headers: { 'x-client': '192.0.2.1' } }),
      403,
      'FORBIDDEN',
    );
  });

  it('names a route from a fixed list, never what was asked for', async () => {
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
    expect(await footfall.outcomes('unknown', '404')).toBe(2);
  });
});
