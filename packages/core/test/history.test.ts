import { expect, it } from 'vitest';
import { calendar, CHANNELS, type PageView } from '@footfall/core';
import { history } from '@footfall/core/history';

it('a generated history has visits of every channel, each with the source that it came from', () => {
  const days = history({
    seed: 1,
    days: 5,
    views: 5_000,
    pages: 10,
    visitors: 500,
    until: Date.parse('2026-11-20T12:00:00Z'),
    identity: 'daily',
    timeoutMs: 30 * 60_000,
    calendar: calendar('UTC'),
  });
  const views = [...days].flat().filter((report): report is PageView => report.kind === 'page-view');
  const came = new Set(views.map(({ attributes: { source, channel } }) => `${source}: ${channel}`));
  expect(new Set(views.map(({ attributes }) => attributes.channel))).toEqual(new Set(CHANNELS));
  expect([...came].filter((one) => /^(?:direct|Google|newsletter)/.test(one)).sort()).toEqual([
    'Google (paid): paid search',
    'Google: search',
    'direct: direct',
    'direct: internal',
    'newsletter: mail',
  ]);
});
