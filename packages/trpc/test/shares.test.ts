import { isDeepStrictEqual } from 'node:util';
import { conditionsOf, type AnalyticsQuery, type FilterInput } from '@footfall/core';
import { FILTER_KEYS } from '@footfall/core/filters';
import { sharedReads } from '@footfall/trpc';
import { expect, it } from 'vitest';
import { contextOf } from './support.ts';

/** The reads of a link with filters, and what they ask of the store. */
function opened(fixed: FilterInput) {
  const { footfall } = contextOf().context;
  const asked: AnalyticsQuery[] = [];
  const remember = (query: AnalyticsQuery) => {
    asked.push(query);
    return Promise.resolve({
      uniqueVisitors: 1,
      bots: 2,
      topPages: [],
      entryPages: [],
      exitPages: [],
    } as never);
  };
  const store = { ...footfall.store, analytics: remember, rows: remember };
  return { reads: sharedReads(fixed, { ...footfall, store }), asked };
}

const VALUES = ['DE', 'FR', 'XX', 'true', 'false', '/a', 'Firefox', 'desktop', 'search', "' or 1=1"];

/** Everything that a viewer may send: each parameter with each value, with several, and in company. */
const SENT: readonly Record<string, unknown>[] = FILTER_KEYS.flatMap((key) => [
  ...VALUES.flatMap((value) => [
    { [key]: value },
    { [key]: [value, '/b'] },
    { [key]: value, 'page.not': '/c' },
  ]),
  { [key]: [] },
  { [key]: { toString: 'DE' } },
  { [key]: 'FR', filters: [] },
  { [key]: 'FR', wholeDays: { from: 0, to: 9 } },
]);

const FIXED: FilterInput[] = [
  { country: 'DE', 'source.not': ['a.example'], browser: 'Firefox' },
  { 'country.not': ['FR'], 'city.set': 'true' },
  { page: '/a' },
];

it.each(FIXED)('the filters %o hold for all that is read, whatever else is sent', async (fixed) => {
  const { reads, asked } = opened(fixed);
  for (const more of [{}, ...SENT]) {
    const input = more as FilterInput;
    await reads.visitors(input).catch(() => {});
    for (const list of ['topPages', 'exitPages', 'cities'] as const)
      await reads.list({ ...input, list }).catch(() => {});
  }
  expect(asked.length).toBeGreaterThan(400);
  const wider = asked.filter(
    ({ filters }) =>
      !conditionsOf(fixed).every((its) => filters.some((filter) => isDeepStrictEqual(filter, its))),
  );
  expect(wider).toEqual([]);
  expect(asked.some(({ filters }) => filters.length > conditionsOf(fixed).length)).toBe(true);
});

it('what is the whole site’s is left out, and with fixed pages so are entry and exit pages', async () => {
  const { reads } = opened({ page: '/a' });
  expect(await reads.visitors({})).toEqual({ topPages: [] });
  for (const asked of [
    reads.visitors({ entry: '/b' }),
    reads.visitors({ 'exit.not': '/b' }),
    reads.list({ list: 'entryPages' }),
    reads.list({ list: 'topPages', exit: '/b' }),
  ])
    await expect(asked).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  expect(Object.keys(reads).sort()).toEqual(['clock', 'list', 'visitors']);
});
