import { expect, test } from 'vitest';
import {
  clockName,
  comparedWith,
  intervalsOf,
  isFirstDay,
  periodOf,
  statsAddress,
  viewOf,
} from '../src/lib/periods.ts';
import { formats } from '../src/lib/texts/en/formats.ts';
import texts from '../src/lib/texts/en/stats.ts';

const HOUR_MS = 3_600_000;

function hours(from: string, count: number, timeZone: string, at = '9999') {
  const series = Array.from({ length: count }, (_, hour) => ({
    start: new Date(Date.parse(from) + hour * HOUR_MS).toISOString(),
    views: hour,
    visits: 0,
    visitors: 0,
  }));
  return intervalsOf({ series, timeZone, at }, 'today', formats);
}

test('an unknown period is the default', () => {
  expect(['today', '7d', '30d', '1y', '', '__proto__', null].map(periodOf)).toEqual([
    'today',
    '7d',
    '30d',
    '7d',
    '7d',
    '7d',
    '7d',
  ]);
});

test('hours are named in the site’s time zone, and future ones have not begun', () => {
  const named = hours('2026-11-20T18:30:00Z', 24, 'Asia/Kolkata', '2026-11-20T20:45:00.000Z');
  expect(named.map(({ label }) => label).slice(0, 3)).toEqual(['00:00', '01:00', '02:00']);
  expect(named.filter(({ begun }) => begun)).toHaveLength(3);
  expect(named.flatMap(({ tick }) => tick ?? [])).toEqual(
    ['00', '03', '06', '09', '12', '15', '18', '21'].map((hour) => `${hour}:00`),
  );
});

test('a day of 25 hours shows the repeated hour with its offset; a day of 23 lacks one', () => {
  const long = hours('2026-10-24T22:00:00Z', 25, 'Europe/Paris').map(({ label }) => label);
  expect(new Set(long).size).toBe(25);
  expect(long.slice(1, 5)).toEqual(['01:00', '02:00 GMT+2', '02:00 GMT+1', '03:00']);
  const short = hours('2026-03-28T23:00:00Z', 23, 'Europe/Paris').map(({ label }) => label);
  expect(short.slice(0, 4)).toEqual(['00:00', '01:00', '03:00', '04:00']);
});

test('days keep their dates across a change of daylight saving time', () => {
  const starts = ['2026-10-23T22:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'];
  const series = starts.map((start) => ({ start, views: 0, visits: 0, visitors: 0 }));
  for (const timeZone of ['Europe/Paris', '+01:00', '+02:00']) {
    const days = intervalsOf({ series, timeZone, at: '9999' }, '7d', formats);
    expect(days.map(({ label }) => label)).toEqual([
      'Saturday 24 October',
      'Sunday 25 October',
      'Monday 26 October',
    ]);
  }
});

test('of thirty days every seventh has a label, counted from the last', () => {
  const series = Array.from({ length: 30 }, (_, day) => ({
    start: new Date(Date.UTC(2026, 9, 23 + day)).toISOString(),
    views: 0,
    visits: 0,
    visitors: 0,
  }));
  const ticks = intervalsOf({ series, timeZone: 'UTC', at: '9999' }, '30d', formats).flatMap(
    ({ tick }) => tick ?? [],
  );
  expect(ticks).toEqual(['24 Oct', '31 Oct', '7 Nov', '14 Nov', '21 Nov']);
});

test('a time zone has a readable name', () => {
  expect(['UTC', '+05:30', 'America/New_York'].map(clockName)).toEqual([
    'UTC',
    'UTC+05:30',
    'America/New York',
  ]);
});

test.each([
  ['', '/stats?period=7d'],
  ['period=30d&metric=views', '/stats?period=30d&metric=views'],
  ['metric=visitors&list=sources', '/stats?period=7d&list=sources'],
  ['period=1y&metric=bots&list=bots&x=1', '/stats?period=7d'],
  ['list=__proto__&metric=toString', '/stats?period=7d'],
])('a view has one canonical address: %s', (query, address) => {
  const view = viewOf(new URLSearchParams(query));
  expect(statsAddress(view)).toBe(address);
  expect(viewOf(new URL(address, 'http://localhost').searchParams)).toEqual(view);
});

test('the comparison names its end in the site’s time zone', () => {
  const comparison = { comparedUntil: '2026-11-19T00:11:00.000Z', timeZone: 'UTC' };
  expect(comparedWith('today', comparison, { formats, texts })).toBe('yesterday until 00:11');
  expect(comparedWith('7d', comparison, { formats, texts })).toBe(
    'the 7 days before, until Thursday 19 November, 00:11',
  );
  expect(comparedWith('today', { ...comparison, timeZone: 'Asia/Kolkata' }, { formats, texts })).toBe(
    'yesterday until 05:41',
  );
});

test.each([
  [null, 'UTC', true],
  ['2026-11-20T05:00:00.000Z', 'UTC', true],
  ['2026-11-19T23:00:00.000Z', 'UTC', false],
  ['2026-11-19T23:00:00.000Z', 'Europe/Berlin', true],
])('counting that began at %s (%s) is on its first day: %s', (since, timeZone, expected) => {
  expect(isFirstDay({ since, at: '2026-11-20T16:00:00.000Z', timeZone })).toBe(expected);
});
