import { describe, expect, it } from 'vitest';
import { ConnectionLimiter, type ConnectionLimits } from '../src/connection-limiter.ts';

const MANY: ConnectionLimits = { inAll: 1_000, perAddress: 1_000, perNetwork: 1_000 };
const limited = (limits: Partial<ConnectionLimits>) => new ConnectionLimiter({ ...MANY, ...limits });
const visitor = (address: string) => ({ address, isOwner: false });
const owner = (address: string) => ({ address, isOwner: true });

/** The error for a client that is not admitted. */
function refusal(limiter: ConnectionLimiter, address: string, isOwner = false): unknown {
  try {
    limiter.admit({ address, isOwner });
  } catch (error) {
    return error;
  }
  return;
}

const TOO_MANY = { code: 'TOO_MANY_REQUESTS', retryAfter: 30 };
const FULL = { code: 'SERVICE_UNAVAILABLE', retryAfter: 30 };

describe('a live connection', () => {
  it('is admitted within the limits per address and in total', () => {
    const limiter = limited({ inAll: 3, perAddress: 2 });
    limiter.admit(visitor('192.0.2.1'));
    limiter.admit(visitor('192.0.2.1'));
    expect(refusal(limiter, '192.0.2.1')).toMatchObject(TOO_MANY);
    limiter.admit(visitor('192.0.2.2'));
    expect(refusal(limiter, '192.0.2.3')).toMatchObject(FULL);
    expect(refusal(limiter, '192.0.2.1')).toMatchObject(TOO_MANY);
  });

  it('frees its slot when it ends, once', () => {
    const limiter = limited({ inAll: 2, perAddress: 1 });
    const release = limiter.admit(visitor('192.0.2.1'));
    release();
    release();
    limiter.admit(visitor('192.0.2.1'));
    expect(refusal(limiter, '192.0.2.1')).toMatchObject(TOO_MANY);
    limiter.admit(visitor('192.0.2.2'));
    release();
    expect(refusal(limiter, '192.0.2.3')).toMatchObject(FULL);
  });

  it('that was refused is not counted', () => {
    const limiter = limited({ inAll: 1, perAddress: 1 });
    const release = limiter.admit(visitor('192.0.2.1'));
    for (let times = 0; times < 3; times += 1) {
      expect(refusal(limiter, '192.0.2.1')).toMatchObject(TOO_MANY);
      expect(refusal(limiter, '192.0.2.2')).toMatchObject(FULL);
    }
    release();
    limiter.admit(visitor('192.0.2.2'));
  });

  it('is counted by the /64 of an IPv6 address', () => {
    const limiter = limited({ perAddress: 1 });
    limiter.admit(visitor('2001:db8:1:2::1'));
    expect(refusal(limiter, '2001:db8:1:2:ffff::9')).toMatchObject(TOO_MANY);
    limiter.admit(visitor('2001:db8:1:3::1'));
  });

  it('is counted by the /48 too, so that one network cannot take every connection', () => {
    const limiter = limited({ inAll: 10, perAddress: 1, perNetwork: 3 });
    const releases = [1, 2, 3].map((subnet) => limiter.admit(visitor(`2001:db8:1:${subnet}::1`)));
    expect(refusal(limiter, '2001:DB8:0001:4::1')).toMatchObject({
      ...TOO_MANY,
      message: 'Too many live connections from this network.',
    });
    limiter.admit(visitor('2001:db8:2:1::1'));
    for (const last of [1, 2, 3, 4]) limiter.admit(visitor(`192.0.2.${last}`));
    releases[0]?.();
    limiter.admit(visitor('2001:db8:1:4::1'));
    expect(refusal(limiter, '2001:db8:1:5::1')).toMatchObject(TOO_MANY);
  });

  it('of the owner has its own slots when visitors have taken all others', () => {
    const limiter = limited({ inAll: 5, perAddress: 2, perNetwork: 3 });
    for (const last of [1, 1, 2, 2, 3]) limiter.admit(visitor(`192.0.2.${last}`));
    expect(refusal(limiter, '192.0.2.4')).toMatchObject(FULL);
    const releases = Array.from({ length: 5 }, () => limiter.admit(owner('192.0.2.1')));
    expect(refusal(limiter, '192.0.2.1', true)).toMatchObject(FULL);
    releases[0]?.();
    limiter.admit(owner('2001:db8::1'));
    expect(refusal(limiter, '192.0.2.4')).toMatchObject(FULL); // nor does the owner take a slot of visitors
  });

  it('of the owner is one of at most 100', () => {
    const limiter = limited({});
    for (let count = 0; count < 100; count += 1) limiter.admit(owner('192.0.2.1'));
    expect(refusal(limiter, '192.0.2.1', true)).toMatchObject(FULL);
    limiter.admit(visitor('192.0.2.1'));
  });

  it.each([
    [{ inAll: 0 }, '192.0.2.1', FULL],
    [{ perAddress: 0 }, '192.0.2.1', TOO_MANY],
    [{ perNetwork: 0 }, '2001:db8::1', TOO_MANY],
  ])('is never admitted with %o', (limits, address, error) => {
    expect(refusal(limited(limits), address)).toMatchObject(error);
  });
});
