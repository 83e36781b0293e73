import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILTER_KEYS, segmentSchema, storedFilters } from '@footfall/core';

const given = { name: 'Germany', filters: { country: 'DE' } };

describe('a segment', () => {
  it.each([
    [{}, given],
    [{ name: ' <b>=SUM(A1)</b>\u202e\n two ' }, { ...given, name: '<b>=SUM(A1)</b> two' }],
    [
      { filters: { 'page.contains': ['/blog', '/news'], 'country.not': 'XX', 'source.set': 'true' } },
      {
        ...given,
        filters: { 'page.contains': ['/blog', '/news'], 'country.not': 'XX', 'source.set': 'true' },
      },
    ],
  ])('with %o is %o', (changes, stored) => {
    expect(segmentSchema.parse({ ...given, ...changes })).toEqual(stored);
  });

  it.each([
    [{ name: '\u200b ' }, 'name must say something'],
    [{ name: 'a'.repeat(61) }, 'name must be at most 60 characters'],
    [{ name: 7 }, 'name must be a string'],
    [{ filters: {} }, 'filters must have a filter'],
    [{ filters: { country: undefined } }, 'filters must have a filter'],
    [{ filters: { contry: 'DE' } }, '"contry" is unknown; there are'],
    [{ filters: { 'page.like': '/' } }, 'of page there are page, page.not'],
    [{ filters: { period: '7d' } }, '"period" is unknown'],
    [{ filters: { country: 'Germany' } }, 'country must be an ISO code'],
    [{ filters: { country: [] } }, 'country must have 1 to 20 values'],
    [{ filters: { page: Array.from({ length: 21 }, (_, at) => `/${at}`) } }, 'page must have 1 to 20 values'],
    [{ filters: { page: ['/a'.repeat(1_000), '/b'.repeat(1_000), '/c'.repeat(1_000)] } }, 'over 4096 bytes'],
  ])('with %o is refused', (changes, sentence) => {
    const { error } = segmentSchema.safeParse({ ...given, ...changes });
    expect(error?.issues[0]?.message).toContain(sentence);
  });

  it('has the filters of an address, and is read as it was stored', () => {
    const filters = fc.dictionary(
      fc.constantFrom(...FILTER_KEYS),
      fc.oneof(fc.string({ maxLength: 8 }), fc.array(fc.constantFrom('/', 'DE', 'direct'), { maxLength: 3 })),
      { maxKeys: 3 },
    );
    fc.assert(
      fc.property(filters, (typed) => {
        const { data } = segmentSchema.safeParse({ ...given, filters: typed });
        if (data !== undefined) expect(storedFilters(JSON.stringify(data.filters))).toEqual(data.filters);
      }),
    );
  });

  it('whose filters another version stored has none', () => {
    expect(storedFilters('{"browser.contains":["Fire"]}')).toBeUndefined();
    expect(storedFilters('{"country":["DE"],"planet":["Mars"]}')).toBeUndefined();
  });
});
