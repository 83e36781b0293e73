import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  type FootfallError,
  MOST_PASSKEYS,
  PASSKEY_ALGORITHMS,
  PASSKEY_CHALLENGE_MS,
  readPasskeyName,
  type PasskeySite,
  objection,
  refused,
} from '@footfall/core';
import type { PasskeyStore } from '@footfall/db';
import type { OwnerPasskeys, SignedIn, SignInClient } from '@footfall/trpc';
import type { Attempts } from './attempts.ts';
import type { PasskeyAnswers } from './passkey-answers.ts';

/** What passkeys depend on. */
export interface PasskeyParts {
  readonly site: PasskeySite;
  readonly store: PasskeyStore;
  readonly answers: PasskeyAnswers;
  readonly attempts: Attempts;
  /** The signed-in owner's password: throws where it is wrong. */
  readonly requireOwnPassword: (password: string, client: SignInClient) => Promise<unknown>;
  /** What sessions are bound to; undefined where there is no password. */
  readonly credential: () => Promise<string | undefined>;
  readonly begin: (credential: string, client: SignInClient, previous?: string) => Promise<SignedIn>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How long a browser waits for its owner, in milliseconds. */
const TIMEOUT_MS = 5 * 60 * 1000;

/** An id is at most 1,023 bytes (WebAuthn, credential id), as hex. */
const ID = /^(?:[\da-f]{2}){1,1023}$/;

/** The longest answer and key that are read, in characters. */
const ANSWER_CHARACTERS = 16_384;
const KEY_CHARACTERS = 4_096;

const SECRET_BYTES = 32;

/** Makes the owner's passkeys (docs/decisions/0054). */
export function ownerPasskeys(parts: PasskeyParts): OwnerPasskeys {
  const { site, store, answers, attempts, now } = parts;

  return {
    list: async () => {
      const { passkeys } = await store.read();
      return passkeys.map(({ id, name, createdAt, usedAt }) => ({ id, name, createdAt, usedAt }));
    },

    offer: async ({ name, password, session }, client) => {
      nameOf(name);
      await parts.requireOwnPassword(password, client);
      const secret = await store.keepSecret(randomBytes(SECRET_BYTES).toString('hex'));
      const { passkeys } = await store.read();
      if (passkeys.length >= MOST_PASSKEYS) throw tooManyPasskeys();
      return {
        rp: { id: site.id, name: 'Footfall' },
        user: { id: userOf(secret), name: 'owner', displayName: `Owner of ${site.id}` },
        challenge: newChallenge(secret, purposeOf(session), now()),
        pubKeyCredParams: PASSKEY_ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        timeout: TIMEOUT_MS,
        excludeCredentials: passkeys.map(({ id }) => ({
          type: 'public-key',
          id: Buffer.from(id, 'hex').toString('base64url'),
        })),
        authenticatorSelection: {
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'required',
        },
        attestation: 'none',
      };
    },

    add: async ({ name: typed, answer, session }) => {
      const name = nameOf(typed);
      const { secret } = await store.read();
      const answered = challengeReader(secret, purposeOf(session), now());
      const made = isShort(answer) ? await answers.created(answer, answered.isOurs) : undefined;
      const used = answered.used();
      if (made === undefined || used === undefined || made.publicKey.length > KEY_CHARACTERS)
        throw refused('BAD_REQUEST', objection('passkey-not-made'));
      // The session may have ended since this request began.
      if (!(await store.add({ ...made, name, createdAt: now() }, used, session)))
        throw refused('BAD_REQUEST', objection('passkey-not-stored'));
    },

    revoke: async (id) => {
      if (ID.test(id)) await store.revoke(id);
    },

    request: async () => {
      const { passkeys, secret } = await store.read({ mayLag: true });
      if (passkeys.length === 0 || secret === undefined) return;
      const challenge = newChallenge(secret, SIGN_IN, now());
      return { rpId: site.id, challenge, timeout: TIMEOUT_MS, userVerification: 'required' };
    },

    signIn: async (answer, client, previous) => {
      attempts.require(client);
      // Read first: where a setup link ends all passkeys meanwhile, the session is one of the password before.
      const credential = await parts.credential();
      const result = await use(answer);
      if (result === 'late') throw refused('UNAUTHORIZED', objection('late-passkey'));
      attempts.count(client, result === 'right');
      if (result === 'wrong' || credential === undefined)
        throw refused('UNAUTHORIZED', objection('wrong-passkey'));
      return parts.begin(credential, client, previous);
    },
  };

  /**
   * Whether an answer is one of a stored passkey to a challenge of ours; the same is no second time. One to a challenge that
   * is over is not checked further, so it says nothing to a client that guesses.
   */
  async function use(answer: string): Promise<'right' | 'wrong' | 'late'> {
    const id = isShort(answer) ? idIn(answer) : undefined;
    const { passkeys, secret } = await store.read();
    const passkey = passkeys.find((each) => each.id === id);
    if (passkey === undefined) return 'wrong';
    const answered = challengeReader(secret, SIGN_IN, now());
    const right = await answers.used(answer, passkey, answered.isOurs);
    const used = answered.used();
    if (answered.isLate()) return 'late';
    if (right === undefined || used === undefined) return 'wrong';
    return (await store.use(passkey.id, right.counter, used)) ? 'right' : 'wrong';
  }
}

/** @throws {FootfallError} BAD_REQUEST */
function nameOf(typed: string): string {
  const read = readPasskeyName(typed);
  if ('problem' in read) throw refused('BAD_REQUEST', read.problem);
  return read.name;
}

const tooManyPasskeys = (): FootfallError =>
  refused('BAD_REQUEST', objection('many-passkeys', MOST_PASSKEYS));

const isShort = (answer: string): boolean => answer.length <= ANSWER_CHARACTERS;

/** The id of the passkey that an answer is of, as hex; undefined where it is no answer. */
function idIn(answer: string): string | undefined {
  try {
    const { id } = JSON.parse(answer) as { readonly id?: unknown };
    return typeof id === 'string' ? Buffer.from(id, 'base64url').toString('hex') : undefined;
  } catch {
    return undefined;
  }
}

/** What a challenge is for. One for a new passkey belongs to the session that gave the password. */
const SIGN_IN = 'sign in';
const purposeOf = (session: string): string => `add in ${session}`;

/** The same for all passkeys, so that an authenticator has one of this owner. */
const userOf = (secret: string): string =>
  createHmac('sha256', Buffer.from(secret, 'hex')).update('owner').digest('base64url');

const NONCE_BYTES = 16;
const TIME_BYTES = 6;

/**
 * A challenge is a random number, until when it is valid, and a signature of both: nothing is stored for a stranger who
 * opens the page for signing in.
 */
function newChallenge(secret: string, purpose: string, now: number): string {
  const head = Buffer.concat([randomBytes(NONCE_BYTES), Buffer.alloc(TIME_BYTES)]);
  head.writeUIntBE(now + PASSKEY_CHALLENGE_MS, NONCE_BYTES, TIME_BYTES);
  return Buffer.concat([head, signed(secret, purpose, head)]).toString('base64url');
}

const signed = (secret: string, purpose: string, head: Uint8Array): Buffer =>
  createHmac('sha256', Buffer.from(secret, 'hex')).update(`${purpose}\n`).update(head).digest();

/** Recognises a challenge, and remembers it for the store. */
function challengeReader(secret: string | undefined, purpose: string, now: number) {
  let seen: { readonly challenge: string; readonly until: number; readonly now: number } | undefined;
  let isLate = false;
  return {
    isOurs: (challenge: string): boolean => {
      const bytes = Buffer.from(challenge, 'base64url');
      if (secret === undefined || bytes.length !== NONCE_BYTES + TIME_BYTES + 32) return false;
      const head = bytes.subarray(0, NONCE_BYTES + TIME_BYTES);
      const until = head.readUIntBE(NONCE_BYTES, TIME_BYTES);
      if (!timingSafeEqual(bytes.subarray(head.length), signed(secret, purpose, head))) return false;
      isLate = until <= now;
      if (isLate) return false;
      seen = { challenge: createHash('sha256').update(bytes).digest('hex'), until, now };
      return true;
    },
    used: () => seen,
    /** Whether the challenge was one of ours, and is over. */
    isLate: () => isLate,
  };
}
