import { MOST_SHARES } from '@footfall/core';
import type { ReadConnection } from '../connection/contract.ts';
import type { Result } from '../connection/dialect.ts';
import { answered, type Write } from '../log/write.ts';

/** A private link as it is stored: of its token there is only the hash. */
export interface StoredShare {
  /** SHA-256 of the token, as hex. */
  readonly token: string;
  readonly name: string;
  /** The hash of the password; undefined for a link without one. */
  readonly password: string | undefined;
  /** JSON, as it was written. */
  readonly filters: string;
  readonly origins: readonly string[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Undefined for a link without an end. */
  readonly expiresAt: number | undefined;
  /** Exact to a minute; undefined before the first time. */
  readonly usedAt: number | undefined;
}

/** Private links. Each call throws {FootfallError} SERVICE_UNAVAILABLE where the store does not answer. */
export interface ShareStore {
  /** All of them, the newest first, as the owner sees them. */
  readonly list: () => Promise<readonly StoredShare[]>;
  readonly find: (token: string) => Promise<StoredShare | undefined>;
  /** Stores a new one; resolves to false where there are too many. */
  readonly add: (share: Omit<StoredShare, 'usedAt'>) => Promise<boolean>;
  /** Deletes one; resolves to false where there is none. */
  readonly revoke: (token: string) => Promise<boolean>;
  /** Notes that one was used. */
  readonly used: (token: string, at: number) => Promise<void>;
}

const COLUMNS =
  'lower(hex(token)) as token, name, password, filters, origins, created_at, expires_at, used_at';
const LIST = `select ${COLUMNS} from visitor_shares order by created_at desc, visitor_shares.token`;
const FIND = `select ${COLUMNS} from visitor_shares where visitor_shares.token = unhex(?)`;
const ADD = `
  insert into visitor_shares (token, name, password, filters, origins, created_at, expires_at)
  select unhex(?), ?, ?, ?, ?, ?, ? where (select count(*) from visitor_shares) < ${MOST_SHARES}`;
const REVOKE = 'delete from visitor_shares where token = unhex(?)';
const USED = 'update visitor_shares set used_at = ?1 where token = unhex(?2) and ifnull(used_at, 0) < ?1';

/**
 * Makes the one way to the private links; nothing of them is cached.
 * @param isShared whether readers may be behind: then the owner, who expects to see what was just changed, reads the primary
 */
export function shareStore({
  read,
  write,
  isShared,
}: {
  readonly read: ReadConnection['batch'];
  readonly write: Write;
  readonly isShared: boolean;
}): ShareStore {
  return {
    list: async () => sharesIn((await answered(isShared ? write : read, [LIST]))[0]),
    find: async (token) => sharesIn((await answered(read, [{ sql: FIND, args: [token] }]))[0])[0],
    add: async ({ token, name, password, filters, origins, createdAt, expiresAt }) => {
      const times = [BigInt(createdAt), expiresAt === undefined ? null : BigInt(expiresAt)];
      const args = [token, name, password ?? null, filters, JSON.stringify(origins), ...times];
      const [added] = await answered(write, [{ sql: ADD, args }]);
      return added?.rowsAffected === 1;
    },
    revoke: async (token) => {
      const [revoked] = await answered(write, [{ sql: REVOKE, args: [token] }]);
      return revoked?.rowsAffected === 1;
    },
    used: async (token, at) => {
      await answered(write, [{ sql: USED, args: [BigInt(at), token] }]);
    },
  };
}

const sharesIn = (result: Result | undefined): StoredShare[] =>
  (result?.rows ?? []).map((row) => ({
    token: row['token'] as string,
    name: row['name'] as string,
    password: (row['password'] as string | null) ?? undefined,
    filters: row['filters'] as string,
    origins: JSON.parse(row['origins'] as string) as string[],
    createdAt: Number(row['created_at']),
    expiresAt: row['expires_at'] === null ? undefined : Number(row['expires_at']),
    usedAt: row['used_at'] === null ? undefined : Number(row['used_at']),
  }));
