import { expect, test } from 'vitest';
import { routesOf } from '../src/lib/openapi.ts';

test('an OpenAPI document is read as routes with their fields', () => {
  const [route] = routesOf({
    paths: {
      '/api/pages': {
        post: {
          summary: 'Pages',
          parameters: [{ in: 'query', name: 'limit', schema: { type: 'integer' } }],
          requestBody: {
            content: {
              'application/json': {
                schema: {
                  required: ['url'],
                  properties: { url: { type: 'string', maxLength: 4096, description: 'Where.' } },
                },
              },
            },
          },
          responses: {
            200: {
              description: 'Successful response',
              content: {
                'application/json': {
                  schema: {
                    properties: {
                      pages: {
                        type: 'array',
                        items: { type: 'object', properties: { page: { type: 'string' } } },
                      },
                      updatedAt: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
                      reason: { enum: ['bot', 'spam'] },
                    },
                  },
                },
              },
            },
            503: { description: 'Away' },
          },
        },
      },
    },
  });
  expect(route).toMatchObject({
    method: 'POST',
    path: '/api/pages',
    query: [{ name: 'limit', type: 'integer', required: false }],
    body: [{ name: 'url', type: 'string, at most 4,096 characters', required: true, description: 'Where.' }],
    statuses: [
      { status: '200', meaning: 'OK' },
      { status: '503', meaning: 'Away' },
    ],
  });
  expect(route?.answer.map(({ name, type }) => [name, type])).toEqual([
    ['pages', 'object[]'],
    ['pages[].page', 'string'],
    ['updatedAt', 'string (date-time) | null'],
    ['reason', '"bot" | "spam"'],
  ]);
});

test('a document without routes has none', () => {
  expect(routesOf({})).toEqual([]);
});
