import { storeUnavailable } from '@footfall/core';
import type { Write } from '../log/write.ts';

/**
 * Stores that a server runs.
 * @param now epoch milliseconds
 * @returns when one said so before; undefined for the first time
 * @throws {FootfallError} SERVICE_UNAVAILABLE
 */
export async function beat(write: Write, now: number): Promise<number | undefined> {
  try {
    const [seen] = await write([
      'select seen_at from visitor_stats',
      { sql: 'update visitor_stats set seen_at = ?', args: [BigInt(now)] },
    ]);
    const before = seen?.rows[0]?.['seen_at'] ?? null;
    return before === null ? undefined : Number(before);
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}
