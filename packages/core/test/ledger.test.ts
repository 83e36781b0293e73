import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  calendar,
  ledgerInputSchema,
  ledgerOf,
  ledgerQuery,
  REASONS,
  type LedgerInput,
} from '@footfall/core';

const NOW = Date.parse('2026-11-20T12:00:00Z');

const queryOf = (input: LedgerInput, timeZone = 'Europe/Berlin') =>
  ledgerQuery(input, { calendar: calendar(timeZone), now: NOW, identity: 'daily' });

describe('the days of the ledger', () => {
  it.each<[LedgerInput, string, string, number]>([
    [{}, '2026-10-21T22:00:00.000Z', '2026-11-20T23:00:00.000Z', 30],
    [{ from: '2026-11-20', to: '2026-11-20' }, '2026-11-19T23:00:00.000Z', '2026-11-20T23:00:00.000Z', 1],
    // Whole days, wherever in them the range begins and ends.
    [
      { from: '2026-11-18T15:00:00Z', to: '2026-11-19T01:00:00Z' },
      '2026-11-17T23:00:00.000Z',
      '2026-11-19T23:00:00.000Z',
      2,
    ],
    [{ from: '2026-01-01', to: '2026-06-30' }, '2025-12-31T23:00:00.000Z', '2026-06-30T22:00:00.000Z', 27],
    [
      { from: '2026-01-01', to: '2026-06-30', interval: 'month' },
      '2025-12-31T23:00:00.000Z',
      '2026-06-30T22:00:00.000Z',
      6,
    ],
    [{ from: '2000-01-01', to: '2026-11-20' }, '1999-12-31T23:00:00.000Z', '2026-11-20T23:00:00.000Z', 323],
  ])('of %o are from %s until %s, in %i intervals', (input, from, until, intervals) => {
    const { from: begin, to, starts } = queryOf(input);
    expect([new Date(begin).toISOString(), new Date(to).toISOString(), starts.length]).toEqual([
      from,
      until,
      intervals,
    ]);
  });

  it.each([
    [{ interval: 'hour' }, 'interval must be one of day, week, month'],
    [{ country: 'DE' }, '"country" is unknown; there are from, to, interval, limit'],
    [{ limit: 0 }, 'limit must be a whole number'],
  ])('are not asked for with %o', (input, sentence) => {
    const { error } = ledgerInputSchema.safeParse(input);
    expect(error?.issues[0]?.message).toContain(sentence);
  });

  it('sum to the same, by interval, by reason and in all, however they are divided', () => {
    const DAY_MS = 24 * 60 * 60 * 1000;
    const line = fc.tuple(
      fc.integer({ min: 0, max: 90 }),
      fc.constantFrom(...REASONS),
      fc.integer({ min: 1, max: 50 }),
    );
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('day', 'week', 'month'), (lines, interval) => {
        const query = queryOf({ from: '2026-01-01', to: '2026-04-01', interval }, 'UTC');
        const days = lines
          .map(([day, reason, events]) => [query.from + day * DAY_MS, reason, events] as const)
          .sort(([a], [b]) => a - b);
        const answer = ledgerOf(query, { days, names: [], views: 0, failures: { commits: 0, events: 0 } });
        const sum = lines.reduce((all, [, , events]) => all + events, 0);
        expect(answer.events).toBe(sum);
        expect(answer.reasons.reduce((all, { events }) => all + events, 0)).toBe(sum);
        expect(answer.series.reduce((all, { events }) => all + events, 0)).toBe(sum);
        for (const { events, reasons } of answer.series)
          expect(Object.values(reasons).reduce((all, its) => all + its, 0)).toBe(events);
        const at = answer.series.findIndex(({ events }) => events > 0);
        const first = days[0]?.[0];
        if (first !== undefined)
          expect(Date.parse(answer.series[at]?.start ?? '')).toBeLessThanOrEqual(first);
      }),
    );
  });
});
