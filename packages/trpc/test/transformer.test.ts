import superjson from 'superjson';
import { describe, expect, it } from 'vitest';
import { transformer } from '../src/transformer.ts';

const { serialize } = transformer.output;

describe('an answer', () => {
  it.each([
    [{ count: 3, pages: [{ page: '/a', views: 1 }], updatedAt: null, isLive: true }],
    [[1, 'two', [null, false, { three: 3.5 }]]],
    ['a string'],
    [null],
  ])('of plain JSON is written as superjson writes it: %j', (value) => {
    expect(serialize(value)).toEqual(superjson.serialize(value));
  });

  it.each([
    ['undefined', { page: undefined }],
    ['a date', { at: new Date(0) }],
    ['a map', new Map([['a', 1]])],
    ['a set', { all: new Set([1]) }],
    ['a number that JSON has not', { share: NaN, most: Infinity, zero: -0 }],
    ['a bigint', { total: 3n }],
  ])('with %s is what superjson makes of it', (_name, value) => {
    const written = JSON.parse(JSON.stringify(serialize(value))) as Parameters<
      typeof superjson.deserialize
    >[0];
    expect(written.meta).toBeDefined();
    expect(transformer.output.deserialize(written)).toEqual(value);
  });
});
