import { expect, it } from 'vitest';
import { formats } from '../src/lib/texts/en/formats.ts';
import { marksIn } from '../src/lib/annotations.ts';

const at = (...starts: string[]) => starts.map((start) => ({ start }));

it.each([
  ['days', at('2026-11-18T23:00:00Z', '2026-11-19T23:00:00Z', '2026-11-20T23:00:00Z'), '2026-11-20', 1],
  ['weeks', at('2026-11-08T23:00:00Z', '2026-11-15T23:00:00Z', '2026-11-22T23:00:00Z'), '2026-11-20', 1],
  ['hours', at('2026-11-19T22:00:00Z', '2026-11-19T23:00:00Z', '2026-11-20T00:00:00Z'), '2026-11-20', 1],
  ['a first interval that begins before the range', at('2026-11-22T23:00:00Z'), '2026-11-20', 0],
])('an annotation stands where its day is, among %s', (_, series, date, slot) => {
  expect(marksIn([{ date, text: 'Release' }], series, { timeZone: 'Europe/Berlin', formats })).toEqual([
    { slot, when: '20 Nov', text: 'Release' },
  ]);
});
