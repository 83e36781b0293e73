import { ERASE_ALL } from '@footfall/core/erase';
import { instantsOf, keysOf, timesSchema, VISITOR_ID_CHARACTERS, objection, refused } from '@footfall/core';
import type { Forgotten } from '@footfall/db';
import * as z from 'zod';
import type { AppContext } from './context.ts';

export const erasePageSchema = z.object({
  page: z.string().min(1, 'page must not be empty').max(512, 'page must be at most 512 characters'),
  confirm: z.string().max(512).meta({ description: 'The page once more.' }),
});

export const forgetVisitorSchema = timesSchema.extend({
  visitorId: z
    .string()
    .min(1, 'visitorId must not be empty')
    .max(VISITOR_ID_CHARACTERS, `visitorId must be at most ${VISITOR_ID_CHARACTERS} characters`),
  confirm: z.string().max(VISITOR_ID_CHARACTERS).meta({ description: 'The visitorId once more.' }),
});

export const eraseAllSchema = z.object({ confirm: z.string().max(64) });

/**
 * Deletes a page from every number.
 * @returns how many page views were deleted
 * @throws {FootfallError} BAD_REQUEST where it is not confirmed; NOT_FOUND for a page without views; SERVICE_UNAVAILABLE
 */
export async function erasePage(
  { page, confirm }: z.infer<typeof erasePageSchema>,
  { store }: AppContext,
): Promise<{ readonly pageViews: number }> {
  requireConfirmed(confirm, page);
  if ((await store.count(page)).count === 0) throw refused('NOT_FOUND', objection('no-views'));
  return { pageViews: await store.erasePage(page) };
}

/**
 * Deletes the page views and visits of a visitor, of a period or all; they stay counted.
 * @throws {FootfallError} BAD_REQUEST where it is not confirmed; SERVICE_UNAVAILABLE
 */
export async function forgetVisitor(
  { visitorId, confirm, from, to }: z.infer<typeof forgetVisitorSchema>,
  { store, site, salts }: AppContext,
): Promise<Forgotten> {
  requireConfirmed(confirm, visitorId);
  const during = instantsOf({ from, to }, site.calendar);
  const browser = { site: site.name, visitorId, address: '', userAgent: '' };
  return store.forgetVisitors(keysOf(browser, await salts()), during);
}

/**
 * Deletes everything that was counted.
 * @throws {FootfallError} BAD_REQUEST where it is not confirmed; SERVICE_UNAVAILABLE
 */
export async function eraseAll(
  { confirm }: z.infer<typeof eraseAllSchema>,
  { store }: AppContext,
): Promise<void> {
  requireConfirmed(confirm, ERASE_ALL);
  await store.eraseAll();
}

function requireConfirmed(typed: string, wanted: string): void {
  if (typed.trim() !== wanted) throw refused('BAD_REQUEST', objection('not-confirmed', wanted));
}
