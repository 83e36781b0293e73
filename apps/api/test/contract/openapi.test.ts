import { describe, expect, it } from 'vitest';
import { CACHE_CONTROL, expectCors, start } from '../support.ts';

const footfall = await start({ PUBLIC_URL: 'https://stats.example.com/' });

/** Routes for the site's owner. */
const OWNERS = new Set([
  '/api/analytics/visitors',
  '/api/analytics/list',
  '/api/shares',
  '/api/shares/revoke',
]);

type Node = Record<string, unknown>;
interface Operation extends Node {
  readonly operationId: string;
  readonly parameters?: readonly Node[];
  readonly responses: Readonly<Record<string, Node>>;
}

const answer = await fetch(`${footfall.url}/api/openapi.json`);
const text = await answer.text();
const document = JSON.parse(text) as Node & {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Node> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** The target of a reference, or the part itself. */
function resolved(part: Node): Node {
  const { $ref: pointer } = part;
  if (typeof pointer !== 'string') return part;
  const names = pointer.replace(/^#\//, '').split('/');
  const target = names.reduce<unknown>((node, name) => (node as Node | undefined)?.[name], document);
  expect([pointer, target]).toEqual([pointer, expect.any(Object)]);
  return target as Node;
}

describe('the OpenAPI document', () => {
  it('is public JSON, and may be cached', () => {
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe(CACHE_CONTROL);
    expectCors(answer.headers);
  });

  it('is an OpenAPI 3.1 document', () => {
    expect(document['openapi']).toMatch(/^3\.1\.\d+$/);
    expect(document['info']).toMatchObject({ title: 'Footfall', version: expect.any(String) as string });
    expect(document['servers']).toEqual([{ url: 'https://stats.example.com' }]);
    for (const { path, method, operation } of operations) {
      expect(path).toMatch(/^\/api\//);
      expect(['get', 'post']).toContain(method);
      expect(operation.operationId).toMatch(/^[a-z][a-zA-Z]*$/);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^([1-5]\d\d|default)$/);
        expect(resolved(response)['description']).toEqual(expect.any(String));
      }
      for (const parameter of operation.parameters ?? []) {
        expect(resolved(parameter)).toMatchObject({
          name: expect.any(String) as string,
          in: expect.stringMatching(/^(query|header)$/) as string,
          description: expect.any(String) as string,
        });
      }
      // Without a key a write is the client's own; reading the owner's statistics requires one.
      const writes = method === 'post' ? [{}, { Bearer: [] }] : undefined;
      expect(operation['security']).toEqual(OWNERS.has(path) ? [{ Bearer: [] }] : writes);
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has no dangling references', () => {
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"([^"]*)"/g)) resolved({ $ref: pointer });
  });

  it('lists the routes, and each of them responds', async () => {
    const listed = operations.map(({ path, method }) => `${method} ${path}`);
    expect(listed).toEqual(expect.arrayContaining(['post /api/visitors/track', 'get /api/visitors/count']));
    for (const { path, method } of operations) {
      const { status } = await fetch(footfall.url + path, { method });
      const answers = OWNERS.has(path) ? [401] : [200, 400];
      expect([path, answers.includes(status)]).toEqual([path, true]);
    }
  });

  it('lists the pixel by both its names, with its parameters and responses', () => {
    const seen = document.paths['/api/visitors/seen.gif']?.['get'];
    const old = document.paths['/api/visitors/pixel.gif']?.['get'];
    expect(old?.['deprecated']).toBe(true);
    for (const operation of [seen, old]) {
      expect(operation?.parameters?.map(({ name }) => name)).toEqual(['url', 'referrer', 'id', 'consent']);
      expect(Object.keys(operation?.responses ?? {})).toEqual(['200', '400', '401', '413', '429', '503']);
    }
  });

  it('documents the rate limit of every route, and 304 for numbers with an ETag', () => {
    for (const { path, method, operation } of operations) {
      expect([path, Object.keys(operation.responses)]).toEqual([
        path,
        expect.arrayContaining(['400', '413', '429', '503']),
      ]);
      const hasETag = method === 'get' && !OWNERS.has(path) && !path.endsWith('.gif');
      expect([path, '304' in operation.responses]).toEqual([path, hasETag]);
      const names = operation.parameters?.map((parameter) => resolved(parameter)['name']);
      expect([path, names?.includes('If-None-Match') === true]).toEqual([path, hasETag]);
    }
  });

  it('has one shape for all errors, each written once', () => {
    for (const { path, operation } of operations) {
      for (const [status, response] of Object.entries(operation.responses)) {
        if (status < '400' || path.endsWith('.gif')) continue;
        expect([path, status, response]).toEqual([
          path,
          status,
          { $ref: expect.stringMatching(/^#\/components\/responses\//) as string },
        ]);
        const { content } = resolved(response) as { content: Record<string, { schema: Node }> };
        expect(content['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Error' });
      }
    }
  });

  it('marks misleading names as deprecated, and has a plain alias for each', () => {
    const { schemas } = document.components;
    const properties = (name: string) => schemas[name]?.['properties'] as Record<string, Node>;
    for (const [schema, old, plain] of [
      ['Stats', 'totalVisitors', 'totalVisits'],
      ['SysStats', 'last_updated', 'updatedAt'],
      ['VisitorStats', 'ukPercent', 'unitedKingdomPercent'],
    ] as const) {
      expect([old, properties(schema)[old]?.['deprecated']]).toEqual([old, true]);
      expect([plain, properties(schema)[plain]]).toEqual([
        plain,
        expect.not.objectContaining({ deprecated: true }),
      ]);
    }
  });

  it('describes the events of a batch', () => {
    const { schemas } = document.components;
    expect(schemas['TrackBatchInput']).toMatchObject({
      properties: {
        events: {
          minItems: 1,
          maxItems: 50,
          items: {
            anyOf: [
              { $ref: '#/components/schemas/PageViewEvent' },
              { $ref: '#/components/schemas/EngagementEvent' },
            ],
          },
        },
      },
    });
    expect(schemas['EngagementEvent']).toMatchObject({
      required: ['type', 'id'],
      properties: { engagedMs: { type: 'integer' }, scrollPercent: { maximum: 100 } },
    });
  });

  it('describes the responses of track and count', () => {
    const { schemas } = document.components;
    const track = JSON.stringify(schemas['Tracked']);
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
    ])
      expect(track).toContain(`"${reason}"`);
    for (const field of ['count', 'version', 'updatedAt'])
      expect(JSON.stringify(schemas['Count'])).toContain(`"${field}"`);
  });

  it('has a sample of every route', () => {
    for (const { path, operation } of operations) {
      if (operation['deprecated'] === true) continue;
      expect([path, operation['x-codeSamples']]).toEqual([path, expect.any(Array)]);
    }
  });
});
