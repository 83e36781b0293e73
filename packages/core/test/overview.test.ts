import { calendar, overviewQuery, PERIODS, type OverviewPeriod } from '@footfall/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const iso = (at: number): string => new Date(at).toISOString().replace(':00.000Z', 'Z');

function query(period: OverviewPeriod, now: string | number, timeZone = 'UTC') {
  return overviewQuery(period, {
    calendar: calendar(timeZone),
    now: new Date(now).getTime(),
    identity: 'daily',
  });
}

/** From when until when it is compared. */
function compared(period: OverviewPeriod, now: string, timeZone?: string): string {
  const { hours, rest } = query(period, now, timeZone).comparison;
  expect(rest.from).toBe(hours.to);
  return `${iso(hours.from)} ${iso(rest.to)}`;
}

describe('what a period that goes on is compared with', () => {
  it.each([
    // At eleven past midnight a whole yesterday was compared with eleven minutes.
    ['today', '2026-11-20T00:11:30Z', '2026-11-19T00:00Z 2026-11-19T00:11Z'],
    ['today', '2026-11-20T00:00:00Z', '2026-11-19T00:00Z 2026-11-19T00:00Z'],
    ['today', '2026-11-20T14:50:00Z', '2026-11-19T00:00Z 2026-11-19T14:50Z'],
    ['today', '2026-11-20T23:59:59Z', '2026-11-19T00:00Z 2026-11-19T23:59Z'],
    ['7d', '2026-11-20T14:50:00Z', '2026-11-07T00:00Z 2026-11-13T14:50Z'],
    ['30d', '2026-11-20T00:11:00Z', '2026-09-22T00:00Z 2026-10-21T00:11Z'],
    ['30d', '2026-03-01T12:00:00Z', '2026-01-01T00:00Z 2026-01-30T12:00Z'],
  ] as const)('%s at %s: %s', (period, now, expected) => {
    expect(compared(period, now)).toBe(expected);
  });

  it.each([
    // The clock was put forward at 2 on the 29th of March: 14:30 there is 13½ hours after midnight.
    ['today', '2026-03-29T12:30:00Z', '2026-03-27T23:00Z 2026-03-28T13:30Z'],
    ['today', '2026-03-30T12:30:00Z', '2026-03-28T23:00Z 2026-03-29T12:30Z'],
    // At half past two yesterday's clock had skipped that time.
    ['today', '2026-03-30T00:30:00Z', '2026-03-28T23:00Z 2026-03-29T00:30Z'],
    // It was put back at 3 on the 25th of October.
    ['today', '2026-10-26T13:30:00Z', '2026-10-24T22:00Z 2026-10-25T13:30Z'],
    ['today', '2026-10-25T13:30:00Z', '2026-10-23T22:00Z 2026-10-24T12:30Z'],
    ['7d', '2026-03-30T12:30:00Z', '2026-03-16T23:00Z 2026-03-23T13:30Z'],
  ] as const)('goes by the clock of the site where that was changed: %s at %s', (period, now, expected) => {
    expect(compared(period, now, 'Europe/Berlin')).toBe(expected);
  });

  it('draws the whole period before, as long as this one', () => {
    for (const period of Object.keys(PERIODS) as OverviewPeriod[]) {
      const { starts, previousStarts } = query(period, '2026-11-20T14:50:00Z');
      expect(previousStarts).toHaveLength(starts.length);
    }
    // A day of 23 hours before one of 24.
    const { starts, previousStarts } = query('today', '2026-03-30T12:30:00Z', 'Europe/Berlin');
    expect([previousStarts.length, starts.length]).toEqual([23, 24]);
  });

  it('is before the period, within the day of the same place, and never longer than a day more', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/Santiago',
      'Australia/Lord_Howe',
      'Africa/Cairo',
    );
    const times = fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2026-12-31') });
    const periods = fc.constantFrom(...(Object.keys(PERIODS) as OverviewPeriod[]));
    fc.assert(
      fc.property(zones, times, periods, (zone, now, period) => {
        const { momentOf, nextDay } = calendar(zone);
        const { from, previousStarts, comparison } = query(period, now, zone);
        const { hours, rest, restDay } = comparison;
        expect(hours.from).toBe(previousStarts[0]);
        expect(momentOf(hours.to).hour).toBe(hours.to);
        expect(rest.from).toBe(hours.to);
        expect(rest.to).toBeGreaterThanOrEqual(rest.from);
        expect(rest.to).toBeLessThanOrEqual(from);
        expect(rest.to).toBeGreaterThanOrEqual(restDay);
        expect(rest.to).toBeLessThanOrEqual(nextDay(restDay));
        // Nothing but a change of the clock makes it longer or shorter than what has passed.
        expect(Math.abs(rest.to - hours.from - (now - from))).toBeLessThanOrEqual(3_600_000 + 60_000);
      }),
      { numRuns: 200 },
    );
  });
});
