import { readLedger } from '@footfall/db';
import { fileReader } from '@footfall/db/embedded';
import { openServer } from '@footfall/db/remote';
import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BROWSER, newId, newPage, start, type Footfall } from '../support.ts';

/** The ledger as the owner can read it: reason, name, number of events. */
async function ledgerOf({ environment }: Footfall): Promise<string[]> {
  const { DATABASE_URL: url = '', DATABASE_AUTH_TOKEN: authToken } = environment;
  const reader = url.startsWith('file:')
    ? fileReader(url.slice('file:'.length))
    : openServer({ url, authToken }).reader;
  const { notCounted } = await readLedger(reader, 0);
  const lines = notCounted.map(({ reason, detail, reports }) => `${reason} ${detail} ${reports}`);
  if ('close' in reader) await (reader as ReturnType<typeof fileReader>).close();
  return lines.sort();
}

interface Report {
  readonly body: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends an event on each route, and asserts that each response has the reason. */
async function sendAllWays(
  footfall: Footfall,
  reason: string,
  { body, headers = {} }: Report,
): Promise<void> {
  const { url } = footfall;
  const all = { 'user-agent': BROWSER, 'content-type': 'application/json', ...headers };
  expect(await footfall.track(body, { headers: all })).toMatchObject({ counted: false, reason });
  const query = new URLSearchParams(body).toString();
  const pixel = await fetch(`${url}/api/visitors/pixel.gif?${query}`, { headers: all });
  expect(pixel.headers.get('x-footfall')).toBe(reason);
  const batch = await fetch(`${url}/api/track`, {
    method: 'POST',
    headers: all,
    body: JSON.stringify({ events: [body] }),
  });
  expect(await batch.json()).toMatchObject({ results: [{ counted: false, reason }] });
  const client = createFootfallClient({ url, headers: all });
  const hit = body as { url: string };
  expect(await client.track.mutate(hit)).toMatchObject({ counted: false, reason });
  expect(await client.trackBatch.mutate({ events: [hit] })).toMatchObject({ results: [{ reason }] });
}

const WAYS = 5;

describe('every event that is not counted has its line in the ledger, whatever its route', () => {
  it('with its reason, and with the name of the bot, the spam or the host', async () => {
    const footfall = await start({ SITE_HOSTS: 'example.com, localhost' }, onTestFinished);
    expect(await ledgerOf(footfall)).toEqual([]);
    const url = `https://example.com${newPage()}`;
    const known = { id: newId(), url };
    expect(await footfall.track(known)).toMatchObject({ counted: true });
    expect(await ledgerOf(footfall)).toEqual([]);

    const googlebot = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
    await sendAllWays(footfall, 'duplicate', { body: known });
    await sendAllWays(footfall, 'bot', { body: { url }, headers: { 'user-agent': googlebot } });
    await sendAllWays(footfall, 'spam', { body: { url, referrer: 'https://www.semalt.com/x' } });
    await sendAllWays(footfall, 'opted-out', { body: { url }, headers: { dnt: '1' } });
    await sendAllWays(footfall, 'opted-out', { body: { url }, headers: { 'sec-gpc': '1' } });
    await sendAllWays(footfall, 'origin', { body: { url: 'https://elsewhere.example/' } });
    await sendAllWays(footfall, 'ignored', { body: { url: 'http://localhost:3000/admin' } });
    expect(await ledgerOf(footfall)).toEqual([
      `bot Googlebot ${WAYS}`,
      `duplicate  ${WAYS}`,
      `ignored  ${WAYS}`,
      `opted-out  ${2 * WAYS}`,
      `origin elsewhere.example ${WAYS}`,
      `spam semalt.com ${WAYS}`,
    ]);
    expect(await footfall.stored()).toMatchObject({ count: 1 });

    // How many and why is public, the names are the owner's (docs/decisions/0017).
    await expect
      .poll(async () => createFootfallClient({ url: footfall.url }).arrivals.query(), { timeout: 10_000 })
      .toEqual({
        total: expect.objectContaining({ count: 1 }) as object,
        day: expect.stringMatching(/T00:00:00.000Z$/) as string,
        notCounted: {
          bot: WAYS,
          duplicate: WAYS,
          ignored: WAYS,
          'opted-out': 2 * WAYS,
          origin: WAYS,
          spam: WAYS,
        },
      });
  });

  it('while consent is pending', async () => {
    const footfall = await start({ REQUIRE_CONSENT: 'true' }, onTestFinished);
    await sendAllWays(footfall, 'no-consent', { body: { url: newPage() } });
    const engaged = { type: 'engagement', id: newId(), engagedMs: 1_000, consent: false };
    const response = await fetch(`${footfall.url}/api/track`, {
      method: 'POST',
      headers: { 'user-agent': BROWSER },
      body: JSON.stringify({ events: [engaged] }),
    });
    expect(await response.json()).toMatchObject({ results: [{ counted: false, reason: 'no-consent' }] });
    // Engagement has no line: its page view has one.
    expect(await ledgerOf(footfall)).toEqual([`no-consent  ${WAYS}`]);
    await footfall.track({ url: newPage(), consent: true });
    expect(await ledgerOf(footfall)).toEqual([`no-consent  ${WAYS}`]);
  });

  it('while counting is switched off', async () => {
    const footfall = await start({ TRACKING_ENABLED: 'false' }, onTestFinished);
    await sendAllWays(footfall, 'disabled', { body: { url: newPage() } });
    expect(await ledgerOf(footfall)).toEqual([`disabled  ${WAYS}`]);
  });

  it('twice in one batch as twice separately', async () => {
    const footfall = await start({}, onTestFinished);
    const event = { id: newId(), url: newPage() };
    const response = await fetch(`${footfall.url}/api/track`, {
      method: 'POST',
      headers: { 'user-agent': BROWSER },
      body: JSON.stringify({ events: [event, event, event] }),
    });
    expect(await response.json()).toMatchObject({ accepted: 1, duplicates: 2 });
    expect(await ledgerOf(footfall)).toEqual(['duplicate  2']);
  });
});
