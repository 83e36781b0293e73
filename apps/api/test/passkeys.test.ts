import { generateKeyPairSync } from 'node:crypto';
import { agentReader, PASSKEY_CHALLENGE_MS } from '@footfall/core';
import { Mutex } from '@footfall/db';
import type { OwnerAccount, OwnerPasskeys, PasskeyRequest } from '@footfall/trpc';
import { expect, it, onTestFinished } from 'vitest';
import { offerSetupLink, ownerAccount, type AccountParts } from '../src/account.ts';
import { countAttempts } from '../src/attempts.ts';
import { passkeyAnswers } from '../src/passkey-answers.ts';
import { softwareAuthenticator, type Falsified } from './authenticator.ts';
import { BROWSER, startEmbedded } from './support.ts';

const ORIGIN = 'https://stats.example.com';
const PASSWORD = 'a password of words';
const CLIENT = { address: '192.0.2.1', userAgent: BROWSER };
const SITE = { id: 'stats.example.com', origin: ORIGIN };
const device = () => softwareAuthenticator({ rpId: SITE.id, origin: ORIGIN });
const refused = (code: string) => ({ code });

/** An owner who is signed in, with a clock that a test moves. */
async function started() {
  const { app, file } = await startEmbedded({}, onTestFinished);
  const { owner } = app.store;
  let time = Date.parse('2026-11-20T12:00:00Z');
  const account: OwnerAccount = ownerAccount({
    config: { adminPassword: undefined, publicUrl: ORIGIN },
    store: owner,
    keys: app.store.keys,
    shares: {} as AccountParts['shares'],
    passkeys: { site: SITE, answers: passkeyAnswers(SITE) },
    agentOf: agentReader(),
    footfall: {} as OwnerAccount['footfall'],
    attempts: countAttempts(() => time),
    hashing: new Mutex(),
    now: () => time,
  });
  const setUp = async () => {
    const link = await offerSetupLink(owner, { publicUrl: ORIGIN, now: time });
    const { token } = await account.setUp(new URL(link).searchParams.get('token') ?? '', PASSWORD, CLIENT);
    const { session = '' } = (await account.sessionOf(token)) ?? {};
    return session;
  };
  const session = await setUp();
  const passkeys = account.passkeys as OwnerPasskeys;
  const offer = () => passkeys.offer({ name: 'Laptop', password: PASSWORD, session }, CLIENT);
  const add = (answer: string, where = session) => passkeys.add({ name: 'Laptop', answer, session: where });
  const request = async (): Promise<PasskeyRequest> => {
    const asked = await passkeys.request();
    if (asked === undefined) throw new Error('There is no passkey.');
    return asked;
  };
  return {
    account,
    passkeys,
    file,
    session,
    setUp,
    offer,
    add,
    request,
    later: (ms: number) => (time += ms),
  };
}

it('signs in with a passkey, in the place of password and second factor', async () => {
  const { account, passkeys, offer, add, request, later } = await started();
  expect(await passkeys.request(), 'nobody is asked for one before').toBeUndefined();
  const laptop = device();
  const options = await offer();
  expect(options).toMatchObject({
    rp: { id: 'stats.example.com' },
    attestation: 'none',
    excludeCredentials: [],
    authenticatorSelection: { userVerification: 'required', residentKey: 'required' },
  });
  await add(laptop.create(options));
  later(1_000);
  const { token } = await passkeys.signIn(laptop.get(await request()), CLIENT);
  expect(await account.sessionOf(token)).toBeDefined();
  expect(await passkeys.list()).toEqual([
    {
      id: laptop.id,
      name: 'Laptop',
      createdAt: expect.any(Number) as number,
      usedAt: expect.any(Number) as number,
    },
  ]);
  expect((await offer()).excludeCredentials).toHaveLength(1);

  await passkeys.revoke(laptop.id);
  await add(device().create(await offer()));
  await expect(passkeys.signIn(laptop.get(await request()), CLIENT)).rejects.toMatchObject(
    refused('UNAUTHORIZED'),
  );
  expect(await account.sessionOf(token), 'its session is ended in the list of sessions').toBeDefined();
});

it('an answer is right once, within its time, and for what it was asked for', async () => {
  const { passkeys, session, offer, add, request, later } = await started();
  const laptop = device();
  const made = laptop.create(await offer());
  await expect(add(made, 'another session')).rejects.toMatchObject(refused('BAD_REQUEST'));
  await add(made);
  await passkeys.revoke(laptop.id);
  await expect(add(made), 'replayed').rejects.toMatchObject(refused('BAD_REQUEST'));
  const late = await offer();
  later(PASSKEY_CHALLENGE_MS);
  await expect(add(laptop.create(late))).rejects.toMatchObject(refused('BAD_REQUEST'));
  await add(laptop.create(await offer()), session);

  const answer = laptop.get(await request());
  const tried = await Promise.allSettled([1, 2, 3].map(() => passkeys.signIn(answer, CLIENT)));
  expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const asked = await request();
  later(PASSKEY_CHALLENGE_MS);
  const wrong = [laptop.get(asked), laptop.get(await offer()), laptop.create(await request()), answer];
  for (const each of wrong)
    await expect(passkeys.signIn(each, CLIENT)).rejects.toMatchObject(refused('UNAUTHORIZED'));
  await passkeys.signIn(laptop.get(await request()), CLIENT);
});

