import { describe, expect, it } from 'vitest';
import { Seats } from '../src/seats.ts';

/** What someone is told who gets no seat. */
function refusal(seats: Seats, address: string): unknown {
  try {
    seats.take(address);
  } catch (error) {
    return error;
  }
  return;
}

const TOO_MANY = { code: 'TOO_MANY_REQUESTS', retryAfter: 30 };
const FULL = { code: 'SERVICE_UNAVAILABLE', retryAfter: 30 };

describe('a live connection', () => {
  it('gets a seat while there is one for its address and one in all', () => {
    const seats = new Seats({ inAll: 3, perAddress: 2 });
    seats.take('192.0.2.1');
    seats.take('192.0.2.1');
    expect(refusal(seats, '192.0.2.1')).toMatchObject(TOO_MANY);
    seats.take('192.0.2.2');
    expect(refusal(seats, '192.0.2.3')).toMatchObject(FULL);
    expect(refusal(seats, '192.0.2.1')).toMatchObject(TOO_MANY);
  });

  it('gives its seat back, once', () => {
    const seats = new Seats({ inAll: 2, perAddress: 1 });
    const leave = seats.take('192.0.2.1');
    leave();
    leave();
    seats.take('192.0.2.1');
    expect(refusal(seats, '192.0.2.1')).toMatchObject(TOO_MANY);
    seats.take('192.0.2.2');
    leave();
    expect(refusal(seats, '192.0.2.3')).toMatchObject(FULL);
  });

  it('that was refused has taken nothing', () => {
    const seats = new Seats({ inAll: 1, perAddress: 1 });
    const leave = seats.take('192.0.2.1');
    for (let times = 0; times < 3; times += 1) {
      expect(refusal(seats, '192.0.2.1')).toMatchObject(TOO_MANY);
      expect(refusal(seats, '192.0.2.2')).toMatchObject(FULL);
    }
    leave();
    seats.take('192.0.2.2');
  });

  it('shares the seats of its network where it has an address of IPv6', () => {
    const seats = new Seats({ inAll: 9, perAddress: 1 });
    seats.take('2001:db8:1:2::1');
    expect(refusal(seats, '2001:db8:1:2:ffff::9')).toMatchObject(TOO_MANY);
    seats.take('2001:db8:1:3::1');
  });

  it.each([
    [{ inAll: 0, perAddress: 5 }, FULL],
    [{ inAll: 5, perAddress: 0 }, TOO_MANY],
  ])('is not to be had at all with %o', (limits, told) => {
    expect(refusal(new Seats(limits), '192.0.2.1')).toMatchObject(told);
  });
});
