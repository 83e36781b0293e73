import {
  changeOf,
  changeOfShare,
  formatCompact,
  formatDuration,
  formatShare,
  formatDate,
  formatTime,
  formatTimeOfDay,
  plainText,
} from '@footfall/ui/format';
import { expect, test } from 'vitest';

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
