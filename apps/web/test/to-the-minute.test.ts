import type { Analytics } from '@footfall/core';
import { expect, it } from 'vitest';
import { toTheMinute } from '../src/lib/server/to-the-minute.ts';

const BY_THE_HOUR = {
  previous: { views: 303 },
  previousFrom: '2026-11-25T00:00:00.000Z',
  previousUntil: '2026-11-25T17:00:00.000Z',
} as Analytics;
const TO_THE_MINUTE = { previous: { views: 284 }, comparedUntil: '2026-11-25T16:32:00.000Z' } as {
  previous: Analytics['totals'];
  comparedUntil: string;
};

it('the owner’s page compares today, 7 and 30 days with what the public page does, others by the hour', async () => {
  const viewsBefore = async (view: object, read = TO_THE_MINUTE) => {
    const { previous, previousUntil } = await toTheMinute(
      BY_THE_HOUR,
      { period: 'today', filters: [], compare: 'previous', matchesWeekdays: false, ...view },
      () => Promise.resolve(read),
    );
    return [previous?.views, previousUntil];
  };
  for (const period of ['today', '7d', '30d']) {
    expect(await viewsBefore({ period }), period).toEqual([284, '2026-11-25T16:32:00.000Z']);
  }
  for (const view of [
    { period: 'month' },
    { period: { from: '2026-11-26', to: '2026-11-26' } },
    { filters: [{ name: 'country', operator: 'is', values: ['DE'] }] },
    { compare: 'year' },
    { matchesWeekdays: true },
  ]) {
    expect(await viewsBefore(view), JSON.stringify(view)).toEqual([303, '2026-11-25T17:00:00.000Z']);
  }
  const atMidnight = { ...TO_THE_MINUTE, comparedUntil: BY_THE_HOUR.previousFrom! };
  expect(await viewsBefore({}, atMidnight)).toEqual([303, '2026-11-25T17:00:00.000Z']);
});

it('the owner’s page shows the hours where the store does not answer in time', async () => {
  const down = Object.assign(new Error('down'), { code: 'SERVICE_UNAVAILABLE' });
  const view = { period: 'today', filters: [], compare: 'previous', matchesWeekdays: false } as const;
  expect(await toTheMinute(BY_THE_HOUR, view, () => Promise.reject(down))).toBe(BY_THE_HOUR);
});
