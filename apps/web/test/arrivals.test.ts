import { expect, test } from 'vitest';
import { arrivedSince, reasonsOf } from '../src/lib/arrivals.ts';
import site from '../src/lib/texts/en/site.ts';

const TODAY = '2025-11-21T00:00:00.000Z';
const arrived = (count: number, notCounted = {}, day = TODAY) => ({
  total: { count, version: count, store: 7, updatedAt: null },
  day,
  notCounted,
});
const briefly = (arrival: ReturnType<typeof arrivedSince>) => [
  arrival.counted,
  ...arrival.notCounted.map(({ reason, events }) => `${reason} ${events}`),
];

test.each([
  ['nothing', arrived(5, { bot: 2 }), arrived(5, { bot: 2 }), [0]],
  ['a view', arrived(5), arrived(6), [1]],
  ['the first view', arrived(0), arrived(1), [1]],
  ['a bot', arrived(5, { bot: 2 }), arrived(5, { bot: 3 }), [0, 'bot 1']],
  ['a new reason', arrived(5, { bot: 2 }), arrived(5, { bot: 2, origin: 1 }), [0, 'origin 1']],
  [
    'several, most first',
    arrived(5),
    arrived(7, { bot: 1, 'opted-out': 3, duplicate: 2 }),
    [2, 'opted-out 3', 'duplicate 2', 'bot 1'],
  ],
  [
    'only the reasons of a new day',
    arrived(5, { bot: 9 }, '2025-11-20T00:00:00.000Z'),
    arrived(5, { bot: 1 }),
    [0, 'bot 1'],
  ],
  ['nothing from an older answer', arrived(5), arrived(4), [0]],
] as const)('since the poll before: %s', (_, before, now, expected) => {
  expect(briefly(arrivedSince(before, now, site.reasons))).toEqual(expected);
});

test('every reason has an explanation', () => {
  const [line] = reasonsOf({ 'no-consent': 1 }, site.reasons);
  expect(line?.words).toContain('agreed');
});
