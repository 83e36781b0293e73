import type { Locator, Page, WebSocketRoute } from '@playwright/test';
import { startHostSite } from './host-site.ts';

/** The snippet that embeds the widget in a page. */
export const snippet = (footfall: string, attributes = ''): string =>
  `<script type="module" async src="${footfall}/widget.js"></script><visitor-tracker ${attributes}></visitor-tracker>`;

/** Its four numbers: live, active, today, total. */
export const numbers = (page: Page): Locator => page.locator('visitor-tracker dd b');

/** Its line about the leading country. */
export const country = (page: Page): Locator => page.locator('visitor-tracker section summary');

/** Its title. */
export const title = (page: Page): Locator => page.locator('visitor-tracker #title');

/** All errors of a page, except for the icon that browsers request from every site. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('favicon')) complaints.push(message.text());
  });
  return complaints;
}

/** The environment of a server that locates visitors by their events. */
export const ANYWHERE = {
  COUNT_BOTS: 'true',
  TRUSTED_PROXIES: '127.0.0.1',
  CLIENT_IP_HEADER: 'x-client',
  COUNTRY_HEADER: 'x-country',
};

/** Sends a page view of one visitor from a country. */
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
  if (response.status !== 204) throw new Error(`The visit got status ${response.status}.`);
}

/** Opens a page of a website that exists until the page is closed. */
export async function openPage(
  page: Page,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const host = await startHostSite(() => body, headers);
  page.once('close', () => void host.stop());
  await page.goto(host.url);
}

/** The id of a database. */
export const STORE = 7;

/** Routes the page's live connection to a test server. Returns the connection, once there is one. */
export async function routeLive(page: Page, ...messages: readonly object[]): Promise<() => WebSocketRoute> {
  let socket: WebSocketRoute | undefined;
  await page.routeWebSocket('**/api/live', (opened) => {
    socket = opened;
    for (const visitorStats of messages) opened.send(updateOf(visitorStats));
  });
  return () => socket as WebSocketRoute;
}

/** A message of a live connection. */
export const updateOf = (visitorStats: object): string => {
  const { version = 1, store = STORE } = visitorStats as { version?: number; store?: number };
  const numbers = { live: 1, active: 2, today: 3, total: 4, location: null, version, store, ...visitorStats };
  return JSON.stringify({
    type: 'visitor_update',
    stats: { version, store },
    visitorStats: numbers,
    count: 1,
    version,
    store,
  });
};

/** Sums up the layout shifts of a page. */
export const watchShifts = async (page: Page): Promise<void> => {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
};

/** The sum, once everything is painted. */
export const shiftsOf = (page: Page): Promise<number[]> =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    return (window as unknown as { shifts: number[] }).shifts;
  });
