import { describe, expect, it } from 'vitest';
import { BUILT_AT, requireClock } from '@footfall/core';

describe('a clock', () => {
  it.each([
    ['1970', 0],
    ['1969', -1],
    ['2001', Date.UTC(2001, 1, 1)],
    ['2026', BUILT_AT - 1],
  ])('that shows %s, before this version was made, is not counted by', (year, now) => {
    expect(() => {
      requireClock(now);
    }).toThrow(
      expect.objectContaining({
        code: 'SERVICE_UNAVAILABLE',
        retryAfter: 30,
        message: `The clock of this server is wrong: it shows the year ${year}; nothing is counted until it is right.`,
      }),
    );
  });

  it('that shows a later time may be right', () => {
    for (const now of [BUILT_AT, BUILT_AT + 1, Date.now(), Date.UTC(2100, 0, 1)]) requireClock(now);
  });
});
