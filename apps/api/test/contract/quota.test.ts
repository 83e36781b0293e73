import { describe, expect, it } from 'vitest';
import { BROWSER, COUNTED, newId, newPage, start, type Tracked } from '../support.ts';

const WRITE_KEY = 'a-write-key-of-32-characters-xyz';
const OTHER = '(other)';

/** New pages per hour, and how many of them one address, and one IPv6 /48, may add. */
const QUOTA = 100;
const ADDRESS = 5;
const NETWORK = 10;

// Each quota is per hour: the tests do not start at the end of one.
const HOUR_MS = 3_600_000;
const left = HOUR_MS - (Date.now() % HOUR_MS);
if (left < 20_000) await new Promise((resolve) => setTimeout(resolve, left + 100));

const footfall = await start({ NEW_PAGES_PER_HOUR: String(QUOTA), WRITE_KEYS: WRITE_KEY });

const urlOf = (page: string): string => `https://example.com${page}`;

/** Sends a page view as a server does for a visitor at an address. */
const from = (ip: string, page: string): Promise<Tracked> =>
  footfall.track({ url: urlOf(page), ip }, { headers: { authorization: `Bearer ${WRITE_KEY}` } });

/** How many new pages from addresses are listed under their own names. */
async function listed(count: number, addressOf: (n: number) => string): Promise<number> {
  let own = 0;
  for (let n = 0; n < count; n += 1) own += (await from(addressOf(n), newPage())).page === undefined ? 1 : 0;
  return own;
}

describe('of the new pages of an hour', () => {
  it('one address may add its share; the response says what further ones are counted as, and count agrees with it', async () => {
    const answers: Tracked[] = [];
    const pages = Array.from({ length: ADDRESS + 4 }, newPage);
    for (const page of pages) answers.push(await footfall.track({ url: urlOf(page) }));
    for (const answer of answers.slice(0, ADDRESS)) expect(answer).toEqual({ ...COUNTED, count: 1 });
    for (const [n, answer] of answers.slice(ADDRESS).entries())
      expect(answer).toEqual({ ...COUNTED, count: n + 1, page: OTHER });
    expect(await footfall.count(OTHER)).toMatchObject({ count: 4 });
    expect(await footfall.count(pages[0])).toMatchObject({ count: 1 });
    expect(await footfall.count(pages.at(-1))).toMatchObject({ count: 0 });
    expect(await footfall.track({ url: urlOf(pages[0] ?? '') })).toEqual({ ...COUNTED, count: 2 });

    const events = [pages[1], newPage()].map((page) => ({ id: newId(), url: urlOf(page ?? '') }));
    const sendBatch = () =>
      fetch(`${footfall.url}/api/track`, {
        method: 'POST',
        headers: { 'user-agent': BROWSER },
        body: JSON.stringify({ events }),
      });
    let batch = await sendBatch();
    while (batch.status === 503) batch = await sendBatch(); // as a client does if a store is busy
    const id = expect.any(String) as string;
    expect(await batch.json()).toMatchObject({
      accepted: 2,
      results: [
        { id, counted: true },
        { id, counted: true, page: OTHER },
      ],
    });
    expect(await footfall.count(OTHER)).toMatchObject({ count: 5 });
  });

  it('another address can still add a new article, and so then can the first', async () => {
    const article = newPage();
    expect(await footfall.track({ url: urlOf(article) })).toMatchObject({ page: OTHER });
    expect(await from('192.0.2.1', article)).toEqual({ ...COUNTED, count: 1 });
    expect(await footfall.track({ url: urlOf(article) })).toEqual({ ...COUNTED, count: 2 });
    expect(await footfall.count(article)).toMatchObject({ count: 2 });
  });

  it('an IPv6 /64 may add as many as an address, its /48 twice that', async () => {
    expect(await listed(ADDRESS + 2, (n) => `2001:db8:1:1::${n}`)).toBe(ADDRESS);
    expect(await listed(NETWORK, (n) => `2001:db8:1:${n + 2}::1`)).toBe(NETWORK - ADDRESS);
    expect(await listed(1, () => '2001:db8:2:1::1')).toBe(1);
  });
});

it('the OpenAPI document has it among the responses of track', async () => {
  const response = await fetch(`${footfall.url}/api/openapi.json`);
  const { components } = (await response.json()) as { components: { schemas: Record<string, object> } };
  for (const name of ['Tracked', 'TrackedBatch'])
    expect(JSON.stringify(components.schemas[name])).toMatch(/"page":\{[^}]*"const":"\(other\)"/);
});
