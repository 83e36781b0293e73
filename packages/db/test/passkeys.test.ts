import { expect, it } from 'vitest';
import { MOST_PASSKEYS } from '@footfall/core';
import { directStore } from '@footfall/db/direct';
import { NOON, openBoth, PLACES } from './support.ts';

const bytes = (n: number): string => n.toString(16).padStart(2, '0').repeat(32);
const used = (n: number, now = NOON) => ({ challenge: bytes(n), until: NOON + 1_000, now });
/** The session in which passkeys are made. */
const SESSION = {
  token: bytes(21),
  proof: bytes(22),
  createdAt: NOON,
  seenAt: NOON,
  browser: 'Firefox',
  password: bytes(23),
};
const HERE = SESSION.token;
const passkey = { id: 'abcd', name: '<b>=A1</b>', publicKey: 'a501', counter: 0, createdAt: 1 };

it.each(PLACES)(
  'passkeys in %s are found, used once for a challenge and deleted by either store',
  async (_, place) => {
    const { store, connection } = await openBoth(await place());
    const { passkeys } = store.owner;
    const { passkeys: direct } = directStore(connection).owner;
    expect(await passkeys.read()).toEqual({ passkeys: [], secret: undefined });
    expect(await passkeys.keepSecret(bytes(1))).toBe(bytes(1));
    expect(await direct.keepSecret(bytes(2)), 'the first one stays').toBe(bytes(1));

    expect(await direct.add(passkey, used(30), HERE), 'there is no such session').toBe(false);
    await store.owner.addSession(SESSION, { idleSince: 0 });
    expect(await direct.add(passkey, used(1), HERE)).toBe(true);
    expect(await passkeys.add(passkey, used(2), HERE), 'it is there already').toBe(false);
    expect(await passkeys.add({ ...passkey, id: 'ef' }, used(1), HERE), 'the challenge was used').toBe(false);
    const counting = { ...passkey, id: 'ef01', counter: 7, createdAt: 2 };
    expect(await passkeys.add(counting, used(3), HERE)).toBe(true);

    expect(await passkeys.use('abcd', 0, used(4))).toBe(true);
    expect(await direct.use('abcd', 0, used(4)), 'a second time').toBe(false);
    expect(await direct.use('ef01', 7, used(5)), 'the counter stands still').toBe(false);
    expect(await direct.use('ef01', 0, used(6)), 'the counter went back').toBe(false);
    expect(await direct.use('ef01', 8, used(7, NOON + 1))).toBe(true);
    expect(await direct.use('99', 9, used(8))).toBe(false);
    const together = await Promise.all([9, 9, 9].map((n) => passkeys.use('abcd', 0, used(n))));
    expect(together.filter(Boolean)).toHaveLength(1);
    expect(await passkeys.use('abcd', 0, used(10, NOON + 1_000))).toBe(true);
    expect(await direct.read()).toEqual({
      secret: bytes(1),
      passkeys: [
        { ...counting, counter: 8, usedAt: NOON + 1 },
        { ...passkey, usedAt: NOON + 1_000 },
      ],
    });
    await passkeys.revoke('abcd');
    expect((await direct.read()).passkeys.map(({ id }) => id)).toEqual(['ef01']);

    await store.owner.offerSetup(bytes(20), NOON + 10);
    const session = { ...SESSION, token: bytes(24) };
    await store.owner.setPassword('hash', { setupToken: bytes(99), now: NOON }, session);
    expect((await direct.read()).passkeys, 'a link that is none ends nothing').toHaveLength(1);
    await store.owner.setPassword('hash', { setupToken: bytes(20), now: NOON }, session);
    expect(await direct.read(), 'nor what was asked for before').toEqual({ passkeys: [], secret: undefined });
    expect(await passkeys.add(passkey, used(40), HERE), 'its session is over').toBe(false);
  },
);

it('there are no more of them than an owner has devices', async () => {
  const { store } = await openBoth(await PLACES[0]![1]());
  const { passkeys } = store.owner;
  await store.owner.addSession(SESSION, { idleSince: 0 });
  const add = (n: number) => passkeys.add({ ...passkey, id: bytes(n) }, used(n), HERE);
  for (let n = 1; n <= MOST_PASSKEYS; n += 1) expect(await add(n)).toBe(true);
  expect(await add(100)).toBe(false);
  expect((await passkeys.read()).passkeys).toHaveLength(MOST_PASSKEYS);
});
