import { storeUnavailable, type Salts } from '@footfall/core';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Write } from './write.ts';
import type { Tables } from '../keep/schema.ts';

/** The days whose salts are asked for. */
export interface SaltDays {
  /** Where the local day begins. */
  readonly today: number;
  readonly previous: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The salts, and the id of the database that they are in. */
export interface StoredSalts extends Salts {
  readonly store: number;
}

/** No day's salt is kept for longer. */
const KEPT_MS = 48 * 60 * 60 * 1000;

/** No day begins further ahead, unless a clock was wrong: instances may differ by up to a day. */
const AHEAD_MS = 24 * 60 * 60 * 1000;

/**
 * Builds the one way to the salts. The database makes them from its own source of randomness, so that several instances
 * get the same; the days' salts that are over are destroyed in the same transaction.
 */
export function compileSalts(
  db: Kysely<Tables>,
  write: Write,
): (days: SaltDays) => Promise<{ salts: StoredSalts; destroyed: number }> {
  // A clock that was ahead leaves salts from the future: their 48 hours run from when a right clock sees them.
  const date = db.updateTable('visitor_salts').set({ made_at: 0 }).where('made_at', '>', 0).compile().sql;
  // An instance whose clock is behind, by up to a day, must not destroy the salt of a day that has begun elsewhere.
  const destroy = db
    .deleteFrom('visitor_salts')
    .where((eb) =>
      eb.or([eb('day', '<', eb.val(0)), eb('made_at', '<=', eb.val(0)), eb('day', '>', eb.val(0))]),
    )
    .compile().sql;
  const makeDevice = db
    .insertInto('visitor_device_salt')
    .columns(['id', 'salt', 'made_at'])
    .values({ id: sql.lit(1), salt: sql<Uint8Array>`randomblob(32)`, made_at: 0 })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .compile().sql;
  const make = db
    .insertInto('visitor_salts')
    .columns(['day', 'salt', 'made_at'])
    .values({ day: 0, salt: sql<Uint8Array>`randomblob(32)`, made_at: 0 })
    .onConflict((conflict) => conflict.column('day').doNothing())
    .compile().sql;
  // Its page view is believed for a day at most: what has waited longer waits in vain.
  const forget = db.deleteFrom('visitor_engagements').where('seen_until', '<', 0).compile().sql;
  // Who brought the new names of an hour is not needed after it.
  const forgetSenders = db
    .deleteFrom('visitor_new_names')
    .where('hour', '<', sql<number>`unixepoch() / 3600 * 3600000`)
    .compile().sql;
  const read = db.selectFrom('visitor_salts').select(['day', 'salt']).compile().sql;
  const readDevice = db
    .selectFrom(['visitor_device_salt', 'visitor_stats'])
    .select(['salt', 'store'])
    .compile().sql;

  return async ({ today, previous, now }) => {
    try {
      const [, destroyed, , , ofDays, ofDevices] = await write([
        { sql: date, args: [BigInt(now), BigInt(now)] },
        { sql: destroy, args: [BigInt(previous), BigInt(now - KEPT_MS), BigInt(now + AHEAD_MS)] },
        { sql: make, args: [BigInt(today), BigInt(now)] },
        { sql: makeDevice, args: [BigInt(now)] },
        read,
        readDevice,
        { sql: forget, args: [BigInt(now - KEPT_MS)] },
        forgetSenders,
      ]);
      const days = new Map(ofDays?.rows.map((row) => [Number(row['day']), bytesOf(row['salt'])]));
      const device = bytesOf(ofDevices?.rows[0]?.['salt']);
      const store = Number(ofDevices?.rows[0]?.['store']);
      return { salts: { days, device, store }, destroyed: destroyed?.rowsAffected ?? 0 };
    } catch (cause) {
      throw storeUnavailable(cause);
    }
  };
}

/** A driver gives bytes as a buffer, a server as what its protocol has. */
function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(value as ArrayBuffer);
}
