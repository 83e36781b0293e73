import { CLOCKS_APART_MS, storeUnavailable } from '@footfall/core';
import type { Write } from '../log/write.ts';

/** The latest time stays, so that a server whose clock is behind makes no outage for the others. */
const BEAT = `
  update visitor_stats set seen_at = ?1
  where ifnull(seen_at not between ?1 and ?1 + ${CLOCKS_APART_MS}, true)`;

/**
 * Stores that a server runs.
 * @param now epoch milliseconds
 * @returns when one said so before; undefined for the first time
 * @throws {FootfallError} SERVICE_UNAVAILABLE
 */
export async function beat(write: Write, now: number): Promise<number | undefined> {
  try {
    const [seen] = await write(['select seen_at from visitor_stats', { sql: BEAT, args: [BigInt(now)] }]);
    const before = seen?.rows[0]?.['seen_at'] ?? null;
    return before === null ? undefined : Number(before);
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}
