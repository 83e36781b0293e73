import { expect, test } from 'vitest';
import { inTime } from '../src/lib/server/store-away.ts';

const failure = (code: string) =>
  new Error('procedure failed', { cause: Object.assign(new Error('sentence'), { code }) });

test('what is asked is waited for, but not for long', async () => {
  expect(await inTime(Promise.resolve(7), 1_000)).toBe(7);
  expect(await inTime(new Promise(() => {}), 5)).toBeUndefined();
});

test('a store that is away has no answer; any other failure is one', async () => {
  expect(await inTime(Promise.reject(failure('SERVICE_UNAVAILABLE')), 1_000)).toBeUndefined();
  await expect(inTime(Promise.reject(failure('BAD_REQUEST')), 1_000)).rejects.toThrow('procedure failed');
});
