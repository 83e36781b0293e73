import { readFile } from 'node:fs/promises';
import { addressReader, calendar, MOST_SHARES } from '@footfall/core';
import { liveUpdate, type AppContext } from '@footfall/trpc';
import { expect, it, onTestFinished } from 'vitest';
import { countAttempts } from '../src/attempts.ts';
import { Hub } from '../src/hub.ts';
import { sharedLive } from '../src/shared-live.ts';
import { privateLinks } from '../src/shares.ts';
import { startEmbedded } from './support.ts';

const PASSWORD = 'the password of guests';
const CLIENT = { address: '192.0.2.1', userAgent: 'x' };
const GIVEN = { name: 'Marketing' };
const PUBLIC_URL = 'https://stats.example.com';

/** The token of a link that was made. */
const tokenOf = ({ address }: { readonly address: string }): string => {
  expect(address.startsWith(`${PUBLIC_URL}/share/`)).toBe(true);
  return address.slice(`${PUBLIC_URL}/share/`.length);
};

/** Links on a store of their own, with a clock that a test moves. */
async function started() {
  const { app, file } = await startEmbedded({}, onTestFinished);
  let time = Date.parse('2026-11-20T12:00:00Z');
  const now = (): number => time;
  const footfall = {
    now,
    store: app.store,
    site: { calendar: calendar('UTC'), addresses: addressReader([]) },
  } as unknown as AppContext;
  const hub = new Hub({ read: () => liveUpdate(footfall), follow: app.store.follow, pollMs: 1_000 });
  const links = privateLinks({
    store: app.store.shares,
    footfall,
    publicUrl: PUBLIC_URL,
    attempts: countAttempts(now),
    live: sharedLive({ hubOf: () => hub, limiter: undefined }),
    inTurn: (work) => work(),
  });
  const stored = async () =>
    (await Promise.all([file, `${file}-wal`].map((path) => readFile(path, 'latin1')))).join('');
  return { links, stored, later: (ms: number) => (time += ms) };
}

it('opens until its last day is over, or it is revoked, and its use is noted once a minute', async () => {
  const { links, stored, later } = await started();
  const filters = { country: ['DE'], 'page.not': '/a' };
  const token = tokenOf(await links.make({ ...GIVEN, lastDay: '2026-11-21', filters, sites: ['a.example'] }));
  const other = tokenOf(await links.make({ ...GIVEN, name: 'Other' }));
  expect(await links.open(token, undefined)).toMatchObject({
    name: 'Marketing',
    filters,
    origins: ['https://a.example'],
  });
  const usedAt = async () => (await links.list()).find(({ name }) => name === 'Marketing')?.usedAt;
  const first = await usedAt();
  expect(first).toEqual(expect.any(String));
  later(59_000);
  await links.open(token, undefined);
  expect(await usedAt()).toBe(first);
  later(1_000);
  await links.open(token, undefined);
  expect(await usedAt()).toBe(new Date(Date.parse(String(first)) + 60_000).toISOString());
  expect(await stored(), 'its hash alone is stored').not.toContain(token);

  for (const wrong of ['', 'a'.repeat(43), `${token}a`, other.slice(1), '../admin'])
    expect(await links.open(wrong, undefined)).toBeUndefined();
  later(36 * 60 * 60 * 1000);
  expect(await links.open(token, undefined)).toBeUndefined();
  const listed = await links.list();
  expect(listed.map(({ name, isExpired }) => [name, isExpired])).toEqual(
    expect.arrayContaining([
      ['Marketing', true],
      ['Other', false],
    ]),
  );
  expect(await links.open(other, undefined)).toBeDefined();
  await links.revoke(listed.find(({ name }) => name === 'Other')?.id ?? '');
  expect(await links.open(other, undefined)).toBeUndefined();
});

it('with a password reads nothing without the proof of this link, and guessing is slowed down', async () => {
  const { links, stored, later } = await started();
  const token = tokenOf(await links.make({ ...GIVEN, password: PASSWORD, filters: { country: 'DE' } }));
  const other = tokenOf(await links.make({ ...GIVEN, password: PASSWORD }));
  const locked = { filters: {}, reads: undefined };
  expect(await links.open(token, undefined)).toMatchObject(locked);
  const proof = await links.unlock(token, PASSWORD, CLIENT);
  expect(await links.open(token, proof)).toMatchObject({
    filters: { country: 'DE' },
    reads: expect.anything() as object,
  });
  expect(await links.open(other, proof)).toMatchObject(locked);
  expect(await links.open(token, `${proof?.slice(1)}a`)).toMatchObject(locked);
  expect(await stored()).not.toContain(PASSWORD);

  const stranger = { ...CLIENT, userAgent: 'another' };
  const guess = (password: string) =>
    links.unlock(token, password, stranger).then(
      () => 'right',
      (error: unknown) => (error as { code: string }).code,
    );
  for (let times = 0; times < 10; times += 1) expect(await guess('a guess')).toBe('UNAUTHORIZED');
  expect(await guess(PASSWORD)).toBe('TOO_MANY_REQUESTS');
  later(60_001);
  expect(await guess(PASSWORD)).toBe('right');
  expect(await links.unlock('a'.repeat(43), PASSWORD, CLIENT)).toBeUndefined();
});

it('what is not valid is refused and leaves nothing behind, and so is one too many', async () => {
  const { links } = await started();
  await expect(links.make({ ...GIVEN, password: 'short' })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
  });
  expect(await links.list()).toEqual([]);
  for (let made = 0; made < MOST_SHARES; made += 1) await links.make(GIVEN);
  await expect(links.make(GIVEN)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  expect(await links.list()).toHaveLength(MOST_SHARES);
});
