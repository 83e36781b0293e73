import { MOST_PASSKEYS } from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import type { Result } from '../connection/dialect.ts';
import { answered, type Write } from '../log/write.ts';

/** A passkey as it is stored: nothing of it is a secret. Bytes are hex. */
export interface StoredPasskey {
  /** The id that its authenticator chose. */
  readonly id: string;
  readonly name: string;
  /** As the authenticator sent it (COSE). */
  readonly publicKey: string;
  /** How often the authenticator says it was used; 0 for those that do not count. */
  readonly counter: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly usedAt: number | undefined;
}

/** A challenge that an answer was right for: the same answer is not right again. */
export interface UsedChallenge {
  /** Its hash, as hex. */
  readonly challenge: string;
  /** When it ends by itself, and what time it is; epoch milliseconds. */
  readonly until: number;
  readonly now: number;
}

/** The owner's passkeys. Each call throws {FootfallError} SERVICE_UNAVAILABLE where the store does not answer. */
export interface PasskeyStore {
  /**
   * All of them, the newest first, and the secret that challenges are signed with; undefined before the first passkey.
   * @param mayLag whether a replica may be asked, which may be behind: strangers must not make work for the primary
   */
  readonly read: (options?: { readonly mayLag: boolean }) => Promise<{
    readonly passkeys: readonly StoredPasskey[];
    readonly secret: string | undefined;
  }>;
  /** Stores the secret unless there is one. @returns the one that is stored */
  readonly keepSecret: (secret: string) => Promise<string>;
  /**
   * Stores a new one.
   * @param session the hash of the token of the session in which it was made
   * @returns false where it is stored already, there are too many, the challenge was used, or the session is over
   */
  readonly add: (
    passkey: Omit<StoredPasskey, 'usedAt'>,
    used: UsedChallenge,
    session: string,
  ) => Promise<boolean>;
  /**
   * Notes that one was used.
   * @param counter what its authenticator says: more than before, or 0 for ever
   * @returns false where the counter went back, the challenge was used, or there is no such passkey
   */
  readonly use: (id: string, counter: number, used: UsedChallenge) => Promise<boolean>;
  readonly revoke: (id: string) => Promise<void>;
}

const LIST = `
  select lower(hex(id)) as id, name, lower(hex(public_key)) as public_key, counter, created_at, used_at
  from visitor_passkeys order by created_at desc, visitor_passkeys.id`;
const SECRET = `
  select lower(hex(passkey_secret)) as secret from visitor_owner where passkey_secret is not null`;
const KEEP_SECRET = `
  insert into visitor_owner (id, passkey_secret) values (1, unhex(?))
  on conflict (id) do update set passkey_secret = excluded.passkey_secret where passkey_secret is null`;

const UNUSED = 'not exists (select 1 from visitor_passkey_challenges where challenge = unhex(?))';
const ADD = `
  insert into visitor_passkeys (id, name, public_key, counter, created_at)
  select unhex(?), ?, unhex(?), ?, ?
  where ${UNUSED} and (select count(*) from visitor_passkeys) < ${MOST_PASSKEYS}
    and exists (select 1 from visitor_owner_sessions where token = unhex(?))
  on conflict (id) do nothing`;
// One that does not count says 0 each time.
const USE = `
  update visitor_passkeys set counter = ?1, used_at = ?2
  where id = unhex(?3) and (counter < ?1 or (counter = 0 and ?1 = 0))
    and not exists (select 1 from visitor_passkey_challenges where challenge = unhex(?4))`;
/** Clocks of instances differ: one that is behind still accepts what is over for another. */
const CLOCKS_DIFFER_MS = 60_000;
const FORGET = `delete from visitor_passkey_challenges where until <= ? - ${CLOCKS_DIFFER_MS}`;
const USED = `
  insert into visitor_passkey_challenges (challenge, until) values (unhex(?), ?) on conflict do nothing`;
const REVOKE = 'delete from visitor_passkeys where id = unhex(?)';

/** Ends all of them, and what was asked for a new one, where a setup link replaces the password. */
export const END_PASSKEYS = [
  'delete from visitor_passkeys',
  'update visitor_owner set passkey_secret = null',
];

/**
 * Makes the one way to the owner's passkeys; nothing of them is cached.
 * @param read the primary's, where there are replicas: one is used a moment after it was made
 * @param replica of those
 */
export function passkeyStore({
  read,
  replica,
  write,
}: Readonly<Record<'read' | 'replica' | 'write', Write>>): PasskeyStore {
  /** Runs a statement with the challenge that it takes, in one transaction. */
  async function changes(statement: InStatement, { challenge, until, now }: UsedChallenge): Promise<boolean> {
    const [changed] = await answered(write, [
      statement,
      { sql: FORGET, args: [BigInt(now)] },
      { sql: USED, args: [challenge, BigInt(until)] },
    ]);
    return changed?.rowsAffected === 1;
  }

  return {
    read: async ({ mayLag } = { mayLag: false }) => {
      const [listed, secret] = await answered(mayLag ? replica : read, [LIST, SECRET]);
      return { passkeys: passkeysIn(listed), secret: secretIn(secret) };
    },
    keepSecret: async (secret) => {
      const [, kept] = await answered(write, [{ sql: KEEP_SECRET, args: [secret] }, SECRET]);
      return secretIn(kept) ?? secret;
    },
    add: ({ id, name, publicKey, counter, createdAt }, used, session) => {
      const args = [id, name, publicKey, BigInt(counter), BigInt(createdAt), used.challenge, session];
      return changes({ sql: ADD, args }, used);
    },
    use: (id, counter, used) =>
      changes({ sql: USE, args: [BigInt(counter), BigInt(used.now), id, used.challenge] }, used),
    revoke: async (id) => {
      await answered(write, [{ sql: REVOKE, args: [id] }]);
    },
  };
}

function secretIn(result: Result | undefined): string | undefined {
  const secret = result?.rows[0]?.['secret'];
  return typeof secret === 'string' ? secret : undefined;
}

const passkeysIn = (result: Result | undefined): StoredPasskey[] =>
  (result?.rows ?? []).map((row) => ({
    id: row['id'] as string,
    name: row['name'] as string,
    publicKey: row['public_key'] as string,
    counter: Number(row['counter']),
    createdAt: Number(row['created_at']),
    usedAt: row['used_at'] === null ? undefined : Number(row['used_at']),
  }));
