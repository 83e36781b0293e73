import { FootfallError } from '@footfall/core';
import type { StartingCount } from '@footfall/db';
import * as z from 'zod';
import type { AppContext } from './context.ts';

/** The largest starting number: sums of many stay exact. */
export const MOST_STARTING = 1e12;

const WANTED = 'number must be a whole number from 0 to 1,000,000,000,000';

export const startingNumberSchema = z.strictObject({
  page: z
    .string()
    .min(1, 'page must not be empty')
    .max(2_048, 'page must be at most 2,048 characters')
    .optional()
    .meta({ description: 'A URL, or a path that begins with /. Left out: the total.' }),
  number: z.int(WANTED).min(0, WANTED).max(MOST_STARTING, WANTED),
});

/** The starting numbers, the total's first. */
export function listStartingNumbers({ store }: AppContext): Promise<readonly StartingCount[]> {
  return store.startingNumbers.list();
}

/**
 * Sets the starting number of a page, or of the total: what the counter shows begins there.
 * @throws {FootfallError} BAD_REQUEST for what is no page; SERVICE_UNAVAILABLE
 */
export async function setStartingNumber(
  { page: given, number }: z.infer<typeof startingNumberSchema>,
  { store, site, now }: Pick<AppContext, 'store' | 'site' | 'now'>,
): Promise<StartingCount> {
  const page = given === undefined ? undefined : site.addresses.pageNamed(given);
  if (page?.includes('/') === false)
    throw new FootfallError('BAD_REQUEST', 'page must be an http(s) URL or a path that begins with /.');
  await store.startingNumbers.set([{ page, number }], now());
  return { page, number };
}
