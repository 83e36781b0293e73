import { onTestFinished, describe, expect, it } from 'vitest';
import { start, startEmbedded, type Footfall } from './support.ts';

const PASSWORD = 'a password of words';
const AUTHORIZED = { authorization: `Bearer ${PASSWORD}`, 'content-type': 'application/json' };

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly byDefault: string;
  readonly fixed: string | null;
  readonly problem?: string;
}

const set = (url: string, changes: unknown, headers: Record<string, string> = AUTHORIZED): Promise<Response> =>
  fetch(`${url}/api/trpc/settings.set`, { method: 'POST', headers, body: JSON.stringify({ json: changes }) });

async function get(url: string): Promise<Record<string, Setting>> {
  const response = await fetch(`${url}/api/trpc/settings.get`, { headers: AUTHORIZED });
  const body = (await response.json()) as {
    result: { data: { json: { settings: readonly Setting[] } } };
  };
  return Object.fromEntries(body.result.data.json.settings.map((setting) => [setting.name, setting]));
}

async function changed({ url }: Footfall, changes: unknown): Promise<void> {
  const response = await set(url, changes);
  expect(await response.text()).not.toContain('"error"');
  expect(response.status).toBe(200);
}

async function refusal(url: string, changes: unknown): Promise<string> {
  const response = await set(url, changes);
  expect(response.status).toBe(400);
  return ((await response.json()) as { error: { json: { message: string } } }).error.json.message;
}

describe('a setting that the owner changes', () => {
  it('decides the next request, and goes back to the default', async () => {
    const footfall = await startEmbedded({ ADMIN_PASSWORD: PASSWORD }, onTestFinished);
    const { url, track } = footfall;
    const reasonOf = async (page: string, headers = {}): Promise<string | undefined> =>
      (await track({ url: `https://example.com${page}` }, { headers })).reason;
    expect(await reasonOf('/drafts/1')).toBeUndefined();
    await changed(footfall, { IGNORED_PAGES: '/drafts/*, *.pdf', IGNORED_ADDRESSES: '192.0.2.0/24' });
    expect(await reasonOf('/drafts/1')).toBe('ignored');
    expect(await reasonOf('/a.pdf')).toBe('ignored');
    await changed(footfall, { IGNORED_PAGES: null, IGNORED_ADDRESSES: '127.0.0.1' });
    expect(await reasonOf('/drafts/1'), 'the address').toBe('ignored');
    await changed(footfall, { IGNORED_ADDRESSES: '', SITE_HOSTS: 'example.org' });
    expect(await reasonOf('/')).toBe('origin');
    await changed(footfall, { SITE_HOSTS: 'example.com', KEEP_PARAMETERS: 'q', COUNT_BOTS: 'true' });
    expect(await reasonOf('/?q=1&r=2', { 'user-agent': 'curl/8' })).toBeUndefined();
    expect((await footfall.count('/?q=1')).count).toBe(1);
    expect(await reasonOf('/', { dnt: '1' })).toBe('opted-out');
    await changed(footfall, { RESPECT_DNT: 'false' });
    expect(await reasonOf('/', { dnt: '1' })).toBeUndefined();
    await changed(footfall, { REQUIRE_CONSENT: 'true' });
    expect(await reasonOf('/')).toBe('no-consent');
    await changed(footfall, { TRACKING_ENABLED: 'false' });
    expect(await reasonOf('/')).toBe('disabled');

    const pages = (): Promise<Response> => fetch(`${url}/api/trpc/pages`);
    expect((await pages()).status).toBe(200);
    await changed(footfall, { STATS_PUBLIC: 'false' });
    expect((await pages()).status).toBe(401);
    expect(await get(url)).toMatchObject({
      STATS_PUBLIC: { value: 'false', byDefault: 'true', fixed: null },
      IGNORED_PAGES: { value: '', byDefault: '' },
    });
  });

  it('is known to every instance within two seconds, and after a restart', async () => {
    const footfall = await start({ ADMIN_PASSWORD: PASSWORD }, onTestFinished);
    const { url, instances, send } = footfall;
    await changed(footfall, { TRACKING_ENABLED: 'false' });
    const doors = instances.length === 0 ? [url] : instances;
    for (const door of doors) {
      const reason = async (): Promise<unknown> => {
        const response = await fetch(`${door}/api/visitors/track`, {
          method: 'POST',
          headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
          body: JSON.stringify({ url: 'https://example.com/' }),
        });
        return ((await response.json()) as { reason?: string }).reason;
      };
      await expect.poll(reason, { timeout: 2_000, interval: 100 }).toBe('disabled');
    }
    expect(((await (await send({ url: 'https://example.com/' })).json()) as { reason: string }).reason).toBe('disabled');
  });
});
