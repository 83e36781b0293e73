import type { ReadConnection } from '../connection/contract.ts';
import type { Result } from '../connection/dialect.ts';
import { answered, type Write } from '../log/write.ts';
import { END_PASSKEYS, passkeyStore, type PasskeyStore } from './passkeys.ts';
import { factorStore, TURN_OFF, type FactorStore } from './second-factor.ts';

/** A session as it is stored: of its token there is only the hash. */
export interface StoredSession {
  /** SHA-256 of the token, as hex. */
  readonly token: string;
  /** What the password at sign-in is with this token, as hex: a session of another password is over. */
  readonly proof: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly seenAt: number;
  readonly browser: string;
  /** A slow hash of the password that it began with, as hex: by it those of an earlier password are left out of lists. */
  readonly password: string;
}

/** Under which condition a password is replaced, checked in the same transaction. */
export type ReplacedWhen =
  | { readonly setupToken: string; readonly now: number }
  /** The stored password is still this one. */
  | { readonly password: string };

/**
 * The owner's password and sessions. Each call throws {FootfallError} SERVICE_UNAVAILABLE where the store does not answer.
 */
export interface OwnerStore {
  /** The hash of the password, with its parameters; undefined where none was chosen. */
  readonly password: () => Promise<string | undefined>;
  /** A session by its token's hash, with the hash of the password of the same moment. */
  readonly session: (
    token: string,
  ) => Promise<{ readonly session: StoredSession | undefined; readonly password: string | undefined }>;
  /** Those that were seen since an instant and began with a password, by its slow hash; the last one first. */
  readonly sessions: (since: number, password: string) => Promise<readonly StoredSession[]>;
  /**
   * Stores a session, in place of the one that the browser had. Idle ones are deleted, and the longest unused of more than
   * a hundred.
   * @param idleSince sessions that were last seen before are over, epoch milliseconds
   */
  readonly addSession: (
    session: StoredSession,
    options: { readonly idleSince: number; readonly previous?: string | undefined },
  ) => Promise<void>;
  /** Notes that a session was used. */
  readonly seen: (token: string, at: number) => Promise<void>;
  readonly endSession: (token: string) => Promise<void>;
  /** Stores the hash of a setup link's token, in place of the one before. */
  readonly offerSetup: (setupToken: string, until: number) => Promise<void>;
  readonly isSetupToken: (setupToken: string, now: number) => Promise<boolean>;
  /**
   * Replaces the password, and all sessions by this one; a setup link is used up, and ends the second factor and the passkeys.
   * @returns whether the condition held; else nothing has changed
   */
  readonly setPassword: (password: string, when: ReplacedWhen, session: StoredSession) => Promise<boolean>;
  readonly secondFactor: FactorStore;
  readonly passkeys: PasskeyStore;
}

/** Sessions that are stored at most. */
const SESSIONS = 100;

const PASSWORD = 'select password from visitor_owner';
const COLUMNS = 'token, proof, created_at, seen_at, browser, password';
// The driver of a file takes no bytes as an argument.
const VALUES = 'unhex(?), unhex(?), ?, ?, ?, unhex(?)';
const READ = `lower(hex(token)) as token, lower(hex(proof)) as proof, created_at, seen_at, browser,
  lower(hex(ifnull(visitor_owner_sessions.password, zeroblob(0)))) as password`;
const SESSION = `select ${READ} from visitor_owner_sessions where token = unhex(?)`;
const LISTED = `select ${READ} from visitor_owner_sessions
  where seen_at > ? and ifnull(visitor_owner_sessions.password = unhex(?), true)
  order by seen_at desc, visitor_owner_sessions.token`;
const ADD = `insert into visitor_owner_sessions (${COLUMNS}) values (${VALUES})`;
const FORGET = `
  delete from visitor_owner_sessions
  where seen_at <= ? or token = unhex(?) or token in (
    select token from visitor_owner_sessions order by seen_at desc limit -1 offset ${SESSIONS - 1}
  )`;
const SEEN = 'update visitor_owner_sessions set seen_at = ?1 where token = unhex(?2) and seen_at < ?1';
const END = 'delete from visitor_owner_sessions where token = unhex(?)';
const OFFER = `
  insert into visitor_owner (id, setup_token, setup_until) values (1, unhex(?), ?)
  on conflict (id) do update set setup_token = excluded.setup_token, setup_until = excluded.setup_until`;
