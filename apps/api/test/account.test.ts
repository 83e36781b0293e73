import { scryptSync } from 'node:crypto';
import { agentReader } from '@footfall/core';
import { Mutex, type OwnerStore } from '@footfall/db';
import type { OwnerAccount } from '@footfall/trpc';
import { expect, it, describe, onTestFinished } from 'vitest';
import { offerSetupLink, ownerAccount } from '../src/account.ts';
import { countAttempts } from '../src/attempts.ts';
import { hashPassword, isPasswordOf } from '../src/password.ts';
import { BROWSER, startEmbedded } from './support.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const PASSWORD = 'a password of words';
const CLIENT = { address: '192.0.2.1', userAgent: BROWSER };

/** An account on a store of its own, with a clock that a test moves. */
async function started() {
  const { app } = await startEmbedded({}, onTestFinished);
  const { owner } = app.store;
  let time = Date.parse('2026-11-20T12:00:00Z');
  let [seen, checked] = [0, 0];
  const store: OwnerStore = {
    ...owner,
    password: () => {
      checked += 1;
      return owner.password();
    },
    seen: (token, at) => {
      seen += 1;
      return owner.seen(token, at);
    },
  };
  const accountWith = (adminPassword?: string, publicUrl = 'https://stats.example.com'): OwnerAccount =>
    ownerAccount({
      config: { adminPassword, publicUrl },
      store,
      agentOf: agentReader(),
      footfall: {} as OwnerAccount['footfall'],
      attempts: countAttempts(() => time),
      hashing: new Mutex(),
      now: () => time,
    });
  const setUp = async (account: OwnerAccount): Promise<string> => {
    const link = await offerSetupLink(owner, { publicUrl: 'https://stats.example.com', now: time });
    const setupToken = new URL(link).searchParams.get('token') ?? '';
    return (await account.setUp(setupToken, PASSWORD, CLIENT)).token;
  };
  return {
    owner,
    accountWith,
    setUp,
    later: (ms: number) => (time += ms),
    now: () => time,
    seen: () => seen,
    checked: () => checked,
  };
}

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'fine',
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe('a session', () => {
  it('lasts 30 days after its last request, and no longer', async () => {
    const { accountWith, setUp, later } = await started();
    const account = accountWith();
    const token = await setUp(account);
    for (let times = 0; times < 3; times += 1) {
      later(30 * DAY_MS - 1);
      expect(await account.sessionOf(token)).toBeDefined();
    }
    later(30 * DAY_MS);
    expect(await account.sessionOf(token)).toBeUndefined();
    expect(await account.sessions()).toEqual([]);
  });

  it('stores its last request once a minute at most', async () => {
    const { accountWith, setUp, later, seen, now } = await started();
    const account = accountWith();
    const token = await setUp(account);
    later(59_999);
    for (let times = 0; times < 5; times += 1) await account.sessionOf(token);
    expect(seen()).toBe(0);
    later(1);
    for (let times = 0; times < 5; times += 1) await account.sessionOf(token);
    expect(seen()).toBe(1);
    expect(await account.sessions()).toMatchObject([{ seenAt: now(), browser: 'Chrome on Linux' }]);
  });

  it('is stored as a hash: what the database has opens none', async () => {
    const { accountWith, setUp, owner } = await started();
    const account = accountWith();
    const token = await setUp(account);
    const [stored] = await owner.sessions(0);
    expect(JSON.stringify(stored)).not.toContain(token);
    for (const known of [stored?.token, stored?.proof]) {
      expect(await account.sessionOf(known)).toBeUndefined();
      expect(await account.sessionOf(Buffer.from(known ?? '', 'hex').toString('base64url'))).toBeUndefined();
    }
    expect(await account.sessionOf(token)).toEqual({ session: stored?.token });
  });

  it('ends when ADMIN_PASSWORD is set, changed or removed', async () => {
    const { accountWith, setUp } = await started();
    const stored = await setUp(accountWith());
    const [one, other] = [accountWith('the first password'), accountWith('the second password')];
    expect(await one.sessionOf(stored)).toBeUndefined();
    const { token } = await one.signIn('the first password', CLIENT);
    expect(await one.sessionOf(token)).toBeDefined();
    expect(await other.sessionOf(token)).toBeUndefined();
    expect(await accountWith().sessionOf(token)).toBeUndefined();
    expect(await code(one.signIn(PASSWORD, CLIENT)), 'the stored password does not count').toBe(
      'UNAUTHORIZED',
    );
  });

  it('of a sign-in that was under way while the password changed is none', async () => {
    const { accountWith, setUp, owner } = await started();
    const account = accountWith();
    await setUp(account);
    const stored = await owner.password();
    const { token } = await account.signIn(PASSWORD, CLIENT);
    const known = await account.sessionOf(token);
    const session = (await owner.sessions(0)).find((each) => each.token === known?.session);
    expect(session).toBeDefined();
    const other = { token: 'ff', proof: 'ff', createdAt: 0, seenAt: 0, browser: '' };
    expect(await owner.setPassword('another hash', { password: stored ?? '' }, other)).toBe(true);
    await owner.addSession(session ?? other, { idleSince: 0 }); // as if it had been stored a moment later
    expect(await account.sessionOf(token)).toBeUndefined();
  });
});