it('what was asked for before a setup link makes no passkey after it', async () => {
  const { passkeys, setUp, offer, add } = await started();
  const made = device().create(await offer());
  await setUp();
  await expect(add(made)).rejects.toMatchObject(refused('BAD_REQUEST'));
  expect(await passkeys.list()).toEqual([]);
});

it('an answer that comes too late is no wrong password', async () => {
  const { account, passkeys, offer, add, request, later } = await started();
  const laptop = device();
  await add(laptop.create(await offer()));
  for (let times = 0; times < 10; times += 1) {
    const asked = await request();
    later(PASSKEY_CHALLENGE_MS);
    await expect(passkeys.signIn(laptop.get(asked), CLIENT)).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'This page was open for too long: try again.',
    });
  }
  expect(await account.signIn(PASSWORD, CLIENT)).toBeDefined();
});

it('an answer is right on an instance whose clock is behind', async () => {
  const { passkeys, offer, add, request, later } = await started();
  const laptop = device();
  await add(laptop.create(await offer()));
  const asked = await request();
  later(-3_000);
  await passkeys.signIn(laptop.get(asked), CLIENT);
});

const OTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
type Case = readonly [what: string, change: Falsified];

const FALSE: readonly Case[] = [
  ['of another origin', { origin: 'https://evil.example' }],
  ['of the same host over http', { origin: 'http://stats.example.com' }],
  ['of another port', { origin: `${ORIGIN}:8443` }],
  ['of another relying party', { rpId: 'example.com' }],
  ['of another kind', { type: 'payment.get' }],
  ['to a challenge of its own', { challenge: Buffer.alloc(54, 1).toString('base64url') }],
  ['to no challenge', { challenge: '' }],
  ['without the person being verified', { flags: 1 }],
  ['without a person', { flags: 0 }],
];

it.each<Case>([...FALSE, ['signed by another key', { key: OTHER_KEY }], ['of a copy', { counter: 1 }]])(
  'an answer %s signs nobody in',
  async (_, change) => {
    const { passkeys, offer, add, request } = await started();
    const laptop = device();
    await add(laptop.create(await offer()));
    await passkeys.signIn(laptop.get(await request()), CLIENT);
    await expect(passkeys.signIn(laptop.get(await request(), change), CLIENT)).rejects.toMatchObject(
      refused('UNAUTHORIZED'),
    );
    await passkeys.signIn(laptop.get(await request()), CLIENT);
  },
);

/** The same for a new passkey, whose data say that there is a key. */
const withKey = ({ flags, ...change }: Falsified): Falsified =>
  flags === undefined ? change : { ...change, flags: flags + 64 };

it.each<Case>([
  ...FALSE.map(([what, change]): Case => [what, withKey(change)]),
  ['with a certificate’s format', { format: 'tpm' }],
  ['of an unknown format', { format: 'packed' }],
])('a passkey %s is not stored', async (_, change) => {
  const { passkeys, offer, add } = await started();
  await expect(add(device().create(await offer(), change))).rejects.toMatchObject(refused('BAD_REQUEST'));
  expect(await passkeys.list()).toEqual([]);
});

it.each(['', 'null', '{}', '[]', '"a"', '{"id":"abcd"}', '{"id":{}}', `{"id":"${'a'.repeat(20_000)}"}`, '{'])(
  'what is no answer at all is refused: %#',
  async (answer) => {
    const { passkeys, offer, add } = await started();
    const laptop = device();
    await add(laptop.create(await offer()));
    await expect(passkeys.signIn(answer, CLIENT)).rejects.toMatchObject(refused('UNAUTHORIZED'));
    await expect(add(answer)).rejects.toMatchObject(refused('BAD_REQUEST'));
  },
);

it('it takes the password to add one, and wrong answers are slowed down as wrong passwords', async () => {
  const { passkeys, session, offer, add, request, later } = await started();
  const wish = { name: 'Laptop', password: PASSWORD, session };
  await expect(passkeys.offer({ ...wish, password: 'wrong' }, CLIENT)).rejects.toMatchObject(
    refused('UNAUTHORIZED'),
  );
  await expect(passkeys.offer({ ...wish, name: '\u200b' }, CLIENT)).rejects.toMatchObject(
    refused('BAD_REQUEST'),
  );
  const laptop = device();
  await add(laptop.create(await offer()));
  const stranger = { address: '203.0.113.1', userAgent: 'x' };
  for (let times = 0; times < 10; times += 1)
    await expect(passkeys.signIn('{}', stranger)).rejects.toMatchObject(refused('UNAUTHORIZED'));
  const answer = laptop.get(await request());
  await expect(passkeys.signIn(answer, stranger)).rejects.toMatchObject(refused('TOO_MANY_REQUESTS'));
  await passkeys.signIn(laptop.get(await request()), CLIENT);
  later(60_001);
  await passkeys.signIn(laptop.get(await request()), stranger);
});

it('a setup link ends all passkeys, and sessions that began with one', async () => {
  const { account, passkeys, setUp, offer, add, request } = await started();
  const laptop = device();
  await add(laptop.create(await offer()));
  const asked = await request();
  const { token } = await passkeys.signIn(laptop.get(await request()), CLIENT);
  await setUp();
  expect(await account.sessionOf(token)).toBeUndefined();
  expect(await passkeys.list()).toEqual([]);
  await expect(passkeys.signIn(laptop.get(asked), CLIENT)).rejects.toMatchObject(refused('UNAUTHORIZED'));
});
