import { MOST_KEYS, type KeyScope } from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import type { Result } from '../connection/dialect.ts';
import { answered, type Write } from '../log/write.ts';
import { VersionedCache, type Now } from '../read/versioned-cache.ts';

/** An API key as it is stored: there is only its hash. */
export interface StoredKey {
  /** SHA-256 of the key, as hex. */
  readonly key: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** When it was last used, exact to a minute; undefined before the first time. */
  readonly usedAt: number | undefined;
}

/** The owner's API keys. Each call throws {FootfallError} SERVICE_UNAVAILABLE where the store does not answer. */
export interface KeyStore {
  /**
   * All keys, the newest first: at most a second old.
   * @param now epoch milliseconds
   */
  readonly list: (now: number) => Promise<readonly StoredKey[]>;
  /** Stores a new key; resolves to false where there are too many. */
  readonly add: (key: Omit<StoredKey, 'usedAt'>) => Promise<boolean>;
  readonly revoke: (key: string) => Promise<void>;
  /** Notes that a key was used. */
  readonly used: (key: string, at: number) => Promise<void>;
}

const LIST = `
  select lower(hex(key)) as key, name, can_read, can_write, created_at, used_at
  from visitor_api_keys order by created_at desc, visitor_api_keys.key`;
const ADD = `
  insert into visitor_api_keys (key, name, can_read, can_write, created_at)
  select unhex(?), ?, ?, ?, ? where (select count(*) from visitor_api_keys) < ${MOST_KEYS}`;
const REVOKE = 'delete from visitor_api_keys where key = unhex(?)';
const USED = 'update visitor_api_keys set used_at = ?1 where key = unhex(?2) and ifnull(used_at, 0) < ?1';

/** Makes the one way to the owner's API keys; nothing of them is cached. */
export function keyStore({
  read,
  write,
}: {
  readonly read: (statements: InStatement[]) => Promise<Result[]>;
  readonly write: Write;
}): KeyStore {
  return {
    list: async () => keysIn((await answered(read, [LIST]))[0]),
    add: async ({ key, name, scopes, createdAt }) => {
      const args = [key, name, has(scopes, 'read'), has(scopes, 'write'), BigInt(createdAt)];
      const [added] = await answered(write, [{ sql: ADD, args }]);
      return added?.rowsAffected === 1;
    },
    revoke: async (key) => {
      await answered(write, [{ sql: REVOKE, args: [key] }]);
    },
    used: async (key, at) => {
      await answered(write, [{ sql: USED, args: [BigInt(at), key] }]);
    },
  };
}

/** How long keys are cached, in milliseconds: what another instance made or revoked holds here after that time. */
const KEYS_MS = 1_000;

/**
 * The same with the list in memory, because a server sends its key with every page view.
 * @param asOf the state of the store at a time
 */
export function cachedKeyStore(store: KeyStore, asOf: (at: number) => Now): KeyStore {
  let changes = 0;
  const cache = new VersionedCache<{ keys: readonly StoredKey[] }>(
    async (_, { at }) => ({ keys: await store.list(at) }),
    KEYS_MS,
  );
  return {
    list: async (now) => (await cache.get(() => ({ ...asOf(now), version: changes }))).keys,
    add: async (key) => {
      const isAdded = await store.add(key);
      changes += 1;
      return isAdded;
    },
    revoke: async (key) => {
      await store.revoke(key);
      changes += 1;
    },
    used: store.used,
  };
}

const has = (scopes: readonly KeyScope[], scope: KeyScope): bigint => (scopes.includes(scope) ? 1n : 0n);

const keysIn = (result: Result | undefined): StoredKey[] =>
  (result?.rows ?? []).map((row) => ({
    key: row['key'] as string,
    name: row['name'] as string,
    scopes: [
      ...(Number(row['can_read']) === 1 ? (['read'] as const) : []),
      ...(Number(row['can_write']) === 1 ? (['write'] as const) : []),
    ],
    createdAt: Number(row['created_at']),
    usedAt: row['used_at'] === null ? undefined : Number(row['used_at']),
  }));
