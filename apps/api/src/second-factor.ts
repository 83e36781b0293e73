import { createHash, createHmac, randomBytes } from 'node:crypto';
import {
  CODES_PER_HOUR,
  isFactorSecret,
  readCode,
  RECOVERY_CODES,
  shownRecoveryCode,
  objection,
  refused,
} from '@footfall/core';
import type { FactorStore } from '@footfall/db';
import { Secret, TOTP } from 'otpauth/bare';
import { tooMany } from './attempts.ts';

/** Twenty bytes, as RFC 4226 asks for. */
const SECRET_BYTES = 20;
/** Ten bytes are sixteen letters of base32. */
const RECOVERY_BYTES = 10;
const STEP_MS = 30_000;
const TRY_AGAIN_MS = 60 * 60 * 1000;

/** Codes of the step before and after are right, too: clocks differ. */
const WINDOW = 1;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const randomBase32 = (bytes: number): string => new Secret({ buffer: asBuffer(randomBytes(bytes)) }).base32;

/** A copy of its own: Node's small buffers share one. */
const asBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

/** What an app needs to make codes. */
export interface NewFactor {
  readonly secret: string;
  /** The secret as the address that a QR code has. */
  readonly address: string;
}

const totpOf = (secret: string, account = ''): TOTP =>
  new TOTP({
    issuer: 'Footfall',
    label: account,
    secret: Secret.fromBase32(secret),
    period: STEP_MS / 1000,
    hmac: (_, key, message) => createHmac('sha1', key).update(message).digest(),
  });

/** @param account whose codes they are, as the app lists them @param secret a new one by default */
export function newFactor(account: string, secret: string = randomBase32(SECRET_BYTES)): NewFactor {
  return { secret, address: isFactorSecret(secret) ? totpOf(secret, account).toString() : '' };
}

/** The time step (RFC 6238) that a code belongs to; undefined if the code is not valid now. */
function stepOf(code: string, secret: string, now: number): number | undefined {
  const delta = totpOf(secret).validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? undefined : Math.floor(now / STEP_MS) + delta;
}

/**
 * Uses a code of the app or a recovery code: each is right once.
 * @returns whether it is right
 * @throws {FootfallError} TOO_MANY_REQUESTS where too many codes of the app were tried
 */
export async function useCode(store: FactorStore, typed: string, now: number): Promise<boolean> {
  const code = readCode(typed);
  const factor = await store.factor();
  if (code === undefined || factor === undefined) return false;
  if (code.kind === 'recovery') return store.useRecovery(sha256(code.code));
  if ((await store.countTry(now)) > CODES_PER_HOUR) throw tooMany(objection('many-codes'), TRY_AGAIN_MS);
  const step = stepOf(code.code, factor.secret, now);
  return step !== undefined && store.useStep(factor.secret, step);
}

/**
 * Switches the second factor on, with a code that shows that the app has the secret.
 * @returns the recovery codes
 * @throws {FootfallError} BAD_REQUEST
 */
export async function turnOnFactor(
  store: FactorStore,
  { secret, code }: { readonly secret: string; readonly code: string },
  now: number,
): Promise<readonly string[]> {
  const read = readCode(code);
  const step = isFactorSecret(secret) && read?.kind === 'app' ? stepOf(read.code, secret, now) : undefined;
  if (step === undefined) throw refused('BAD_REQUEST', objection('wrong-code'));
  const codes = Array.from({ length: RECOVERY_CODES }, () => randomBase32(RECOVERY_BYTES));
  if (!(await store.turnOn(secret, { step, recovery: codes.map(sha256) })))
    throw refused('BAD_REQUEST', objection('factor-on'));
  return codes.map(shownRecoveryCode);
}
