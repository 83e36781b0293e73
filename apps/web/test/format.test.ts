import {
  formatChange,
  formatCompact,
  formatDuration,
  formatPoints,
  formatShare,
  formatTime,
  plainText,
} from '@footfall/ui/format';
import { expect, test } from 'vitest';

test('a change never is infinite, nor no number', () => {
  expect(formatChange(112, 100)).toBe('+12%');
  expect(formatChange(97, 100)).toBe('−3%');
  expect(formatChange(100, 100)).toBe('0%');
  expect(formatChange(0, 100)).toBe('−100%');
  expect(formatChange(1_400, 100)).toBe('×14');
  expect(formatChange(5, 0)).toBe('—');
  expect(formatChange(0, 0)).toBe('—');
});

test('a share changes by points', () => {
  expect([formatPoints(0.43, 0.4), formatPoints(0.39, 0.4), formatPoints(0.154, 0.15)]).toEqual([
    '+3 points',
    '−1 point',
    '0 points',
  ]);
});

test('durations are in their two largest units', () => {
  expect([0, 45_000, 200_000, 3_900_000].map(formatDuration)).toEqual(['0s', '45s', '3m 20s', '1h 5m']);
});

test('large counts are short, and small shares are not nothing', () => {
  expect([999, 1_234, 12_345_678].map(formatCompact)).toEqual(['999', '1.2K', '12.3M']);
  expect([0, 0.001, 0.5].map(formatShare)).toEqual(['0%', '<1%', '50%']);
});

test('a time is on the clock that is asked for', () => {
  expect(formatTime('2026-11-20T23:30:00Z', '+01:00')).toBe('21 November 2026 at 00:30');
});

test('what cannot be seen in a text is made seen', () => {
  expect(plainText('a\u0000b\u202ec\u2066d\u200fe\u0085')).toBe('a�b�c�d�e�');
  expect(plainText('/über/ترجمة/日本')).toBe('/über/ترجمة/日本');
});
