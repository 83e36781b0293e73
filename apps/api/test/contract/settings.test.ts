import { describe, expect, it } from 'vitest';
import { BROWSER, start } from '../support.ts';

const PASSWORD = 'a password of words';

/** What is promised, with a margin for the requests of the test itself. */
const SETTINGS_MS = 2_500;

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
      const changed = await fetch(`${url}/api/trpc/settings.set`, {
        method: 'POST',
        headers: { authorization: `Bearer ${PASSWORD}`, 'content-type': 'application/json' },
        body: JSON.stringify({ json: { TRACKING_ENABLED: value } }),
      });
      expect(changed.status).toBe(200);
      for (const door of doors) {
        const expected = value === 'false' ? 'disabled' : '200 true';
        await expect.poll(() => reasonAt(door), { timeout: SETTINGS_MS, interval: 100 }).toBe(expected);
      }
    }
  });
});
