import { expect, type Locator, type Page } from '@playwright/test';

/** The total of page views on Footfall's own pages. */
export const total = (page: Page): Locator => page.getByTestId('total-views');

/** Sends a page view, and resolves when it is durable. */
export async function visit({ url }: { readonly url: string }, path = '/visited'): Promise<void> {
  await expect(async () => {
    const response = await fetch(`${url}/api/visitors/track?return=minimal`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: path }),
    });
    expect(response.status).toBe(204);
  }).toPass();
}

/** Records every number that a page shows from now on. */
export async function noted(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const element = document.querySelector('[data-testid="total-views"]') as HTMLElement;
    const seen: string[] = [element.innerText];
    Object.assign(window, { seen });
    new MutationObserver(() => seen.push(element.innerText)).observe(element, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  return async () => {
    const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
    return seen.map((text) => Number(text.replaceAll(/\D/g, '')));
  };
}

/** Transports that are blocked for a page. */
export type Blocked = 'nothing' | 'sockets' | 'sockets and streams';

/** How a page received its numbers, by its requests. */
export async function opened(page: Page, blocked: Blocked, url: string): Promise<() => string[]> {
  const ways: string[] = [];
  page.on('websocket', () => ways.push('socket'));
  page.on('request', (request) => {
    if (request.resourceType() === 'eventsource') ways.push('stream');
    if (request.url().endsWith('/api/stats')) ways.push('polling');
  });
  if (blocked !== 'nothing') {
    await page.routeWebSocket('**/api/live', (socket) => socket.close());
  }
  if (blocked === 'sockets and streams') {
    await page.route('**/api/live', (route) => route.abort());
  }
  await page.goto(url);
  return () => ways;
}
