import { expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from './support.ts';

const PASSWORD = 'the owner’s own password';
const KEY = 'a-key-of-the-owner-0123';

/** Ten calls in one request, as a page of another site may send them from each of its visitors' browsers. */
const TEN_CALLS = `/api/trpc/${Array.from({ length: 10 }, () => 'overview').join(',')}?batch=1&input=${encodeURIComponent(
  JSON.stringify(
    Object.fromEntries(Array.from({ length: 10 }, (_, n) => [n, { json: { period: 'today' } }])),
  ),
)}`;

const bearer = (token: string) => ({
  authorization: `Bearer ${Buffer.from(token).toString('latin1')}`,
});

async function started() {
  const footfall = await startEmbedded(
    {
      ADMIN_PASSWORD: PASSWORD,
      API_KEYS: KEY,
      STATS_PUBLIC: 'false',
      CLIENT_IP_HEADER: 'X-Client-IP',
      TRUSTED_PROXIES: '127.0.0.1',
    },
    onTestFinished,
  );
  const ask = (path: string, headers: Record<string, string>) => fetch(footfall.url + path, { headers });
  const signIn = (address: string) =>
    fetch(`${footfall.url}/api/analytics/visitors?from=2026-11-01&to=2026-11-02`, {
      headers: { ...bearer(PASSWORD), 'x-client-ip': address },
    });
  return { ask, signIn };
}

it.each([
  ['by its Origin', { origin: 'https://evil.example' }],
  ['by Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
])('a page of another site, %s, cannot guess, nor lock the owner out', async (_, source) => {
  const { ask, signIn } = await started();
  for (let n = 1; n <= 12; n += 1) {
    for (const token of ['wrong', PASSWORD]) {
      const headers = { ...source, ...bearer(token), 'x-client-ip': `192.0.2.${n}` };
      expect((await ask(TEN_CALLS, headers)).status).toBe(401);
    }
  }
  expect((await signIn('192.0.2.1')).status).toBe(200);
  expect((await signIn('192.0.2.200')).status).toBe(200);
});

it('a page of another site may read with a key', async () => {
  const { ask } = await started();
  const headers = { origin: 'https://intranet.example', ...bearer(KEY) };
  expect((await ask(TEN_CALLS, headers)).status).toBe(200);
});

it('the calls of one request are one attempt', async () => {
  const { ask, signIn } = await started();
  for (let n = 1; n <= 9; n += 1)
    expect((await ask(TEN_CALLS, { ...bearer('wrong'), 'x-client-ip': '192.0.2.1' })).status).toBe(401);
  expect((await signIn('192.0.2.1')).status).toBe(200);
});
