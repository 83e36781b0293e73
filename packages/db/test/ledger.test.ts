import { describe, expect, it } from 'vitest';
import type { Ignored, LedgerQuery } from '@footfall/core';
import { NOON, open, pageView, PLACES } from './support.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const TODAY = NOON - (NOON % DAY_MS);

const ignored = (reason: Ignored['reason'], detail = '', day = TODAY): Ignored => ({
  kind: 'ignored',
  reason,
  detail,
  day,
});

describe.each(PLACES)('the ledger in %s', (_, makePlace) => {
  it('is by day, reason and name, of whole days alone, the most frequent first', async () => {
    const store = await open((await makePlace())());
    const times = (count: number, event: Ignored) => Array.from({ length: count }, () => event);
    await store.addAll([
      ...times(3, ignored('bot', 'Googlebot')),
      ...times(2, ignored('bot', 'curl', TODAY - DAY_MS)),
      ...times(9, ignored('bot', '(other)')),
      ...times(4, ignored('origin', 'copy.example')),
      ...times(5, ignored('opted-out')),
      ...times(6, ignored('bot', 'before', TODAY - 2 * DAY_MS)),
      pageView(),
      pageView({ at: NOON - 2 * DAY_MS }),
    ]);
    const from = TODAY - DAY_MS;
    const query: LedgerQuery = { from, to: TODAY + DAY_MS, starts: [from, TODAY], limit: 10 };
    const answer = await store.ledger(query);
    expect(answer).toEqual({
      from: new Date(from).toISOString(),
      until: new Date(TODAY + DAY_MS).toISOString(),
      events: 23,
      views: 1,
      reasons: [
        {
          reason: 'bot',
          events: 14,
          names: [
            { value: 'Googlebot', events: 3 },
            { value: 'curl', events: 2 },
            { value: '(other)', events: 9 },
          ],
        },
        { reason: 'opted-out', events: 5, names: [] },
        { reason: 'origin', events: 4, names: [{ value: 'copy.example', events: 4 }] },
      ],
      series: [
        { start: new Date(from).toISOString(), events: 2, reasons: { bot: 2 } },
        { start: new Date(TODAY).toISOString(), events: 21, reasons: { bot: 12, 'opted-out': 5, origin: 4 } },
      ],
      failures: { commits: 0, events: 0 },
    });
    const { reasons } = await store.ledger({ ...query, limit: 1 });
    expect(reasons[0]).toMatchObject({ events: 14, names: [{ value: 'Googlebot' }] });
    expect(reasons[0]?.names).toHaveLength(1);
  });
});
