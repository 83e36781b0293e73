import { agentReader } from '@footfall/core';
import type { OwnerAccount } from '@footfall/trpc';
import { expect, it, onTestFinished } from 'vitest';
import { offerSetupLink, ownerAccount, type AccountParts } from '../src/account.ts';
import { countAttempts } from '../src/attempts.ts';
import { BROWSER, newPage, startEmbedded } from './support.ts';
import { followVisits } from './visits.ts';

it('a browser that is signed out elsewhere is sent no more of what comes', async () => {
  const footfall = await startEmbedded({}, onTestFinished);
  const { owner } = footfall.app.store;
  const account = ownerAccount({
    config: { adminPassword: undefined, publicUrl: footfall.url },
    store: owner,
    keys: footfall.app.store.keys,
    shares: {} as AccountParts['shares'],
    agentOf: agentReader(),
    footfall: {} as OwnerAccount['footfall'],
    attempts: countAttempts(Date.now),
    hashing: undefined,
    now: Date.now,
  });
  const link = await offerSetupLink(owner, { publicUrl: footfall.url, now: Date.now() });
  const setupToken = new URL(link).searchParams.get('token') ?? '';
  const client = { address: '192.0.2.1', userAgent: BROWSER };
  const { token } = await account.setUp(setupToken, 'a password of words', client);

  // The cookie counts in requests of our own pages alone.
  const cookie = { cookie: `footfall=${token}` };
  expect((await followVisits(footfall, cookie)).response.status).toBe(401);
  const elsewhere = await followVisits(footfall, { ...cookie, origin: 'https://elsewhere.example' });
  expect(elsewhere.response.status).toBe(401);
  const { response, updates, ended } = await followVisits(footfall, { ...cookie, origin: footfall.url });
  expect(response.status).toBe(200);
  const page = newPage();
  await footfall.track({ url: `https://example.com${page}` });
  await expect.poll(() => updates.at(-1)?.recent[0]?.page, { timeout: 5_000 }).toBe(page);

  await account.signOut(token);
  await ended;
  expect((await followVisits(footfall, { ...cookie, origin: footfall.url })).response.status).toBe(401);
});