describe('a password', () => {
  it('costs the same to refuse whether one is stored or not', async () => {
    const { accountWith, setUp } = await started();
    const account = accountWith();
    const refused = async (): Promise<number> => {
      const began = performance.now();
      expect(await code(account.signIn('wrong', CLIENT))).toBe('UNAUTHORIZED');
      return performance.now() - began;
    };
    const without = [await refused(), await refused(), await refused()];
    await setUp(account);
    const withOne = [await refused(), await refused(), await refused()];
    expect(Math.min(...without)).toBeGreaterThan(Math.min(...withOne) / 3);
    expect(Math.min(...withOne)).toBeGreaterThan(Math.min(...without) / 3);
  });

  it('can be changed by the signed-in owner while strangers guess, also after a restart', async () => {
    const { accountWith, setUp } = await started();
    await setUp(accountWith());
    const account = accountWith(); // knows no sender of the right password yet
    const strangers = Array.from({ length: 10 }, (_, n) => `192.0.2.${n + 100}`);
    for (const address of strangers) {
      for (let times = 0; times < 10; times += 1)
        expect(await code(account.signIn('wrong', { ...CLIENT, address }))).toBe('UNAUTHORIZED');
    }
    expect(await code(account.signIn(PASSWORD, CLIENT)), 'a stranger until then').toBe('TOO_MANY_REQUESTS');
    const change = { current: PASSWORD, next: 'another password of words' };
    expect(await code(account.changePassword(change, CLIENT))).toBe('fine');
  });

  it('that many guess at the same time is checked for ten of them', async () => {
    const { accountWith, setUp, checked } = await started();
    await setUp(accountWith());
    const account = accountWith();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => code(account.signIn('wrong', { ...CLIENT, address: '192.0.2.9' }))),
    );
    expect(answers.filter((answer) => answer === 'UNAUTHORIZED')).toHaveLength(10);
    expect(answers.filter((answer) => answer === 'TOO_MANY_REQUESTS')).toHaveLength(40);
    expect(checked()).toBe(10);
  });

  it('is hashed with a salt, and with what it was made with beside it', async () => {
    const [one, other] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)];
    expect(one).toMatch(/^scrypt\$ln=14,r=8,p=5\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
    expect(await isPasswordOf(PASSWORD, one)).toBe(true);
    expect(await isPasswordOf(`${PASSWORD} `, one)).toBe(false);
    expect(await isPasswordOf('a'.repeat(300), await hashPassword('a'.repeat(300)))).toBe(false);
    for (const stored of [undefined, '', 'plain', 'scrypt$ln=14,r=8,p=5$$'])
      expect(await isPasswordOf('', stored)).toBe(false);
    // Of another cost, as an older or a newer Footfall may have made it: node:crypto, N = 1024, r = 8, p = 1.
    const cheap = 'scrypt$ln=10,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$HASH';
    const hash = scryptSync(PASSWORD, Buffer.alloc(16), 32, { N: 1024, r: 8, p: 1 }).toString('base64url');
    expect(await isPasswordOf(PASSWORD, cheap.replace('HASH', hash))).toBe(true);
  });
});

it('the cookie has the prefix that no other host can set, where the address is https', async () => {
  const { accountWith } = await started();
  expect(accountWith().cookie).toEqual({ name: '__Host-footfall', secure: true });
  expect(accountWith(undefined, 'http://localhost:3000').cookie).toEqual({ name: 'footfall', secure: false });
});
