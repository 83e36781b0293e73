import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { SECOND_STEP_MS, type Site, objection, refused } from '@footfall/core';
import {
  isSameOrigin,
  passwordProblem,
  SEEN_EVERY_MS,
  SESSION_IDLE_MS,
  SETUP_LINK_MS,
} from '@footfall/core/sign-in';
import type { KeyStore, Mutex, OwnerStore, StoredSession } from '@footfall/db';
import type { OwnerAccount, OwnerFactor, ServerCaller, Shares, SignedIn, SignInClient } from '@footfall/trpc';
import { tooMany, type Attempts } from './attempts.ts';
import type { Config } from './config.ts';
import { ownerKeys } from './key-ring.ts';
import { secretCheck } from './keys.ts';
import { ownerPasskeys, type PasskeyParts } from './passkeys.ts';
import { hashPassword, isPasswordOf, slowHash } from './password.ts';
import { newFactor, turnOnFactor, useCode } from './second-factor.ts';

/** What the owner's account depends on. */
export interface AccountParts {
  readonly config: Pick<Config, 'adminPassword' | 'publicUrl'>;
  readonly store: OwnerStore;
  readonly keys: KeyStore;
  readonly shares: Shares;
  readonly sample?: OwnerAccount['sample'];
  /** Whose passkeys there are, and what checks them; left out where there are none. */
  readonly passkeys?: Pick<PasskeyParts, 'site' | 'answers'> | undefined;
  readonly agentOf: Site['agentOf'];
  /** Runs procedures for the owner. */
  readonly footfall: ServerCaller;
  readonly attempts: Attempts;
  /** Hashes one password at a time, on runtimes where requests may wait for each other. */
  readonly hashing: Mutex | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Passwords that wait to be checked at most: each takes 16 MB and a part of a second. */
const WAITING = 20;
const TRY_AGAIN_MS = 2_000;

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** The longest name of a browser that is stored. */
const BROWSER_CHARACTERS = 60;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/**
 * Makes a link that sets the owner's password once; it replaces the previous link. Only its hash is stored.
 * @returns its address
 */
export async function offerSetupLink(
  store: Pick<OwnerStore, 'offerSetup'>,
  { publicUrl, now }: { readonly publicUrl: string; readonly now: number },
): Promise<string> {
  const token = newToken();
  await store.offerSetup(sha256(token), now + SETUP_LINK_MS);
  return `${publicUrl}/admin/setup?token=${token}`;
}

/** Runs what hashes a password: one at a time, where `hashing` is given. */
export type HashInTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Hashes passwords in turn, and refuses one where too many wait. */
export function hashInTurn(hashing: Mutex | undefined): HashInTurn {
  return (work) => {
    if (hashing === undefined) return work();
    if (hashing.length >= WAITING) throw tooMany(objection('busy-passwords'), TRY_AGAIN_MS);
    return hashing.run(work);
  };
}

/** Makes the account of the owner: sign-in, sessions and the password (docs/decisions/0043). */
export function ownerAccount(parts: AccountParts): OwnerAccount {
  const { config, store, agentOf, footfall, attempts, hashing, now } = parts;
  const { adminPassword, publicUrl } = config;
  const isFixedPassword = secretCheck(adminPassword === undefined ? [] : [adminPassword]);
  const secure = publicUrl.startsWith('https:');
  const inTurn = hashInTurn(hashing);

  /** What a session is bound to: it ends with the password that it began with. */
  const credentialOf = (stored: string | undefined): string | undefined =>
    adminPassword === undefined ? stored : `ADMIN_PASSWORD=${adminPassword}`;

  const currentCredential = async (): Promise<string | undefined> =>
    credentialOf(adminPassword === undefined ? await store.password() : undefined);

  /** Names a password in lists of sessions. The environment's is hashed once, and not for less than a stored one. */
  const listedAs = (credential: string): Promise<string> =>
    adminPassword === undefined
      ? Promise.resolve(sha256(credential))
      : (fixedAs ??= inTurn(() => slowHash(credential, `sessions of ${new URL(publicUrl).hostname}`)).catch(
          (error: unknown) => {
            fixedAs = undefined;
            throw error;
          },
        ));
  let fixedAs: Promise<string> | undefined;

  async function newSession(
    credential: string,
    userAgent: string,
  ): Promise<{ token: string; session: StoredSession }> {
    const token = newToken();
    const at = now();
    const { browser, system } = agentOf(userAgent, {});
    const name = [browser || 'Unknown browser', ...(system === '' ? [] : [`on ${system}`])].join(' ');
    return {
      token,
      session: {
        token: sha256(token),
        proof: proofOf(token, credential),
        createdAt: at,
        seenAt: at,
        browser: name.slice(0, BROWSER_CHARACTERS),
        password: await listedAs(credential),
      },
    };
  }

  /**
   * Checks a password.
   * @returns the stored hash, where the password is a stored one
   */
  async function requirePassword(password: string, client: SignInClient): Promise<string | undefined> {
    attempts.require(client);
    return inTurn(async () => {
      attempts.require(client);
      const stored = isFixedPassword === undefined ? await store.password() : undefined;
      const isRight =
        isFixedPassword === undefined
          ? await isPasswordOf(password, stored)
          : await isFixedPassword(password);
      attempts.count(client, isRight);
      if (!isRight) throw refused('UNAUTHORIZED', objection('wrong-password'));
      return stored;
    });
  }

  async function setPassword(
    password: string,
    when: Parameters<OwnerStore['setPassword']>[1],
    client: SignInClient,
  ): Promise<SignedIn | undefined> {
    const hash = await inTurn(() => hashPassword(password));
    const { token, session } = await newSession(hash, client.userAgent);
    return (await store.setPassword(hash, when, session)) ? { token } : undefined;
  }

  async function signedIn(credential: string, client: SignInClient, previous?: string): Promise<SignedIn> {
    const { token, session } = await newSession(credential, client.userAgent);
    await store.addSession(session, {
      idleSince: now() - SESSION_IDLE_MS,
      previous: previous !== undefined && TOKEN.test(previous) ? sha256(previous) : undefined,
    });
    return { token };
  }

  const factors = store.secondFactor;

  /** The signed-in owner's password, which a session alone does not know. */
  async function requireOwnPassword(password: string, client: SignInClient): Promise<string | undefined> {
    attempts.trust(client); // the page is the signed-in owner's alone
    return requirePassword(password, client);
  }

  const secondFactor: OwnerFactor = {
    recoveryCodes: async () => (await factors.factor())?.recoveryCodes,
    offer: (secret) => newFactor(new URL(publicUrl).host, secret),
    turnOn: async ({ secret, code, password }, client) => {
      await requireOwnPassword(password, client);
      return turnOnFactor(factors, { secret, code }, now());
    },
    turnOff: async (password, client) => {
      await requireOwnPassword(password, client);
      await factors.turnOff();
    },
  };

  const canSetUp = async (setupToken: string): Promise<boolean> =>
    adminPassword === undefined && TOKEN.test(setupToken) && store.isSetupToken(sha256(setupToken), now());

  return {
    // A browser takes the prefix over https alone, and then no page of another host can set the cookie.
    cookie: { name: secure ? '__Host-footfall' : 'footfall', secure },
    isFixed: adminPassword !== undefined,
    keys: ownerKeys(parts.keys, now),
    shares: parts.shares,
    sample: parts.sample,
    passkeys:
      parts.passkeys &&
      ownerPasskeys({
        ...parts.passkeys,
        store: store.passkeys,
        attempts,
        requireOwnPassword,
        credential: currentCredential,
        begin: signedIn,
        now,
      }),
    footfall,
    isSameOrigin: (headers) =>
      isSameOrigin(
        {
          fetchSite: headers.get('sec-fetch-site') ?? undefined,
          origin: headers.get('origin') ?? undefined,
          referer: headers.get('referer') ?? undefined,
          host: headers.get('host') ?? undefined,
        },
        publicUrl,
      ),

    sessionOf: async (token) => {
      if (token === undefined || !TOKEN.test(token)) return;
      const { session, password } = await store.session(sha256(token));
      const credential = credentialOf(password);
      if (session === undefined || credential === undefined) return;
      const at = now();
      if (session.seenAt <= at - SESSION_IDLE_MS) return;
      if (!isSame(session.proof, proofOf(token, credential))) return;
      if (at - session.seenAt >= SEEN_EVERY_MS) await store.seen(session.token, at).catch(() => {}); // the next request tries again
      return { session: session.token };
    },

    signIn: async (password, client, previous) => {
      const credential = credentialOf(await requirePassword(password, client));
      if (credential === undefined) throw refused('UNAUTHORIZED', objection('no-password'));
      if ((await factors.factor()) === undefined) return signedIn(credential, client, previous);
      const step = newToken();
      const at = now();
      const pending = { token: sha256(step), proof: proofOf(step, credential), until: at + SECOND_STEP_MS };
      await factors.addPending(pending, at);
      return { step };
    },

    enterCode: async ({ step, code }, client, previous) => {
      attempts.require(client);
      const pending = TOKEN.test(step) ? await factors.pending(sha256(step), now()) : undefined;
      const credential = await currentCredential();
      if (
        pending === undefined ||
        credential === undefined ||
        !isSame(pending.proof, proofOf(step, credential))
      )
        throw refused('FORBIDDEN', objection('late-code'));
      const isRight = await useCode(factors, code, now());
      attempts.count(client, isRight);
      if (!isRight) throw refused('UNAUTHORIZED', objection('used-code'));
      await factors.endPending(pending.token);
      return signedIn(credential, client, previous);
    },

    secondFactor,

    signOut: async (token) => {
      if (token !== undefined && TOKEN.test(token)) await store.endSession(sha256(token));
    },

    canSetUp,
    setUp: async (setupToken, password, client) => {
      const newOwner = (await canSetUp(setupToken))
        ? await setPassword(chosen(password), { setupToken: sha256(setupToken), now: now() }, client)
        : undefined;
      if (newOwner === undefined) throw refused('UNAUTHORIZED', objection('old-setup-link'));
      attempts.trust(client);
      return newOwner;
    },

    changePassword: async ({ current, next }, client) => {
      chosen(next);
      const stored = await requireOwnPassword(current, client);
      if (stored === undefined) throw refused('BAD_REQUEST', objection('fixed-password'));
      const again = await setPassword(next, { password: stored }, client);
      if (again === undefined) throw refused('UNAUTHORIZED', objection('changed-password'));
      return again;
    },

    sessions: async () => {
      const credential = await currentCredential();
      if (credential === undefined) return [];
      const sessions = await store.sessions(now() - SESSION_IDLE_MS, await listedAs(credential));
      return sessions.map(({ token, createdAt, seenAt, browser }) => ({
        session: token,
        createdAt,
        seenAt,
        browser,
      }));
    },

    revoke: async (session) => {
      if (SESSION.test(session)) await store.endSession(session);
    },
  };
}

/** The id of a session: the SHA-256 of its token, as hex. */
const SESSION = /^[\da-f]{64}$/;

/** @throws {FootfallError} BAD_REQUEST for a password that is not valid */
function chosen(password: string): string {
  const problem = passwordProblem(password);
  if (problem !== undefined) throw refused('BAD_REQUEST', problem);
  return password;
}

/** Cannot be computed from what is stored: the token is in the browser alone. */
const proofOf = (token: string, credential: string): string =>
  createHmac('sha256', token).update(credential).digest('hex');

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
