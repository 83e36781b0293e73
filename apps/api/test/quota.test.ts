import { verify } from '@footfall/db';
import { fileReader } from '@footfall/db/embedded';
import { expect, it } from 'vitest';
import { BROWSER, newId, startEmbedded } from './support.ts';

const API_KEY = 'an-api-key-of-32-characters-long';
const WRITE_KEY = 'a-write-key-of-32-characters-xyz';
const QUOTA = 100;
const MANY = 10_000;
const EVENTS = 50;
const OTHER = '(other)';

interface Listed {
  readonly value: string;
  readonly views: number;
  readonly visits: number;
}

const footfall = await startEmbedded({
  NEW_PAGES_PER_HOUR: String(QUOTA),
  API_KEYS: API_KEY,
  WRITE_KEYS: WRITE_KEY,
});

/** Maximum number of distinct values: those of an hour, one of which may be "unknown"; of two hours if one ends meanwhile. */
function expectBounded(values: number): void {
  expect(values).toBeGreaterThanOrEqual(QUOTA - 1);
  expect(values).toBeLessThanOrEqual(2 * QUOTA);
}

it(`${MANY} forged pages, sources and campaigns from as many addresses are counted exactly; beyond the quota of an hour, as "${OTHER}"`, async () => {
  await footfall.track({ url: '/known', visitorId: 'known' });
  const events = Array.from({ length: MANY }, (_, n) => ({
    id: newId(),
    url: `/made-up-${n}?utm_campaign=campaign-${n}`,
    referrer: `https://site-${n}.example/`,
    language: 'en',
    visitorId: `visitor-${n}`,
    ip: `10.0.${Math.floor(n / 250)}.${n % 250}`,
  }));
  const send = async (from: number): Promise<unknown> => {
    const response = await fetch(`${footfall.url}/api/track`, {
      method: 'POST',
      headers: { 'user-agent': BROWSER, authorization: `Bearer ${WRITE_KEY}` },
      body: JSON.stringify({ events: events.slice(from, from + EVENTS) }),
    });
    expect(response.status).toBe(200);
    return response.json();
  };
  for (let from = 0; from < MANY; from += 10 * EVENTS) {
    const answers = Array.from({ length: 10 }, (_, nth) => send(from + nth * EVENTS));
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ accepted: EVENTS });
  }
  expect(await send(0)).toMatchObject({ accepted: 0, duplicates: EVENTS });
  expect(await footfall.track({ url: '/known', visitorId: 'known' })).toMatchObject({ count: 2 });
  expect(await footfall.track({ url: '/one-more', visitorId: 'known' })).toMatchObject({
    counted: true,
    total: MANY + 3,
  });

  await footfall.folded();
  const response = await fetch(`${footfall.url}/api/analytics/visitors?limit=1000`, {
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  const answer = (await response.json()) as Record<string, Listed[]> & {
    totals: { views: number; visits: number; visitors: number };
  };
  expect(answer.totals).toMatchObject({ views: MANY + 3, visits: MANY + 1 });
  const sum = (list: Listed[] = [], key: 'views' | 'visits') => list.reduce((all, row) => all + row[key], 0);
  expect(sum(answer['topPages'], 'views')).toBe(MANY + 3);
  expect(sum(answer['sources'], 'visits')).toBe(MANY + 1);
  expect(sum(answer['entryPages'], 'visits')).toBe(MANY + 1);
  expect(sum(answer['exitPages'], 'visits')).toBe(MANY + 1);
  expect(sum(answer['campaigns'], 'visits')).toBe(MANY); // visits that began at /known have none
  for (const name of ['topPages', 'sources', 'campaigns']) {
    const list = answer[name] ?? [];
    expect(list[0]?.value).toBe(OTHER);
    expectBounded(list.length - 1);
  }
  expect((await footfall.count(OTHER)).count).toBe(answer['topPages']?.[0]?.views);
  expect((await footfall.count('/known')).count).toBe(2);
  expect((await footfall.count(`/made-up-${MANY - 1}`)).count).toBe(0);
  expect((await footfall.count()).count).toBe(MANY + 3);

  const reader = fileReader(footfall.file);
  const [sizes] = await reader.batch([
    `select (select max(n) from (select count(*) n from visitor_values group by dimension)) as vals,
       (select count(*) from visitor_facts) as facts, (select count(*) from visitor_counts) as pages`,
  ]);
  for (const size of ['vals', 'facts', 'pages']) {
    expect(Number(sizes?.rows[0]?.[size])).toBeLessThanOrEqual(2 * QUOTA + 2);
  }
  expect(await verify(reader)).toEqual([]);
  await reader.close();
});
