import { describe, expect, it, onTestFinished } from 'vitest';
import { NOON } from '../noon.ts';
import { BROWSER, newId, start } from '../support.ts';

const PASSWORD = 'a password of words';

/** What is promised, with a margin for the requests of the test itself. */
const SETTINGS_MS = 2_500;

const OWNER = { authorization: `Bearer ${PASSWORD}` };

async function change(url: string, changes: Readonly<Record<string, string | null>>): Promise<void> {
  const changed = await fetch(`${url}/api/trpc/settings.set`, {
    method: 'POST',
    headers: { ...OWNER, 'content-type': 'application/json' },
    body: JSON.stringify({ json: changes }),
  });
  expect([changed.status, await changed.text()]).toEqual([200, expect.stringContaining('"name"')]);
}

describe('a change of the settings', async () => {
  const { url, instances } = await start({ ADMIN_PASSWORD: PASSWORD });

  it('is known to every instance within two seconds', async () => {
    const doors = instances.length === 0 ? [url] : instances;
    const reasonAt = async (door: string): Promise<string> => {
      const response = await fetch(`${door}/api/visitors/track`, {
        method: 'POST',
        headers: { 'user-agent': BROWSER, 'content-type': 'text/plain' },
        body: JSON.stringify({ url: 'https://example.com/' }),
      });
      const { counted, reason } = (await response.json()) as { counted?: boolean; reason?: string };
      return reason ?? `${response.status} ${counted}`;
    };
    for (const door of doors) expect(await reasonAt(door)).toBe('200 true');
    for (const value of ['false', 'true']) {
      await change(url, { TRACKING_ENABLED: value });
      for (const door of doors) {
        const expected = value === 'false' ? 'disabled' : '200 true';
        await expect.poll(() => reasonAt(door), { timeout: SETTINGS_MS, interval: 100 }).toBe(expected);
      }
    }
  });
});

it('a session timeout decides about page views that come after it, and is annotated', async () => {
  const { url, track } = await start({ ADMIN_PASSWORD: PASSWORD, SITE_TIME_ZONE: NOON }, onTestFinished);
  const begin = Date.now() - 6 * 60 * 60_000;
  const view = async (minutes: number, visitorId: string): Promise<void> => {
    const timestamp = begin + minutes * 60_000;
    const sent = await track({ id: newId(), url: 'https://example.com/', visitorId, timestamp });
    expect(sent.counted).toBe(true);
  };
  const visits = async (): Promise<unknown> => {
    const response = await fetch(`${url}/api/analytics/visitors`, { headers: OWNER });
    return ((await response.json()) as { totals: { visits: number } }).totals.visits;
  };
  await view(0, 'one');
  await view(31, 'one');
  expect(await visits()).toBe(2);
  await change(url, { SESSION_TIMEOUT_MINUTES: '60' });
  await view(0, 'other');
  await view(60, 'other');
  expect(await visits(), 'what were two visits stay two').toBe(3);
  await change(url, { SESSION_TIMEOUT_MINUTES: '5' });
  await view(66, 'other');
  await view(30, 'other');
  expect(await visits()).toBe(4);
  await change(url, { SESSION_TIMEOUT_MINUTES: null });
  await view(96, 'other');
  expect(await visits()).toBe(4);
  const { result } = (await (await fetch(`${url}/api/trpc/annotations.list`, { headers: OWNER })).json()) as {
    result: { data: { json: readonly { text: string }[] } };
  };
  expect(result.data.json.map(({ text }) => text)).toEqual(['Settings changed: SESSION_TIMEOUT_MINUTES']);
});

async function cachingOf(address: string): Promise<string | null> {
  const response = await fetch(address);
  await response.text();
  return response.headers.get('cache-control');
}

it('a cache strategy is sent with the numbers of every instance within two seconds', async () => {
  const { url, instances } = await start({ ADMIN_PASSWORD: PASSWORD, CACHE_STRATEGY: '' }, onTestFinished);
  const doors = instances.length === 0 ? [url] : instances;
  const ages = async (door: string) => {
    const paths = [
      '/api/visitors/count',
      '/api/visitors/count?page=/',
      '/api/badge.svg',
      '/api/openapi.json',
    ];
    const all = await Promise.all(paths.map((path) => cachingOf(door + path)));
    return [...new Set(all)];
  };
  const balanced = 'public, max-age=5, stale-while-revalidate=10';
  for (const door of doors) expect(await ages(door)).toEqual([balanced]);
  for (const [strategy, header] of [
    ['minimal', 'public, max-age=2, stale-while-revalidate=3'],
    ['aggressive', 'public, max-age=10, stale-while-revalidate=15'],
    [null, balanced],
  ] as const) {
    await change(url, { CACHE_STRATEGY: strategy });
    for (const door of doors)
      await expect.poll(() => ages(door), { timeout: SETTINGS_MS, interval: 100 }).toEqual([header]);
  }
  expect(await cachingOf(`${url}/api/stats`), 'without a CDN').toBe('no-cache');
});
