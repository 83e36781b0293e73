import { describe, expect, it } from 'vitest';
import { CACHE_CONTROL, expectCors, start } from '../support.ts';

const footfall = await start({ PUBLIC_URL: 'https://stats.example.com/' });

/** What is for the site's owner. */
const OWNERS = new Set(['/api/analytics/visitors']);

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
    expect(answer.headers.get('cache-control')).toBe(CACHE_CONTROL);
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
      expect(operation['security']).toEqual(OWNERS.has(path) ? [{ Authorization: [] }] : undefined);
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
      const answers = OWNERS.has(path) ? [401] : [200, 400];
      expect([path, answers.includes(status)]).toEqual([path, true]);
    }
  });

  it('lists the pixel by both its names, with what each takes and answers', () => {
    const seen = document.paths['/api/visitors/seen.gif']?.['get'];
    const old = document.paths['/api/visitors/pixel.gif']?.['get'];
    expect(old?.['deprecated']).toBe(true);
    for (const operation of [seen, old]) {
      const names = (operation?.['parameters'] as Node[] | undefined)?.map(({ name }) => name);
      expect(names).toEqual(['url', 'referrer', 'id', 'consent']);
      expect(Object.keys(operation?.['responses'] as Node)).toEqual(['200', '400', '401', '429', '503']);
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
