import { createHash, randomBytes } from 'node:crypto';
import {
  apiKeyOf,
  isApiKey,
  KEY_USED_EVERY_MS,
  MOST_KEYS,
  readKeyWish,
  objection,
  refused,
} from '@footfall/core';
import type { KeyStore } from '@footfall/db';
import type { OwnerKeys } from '@footfall/trpc';
import type { Config } from './config.ts';
import { secretCheck } from './keys.ts';

/** What a bearer token may do. */
export interface Allowed {
  /** Read what is the owner's. */
  readonly read: boolean;
  /** Send events for other visitors. */
  readonly write: boolean;
  /** Change what is the owner's: keys of the environment alone. */
  readonly change: boolean;
}

/** The keys of the environment (API_KEYS, WRITE_KEYS), and those that the owner has made. */
export interface KeyRing {
  /**
   * What a token may do: nothing where it is unknown. That it was used is noted.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly allows: (token: string) => Promise<Allowed>;
  /**
   * Whether there are keys to send events with. Without any, tokens are ignored: other scripts of a page may add theirs.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly hasWriteKeys: () => Promise<boolean>;
}

const NOTHING: Allowed = { read: false, write: false, change: false };

/** The stored form of a key, by which it is found: nobody guesses 256 random bits, so no slow hash is needed. */
export const keyHash = (key: string): string => createHash('sha256').update(key).digest('hex');

/**
 * Makes the one check of keys.
 * @param now epoch milliseconds
 */
export function keyRing(
  { apiKeys, writeKeys }: Pick<Config, 'apiKeys' | 'writeKeys'>,
  store: Pick<KeyStore, 'list' | 'used'>,
  now: () => number,
): KeyRing {
  const isConfigured = secretCheck(apiKeys);
  const isConfiguredForWriting = secretCheck(writeKeys);
  /** When the use of each key was last stored from here: the list may be a second old. */
  const noted = new Map<string, number>();

  function note(key: string, usedAt: number | undefined): void {
    const at = now();
    if (at - Math.max(usedAt ?? 0, noted.get(key) ?? 0) < KEY_USED_EVERY_MS) return;
    noted.set(key, at);
    store.used(key, at).catch(() => {}); // the next minute does
  }

  return {
    allows: async (token) => {
      const [owners, write] = await Promise.all([isConfigured?.(token), isConfiguredForWriting?.(token)]);
      if (owners === true || write === true)
        return { read: owners === true, write: write === true, change: owners === true };
      if (!isApiKey(token)) return NOTHING;
      const hash = keyHash(token);
      const known = (await store.list(now())).find(({ key }) => key === hash);
      if (known === undefined) return NOTHING;
      note(known.key, known.usedAt);
      return {
        read: known.scopes.includes('read'),
        write: known.scopes.includes('write'),
        change: false,
      };
    },
    hasWriteKeys: async () =>
      isConfiguredForWriting !== undefined ||
      (await store.list(now())).some(({ scopes }) => scopes.includes('write')),
  };
}

const KEY_BYTES = 32;

/** The id of a key: its hash, as hex. */
const KEY_ID = /^[\da-f]{64}$/;

/**
 * Makes what the owner does with keys.
 * @param now epoch milliseconds
 */
export function ownerKeys(store: KeyStore, now: () => number): OwnerKeys {
  return {
    list: async () => (await store.list(now())).map(({ key, ...shown }) => ({ id: key, ...shown })),
    make: async (name, scopes) => {
      const wish = readKeyWish(name, scopes);
      if ('problem' in wish) throw refused('BAD_REQUEST', wish.problem);
      const key = apiKeyOf(randomBytes(KEY_BYTES).toString('base64url'));
      if (!(await store.add({ ...wish, key: keyHash(key), createdAt: now() })))
        throw refused('BAD_REQUEST', objection('many-keys', MOST_KEYS));
      return { name: wish.name, key };
    },
    revoke: async (id) => {
      if (KEY_ID.test(id)) await store.revoke(id);
    },
  };
}
