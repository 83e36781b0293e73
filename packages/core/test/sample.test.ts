import { expect, it } from 'vitest';
import { calendar } from '@footfall/core';
import { isSampleCurrent, SAMPLE } from '@footfall/core/sample';
import { history } from '@footfall/core/history';

const NOW = Date.parse('2026-11-19T23:10:00Z'); // ten past midnight in Berlin
const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const of = { timeZone: 'Europe/Berlin', identity: 'daily', lastViewAt: NOW - MINUTE_MS };
const site = { calendar: calendar('Europe/Berlin'), identity: 'daily', now: NOW } as const;

it.each([
  ['of this local day', {}, true],
  ['of the first moment of this local day', { lastViewAt: NOW - 10 * MINUTE_MS }, true],
  ['of the evening before', { lastViewAt: NOW - 11 * MINUTE_MS }, false],
  ['without a page view', { lastViewAt: null }, false],
  ['of another time zone', { timeZone: 'Europe/London' }, false],
  ['of an unknown time zone', { timeZone: undefined }, false],
  ['of another identity', { identity: 'device' }, false],
])('sample data %s is shown: or not', (_, changes, isShown) => {
  expect(isSampleCurrent({ ...of, ...changes }, site)).toBe(isShown);
});

it('sample data made at any hour is shown at once, ends with a view just now, and has views in every month', () => {
  const { calendar: days } = site;
  for (let hour = 0; hour < 24; hour += 5) {
    const until = NOW + hour * HOUR_MS;
    const options = { ...SAMPLE, until, calendar: days, identity: 'daily', timeoutMs: 1_800_000 } as const;
    const views = [...history(options)].flat().filter(({ kind }) => kind === 'page-view');
    const months = new Set(views.map(({ at }) => new Date(at).toISOString().slice(0, 7)));
    expect(months.size).toBe(14);
    expect(Math.abs(views.length - SAMPLE.views)).toBeLessThan(SAMPLE.views / 10);
    const lastViewAt = Math.max(...views.map(({ at }) => at));
    expect(lastViewAt).toBeLessThanOrEqual(until);
    expect(until - lastViewAt).toBeLessThanOrEqual(10 * MINUTE_MS);
    expect(isSampleCurrent({ ...of, lastViewAt }, { ...site, now: until })).toBe(true);
  }
});
