import type { Connection } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { openServer } from '@footfall/db/remote';
import { startServer } from '@footfall/e2e/server';
import { startSqld, type Sqld } from '@footfall/e2e/sqld';
import { deployWorkerd, startWorkerd } from '@footfall/e2e/workerd';
import { describe, expect, it, onTestFinished } from 'vitest';

/** Sends a page view, with what a visitor might send of their own. */
async function send(url: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const response = await fetch(`${url}/api/visitors/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ url: '/a', country: 'AQ', cf: { country: 'AQ' } }),
  });
  expect(await response.json()).toMatchObject({ counted: true });
}

async function countriesIn({ database, close }: Connection): Promise<unknown[]> {
  const { rows } = await database.execute('select country from visitor_page_views order by seq');
  await close();
  return rows.map(({ country }) => country);
}

async function sqld(): Promise<Sqld> {
  const server = await startSqld();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

describe('a page view’s country', () => {
  it('is the platform’s on workerd, whatever a visitor sends', async () => {
    const { env, url, token } = await sqld();
    const bangladesh = await deployWorkerd({ ...env, COUNT_BOTS: 'true' }, { country: 'BD' });
    onTestFinished(bangladesh.stop);
    const unknown = await deployWorkerd({ ...env, COUNT_BOTS: 'true' }, {});
    onTestFinished(unknown.stop);
    await send(bangladesh.url, { 'cf-ipcountry': 'AQ', 'x-country': 'AQ' });
    await send(unknown.url, { 'cf-ipcountry': 'AQ', 'x-country': 'AQ' });
    expect(await countriesIn(openServer({ url, authToken: token }))).toEqual(['BD', null]);
  });

  it.each([
    ['believed from a trusted proxy', { TRUSTED_PROXIES: '127.0.0.0/8', COUNTRY_HEADER: 'X-Country' }, 'BD'],
    ['not from anyone else', { TRUSTED_PROXIES: '10.0.0.0/8', COUNTRY_HEADER: 'X-Country' }, null],
    ['not where no proxy is trusted', { COUNTRY_HEADER: 'X-Country' }, null],
    ['not from another header', { TRUSTED_PROXIES: '127.0.0.0/8', COUNTRY_HEADER: 'CF-IPCountry' }, null],
    ['not where no header is named', { TRUSTED_PROXIES: '127.0.0.0/8' }, null],
  ])('is on Node %s', async (_, environment, country) => {
    await using server = await startServer({ env: { COUNT_BOTS: 'true', ...environment } });
    await send(server.url, { 'x-country': 'BD' });
    await server.stop();
    expect(await countriesIn(await openFile({ path: server.file }))).toEqual([country]);
  });
});

describe('a value that makes no sense at the edge', () => {
  it.each([
    [{ DATABASE_URL: 'file:footfall.db' }, 'DATABASE_URL must name a libSQL server'],
    [{ PUBLIC_URL: '' }, 'PUBLIC_URL must be set'],
    [{ RATE_LIMIT_PER_SECOND: '5' }, 'RATE_LIMIT_PER_SECOND must be 0'],
    [{ COUNT_BOTS: 'maybe' }, 'COUNT_BOTS must be true or false'],
  ])('%j stops the start with a sentence that names it', async (environment, sentence) => {
    const starting = startWorkerd({ DATABASE_URL: 'http://127.0.0.1:9', ...environment });
    await expect(starting).rejects.toThrow(sentence);
  });
});
