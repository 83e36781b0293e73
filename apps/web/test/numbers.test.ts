import { expect, test } from 'vitest';
import { newer } from '../src/lib/numbers.ts';

test('the higher version is newer, not the higher number', () => {
  const old = { count: 9, version: 1 };
  const fresh = { count: 3, version: 2 };
  expect(newer(old, fresh)).toBe(fresh);
  expect(newer(fresh, old)).toBe(fresh);
  expect(newer(old, undefined)).toBe(old);
});
