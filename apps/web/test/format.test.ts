import { plainText } from '@footfall/ui/format';
import { describe, expect, test } from 'vitest';
import { formats as german } from '../src/lib/texts/de/formats.ts';
import { formats } from '../src/lib/texts/en/formats.ts';

const {
  changeOf,
  changeOfShare,
  formatCompact,
  formatDuration,
  formatShare,
  formatDate,
  formatTime,
  formatTimeOfDay,
} = formats;

test.each([
  [112, 100, 'up', 'up 12%'],
  [97, 100, 'down', 'down 3%'],
  [0, 100, 'down', 'down 100%'],
  [1_400, 100, 'up', '14 times as many'],
  [5, 0, 'up', 'up'],
  [0, 0, 'same', 'no change'],
  [100, 100, 'same', 'no change'],
  // Less than half a percent is no change, in either direction.
  [10_049, 10_000, 'same', 'no change'],
  [9_951, 10_000, 'same', 'no change'],
  [10_050, 10_000, 'up', 'up 1%'],
] as const)('%d after %d is %s, with a description', (value, before, direction, words) => {
  expect(changeOf(value, before)).toEqual({ direction, words });
});

test('a share changes by points, between the rounded values', () => {
  expect(
    [changeOfShare(0.43, 0.4), changeOfShare(0.39, 0.4), changeOfShare(0.154, 0.15)].map(
      ({ words }) => words,
    ),
  ).toEqual(['up 3 points', 'down 1 point', 'no change']);
});

test('durations are in their two largest units', () => {
  expect([0, 45_000, 200_000, 3_900_000].map(formatDuration)).toEqual(['0s', '45s', '3m 20s', '1h 5m']);
});

test('large counts are abbreviated, and small shares are not shown as 0%', () => {
  expect([999, 1_234, 12_345_678].map(formatCompact)).toEqual(['999', '1.2K', '12.3M']);
  expect([0, 0.001, 0.5].map(formatShare)).toEqual(['0%', '<1%', '50%']);
});

test('a time is in the given time zone', () => {
  expect(formatTime('2026-11-20T23:30:00Z', '+01:00')).toBe('21 November 2026 at 00:30');
  expect(formatTimeOfDay('2026-11-20T23:30:00Z', '+01:00')).toBe('00:30');
  expect(formatDate('2026-08-26T23:30:00Z', '+01:00')).toBe('27 August 2026');
});

test('invisible characters in a string are made visible', () => {
  expect(plainText('a\u0000b\u202ec\u2066d\u200fe\u0085')).toBe('a�b�c�d�e�');
  expect(plainText('/über/ترجمة/日本')).toBe('/über/ترجمة/日本');
});

describe('in German', () => {
  test('whole numbers are exact, with a dot', () => {
    expect([4_001, 200_262, 12_345_678].map(german.formatCount)).toEqual(['4.001', '200.262', '12.345.678']);
    expect(german.formatDecimal(2.5)).toBe('2,50');
    expect([0, 0.001, 0.5].map(german.formatShare)).toEqual(['0\u00a0%', '<\u20091\u00a0%', '50\u00a0%']);
  });

  test('durations and times are as they are written there', () => {
    expect([0, 45_000, 200_000, 3_900_000].map(german.formatDuration)).toEqual([
      '0 s',
      '45 s',
      '3 min 20 s',
      '1 h 5 min',
    ]);
    expect(german.formatTime('2026-11-20T23:30:00Z', '+01:00')).toBe('21. November 2026 um 00:30');
    expect(german.formatDate('2026-08-26T23:30:00Z', '+01:00')).toBe('27. August 2026');
    const day = german.dateForm({ weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
    expect(day(new Date('2026-11-20T12:00:00Z'))).toBe('Fr 20. Nov.');
  });

  test('changes are in words', () => {
    const words = [german.changeOf(112, 100), german.changeOf(1_400, 100), german.changeOfShare(0.39, 0.4)];
    expect(words.map((change) => change.words)).toEqual([
      '12\u00a0% mehr',
      '14-mal so viele',
      '1 Punkt weniger',
    ]);
  });

  test('one is not several', () => {
    const forms = { one: 'Besuch', other: 'Besuche' };
    expect([0, 1, 2].map((count) => german.amount(count, forms))).toEqual([
      '0 Besuche',
      '1 Besuch',
      '2 Besuche',
    ]);
    expect(german.regionName('DE')).toBe('Deutschland');
    expect(german.regionName('??')).toBe('??');
  });
});
