import type { Locator, Page } from '@playwright/test';

/** The lines that put the widget onto a page. */
export const snippet = (footfall: string, attributes = ''): string =>
  `<script type="module" async src="${footfall}/widget.js"></script><visitor-tracker ${attributes}></visitor-tracker>`;

/** Its four numbers: live, active, today, total. */
export const numbers = (page: Page): Locator => page.locator('visitor-tracker dd');

/** What it says of the leading country. */
export const country = (page: Page): Locator => page.locator('visitor-tracker section summary');

/** What it says of itself. */
export const title = (page: Page): Locator => page.locator('visitor-tracker #title');

/** Everything a page complains of; a browser asks every site for its icon, which is not the widget's business. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('favicon')) complaints.push(message.text());
  });
  return complaints;
}

/** How a Footfall is started whose visitors come from where their reports say. */
export const ANYWHERE = {
  COUNT_BOTS: 'true',
  TRUSTED_PROXIES: '127.0.0.1',
  CLIENT_IP_HEADER: 'x-client',
  COUNTRY_HEADER: 'x-country',
};

/** Reports a page view of one visitor from a country. */
export async function visitFrom(
  { url }: { readonly url: string },
  country: string,
  visitor: number,
): Promise<void> {
  const response = await fetch(`${url}/api/visitors/track?return=minimal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-country': country, 'x-client': `10.0.0.${visitor}` },
    body: JSON.stringify({ url: '/visited', visitorId: `visitor-${visitor}` }),
  });
  if (response.status !== 204) throw new Error(`The visit was answered ${response.status}.`);
}
