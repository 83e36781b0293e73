import { FootfallError } from './errors.ts';

/**
 * A time before this version was built, updated with each release: no correct clock shows an earlier one. A machine
 * without a battery starts in 1970 until it has synchronised its clock.
 */
export const BUILT_AT = Date.UTC(2026, 10, 1);

/** When a client may try again, in seconds. */
const RETRY_AFTER = 30;

/**
 * Refuses to count when the clock is certainly wrong: page views would get a wrong day, and salts a wrong age.
 * @param now epoch milliseconds
 * @throws {FootfallError} SERVICE_UNAVAILABLE
 */
export function requireClock(now: number): void {
  if (now >= BUILT_AT) return;
  throw new FootfallError(
    'SERVICE_UNAVAILABLE',
    `The clock of this server is wrong: it shows the year ${new Date(now).getUTCFullYear()}; nothing is counted until it is right.`,
    { retryAfter: RETRY_AFTER },
  );
}
