import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOON } from './noon.ts';
import { newId, newPage, raw, startEmbedded } from './support.ts';

const API_KEY = 'an-api-key-of-32-characters-long';
const HOUR_MS = 60 * 60 * 1000;

interface Analytics {
  readonly totals: Readonly<Record<string, number | null>>;
  readonly uniqueVisitors: { readonly today: number; readonly thisMonth: number };
  readonly series: readonly { readonly start: string }[];
}

async function started(environment: Readonly<Record<string, string>>) {
  const footfall = await startEmbedded({ API_KEYS: API_KEY, ...environment }, onTestFinished);
  const read = async (query = ''): Promise<Analytics> => {
    const response = await fetch(`${footfall.url}/api/analytics/visitors${query}`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    expect([query, response.status]).toEqual([query, 200]);
    return (await response.json()) as Analytics;
  };
  return { footfall, read };
}

describe('the intervals of a series', () => {
  it('follow the clock of the site’s time zone when it is changed', async () => {
    const { read } = await started({ SITE_TIME_ZONE: 'Europe/Paris' });
    const startsOf = async (query: string) => (await read(query)).series.map(({ start }) => start);
    const longDay = await startsOf('?from=2026-10-25&to=2026-10-25');
    expect(longDay).toHaveLength(25);
    expect([longDay[0], longDay.at(-1)]).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T22:00:00.000Z']);
    expect(await startsOf('?from=2026-03-29&to=2026-03-29&interval=hour')).toHaveLength(23);
    expect(await startsOf('?from=2026-10-24&to=2026-10-26&interval=day')).toEqual([
      '2026-10-23T22:00:00.000Z',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
    expect(await startsOf('?from=2026-03-28&to=2026-04-05&interval=week')).toEqual([
      '2026-03-22T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(await startsOf('?from=2026-03-10&to=2026-04-01&interval=month')).toEqual([
      '2026-02-28T23:00:00.000Z',
      '2026-03-31T22:00:00.000Z',
    ]);
  });

  it('are hours where the clock is half an hour off', async () => {
    const { read } = await started({ SITE_TIME_ZONE: 'Asia/Kolkata' });
    const { series } = await read('?from=2026-11-20T08:10:00Z&to=2026-11-20T09:40:00Z&interval=hour');
    expect(series.map(({ start }) => start)).toEqual([
      '2026-11-20T07:30:00.000Z',
      '2026-11-20T08:30:00.000Z',
      '2026-11-20T09:30:00.000Z',
    ]);
  });
});

describe('devices', () => {
  it('are new or returning, and count once over several days; those without an id are neither', async () => {
    const { footfall, read } = await started({ IDENTITY: 'device', SITE_TIME_ZONE: NOON });
    const now = Date.now();
    const seen = async (visitorId: string | undefined, hoursAgo: number): Promise<void> => {
      const body = { url: newPage(), visitorId, timestamp: now - hoursAgo * HOUR_MS };
      expect(await footfall.track(body)).toMatchObject({ counted: true });
    };
    await seen('old', 20); // yesterday
    await seen('old', 1);
    await seen('new', 1);
    await seen(undefined, 1);
    const today = await read(`?from=${now - 5 * HOUR_MS}`);
    expect(today.totals).toMatchObject({ visits: 3, visitors: 3, newVisitors: 1, returningVisitors: 1 });
    expect(today.uniqueVisitors.today).toBe(3);
    const both = await read(`?from=${now - 23 * HOUR_MS}`);
    expect(both.totals).toMatchObject({ visits: 4, visitors: 3, newVisitors: 2, returningVisitors: 0 });
    const client = createFootfallClient({ url: footfall.url });
    expect(await client.visitorStats.query()).toMatchObject({ today: 3, total: 3, active: 0 });
  });
});

describe('a visitor of a day', () => {
  it('is another one on the next day, in every sum of days', async () => {
    const { footfall, read } = await started({ SITE_TIME_ZONE: NOON });
    const now = Date.now();
    for (const hoursAgo of [20, 1]) {
      await footfall.track({ url: '/', visitorId: 'someone', timestamp: now - hoursAgo * HOUR_MS });
    }
    const { totals, uniqueVisitors } = await read();
    expect([totals['visitors'], totals['visits'], uniqueVisitors.today]).toEqual([2, 2, 1]);
    expect([totals['newVisitors'], totals['returningVisitors']]).toEqual([null, null]);
    const stats = await (await fetch(`${footfall.url}/api/sys/stats`)).json();
    expect(stats).toMatchObject({ total_visitors: 2, countries: { XX: 2 } });
  });
});

describe('a visit', () => {
  it('is one visit when a late event closes its gap, and its numbers follow', async () => {
    const { footfall, read } = await started({ SITE_TIME_ZONE: NOON });
    const begin = Date.now() - 5 * HOUR_MS;
    const view = (minutes: number, url: string) =>
      footfall.track({ id: newId(), url, visitorId: 'someone', timestamp: begin + minutes * 60_000 });
    await view(0, '/first');
    await view(40, '/last');
    expect((await read()).totals).toMatchObject({ views: 2, visits: 2, bounceRate: 1, averageVisitMs: 0 });
    await view(20, '/between');
    expect((await read()).totals).toMatchObject({
      views: 3,
      visits: 1,
      visitors: 1,
      bounceRate: 0,
      averageVisitMs: 40 * 60_000,
      viewsPerVisit: 3,
    });
    expect(await read('?exit=/first')).toMatchObject({ totals: { visits: 0 } });
    expect(await read('?entry=/first&exit=/last')).toMatchObject({ totals: { views: 3, visits: 1 } });
  });

  it('ends after SESSION_TIMEOUT_MINUTES', async () => {
    const { footfall, read } = await started({ SITE_TIME_ZONE: NOON, SESSION_TIMEOUT_MINUTES: '60' });
    const begin = Date.now() - 5 * HOUR_MS;
    for (const minutes of [0, 60, 121]) {
      await footfall.track({ url: '/', visitorId: 'someone', timestamp: begin + minutes * 60_000 });
    }
    expect((await read()).totals).toMatchObject({ views: 3, visits: 2, averageVisitMs: 30 * 60_000 });
  });
});

describe('a client that guesses the owner’s secret', () => {
  it('gains nothing by guessing in parallel', async () => {
    const { footfall } = await started({});
    const guesses = Array.from(
      { length: 60 },
      (_, n) => `GET /api/analytics/visitors HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong-${n}\r\n\r\n`,
    );
    // All of them are read before the first is answered.
    const { answers, socket } = await raw(footfall.port, guesses.join(''));
    const statuses = (await answers(guesses.length)).map(({ status }) => status);
    socket.destroy();
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
    expect(statuses.every((status) => status === 401 || status === 429)).toBe(true);
  });
});
