import {
  analyticsInputSchema,
  analyticsQuery,
  calendar,
  FootfallError,
  INTERVALS,
  type AnalyticsInput,
  type AnalyticsQuery,
} from '@footfall/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const NOW = Date.parse('2026-11-20T16:20:00Z');

function query(input: AnalyticsInput, timeZone = 'UTC', now = NOW): AnalyticsQuery {
  return analyticsQuery(input, { calendar: calendar(timeZone), now, identity: 'daily' });
}

const iso = (at: number): string => new Date(at).toISOString();
const isoOf = ({ from, to }: { from: number; to: number }): string[] => [iso(from), iso(to)];

describe('a request to the analytics', () => {
  it('is by default the last thirty local days until now, by days', () => {
    const { starts, wholeDays, previous, limit, filters, ...range } = query({}, 'America/New_York');
    expect(isoOf(range)).toEqual(['2026-10-22T04:00:00.000Z', '2026-11-20T17:00:00.000Z']);
    expect(starts).toHaveLength(30);
    expect(starts.slice(9, 12).map(iso)).toEqual([
      '2026-10-31T04:00:00.000Z',
      '2026-11-01T04:00:00.000Z', // the clock is put back
      '2026-11-02T05:00:00.000Z',
    ]);
    // Nothing is later than now, so today is whole.
    expect(isoOf(wholeDays)).toEqual(['2026-10-22T04:00:00.000Z', '2026-11-21T05:00:00.000Z']);
    expect(isoOf(previous)).toEqual(['2026-09-22T15:00:00.000Z', '2026-10-22T04:00:00.000Z']);
    expect(iso(previous.day)).toBe('2026-09-22T04:00:00.000Z');
    expect(limit).toBe(10);
    expect(filters).toEqual([]);
  });

  it('has the current day and month in the site’s time zone', () => {
    const { today, tomorrow, month, nextMonth } = query({}, 'Pacific/Kiritimati');
    expect([today, tomorrow, month, nextMonth].map(iso)).toEqual([
      '2026-11-20T10:00:00.000Z',
      '2026-11-21T10:00:00.000Z',
      '2026-10-31T10:00:00.000Z',
      '2026-11-30T10:00:00.000Z',
    ]);
  });

  it.each([
    ['UTC', '2026-03-01T00:00:00.000Z', '2026-03-03T00:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-02-28T10:00:00.000Z', '2026-03-02T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-03-01T11:00:00.000Z', '2026-03-03T11:00:00.000Z'],
    ['Asia/Kathmandu', '2026-02-28T18:15:00.000Z', '2026-03-02T18:15:00.000Z'],
  ])('takes dates for local days, the last one inclusive: %s', (timeZone, from, to) => {
    const range = query({ from: '2026-03-01', to: '2026-03-02' }, timeZone);
    expect(isoOf(range)).toEqual([from, to]);
    expect(isoOf(range.wholeDays)).toEqual([from, to]);
  });

  it.each([
    'UTC',
    'Europe/Berlin',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Pacific/Auckland',
    'Pacific/Niue',
  ])('finds where any date begins: %s', (timeZone) => {
    const { momentOf, nextDay } = calendar(timeZone);
    const format = new Intl.DateTimeFormat('sv', { timeZone });
    let { day } = momentOf(Date.parse('2025-12-30T12:00:00Z'));
    for (let n = 0; n < 400; n += 1) {
      const date = format.format(day);
      expect([date, query({ from: date, to: date, interval: 'day' }, timeZone).from]).toEqual([date, day]);
      day = nextDay(day);
    }
  });

  it('is rounded outward to hours of the site’s time zone', () => {
    const times = { from: '2026-03-01T10:20:00Z', to: Date.parse('2026-03-01T12:30:00Z') };
    expect(isoOf(query(times))).toEqual(['2026-03-01T10:00:00.000Z', '2026-03-01T13:00:00.000Z']);
    expect(isoOf(query(times, 'Asia/Kathmandu'))).toEqual([
      '2026-03-01T10:15:00.000Z',
      '2026-03-01T13:15:00.000Z',
    ]);
    const whole = { from: '2026-03-01T10:00:00+01:00', to: String(Date.parse('2026-03-01T12:00:00Z')) };
    expect(isoOf(query(whole))).toEqual(['2026-03-01T09:00:00.000Z', '2026-03-01T12:00:00.000Z']);
  });

  it('has no whole day within a day, or two', () => {
    const within = query({ from: '2026-03-01T10:00Z', to: '2026-03-01T12:00Z' });
    expect(within.wholeDays.from).toBeGreaterThan(within.wholeDays.to);
    const between = query({ from: '2026-03-01T10:00Z', to: '2026-03-02T12:00Z' });
    expect(between.wholeDays.from).toBe(between.wholeDays.to);
    expect(isoOf(between.touchedDays)).toEqual(['2026-03-01T00:00:00.000Z', '2026-03-03T00:00:00.000Z']);
    const around = query({ from: '2026-03-01T10:00Z', to: '2026-03-03T12:00Z' });
    expect(isoOf(around.wholeDays)).toEqual(['2026-03-02T00:00:00.000Z', '2026-03-03T00:00:00.000Z']);
  });

  it('is compared with the same number of previous whole days, even if one is shorter', () => {
    const { previous } = query({ from: '2026-03-30', to: '2026-03-31' }, 'Europe/Berlin');
    expect(isoOf(previous)).toEqual(['2026-03-27T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
    expect(previous.day).toBe(previous.from);
  });

  it.each([
    // NOW is 16:20 UTC: the hour that goes on ends at 17:00.
    ['UTC', '2026-11-20', '2026-11-20', '2026-11-19T00:00:00.000Z', '2026-11-19T17:00:00.000Z'],
    ['UTC', '2026-11-14', '2026-11-20', '2026-11-07T00:00:00.000Z', '2026-11-13T17:00:00.000Z'],
    ['UTC', '2026-11-18', '2026-11-23', '2026-11-12T00:00:00.000Z', '2026-11-14T17:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-20', '2026-11-20', '2026-11-18T18:15:00.000Z', '2026-11-19T17:15:00.000Z'],
    // The clock was put back at 6:00 UTC on the 1st of November: 11:20 was an hour earlier before.
    ['America/New_York', '2026-10-31', '2026-11-20', '2026-10-10T04:00:00.000Z', '2026-10-30T16:00:00.000Z'],
    ['UTC', '2026-11-20T10:00Z', '2026-11-20T20:00Z', '2026-11-20T00:00:00.000Z', '2026-11-20T07:00:00.000Z'],
    // What is over, and what has not begun, is compared as a whole.
    ['UTC', '2026-11-19', '2026-11-19', '2026-11-18T00:00:00.000Z', '2026-11-19T00:00:00.000Z'],
    ['UTC', '2026-11-21', '2026-11-21', '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z'],
  ])(
    'compares a range that goes on with as much as has passed of it: %s %s to %s',
    (zone, from, to, ...its) => {
      expect(isoOf(query({ from, to }, zone).previous)).toEqual(its);
    },
  );

  it.each([
    // The whole of the same dates, and as much of it as has passed where the range goes on.
    ['UTC', '2026-10-01', '2026-10-31', '2025-10-01T00:00', '2025-11-01T00:00', '2025-11-01T00:00'],
    ['UTC', '2026-11-01', '2026-11-30', '2025-11-01T00:00', '2025-11-20T17:00', '2025-12-01T00:00'],
    ['UTC', '2024-02-29', '2024-02-29', '2023-02-28T00:00', '2023-03-01T00:00', '2023-03-01T00:00'],
    ['UTC', '2024-02-01', '2024-02-29', '2023-02-01T00:00', '2023-03-01T00:00', '2023-03-01T00:00'],
    ['UTC', '2025-02-01', '2025-02-28', '2024-02-01T00:00', '2024-02-29T00:00', '2024-02-29T00:00'],
    // In Berlin the clock was put back on the 25th of October 2026, and on the 26th of October 2025.
    ['Europe/Berlin', '2026-10-25', '2026-10-25', '2025-10-24T22:00', '2025-10-25T22:00', '2025-10-25T22:00'],
    [
      'Asia/Kathmandu',
      '2026-10-25',
      '2026-10-25',
      '2025-10-24T18:15',
      '2025-10-25T18:15',
      '2025-10-25T18:15',
    ],
    [
      'UTC',
      '2026-11-19T10:00Z',
      '2026-11-20T09:00Z',
      '2025-11-19T10:00',
      '2025-11-20T09:00',
      '2025-11-20T09:00',
    ],
  ])('is compared with the year before: %s %s to %s', (zone, from, to, ...its) => {
    const { previous } = query({ from, to, compare: 'year' }, zone);
    expect([...isoOf(previous), iso(previous.end)]).toEqual(its.map((time) => `${time}:00.000Z`));
  });

  it.each([
    // The 20th of November 2026 is a Friday, and NOW is 16:20 UTC on it.
    [
      'UTC',
      'previous',
      '2026-11-20',
      '2026-11-20',
      '2026-11-13T00:00',
      '2026-11-13T17:00',
      '2026-11-14T00:00',
    ],
    [
      'UTC',
      'previous',
      '2026-11-19',
      '2026-11-19',
      '2026-11-12T00:00',
      '2026-11-13T00:00',
      '2026-11-13T00:00',
    ],
    [
      'UTC',
      'previous',
      '2026-11-14',
      '2026-11-20',
      '2026-11-07T00:00',
      '2026-11-13T17:00',
      '2026-11-14T00:00',
    ],
    // Thirty days take five weeks: the five days between are in neither.
    [
      'UTC',
      'previous',
      '2026-10-22',
      '2026-11-20',
      '2026-09-17T00:00',
      '2026-10-16T17:00',
      '2026-10-17T00:00',
    ],
    [
      'UTC',
      'previous',
      '2026-10-01',
      '2026-10-31',
      '2026-08-27T00:00',
      '2026-09-27T00:00',
      '2026-09-27T00:00',
    ],
    ['UTC', 'year', '2026-10-01', '2026-10-31', '2025-10-02T00:00', '2025-11-02T00:00', '2025-11-02T00:00'],
    ['UTC', 'year', '2026-11-20', '2026-11-20', '2025-11-21T00:00', '2025-11-21T17:00', '2025-11-22T00:00'],
    ['UTC', 'year', '2024-02-29', '2024-02-29', '2023-03-02T00:00', '2023-03-03T00:00', '2023-03-03T00:00'],
    // Hours of a day: the same ones a week before.
    [
      'UTC',
      'previous',
      '2026-11-19T10:00Z',
      '2026-11-19T12:00Z',
      '2026-11-12T10:00',
      '2026-11-12T12:00',
      '2026-11-12T12:00',
    ],
    // The clock was put back on the 25th of October 2026, a Sunday, and is not in summer time a week later.
    [
      'Europe/Berlin',
      'previous',
      '2026-10-25',
      '2026-10-25',
      '2026-10-17T22:00',
      '2026-10-18T22:00',
      '2026-10-18T22:00',
    ],
    [
      'Europe/Berlin',
      'previous',
      '2026-11-01',
      '2026-11-01',
      '2026-10-24T22:00',
      '2026-10-25T23:00',
      '2026-10-25T23:00',
    ],
    [
      'Asia/Kathmandu',
      'previous',
      '2026-11-20',
      '2026-11-20',
      '2026-11-12T18:15',
      '2026-11-13T17:15',
      '2026-11-13T18:15',
    ],
  ] as const)('is compared with the same weekdays: %s %s %s to %s', (zone, compare, from, to, ...its) => {
    const { previous } = query({ from, to, compare, compareBy: 'weekday' }, zone);
    expect([...isoOf(previous), iso(previous.end)]).toEqual(its.map((time) => `${time}:00.000Z`));
    const plain = query({ from, to, compare }, zone).previous;
    expect(query({ from, to, compare, compareBy: 'date' }, zone).previous).toEqual(plain);
  });

  it('is compared with as many days of the same weekdays, before it, wherever and whenever', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Africa/Cairo'];
    const dateAt = (at: number) => new Date(at).toISOString().slice(0, 10);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2026, 9) }),
        fc.integer({ min: 1, max: 400 }),
        fc.constantFrom('previous' as const, 'year' as const),
        (zone, at, days, compare) => {
          const asked = {
            from: dateAt(at),
            to: dateAt(at + (days - 1) * 86_400_000),
            interval: 'month',
          } as const;
          const { momentOf } = calendar(zone);
          const { from, to, previous } = query({ ...asked, compare, compareBy: 'weekday' }, zone);
          const lengthOf = (begin: number, end: number) => Math.round((end - begin) / 86_400_000);
          expect(lengthOf(previous.from, previous.end)).toBe(days);
          expect(lengthOf(previous.from, from) % 7).toBe(0);
          expect(previous.from).toBe(momentOf(previous.from).day);
          expect(previous.end).toBe(momentOf(previous.end).day);
          if (compare === 'previous') {
            expect(previous.end).toBeLessThanOrEqual(from);
            expect(lengthOf(previous.end, from)).toBeLessThan(7);
          } else expect(lengthOf(previous.from, from)).toBe(364);
          expect(to).toBeGreaterThan(from);
        },
      ),
    );
  });

  it('is compared with the same weekdays where that can be said', () => {
    const custom = { compareFrom: '2026-11-01', compareTo: '2026-11-02' };
    for (const other of [{ compare: 'off' }, { compare: 'custom', ...custom }] as const)
      expect(() => query({ ...other, compareBy: 'weekday' })).toThrow('compareBy=weekday is for');
    expect(query({ compare: 'off', compareBy: 'date' }).previousStarts).toEqual([]);
  });

  it('is compared with any other range, or with nothing', () => {
    const asked = { from: '2026-11-18', to: '2026-11-20' };
    const custom = { compare: 'custom', compareFrom: '2026-11-19', compareTo: '2026-11-22' } as const;
    const { previous, previousStarts } = query({ ...asked, ...custom });
    expect([...isoOf(previous), iso(previous.end)]).toEqual([
      '2026-11-19T00:00:00.000Z',
      '2026-11-21T17:00:00.000Z',
      '2026-11-23T00:00:00.000Z',
    ]);
    expect(previousStarts).toHaveLength(4);
    const off = query({ ...asked, compare: 'off' });
    expect([off.previous.from, off.previous.to, off.previous.end]).toEqual([off.from, off.from, off.from]);
    expect(off.previousStarts).toEqual([]);
  });

  it('has the intervals of the whole period before', () => {
    const { starts, previousStarts, from } = query({ from: '2026-11-20', to: '2026-11-20' });
    expect(previousStarts).toEqual(starts.map((start) => start - 86_400_000));
    expect(previousStarts.every((start) => start < from)).toBe(true);
  });

  it.each([
    ['2026-03-01', '2026-03-02', 48],
    ['2026-03-01', '2026-03-03', 3],
    ['2026-01-01', '2026-03-31', 90],
    ['2026-01-01', '2026-12-31', 53],
    ['2020-01-01', '2026-12-31', 84],
  ])('is divided by its length: %s to %s into %i', (from, to, parts) => {
    expect(query({ from, to }).starts).toHaveLength(parts);
  });

  it('may begin within an interval', () => {
    const { starts, from } = query({ from: '2026-03-12', to: '2026-03-20', interval: 'week' });
    expect(starts.map(iso)).toEqual(['2026-03-09T00:00:00.000Z', '2026-03-16T00:00:00.000Z']);
    expect(iso(from)).toBe('2026-03-12T00:00:00.000Z');
  });

  it('accepts the code of an unknown country, and other names of systems', () => {
    expect(query({ country: 'XX', os: 'Linux', page: '/a' }).filters).toEqual([
      { dimension: 'page', operator: 'is', values: ['/a'] },
      { dimension: 'country', operator: 'is', values: [''] },
      { dimension: 'system', operator: 'is', values: ['Linux'] },
    ]);
  });

  it.each([
    [{ from: '2026-03-02', to: '2026-03-01' }, /from must be before to/],
    [{ from: NOW + 10 * 3_600_000 }, /from must be before to/],
    [{ from: '2026-01-01', to: '2026-06-01', interval: 'hour' }, /more than 2000 intervals/],
    [{ from: 0, to: 253_402_300_799_999 }, /more than 2000 intervals/],
    [
      { from: '2026-11-20', compare: 'custom', compareFrom: '2026-01-01', compareTo: '2026-06-01' },
      /more than 2000 intervals/,
    ],
  ] as const)('is refused: %j', (input, sentence) => {
    const ask = () => query(input);
    expect(ask).toThrow(FootfallError);
    expect(ask).toThrow(sentence);
  });

  it('is consistent for every request', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe');
    const times = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-12-31') });
    fc.assert(
      fc.property(
        zones,
        fc.tuple(times, times),
        fc.constantFrom(...INTERVALS),
        (zone, [one, other], interval) => {
          const from = Math.min(one, other);
          const to = Math.min(Math.max(one, other) + 1, from + 80 * 86_400_000);
          const { momentOf } = calendar(zone);
          const its = query({ from, to, interval }, zone);
          expect(its.from).toBe(momentOf(from).hour);
          expect(its.to).toBeGreaterThanOrEqual(to);
          expect(momentOf(its.to).hour).toBe(its.to);
          expect(its.starts[0]).toBeLessThanOrEqual(its.from);
          expect(its.starts.at(-1)).toBeLessThan(its.to);
          expect(its.starts).toEqual(its.starts.toSorted((a, b) => a - b));
          expect(its.day).toBe(momentOf(its.from).day);
          expect(its.previous.to).toBeLessThanOrEqual(its.from);
          if (to <= NOW) expect(its.previous.to).toBe(its.from);
          expect(momentOf(its.previous.to).hour).toBe(its.previous.to);
          expect(its.previous.to).toBeGreaterThan(its.previous.from);
          expect(momentOf(its.previous.from).hour).toBe(its.previous.from);
          expect(its.wholeDays.from).toBeGreaterThanOrEqual(its.from);
          for (const day of [its.wholeDays.from, its.wholeDays.to]) expect(momentOf(day).day).toBe(day);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the input of the analytics', () => {
  it.each([
    [{}],
    [{ from: '2026-03-01', to: '2026-03-02T10:00:00+05:45', interval: 'hour' }],
    [{ from: '2026-03-02T10:00Z', to: '1772800000000', limit: '1000' }],
    [{ from: 0, to: NOW, limit: 1, page: '/a', os: 'Linux' }],
    [{ 'page.contains': ['a', 'b'], 'country.not': 'DE', 'city.set': 'false', compare: 'off' }],
  ])('takes %j', (input) => {
    expect(analyticsInputSchema.parse(input)).toEqual(input);
  });

  it.each([
    [{ from: 'yesterday' }, /^from must be an ISO 8601 time/],
    [{ from: '' }, /^from must be/],
    [{ from: -1 }, /^from must be/],
    [{ from: '2026-02-30' }, /^from must be/],
    [{ to: '2026-03-02T10:00:00' }, /^to must be/],
    [{ to: 1e15 }, /^to must be/],
    [{ interval: 'year' }, /^interval must be one of hour, day, week, month/],
    [{ page: '' }, /^page must not be empty/],
    [{ source: 5 }, /^source must be a string/],
    [{ city: 'x'.repeat(5_000) }, /^city must be at most/],
    [{ limit: 0 }, /^limit must be a whole number from 1 to 1000/],
    [{ limit: 1_001 }, /^limit must be/],
    [{ limit: '1001' }, /^limit must be/],
    [{ limit: '01' }, /^limit must be/],
    [{ limit: 1.5 }, /^limit must be/],
    [{ limit: '' }, /^limit must be/],
  ])('refuses %j', (input, sentence) => {
    const { error } = analyticsInputSchema.safeParse(input);
    expect(error?.issues[0]?.message).toMatch(sentence);
  });
});