const IS_OFFERED = 'select 1 from visitor_owner where setup_token = unhex(?) and setup_until > ?';
const REPLACE = 'update visitor_owner set password = ?, setup_token = null, setup_until = null';

// A password's hash has a salt of its own, so it is stored only where the statement before has just stored it.
const IS_STORED = 'exists (select 1 from visitor_owner where password = ?)';
const END_ALL = `delete from visitor_owner_sessions where ${IS_STORED}`;
const END_OTHERS = [...TURN_OFF, ...END_PASSKEYS].map((sql) => `${sql} where ${IS_STORED}`);
const ADD_REPLACED = `
  insert into visitor_owner_sessions (${COLUMNS})
  select ${VALUES} where ${IS_STORED}`;

/**
 * Makes the one way to the owner's password and sessions.
 * @param primary also asked for a session that a reader does not know: a replica may be behind a sign-in
 */
export function ownerStore({
  read,
  write,
  primary,
}: {
  readonly read: ReadConnection['batch'];
  readonly write: Write;
  readonly primary?: Write | undefined;
}): OwnerStore {
  return {
    password: async () => passwordIn((await answered(primary ?? read, [PASSWORD]))[0]),
    session: async (token) => {
      const asked = [{ sql: SESSION, args: [token] }, PASSWORD];
      let [found, password] = await answered(read, asked);
      if (found?.rows.length === 0 && primary !== undefined)
        [found, password] = await answered(primary, asked);
      return { session: sessionsIn(found)[0], password: passwordIn(password) };
    },
    secondFactor: factorStore({ read: primary ?? read, write }),
    passkeys: passkeyStore({ read: primary ?? read, replica: read, write }),
    sessions: async (since, password) => {
      const [listed] = await answered(primary ?? read, [{ sql: LISTED, args: [BigInt(since), password] }]);
      return sessionsIn(listed);
    },
    addSession: async (session, { idleSince, previous }) => {
      await answered(write, [
        { sql: FORGET, args: [BigInt(idleSince), previous ?? null] },
        { sql: ADD, args: valuesOf(session) },
      ]);
    },
    seen: async (token, at) => {
      await answered(write, [{ sql: SEEN, args: [BigInt(at), token] }]);
    },
    endSession: async (token) => {
      await answered(write, [{ sql: END, args: [token] }]);
    },
    offerSetup: async (setupToken, until) => {
      await answered(write, [{ sql: OFFER, args: [setupToken, BigInt(until)] }]);
    },
    isSetupToken: async (setupToken, now) => {
      const [found] = await answered(primary ?? read, [{ sql: IS_OFFERED, args: [setupToken, BigInt(now)] }]);
      return found?.rows.length === 1;
    },
    setPassword: async (password, when, session) => {
      const replace =
        'setupToken' in when
          ? {
              sql: `${REPLACE} where setup_token = unhex(?) and setup_until > ?`,
              args: [password, when.setupToken, BigInt(when.now)],
            }
          : { sql: `${REPLACE} where password = ?`, args: [password, when.password] };
      const [replaced] = await answered(write, [
        replace,
        { sql: END_ALL, args: [password] },
        ...('setupToken' in when ? END_OTHERS.map((sql) => ({ sql, args: [password] })) : []),
        { sql: ADD_REPLACED, args: [...valuesOf(session), password] },
      ]);
      return replaced?.rowsAffected === 1;
    },
  };
}

const valuesOf = ({ token, proof, createdAt, seenAt, browser, password }: StoredSession) => [
  token,
  proof,
  BigInt(createdAt),
  BigInt(seenAt),
  browser,
  password,
];

function passwordIn(result: Result | undefined): string | undefined {
  const password = result?.rows[0]?.['password'];
  return typeof password === 'string' ? password : undefined;
}

function sessionsIn(result: Result | undefined): StoredSession[] {
  return (result?.rows ?? []).map((row) => ({
    token: row['token'] as string,
    proof: row['proof'] as string,
    createdAt: Number(row['created_at']),
    seenAt: Number(row['seen_at']),
    browser: row['browser'] as string,
    password: row['password'] as string,
  }));
}
