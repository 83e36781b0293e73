import { describe, expect, it } from 'vitest';
import { countAttempts } from '../src/attempts.ts';

const from = (address: string, userAgent = 'x') => ({ address, userAgent });

/** Wrong passwords from one address, as many as may be tried. */
function useUp(tries: ReturnType<typeof countAttempts>, address: string): void {
  for (let times = 0; times < 10; times += 1) tries.count(from(address), false);
}

const REFUSED = { code: 'TOO_MANY_REQUESTS' };

describe('wrong passwords', () => {
  it('are refused after ten from one address, and the right one then too, until a minute is over', () => {
    let now = 1_000_000;
    const tries = countAttempts(() => now);
    useUp(tries, '192.0.2.1');
    now += 20_500;
    expect(() => tries.count(from('192.0.2.1'), false)).toThrow(
      expect.objectContaining({ ...REFUSED, retryAfter: 40 }),
    );
    expect(() => tries.count(from('192.0.2.1'), true)).toThrow(expect.objectContaining(REFUSED));
    tries.count(from('192.0.2.2'), true);
    expect(() => {
      tries.require(from('192.0.2.1'));
    }).toThrow(expect.objectContaining(REFUSED));
    tries.require(from('192.0.2.2'));
    now += 39_500;
    tries.require(from('192.0.2.1'));
    tries.count(from('192.0.2.1'), true);
  });

  it('of others with its address do not count for a sender that was right before', () => {
    const tries = countAttempts(() => 1_000_000);
    tries.count(from('192.0.2.1', 'the owner’s browser'), true);
    useUp(tries, '192.0.2.1');
    tries.count(from('192.0.2.1', 'the owner’s browser'), true);
    expect(() => tries.count(from('192.0.2.1', 'another'), true)).toThrow(expect.objectContaining(REFUSED));
  });

  it('are refused after a hundred from all addresses, but for a sender that was right before', () => {
    let now = 1_000_000;
    const tries = countAttempts(() => now);
    tries.count(from('192.0.2.200'), true);
    for (let n = 0; n < 100; n += 1) tries.count(from(`192.0.2.${n}`), false);
    expect(() => {
      tries.require(from('192.0.2.201'));
    }).toThrow(expect.objectContaining({ ...REFUSED, retryAfter: 60 }));
    expect(() => {
      tries.count(from('192.0.2.201'), true);
    }).toThrow(expect.objectContaining(REFUSED));
    tries.require(from('192.0.2.200'));
    tries.count(from('192.0.2.200'), true);
    now += 60_000;
    tries.require(from('192.0.2.201'));
  });

  it('of a /64 count together', () => {
    const tries = countAttempts(() => 1_000_000);
    for (let n = 0; n < 10; n += 1) tries.count(from(`2001:db8::${n}`), false);
    expect(() => {
      tries.require(from('2001:db8::ffff'));
    }).toThrow(expect.objectContaining(REFUSED));
    tries.require(from('2001:db8:0:1::1'));
  });

  it('of any number of addresses are remembered for 10,000 of them at most, the latest', () => {
    const tries = countAttempts(() => 1_000_000);
    useUp(tries, '192.0.2.1');
    const guess = (n: number) => {
      try {
        tries.count(from(`2001:db8:${n.toString(16)}::1`), false);
      } catch {
        // refused after a hundred in all, and counted for its address all the same
      }
    };
    const answer = () => {
      tries.count(from('192.0.2.1'), true);
    };
    for (let n = 0; n < 9_999; n += 1) guess(n);
    expect(answer).toThrow('Too many wrong passwords from this address.');
    for (let n = 0; n < 10_000; n += 1) guess(20_000 + n);
    expect(answer).toThrow('Too many wrong passwords.');
  });
});
