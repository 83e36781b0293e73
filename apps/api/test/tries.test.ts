import { describe, expect, it } from 'vitest';
import { countTries } from '../src/rate-limit.ts';
import type { HttpRequest } from '../src/http.ts';

const from = (address: string, userAgent = 'x') =>
  ({ address: () => address, header: () => userAgent }) as unknown as HttpRequest;

/** The maximum number of wrong passwords from one address. */
function useUp(tries: ReturnType<typeof countTries>, address: string): void {
  for (let times = 0; times < 10; times += 1) tries(from(address), false);
}

const REFUSED = { code: 'TOO_MANY_REQUESTS' };

describe('wrong passwords', () => {
  it('are refused after ten from one address, and the right one then too, until a minute is over', () => {
    let now = 1_000_000;
    const tries = countTries(() => now);
    useUp(tries, '192.0.2.1');
    now += 20_500;
    expect(() => tries(from('192.0.2.1'), false)).toThrow(
      expect.objectContaining({ ...REFUSED, retryAfter: 40 }),
    );
    expect(() => tries(from('192.0.2.1'), true)).toThrow(expect.objectContaining(REFUSED));
    tries(from('192.0.2.2'), true);
    now += 39_500;
    tries(from('192.0.2.1'), true);
  });

  it('of others at its address do not count for a client that was right before', () => {
    const tries = countTries(() => 1_000_000);
    tries(from('192.0.2.1', 'the owner’s browser'), true);
    useUp(tries, '192.0.2.1');
    tries(from('192.0.2.1', 'the owner’s browser'), true);
    expect(() => tries(from('192.0.2.1', 'another'), true)).toThrow(expect.objectContaining(REFUSED));
  });

  it('from many addresses are remembered for at most the last 10,000 of them', () => {
    const tries = countTries(() => 1_000_000);
    useUp(tries, '192.0.2.1');
    const network = (n: number) => `2001:db8:${n.toString(16)}::1`;
    for (let n = 0; n < 9_999; n += 1) tries(from(network(n)), false);
    expect(() => tries(from('192.0.2.1'), true)).toThrow(expect.objectContaining(REFUSED));
    for (let n = 0; n < 10_000; n += 1) tries(from(network(20_000 + n)), false);
    tries(from('192.0.2.1'), true);
  });
});
