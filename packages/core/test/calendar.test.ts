import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { calendar } from '@footfall/core';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Zones with something to get wrong, beside those that have nothing. */
const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'America/Scoresbysund',
  'America/Santiago',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'Asia/Amman',
  'Asia/Beirut',
  'Asia/Dhaka',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Kwajalein',
] as const;

const at = (time: string): number => Date.parse(time);
const iso = (instant: number): string => new Date(instant).toISOString().replace(':00.000Z', 'Z');

/** Local date and time as the platform itself says it. */
function wall(timeZone: string, instant: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
    instant,
  );
}
const dateOf = (timeZone: string, instant: number): string => wall(timeZone, instant).slice(0, 10);

describe('a moment', () => {
  it.each([
    ['UTC', '2026-11-20T12:34:56Z', '2026-11-20T12:00Z', '2026-11-20T00:00Z'],
    ['UTC', '2026-11-20T00:00:00Z', '2026-11-20T00:00Z', '2026-11-20T00:00Z'],
    ['UTC', '2026-11-19T23:59:59.999Z', '2026-11-19T23:00Z', '2026-11-19T00:00Z'],
    ['UTC', '1969-12-31T23:59:59.999Z', '1969-12-31T23:00Z', '1969-12-31T00:00Z'],
    ['Asia/Dhaka', '2026-11-20T17:59:59Z', '2026-11-20T17:00Z', '2026-11-19T18:00Z'],
    ['Asia/Dhaka', '2026-11-20T18:00:00Z', '2026-11-20T18:00Z', '2026-11-20T18:00Z'],
    ['Asia/Kolkata', '2026-11-20T12:00:00Z', '2026-11-20T11:30Z', '2026-11-19T18:30Z'],
    ['Asia/Kathmandu', '2026-11-20T12:00:00Z', '2026-11-20T11:15Z', '2026-11-19T18:15Z'],
    // Put forward at 02:00: a day of 23 hours, whose hour before three ends at three.
    ['Europe/Paris', '2026-03-29T00:59:59Z', '2026-03-29T00:00Z', '2026-03-28T23:00Z'],
    ['Europe/Paris', '2026-03-29T01:00:00Z', '2026-03-29T01:00Z', '2026-03-28T23:00Z'],
    ['Europe/Paris', '2026-03-29T21:59:59Z', '2026-03-29T21:00Z', '2026-03-28T23:00Z'],
    ['Europe/Paris', '2026-03-29T22:00:00Z', '2026-03-29T22:00Z', '2026-03-29T22:00Z'],
    // Put back at 03:00: the hour from two comes twice and is two.
    ['Europe/Paris', '2026-10-25T00:30:00Z', '2026-10-25T00:00Z', '2026-10-24T22:00Z'],
    ['Europe/Paris', '2026-10-25T01:30:00Z', '2026-10-25T01:00Z', '2026-10-24T22:00Z'],
    // Half an hour: at 02:00 back to 01:30, and half a year later forward to 02:30.
    ['Australia/Lord_Howe', '2026-04-04T14:59:00Z', '2026-04-04T14:00Z', '2026-04-04T13:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:10:00Z', '2026-04-04T15:00Z', '2026-04-04T13:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:40:00Z', '2026-04-04T15:30Z', '2026-04-04T13:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:29:00Z', '2026-10-03T14:30Z', '2026-10-03T13:30Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:40:00Z', '2026-10-03T15:30Z', '2026-10-03T13:30Z'],
    ['Australia/Lord_Howe', '2026-10-03T16:10:00Z', '2026-10-03T16:00Z', '2026-10-03T13:30Z'],
    // Put forward at midnight: the day begins at one.
    ['America/Sao_Paulo', '2018-11-04T03:30:00Z', '2018-11-04T03:00Z', '2018-11-04T03:00Z'],
    ['America/Sao_Paulo', '2018-11-04T02:59:59Z', '2018-11-04T02:00Z', '2018-11-03T03:00Z'],
    // Put back at midnight: the day before has an hour more.
    ['America/Sao_Paulo', '2018-02-18T02:30:00Z', '2018-02-18T02:00Z', '2018-02-17T02:00Z'],
    // Put back at one minute past midnight: the day has begun, and does not end again.
    ['America/St_Johns', '2006-10-29T02:30:30Z', '2006-10-29T02:30Z', '2006-10-29T02:30Z'],
    ['America/St_Johns', '2006-10-29T02:40:00Z', '2006-10-29T02:31Z', '2006-10-29T02:30Z'],
    ['America/St_Johns', '2006-10-29T03:40:00Z', '2006-10-29T03:30Z', '2006-10-29T02:30Z'],
    // A date that never was.
    ['Pacific/Apia', '2011-12-30T09:59:00Z', '2011-12-30T09:00Z', '2011-12-29T10:00Z'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T10:00Z', '2011-12-30T10:00Z'],
    // 44 minutes and a half behind.
    ['Africa/Monrovia', '1971-06-01T12:00:00Z', '1971-06-01T11:44:30.000Z', '1971-06-01T00:44:30.000Z'],
  ])('in %s at %s is in the hour from %s and the day from %s', (zone, time, hour, day) => {
    const moment = calendar(zone).momentOf(at(time));
    expect({ ...moment, hour: iso(moment.hour), day: iso(moment.day) }).toEqual({ at: at(time), hour, day });
  });

  it('throws for an unknown zone', () => {
    for (const zone of ['', 'Mars/Olympus', 'Europe/Paris ', '../etc/passwd']) {
      expect(() => calendar(zone)).toThrow(RangeError);
    }
  });

  it('queries the platform once per hour', () => {
    const { momentOf } = calendar('Europe/Paris');
    momentOf(at('2026-11-20T12:00:00Z'));
    const format = vi.spyOn(Intl.DateTimeFormat.prototype as { format: unknown }, 'format', 'get');
    for (let ms = 0; ms < HOUR; ms += 1_000) momentOf(at('2026-11-20T12:00:00Z') + ms);
    expect(format).not.toHaveBeenCalled();
    momentOf(at('2026-11-20T13:00:00Z'));
    expect(format).toHaveBeenCalled();
    format.mockRestore();
  });

  it('caches at most 200 hours', () => {
    const set = vi.spyOn(Map.prototype, 'set');
    const { momentOf } = calendar('Asia/Kolkata');
    let most = 0;
    for (let hours = 0; hours < 1_000; hours += 1) {
      momentOf(hours * HOUR);
      most = Math.max(most, (set.mock.contexts.at(-1) as Map<unknown, unknown>).size);
    }
    set.mockRestore();
    expect(most).toBe(200);
  });
});

describe('an interval', () => {
  it.each([
    ['Europe/Paris', 'hour', '2026-10-25T01:30:00Z', '2026-10-25T01:00Z', '2026-10-25T02:00Z'],
    ['Europe/Paris', 'day', '2026-10-25T12:00:00Z', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    ['Europe/Paris', 'day', '2026-03-29T12:00:00Z', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    ['Europe/Paris', 'week', '2026-10-25T12:00:00Z', '2026-10-18T22:00Z', '2026-10-25T23:00Z'],
    ['Europe/Paris', 'month', '2026-10-25T12:00:00Z', '2026-09-30T22:00Z', '2026-10-31T23:00Z'],
    ['UTC', 'week', '2026-11-22T23:59:59Z', '2026-11-16T00:00Z', '2026-11-23T00:00Z'],
    ['UTC', 'week', '2026-11-16T00:00:00Z', '2026-11-16T00:00Z', '2026-11-23T00:00Z'],
    ['UTC', 'week', '1970-01-01T00:00:00Z', '1969-12-29T00:00Z', '1970-01-05T00:00Z'],
    ['UTC', 'month', '2024-02-29T12:00:00Z', '2024-02-01T00:00Z', '2024-03-01T00:00Z'],
    ['UTC', 'month', '2026-12-31T12:00:00Z', '2026-12-01T00:00Z', '2027-01-01T00:00Z'],
    ['Australia/Lord_Howe', 'hour', '2026-04-04T15:10:00Z', '2026-04-04T15:00Z', '2026-04-04T15:30Z'],
    ['Pacific/Apia', 'day', '2011-12-29T12:00:00Z', '2011-12-29T10:00Z', '2011-12-30T10:00Z'],
    ['Pacific/Apia', 'week', '2011-12-31T12:00:00Z', '2011-12-26T10:00Z', '2012-01-01T10:00Z'],
    ['America/St_Johns', 'day', '2006-10-29T02:40:00Z', '2006-10-29T02:30Z', '2006-10-30T03:30Z'],
  ] as const)('in %s: the %s of %s is from %s to %s', (zone, interval, time, start, end) => {
    const { startOf, next } = calendar(zone);
    const begins = startOf(interval, at(time));
    expect([iso(begins), iso(next(interval, begins))]).toEqual([start, end]);
  });

  it.each([
    ['sunday', '2026-10-24T22:00Z', '2026-10-31T23:00Z'],
    ['saturday', '2026-10-23T22:00Z', '2026-10-30T23:00Z'],
  ] as const)('in weeks that begin on a %s: the one of 2026-10-25 is from %s to %s', (first, start, end) => {
    const { startOf, next } = calendar('Europe/Paris', first);
    const begins = startOf('week', at('2026-10-25T12:00:00Z'));
    expect([iso(begins), iso(next('week', begins))]).toEqual([start, end]);
  });

  it('steps forward and back through the same days', () => {
    for (const zone of ZONES) {
      const { momentOf, nextDay, previousDay } = calendar(zone);
      for (let day = momentOf(at('2010-01-01T12:00:00Z')).day, n = 0; n < 800; n += 1) {
        const following = nextDay(day);
        expect(following).toBeGreaterThan(day);
        expect(previousDay(following)).toBe(day);
        day = following;
      }
    }
  });
});

describe('in any zone at any time', () => {
  const zone = fc.oneof(fc.constantFrom(...ZONES), fc.constantFrom(...Intl.supportedValuesOf('timeZone')));
  const instant = fc.oneof(
    fc.integer({ min: at('1970-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z') }),
    // Around where clocks are changed.
    fc
      .tuple(
        fc.constantFrom('2026-03-29', '2026-10-25', '2018-11-04', '2011-12-30', '2006-10-29', '2026-04-05'),
        fc.integer({ min: -DAY, max: 2 * DAY }),
      )
      .map(([date, ms]) => at(`${date}T00:00:00Z`) + ms),
  );

  it('a moment is in its hour, which is in its day; each start is its own start', () => {
    fc.assert(
      fc.property(zone, instant, (timeZone, time) => {
        const { momentOf, next, nextDay } = calendar(timeZone);
        const { hour, day } = momentOf(time);
        expect(day).toBeLessThanOrEqual(hour);
        expect(hour).toBeLessThanOrEqual(time);
        expect(time).toBeLessThan(next('hour', hour));
        expect(time).toBeLessThan(nextDay(day));
        expect(next('hour', hour)).toBeLessThanOrEqual(nextDay(day));
        expect(momentOf(hour)).toEqual({ at: hour, hour, day });
        expect(momentOf(day)).toEqual({ at: day, hour: day, day });
        expect(momentOf(next('hour', hour) - 1)).toMatchObject({ hour, day });
        expect(momentOf(nextDay(day) - 1).day).toBe(day);
      }),
      { numRuns: 300 },
    );
  });

  it('an hour has one wall-clock hour, and a day begins at the first instant of its date', () => {
    fc.assert(
      fc.property(zone, instant, (timeZone, time) => {
        const { hour, day } = calendar(timeZone).momentOf(time);
        expect(wall(timeZone, hour).slice(0, 13)).toBe(wall(timeZone, time).slice(0, 13));
        expect(dateOf(timeZone, day) >= dateOf(timeZone, time)).toBe(true);
        expect(dateOf(timeZone, day - 1) < dateOf(timeZone, day)).toBe(true);
        expect(day).toBeGreaterThan(time - 26 * HOUR);
      }),
      { numRuns: 300 },
    );
  });

  it('intervals follow each other without a gap, and weeks begin on Mondays', () => {
    fc.assert(
      fc.property(
        zone,
        instant,
        fc.constantFrom('hour', 'day', 'week', 'month'),
        (timeZone, time, interval) => {
          const { startOf, next, momentOf } = calendar(timeZone);
          const start = startOf(interval, time);
          const end = next(interval, start);
          expect(start).toBeLessThanOrEqual(time);
          expect(time).toBeLessThan(end);
          expect(startOf(interval, start)).toBe(start);
          expect(startOf(interval, end - 1)).toBe(start);
          expect(startOf(interval, end)).toBe(end);
          if (interval !== 'hour') expect(momentOf(start).day).toBe(start);
          const date = new Date(`${dateOf(timeZone, start)}T00:00:00Z`);
          // Zones that have skipped a date have done so at the end of a week.
          if (interval === 'week') expect([1, 2]).toContain(date.getUTCDay());
          if (interval === 'month') expect(date.getUTCDate()).toBe(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('caching changes no result', () => {
    fc.assert(
      fc.property(zone, fc.array(instant, { maxLength: 30 }), (timeZone, times) => {
        const remembering = calendar(timeZone);
        for (const time of [...times, ...times]) {
          expect(remembering.momentOf(time)).toEqual(calendar(timeZone).momentOf(time));
        }
      }),
      { numRuns: 50 },
    );
  });
});
