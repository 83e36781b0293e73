import type { Page } from '@playwright/test';

const LINK = /http\S+\/share\/[\w-]{43}/;

/**
 * The address of the private link that `/admin/share` has just made, as the owner reads it there. Other
 * notices may be on the page first, so this one is known by its address.
 */
export async function madeLink(page: Page): Promise<string> {
  const text = await page.getByRole('status').filter({ hasText: LINK }).innerText();
  return LINK.exec(text)?.[0] ?? '';
}
