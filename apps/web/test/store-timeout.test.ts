import { expect, test } from 'vitest';
import { withTimeout } from '../src/lib/server/store-timeout.ts';

const failure = (code: string) =>
  new Error('procedure failed', { cause: Object.assign(new Error('sentence'), { code }) });

test('what is asked is waited for, but not for long', async () => {
  expect(await withTimeout(Promise.resolve(7), 1_000)).toBe(7);
  expect(await withTimeout(new Promise(() => {}), 5)).toBeUndefined();
});

test('a store that is away has no answer; any other failure is one', async () => {
  expect(await withTimeout(Promise.reject(failure('SERVICE_UNAVAILABLE')), 1_000)).toBeUndefined();
  await expect(withTimeout(Promise.reject(failure('BAD_REQUEST')), 1_000)).rejects.toThrow(
    'procedure failed',
  );
});
