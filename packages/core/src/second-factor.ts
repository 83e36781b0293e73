/** How long the second step of a sign-in may take after the password, in milliseconds: 5 minutes. */
export const SECOND_STEP_MS = 5 * 60 * 1000;

/**
 * Codes of the app that may be tried in an hour, in all: six digits can be guessed, by someone who knows the password and
 * has thousands of addresses. Recovery codes are too long for that, and are taken all the same.
 */
export const CODES_PER_HOUR = 20;

/** Recovery codes that are made at once. */
export const RECOVERY_CODES = 10;

/** What a secret of an app is: 160 bits in base32. */
const SECRET = /^[A-Z2-7]{32}$/;

export const isFactorSecret = (secret: string): boolean => SECRET.test(secret);

/** A code as its owner has typed it: six digits of the app, or a recovery code. */
export type Code = { readonly kind: 'app' | 'recovery'; readonly code: string };

/** Reads a code, with the spaces and dashes that people and their apps put into it; undefined where it is none. */
export function readCode(typed: string): Code | undefined {
  if (typed.length > LONGEST_TYPED) return;
  const code = typed.replaceAll(/[\s\p{Pd}]/gu, '').toUpperCase();
  if (/^\d{6}$/.test(code)) return { kind: 'app', code };
  return RECOVERY.test(code) ? { kind: 'recovery', code } : undefined;
}

const LONGEST_TYPED = 64;

/** Eighty bits in base32. */
const RECOVERY = /^[A-Z2-7]{16}$/;

/** A recovery code as it is shown: `ABCD-EFGH-IJKL-MNOP`. */
export const shownRecoveryCode = (code: string): string => code.replaceAll(/.{4}(?=.)/g, '$&-');
