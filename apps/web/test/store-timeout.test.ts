import { expect, test } from 'vitest';
import { withTimeout } from '../src/lib/server/store-timeout.ts';

const failure = (code: string) =>
  new Error('procedure failed', { cause: Object.assign(new Error('sentence'), { code }) });

test('an answer is awaited until the timeout', async () => {
  expect(await withTimeout(Promise.resolve(7), 1_000)).toBe(7);
  expect(await withTimeout(new Promise(() => {}), 5)).toBeUndefined();
});

test('an unavailable store gives undefined; any other failure is thrown', async () => {
  expect(await withTimeout(Promise.reject(failure('SERVICE_UNAVAILABLE')), 1_000)).toBeUndefined();
  const own = Object.assign(new Error('sentence'), { code: 'SERVICE_UNAVAILABLE' });
  expect(await withTimeout(Promise.reject(own), 1_000), 'also outside of a procedure').toBeUndefined();
  await expect(withTimeout(Promise.reject(failure('BAD_REQUEST')), 1_000)).rejects.toThrow(
    'procedure failed',
  );
});
