import { areaOf, downTo, gridOf, lineOf, tickPlace } from '@footfall/ui/chart';
import { expect, test } from 'vitest';

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [7, [0, 2, 4, 6, 8]],
  [10, [0, 5, 10]],
  [100, [0, 50, 100]],
  [101, [0, 50, 100, 150]],
  [1_234_567, [0, 500_000, 1_000_000, 1_500_000]],
])('gridlines up to %d are at round numbers', (max, lines) => {
  expect(gridOf(max)).toEqual(lines);
});

test('there are few gridlines, and the last is no lower than the largest count', () => {
  for (let max = 1; max < 1e15; max = Math.ceil(max * 1.7)) {
    const lines = gridOf(max);
    expect(lines.length).toBeLessThanOrEqual(5);
    expect(lines.at(-1)).toBeGreaterThanOrEqual(max);
    expect(lines.every(Number.isSafeInteger)).toBe(true);
  }
});

test('smaller values are drawn lower', () => {
  const scale = { top: 200, height: 100 };
  expect([0, 50, 200].map((value) => downTo(value, scale))).toEqual([100, 75, 0]);
});

test('a line goes through the middles of its slots; a single point makes no line', () => {
  expect(lineOf([100, 0, 50])).toBe('M0.5 100L1.5 0L2.5 50');
  expect(lineOf([10, 20], 5)).toBe('M5.5 10L6.5 20');
  expect(areaOf([100, 0], 100)).toBe('M0.5 100L1.5 0L1.5 100L0.5 100Z');
  expect([lineOf([]), lineOf([1]), areaOf([1], 100)]).toEqual(['', '', '']);
});

test('labels at an edge are aligned inwards', () => {
  expect(tickPlace(3, 7)).toEqual({ x: '50.000%', anchor: 'middle' });
  expect(tickPlace(0, 24)).toEqual({ x: '0%', anchor: 'start' });
  expect(tickPlace(29, 30)).toEqual({ x: '100%', anchor: 'end' });
  expect([0, 6].map((slot) => tickPlace(slot, 7).anchor)).toEqual(['middle', 'middle']);
});
