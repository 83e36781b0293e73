import type { Connection } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { openServer } from '@footfall/db/remote';
import { startServer } from '@footfall/e2e/server';
import { startSqld, type Sqld } from '@footfall/e2e/sqld';
import { deployWorkerd, startWorkerd } from '@footfall/e2e/workerd';
import { describe, expect, it, onTestFinished } from 'vitest';

/** Sends a page view with headers that a visitor may forge. */
async function send(url: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const response = await fetch(`${url}/api/visitors/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ url: '/a', country: 'AQ', city: 'Vostok', ip: '8.8.8.8', cf: { country: 'AQ' } }),
  });
  expect(await response.json()).toMatchObject({ counted: true });
}

/** Country, region and city of each page view. */
async function locationsIn({ database, close }: Connection): Promise<string[]> {
  const { rows } = await database.execute(
    `select (select value from visitor_values where id = country) country,
       (select value from visitor_values where id = region) region,
       (select value from visitor_values where id = city) city
     from visitor_page_views join visitor_facts on visitor_facts.id = facts order by seq`,
  );
  await close();
  return rows.map(({ country, region, city }) => [country, region, city].join('/'));
}

async function sqld(): Promise<Sqld> {
  const server = await startSqld();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

describe('a page view’s location', () => {
  const SPOOFED = {
    'cf-ipcountry': 'AQ',
    'cf-ipcity': 'Vostok',
    'cf-connecting-ip': '8.8.8.8',
    'x-country': 'AQ',
    'x-forwarded-for': '8.8.8.8',
  };

  it('is the platform’s on workerd, whatever a visitor sends', async () => {
    const { env, url, token } = await sqld();
    const dhaka = { country: 'BD', region: 'Dhaka Division', city: 'Dhaka' };
    const bangladesh = await deployWorkerd({ ...env, COUNT_BOTS: 'true' }, dhaka);
    onTestFinished(bangladesh.stop);
    const unknown = await deployWorkerd({ ...env, COUNT_BOTS: 'true' }, {});
    onTestFinished(unknown.stop);
    await send(bangladesh.url, SPOOFED);
    await send(unknown.url, SPOOFED);
    // A page view is in the log at once, and folded a moment later.
    await expect
      .poll(() => locationsIn(openServer({ url, authToken: token })), { timeout: 10_000 })
      .toEqual(['BD/Dhaka Division/Dhaka', '//']);
  });

  const TRUSTED = { TRUSTED_PROXIES: '127.0.0.0/8' };
  const NAMED = { COUNTRY_HEADER: 'X-Country', REGION_HEADER: 'X-Region', CITY_HEADER: 'X-City' };

  it.each<[string, Record<string, string>, string]>([
    ['trusted from a trusted proxy', { ...TRUSTED, ...NAMED }, 'BD/Dhaka Division/Dhākā'],
    ['not from others', { TRUSTED_PROXIES: '10.0.0.0/8', ...NAMED }, '//'],
    ['not from another header', { ...TRUSTED, COUNTRY_HEADER: 'CF-IPCountry' }, '//'],
    ['not if no header is configured', TRUSTED, '//'],
    ['that of the address a trusted proxy reports', { ...TRUSTED, CLIENT_IP_HEADER: 'X-Real-IP' }, 'GB//'],
    [
      'not that of an address others report',
      { TRUSTED_PROXIES: '10.0.0.0/8', CLIENT_IP_HEADER: 'X-Real-IP' },
      '//',
    ],
  ])('is on Node %s', async (_, environment, place) => {
    await using server = await startServer({ env: { COUNT_BOTS: 'true', ...environment } });
    await send(server.url, {
      'x-country': 'BD',
      'x-region': 'Dhaka%20Division',
      'x-city': Buffer.from('Dhākā').toString('latin1'),
      'x-real-ip': '81.2.69.142',
    });
    await server.stop();
    expect(await locationsIn(await openFile({ path: server.file }))).toEqual([place]);
  });
});

describe('a value that is invalid on workerd', () => {
  it.each([
    [{ DATABASE_URL: 'file:footfall.db' }, 'DATABASE_URL must be a libSQL server'],
    [{ PUBLIC_URL: '' }, 'PUBLIC_URL must be set'],
    [{ SPAM_REFERRERS: 'spam.txt' }, 'SPAM_REFERRERS is a file'],
    [{ RATE_LIMIT_PER_SECOND: '5' }, 'RATE_LIMIT_PER_SECOND must be 0'],
    [{ COUNT_BOTS: 'maybe' }, 'COUNT_BOTS must be true or false'],
  ])('%j stops the start with a sentence that names it', async (environment, sentence) => {
    const starting = startWorkerd({ DATABASE_URL: 'http://127.0.0.1:9', ...environment });
    await expect(starting).rejects.toThrow(sentence);
  });
});
