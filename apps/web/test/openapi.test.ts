import { describe, expect, test } from 'vitest';
import { readableJson, readApi } from '../src/lib/openapi.ts';

const DOCUMENT = {
  servers: [{ url: 'https://stats.example.com' }],
  tags: [
    { name: 'Empty', description: 'Has no route.' },
    { name: 'Reading', description: 'For everyone.' },
  ],
  paths: {
    '/api/pages': {
      post: {
        operationId: 'pages',
        summary: 'Pages',
        tags: ['Reading'],
        security: [{}, { Bearer: [] }],
        parameters: [
          { in: 'query', name: 'limit', schema: { type: 'integer' } },
          { $ref: '#/components/parameters/Known' },
        ],
        requestBody: {
          content: {
            'application/json': {
              schema: {
                required: ['url'],
                properties: {
                  url: { type: 'string', maxLength: 4096, description: 'Where.' },
                  events: {
                    type: 'array',
                    items: { anyOf: [{ $ref: '#/components/schemas/View' }, { properties: { id: {} } }] },
                  },
                },
              },
            },
          },
        },
        responses: {
          200: {
            description: 'OK',
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/Pages' }, example: { pages: [] } },
            },
          },
          204: { description: 'Nothing to say.' },
          503: { $ref: '#/components/responses/ServiceUnavailable' },
        },
        'x-codeSamples': [{ lang: 'Shell', label: 'curl', source: 'curl' }],
      },
    },
    '/api/own': { get: { operationId: 'own', tags: ['Admin'], security: [{ Bearer: [] }] } },
  },
  components: {
    parameters: { Known: { in: 'header', name: 'If-None-Match', description: 'An ETag.' } },
    schemas: {
      View: {
        type: 'object',
        required: ['url'],
        properties: { id: { type: 'string' }, url: { type: 'string' } },
      },
      Pages: {
        properties: {
          pages: { type: 'array', items: { type: 'object', properties: { page: { type: 'string' } } } },
          updatedAt: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
          old: { type: 'integer', deprecated: true, description: 'Use `pages`.' },
          reason: { enum: ['bot', 'spam'] },
          countries: { type: 'object', additionalProperties: { type: 'integer' } },
        },
      },
    },
    responses: {
      ServiceUnavailable: {
        description: 'Down',
        content: { 'application/json': { example: { error: 'A sentence.', code: 'SERVICE_UNAVAILABLE' } } },
      },
    },
  },
};

test('an OpenAPI document is read as groups of routes with their fields', () => {
  const { url, groups, errors } = readApi(DOCUMENT);
  expect(url).toBe('https://stats.example.com');
  expect(groups.map(({ name, description }) => [name, description])).toEqual([
    ['Reading', 'For everyone.'],
    ['Admin', ''],
  ]);
  expect(errors).toEqual([{ code: 'SERVICE_UNAVAILABLE', meaning: 'Down', sentence: 'A sentence.' }]);
  const route = groups[0]?.routes[0];
  expect(route).toMatchObject({
    id: 'pages',
    method: 'POST',
    path: '/api/pages',
    needsToken: false,
    parameters: [
      { name: 'limit', type: 'integer', required: false },
      { name: 'If-None-Match (header)', description: 'An ETag.' },
    ],
    statuses: [
      { status: '200', meaning: 'OK' },
      { status: '204', meaning: 'Nothing to say.' },
    ],
    errors: ['503'],
    samples: [{ label: 'curl', source: 'curl' }],
    example: '{ "pages": [] }',
  });
  expect(route?.body.map(({ name, type, required }) => [name, type, required])).toEqual([
    ['url', 'string, at most 4,096 characters', true],
    ['events', '(object | anything)[]', false],
    ['events[].id', 'string', false],
    ['events[].url', 'string', false], // only one of the two kinds has it
  ]);
  expect(route?.answer.map(({ name, type, deprecated }) => [name, type, deprecated])).toEqual([
    ['pages', 'object[]', false],
    ['pages[].page', 'string', false],
    ['updatedAt', 'string (date-time) | null', false],
    ['old', 'integer', true],
    ['reason', '"bot" | "spam"', false],
    ['countries', 'object of integer by name', false],
  ]);
  expect(groups[1]?.routes[0]).toMatchObject({ id: 'own', needsToken: true, statuses: [], example: '' });
});

test('a document without routes has none', () => {
  expect(readApi({})).toEqual({ url: '', groups: [], errors: [] });
});

describe('JSON for people', () => {
  test.each([
    [1, '1'],
    [[], '[]'],
    [{}, '{}'],
    [{ a: [1, { b: null }] }, '{ "a": [1, { "b": null }] }'],
  ])('is on one line where it fits: %j', (value, text) => {
    expect(readableJson(value)).toBe(text);
  });

  test('is broken into lines where it does not fit', () => {
    const long = { first: 'x'.repeat(40), second: ['y'.repeat(30), 'z'.repeat(30)], third: 1 };
    const text = readableJson(long);
    expect(text.split('\n').every((line) => line.length <= 81)).toBe(true);
    expect(JSON.parse(text)).toEqual(long);
    expect(text.startsWith('{\n  "first": "')).toBe(true);
  });
});
