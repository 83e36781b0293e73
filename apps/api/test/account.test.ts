import { createHash, scryptSync } from 'node:crypto';
import { agentReader } from '@footfall/core';
import { Mutex, type OwnerStore } from '@footfall/db';
import type { OwnerAccount } from '@footfall/trpc';
import { Secret, TOTP } from 'otpauth';
import { expect, it, describe, onTestFinished } from 'vitest';
import { offerSetupLink, ownerAccount, type AccountParts } from '../src/account.ts';
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
      keys: app.store.keys,
      shares: {} as AccountParts['shares'],
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

/** The token of a sign-in without a second step. */
async function signedIn(account: OwnerAccount, password: string): Promise<string> {
  const next = await account.signIn(password, CLIENT);
  if ('step' in next) throw new Error('There is a second factor.');
  return next.token;
}

/** How sessions of a stored password are listed. */
const hashOf = (stored = ''): string => createHash('sha256').update(stored).digest('hex');

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
    const [stored] = await owner.sessions(0, hashOf(await owner.password()));
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
    const token = await signedIn(one, 'the first password');
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
    const token = await signedIn(account, PASSWORD);
    const known = await account.sessionOf(token);
    const session = (await owner.sessions(0, hashOf(stored))).find((each) => each.token === known?.session);
    expect(session).toBeDefined();
    const other = { token: 'ff', proof: 'ff', createdAt: 0, seenAt: 0, browser: '', password: '' };
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

describe('a second factor', () => {
  /** The code of the app at a moment. */
  const codeAt = (secret: string, at: number): string =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });

  async function withFactor() {
    const { now, ...parts } = await started();
    const account = parts.accountWith('the fixed password');
    const { secret, address } = account.secondFactor.offer();
    expect(address).toMatch(
      /^otpauth:\/\/totp\/Footfall:stats\.example\.com\?issuer=Footfall&secret=[A-Z2-7]{32}&/,
    );
    const turnOn = (wrong: object = {}) =>
      account.secondFactor.turnOn(
        { secret, code: codeAt(secret, now()), password: 'the fixed password', ...wrong },
        CLIENT,
      );
    expect(await code(turnOn({ code: '000000' }))).toBe('BAD_REQUEST');
    expect(await code(turnOn({ secret: 'short' }))).toBe('BAD_REQUEST');
    expect(await code(turnOn({ password: 'wrong' }))).toBe('UNAUTHORIZED');
    expect(await account.secondFactor.recoveryCodes()).toBeUndefined();
    const recovery = await turnOn();
    const password = async (): Promise<string> => {
      const next = await account.signIn('the fixed password', CLIENT);
      if (!('step' in next)) throw new Error('There is no second factor.');
      return next.step;
    };
    return { ...parts, now, account, secret, recovery, password };
  }

  it('asks for a code after the password, and takes each once', async () => {
    const { account, secret, recovery, password, later, now } = await withFactor();
    const enter = async (typed: string, step?: string) =>
      code(account.enterCode({ step: step ?? (await password()), code: typed }, CLIENT));
    expect(await enter(codeAt(secret, now())), 'it turned the factor on').toBe('UNAUTHORIZED');
    later(30_000);
    const step = await password();
    expect(await account.sessionOf(step), 'the first step is no session').toBeUndefined();
    const { token } = await account.enterCode({ step, code: codeAt(secret, now()) }, CLIENT);
    expect(await account.sessionOf(token)).toBeDefined();
    expect(await enter(codeAt(secret, now())), 'a second time').toBe('UNAUTHORIZED');
    expect(await enter(codeAt(secret, now() - 30_000)), 'one of before').toBe('UNAUTHORIZED');
    expect(await enter(codeAt(secret, now() + 30_000), step), 'with a step that was used').toBe('FORBIDDEN');
    expect(await enter(codeAt(secret, now() + 60_000)), 'one of later').toBe('UNAUTHORIZED');
    expect(await enter(codeAt(secret, now() + 30_000)), 'of a clock that is fast').toBe('fine');

    expect(recovery).toHaveLength(10);
    expect(await enter(recovery[0] ?? '')).toBe('fine');
    expect(await enter(recovery[0] ?? '')).toBe('UNAUTHORIZED');
    expect(await account.secondFactor.recoveryCodes()).toBe(9);
    const late = await password();
    later(5 * 60_000);
    expect(await enter(codeAt(secret, now()), late)).toBe('FORBIDDEN');
    expect(await code(account.secondFactor.turnOff('wrong', CLIENT))).toBe('UNAUTHORIZED');
    await account.secondFactor.turnOff('the fixed password', CLIENT);
    expect(await signedIn(account, 'the fixed password')).toMatch(/^[\w-]{43}$/);
  });

  it('wrong codes slow down as wrong passwords do, and twenty in an hour are the most from anywhere', async () => {
    const { account, secret, recovery, password, later, now } = await withFactor();
    later(30_000);
    const step = await password();
    const enter = (typed: string, address: string) =>
      code(account.enterCode({ step, code: typed }, { ...CLIENT, address }));
    const answers = [];
    for (let n = 0; n < 22; n += 1) answers.push(await enter('000000', `198.51.100.${n}`));
    expect(answers).toEqual([
      ...Array<string>(20).fill('UNAUTHORIZED'),
      'TOO_MANY_REQUESTS',
      'TOO_MANY_REQUESTS',
    ]);
    expect(await enter(codeAt(secret, now()), '198.51.100.99')).toBe('TOO_MANY_REQUESTS');
    expect(await enter(recovery[1] ?? '', '198.51.100.99')).toBe('fine');
    later(60 * 60_000);
    const again = await password();
    const one = { ...CLIENT, address: '198.51.100.200' };
    for (let n = 0; n < 10; n += 1)
      expect(await code(account.enterCode({ step: again, code: 'none' }, one))).toBe('UNAUTHORIZED');
    expect(await code(account.enterCode({ step: again, code: codeAt(secret, now()) }, one))).toBe(
      'TOO_MANY_REQUESTS',
    );
  });
});

it('sessions of an earlier password are not listed', async () => {
  const { accountWith, setUp } = await started();
  const stored = accountWith();
  await setUp(stored);
  const [one, other] = [accountWith('the first password'), accountWith('the second password')];
  await signedIn(one, 'the first password');
  await signedIn(other, 'the second password');
  await signedIn(other, 'the second password');
  const listed = [stored, one, other].map(async (account) => (await account.sessions()).length);
  expect(await Promise.all(listed)).toEqual([1, 1, 2]);
});

it('the cookie has the prefix that no other host can set, where the address is https', async () => {
  const { accountWith } = await started();
  expect(accountWith().cookie).toEqual({ name: '__Host-footfall', secure: true });
  expect(accountWith(undefined, 'http://localhost:3000').cookie).toEqual({ name: 'footfall', secure: false });
});
