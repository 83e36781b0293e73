import { expect, test } from 'vitest';
import { isAhead, newer } from '../src/lib/numbers.ts';

test.each([
  ['the higher version is newer, not the higher number', 2, 7],
  ['a later database is newer, even at a lower version', 0, 8],
])('%s', (_, version, store) => {
  const old = { count: 9, version: 1, store: 7 };
  const fresh = { count: 3, version, store };
  expect(newer(old, fresh)).toBe(fresh);
  expect(newer(fresh, old)).toBe(fresh);
  expect(newer(old, undefined)).toBe(old);
  expect([isAhead(fresh, old), isAhead(old, fresh), isAhead(old, old), isAhead(old, undefined)]).toEqual([
    ...[true, false, false, false],
  ]);
});
