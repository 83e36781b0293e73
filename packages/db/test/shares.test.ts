import { expect, it } from 'vitest';
import { directStore } from '@footfall/db/direct';
import { openBoth, PLACES } from './support.ts';

it.each(PLACES)('private links in %s are found, used and revoked by either store', async (_, place) => {
  const { store, connection } = await openBoth(await place());
  const direct = directStore(connection);
  const share = {
    token: 'ab'.repeat(32),
    name: '<b>=SUM(A1)</b>',
    password: undefined,
    filters: '{"country":["DE"]}',
    origins: ['https://a.example'],
    createdAt: 1,
    expiresAt: undefined,
  };
  const other = { ...share, token: 'cd'.repeat(32), password: 'scrypt$', createdAt: 2, expiresAt: 9 };
  expect(await store.shares.add(share)).toBe(true);
  expect(await direct.shares.add(other)).toBe(true);
  await direct.shares.used(share.token, 70_000);
  await store.shares.used(share.token, 60_000);
  const listed = [
    { ...other, usedAt: undefined },
    { ...share, usedAt: 70_000 },
  ];
  expect(await store.shares.list()).toEqual(listed);
  expect(await direct.shares.list()).toEqual(listed);
  expect(await direct.shares.find(share.token)).toEqual(listed[1]);
  expect(await store.shares.revoke(share.token)).toBe(true);
  expect(await store.shares.revoke(share.token), 'once').toBe(false);
  expect(await direct.shares.find(share.token)).toBeUndefined();
  expect(await store.shares.list()).toEqual([listed[0]]);
});
