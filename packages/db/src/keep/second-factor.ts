import { answered, type Write } from '../log/write.ts';

/** The owner's second factor. */
export interface StoredFactor {
  /** What the app computes its codes with, in base32. */
  readonly secret: string;
  /** Recovery codes that are left. */
  readonly recoveryCodes: number;
}

/** A sign-in whose password was right, and whose code is missing. */
export interface PendingSignIn {
  /** SHA-256 of its token, as hex. */
  readonly token: string;
  /** What the password is with this token, as hex. */
  readonly proof: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** The second factor and what waits for it. Each call throws {FootfallError} SERVICE_UNAVAILABLE. */
export interface FactorStore {
  /** Undefined where none is on. */
  readonly factor: () => Promise<StoredFactor | undefined>;
  /**
   * Switches it on.
   * @param first the first code, which is used up, and the hashes of the recovery codes, as hex
   * @returns false where one is on already; then nothing has changed
   */
  readonly turnOn: (
    secret: string,
    first: { readonly step: number; readonly recovery: readonly string[] },
  ) => Promise<boolean>;
  readonly turnOff: () => Promise<void>;
  /**
   * Uses the code of a step of time (RFC 6238), and no older one from then on.
   * @returns false where it or a later one was used before
   */
  readonly useStep: (secret: string, step: number) => Promise<boolean>;
  /**
   * Uses a recovery code, by its hash.
   * @returns false where there is none
   */
  readonly useRecovery: (code: string) => Promise<boolean>;
  /**
   * Counts a code before it is checked, so that many at the same time are no way around.
   * @returns how many there were within the hour that began with the first one; a right one ends the count
   */
  readonly countTry: (now: number) => Promise<number>;
  /** Stores that a password was right; what is over is deleted, and the oldest of more than a hundred. */
  readonly addPending: (pending: PendingSignIn, now: number) => Promise<void>;
  readonly pending: (token: string, now: number) => Promise<PendingSignIn | undefined>;
  readonly endPending: (token: string) => Promise<void>;
}

/** Sign-ins that wait at most. */
const PENDING = 100;
const HOUR_MS = 60 * 60 * 1000;

const FACTOR = `
  select factor_secret, (select count(*) from visitor_owner_recovery) as recovery_codes
  from visitor_owner where factor_secret is not null`;
// Codes are stored before the secret, which says whether there is a factor already.
const OFF = `not exists (select 1 from visitor_owner where factor_secret is not null)`;
const TURN_ON = [
  `insert into visitor_owner_recovery (code) select unhex(value) from json_each(?) where ${OFF}`,
  `insert into visitor_owner (id, factor_secret, factor_step) values (1, ?, ?)
  on conflict (id) do update set factor_secret = excluded.factor_secret, factor_step = excluded.factor_step,
    code_tries = 0, code_tries_since = 0
  where factor_secret is null`,
] as const;

/** Ends the second factor; also where a setup link replaces the password. */
export const TURN_OFF = [
  'delete from visitor_owner_recovery',
  'update visitor_owner set factor_secret = null, factor_step = null',
] as const;

const USE_STEP = `
  update visitor_owner set factor_step = ?2, code_tries = 0 where factor_secret = ?1 and factor_step < ?2`;
const USE_RECOVERY = 'delete from visitor_owner_recovery where code = unhex(?)';
const COUNT_TRY = `
  update visitor_owner set
    code_tries = iif(code_tries_since > ?1 - ${HOUR_MS}, code_tries + 1, 1),
    code_tries_since = iif(code_tries_since > ?1 - ${HOUR_MS} and code_tries > 0, code_tries_since, ?1)
  returning code_tries`;
const FORGET_PENDING = `
  delete from visitor_owner_pending where until <= ? or token in (
    select token from visitor_owner_pending order by until desc limit -1 offset ${PENDING - 1}
  )`;
const ADD_PENDING = 'insert into visitor_owner_pending (token, proof, until) values (unhex(?), unhex(?), ?)';
const IS_PENDING = `
  select lower(hex(token)) as token, lower(hex(proof)) as proof, until
  from visitor_owner_pending where token = unhex(?) and until > ?`;
const END_PENDING = 'delete from visitor_owner_pending where token = unhex(?)';

/**
 * Makes the one way to the second factor.
 * @param read the primary's, where there are replicas: a code is wanted a moment after it was turned on
 */
export function factorStore({ read, write }: { readonly read: Write; readonly write: Write }): FactorStore {
  const changes = async (sql: string, args: (string | bigint)[]): Promise<boolean> =>
    (await answered(write, [{ sql, args }]))[0]?.rowsAffected === 1;

  return {
    factor: async () => {
      const row = (await answered(read, [FACTOR]))[0]?.rows[0];
      if (row === undefined) return;
      return { secret: row['factor_secret'] as string, recoveryCodes: Number(row['recovery_codes']) };
    },
    turnOn: async (secret, { step, recovery }) => {
      const [codes, factor] = TURN_ON;
      const results = await answered(write, [
        { sql: codes, args: [JSON.stringify(recovery)] },
        { sql: factor, args: [secret, BigInt(step)] },
      ]);
      return results[1]?.rowsAffected === 1;
    },
    turnOff: async () => {
      await answered(write, [...TURN_OFF]);
    },
    useStep: (secret, step) => changes(USE_STEP, [secret, BigInt(step)]),
    useRecovery: (code) => changes(USE_RECOVERY, [code]),
    countTry: async (now) => {
      const [counted] = await answered(write, [{ sql: COUNT_TRY, args: [BigInt(now)] }]);
      return Number(counted?.rows[0]?.['code_tries'] ?? 0);
    },
    addPending: async ({ token, proof, until }, now) => {
      await answered(write, [
        { sql: FORGET_PENDING, args: [BigInt(now)] },
        { sql: ADD_PENDING, args: [token, proof, BigInt(until)] },
      ]);
    },
    pending: async (token, now) => {
      const row = (await answered(read, [{ sql: IS_PENDING, args: [token, BigInt(now)] }]))[0]?.rows[0];
      if (row === undefined) return;
      return { token: row['token'] as string, proof: row['proof'] as string, until: Number(row['until']) };
    },
    endPending: async (token) => {
      await answered(write, [{ sql: END_PENDING, args: [token] }]);
    },
  };
}
