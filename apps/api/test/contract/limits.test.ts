import { createFootfallClient } from '@footfall/trpc/client';
import { has } from '@footfall/e2e/configurations';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atOnce, BROWSER, expectError, newPage, start, started, type Footfall } from '../support.ts';

/** How many of several simultaneous events are let through. */
async function letThrough(
  footfall: Footfall,
  headersOf: (n: number) => Record<string, string>,
): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => footfall.send({ url: '/' }, { headers: headersOf(n) })),
  );
  for (const answer of answers) {
    if (answer.status === 200) continue;
    expect(await expectError(answer, 429, 'TOO_MANY_REQUESTS')).toBe('Too many requests from this address.');
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  }
  return answers.filter(({ status }) => status === 200).length;
}

/** Each process limits by itself: how many pass in total if each lets `limit` through. */
const inAll = (footfall: Footfall, limit: number): number => limit * footfall.instances.length;

const from = (address: string) => () => ({ 'x-forwarded-for': address });
const PROXY = { RATE_LIMIT_PER_SECOND: '2', CLIENT_IP_HEADER: 'X-Forwarded-For' };

describe('without RATE_LIMIT_PER_SECOND', async () => {
  const footfall = await start();

  it('counting has no rate limit', async () => {
    await atOnce(500, () => footfall.track({ url: '/fast' }));
    expect((await footfall.count('/fast')).count).toBe(500);
  });
});

describe.runIf(has('rateLimit'))('RATE_LIMIT_PER_SECOND', () => {
  const limited = started({ RATE_LIMIT_PER_SECOND: '2' });

  it('admits that number of requests, refuses others with a time to retry, and counts only the former', async () => {
    const before = (await limited().count('/')).count;
    const through = await letThrough(limited(), () => ({}));
    expect(through).toBeLessThan(8);
    await expect
      .poll(async () => (await fetch(`${limited().url}/api/visitors/count?page=/`)).json(), {
        timeout: 5_000,
      })
      .toMatchObject({ count: before + through });
  });

  it('trusts no header by default', async () => {
    const through = await letThrough(limited(), (n) => ({
      'x-forwarded-for': `192.0.2.${n}`,
      forwarded: `for=192.0.2.${n}`,
      'x-real-ip': `192.0.2.${n}`,
      'cf-connecting-ip': `192.0.2.${n}`,
    }));
    expect(through).toBeLessThan(8);
  });

  it('does not apply to preflights', async () => {
    await letThrough(limited(), () => ({}));
    const answer = await fetch(`${limited().url}/api/visitors/track`, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
  });

  it('does not apply to monitoring', async () => {
    await letThrough(limited(), () => ({}));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => fetch(limited().url + ['/healthz', '/readyz', '/metrics'][n % 3])),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  });

  it('counts a refused event when it is sent again', async () => {
    const body = { id: crypto.randomUUID(), url: newPage() };
    await letThrough(limited(), () => ({}));
    await expect
      .poll(
        () =>
          limited()
            .send(body)
            .then(({ status }) => status),
        { timeout: 5_000 },
      )
      .toBe(200);
    await expect
      .poll(async () => (await limited().send(body)).json(), { timeout: 5_000 })
      .toMatchObject({ count: 1, counted: false, reason: 'duplicate' });
  });
});

describe.runIf(has('rateLimit'))('behind a trusted proxy', () => {
  const proxied = started({ ...PROXY, TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,2001:db8:ffff::/48' });
  const through = (headersOf: (n: number) => Record<string, string>) => letThrough(proxied(), headersOf);
  const limit = () => inAll(proxied(), 2);
  let last = 0;
  const newAddress = () => `198.51.100.${(last += 1)}`;

  it('each address has its own limit', async () => {
    expect(await through(() => from(newAddress())())).toBe(8);
    expect(await through(from(newAddress()))).toBe(limit());
    expect(await through(from(newAddress()))).toBe(limit());
  });

  it('the rightmost entry that is not a trusted proxy counts: clients can forge the entries left of it', async () => {
    const client = newAddress();
    expect(
      await through((n) => ({
        'x-forwarded-for': `192.0.2.${n}, ${client}, 10.1.2.${n}, 10.3.2.1`,
      })),
    ).toBe(limit());
  });

  it.each([
    'unknown',
    '_hidden',
    '192.0.2.1:1234',
    '[2001:db8::1]',
    '',
    ' , ',
    '<script>',
    '1.2.3',
    'localhost',
  ])('an invalid entry (%j) means the proxy itself, whatever is left of it', async (entry) => {
    const own = await start({ ...PROXY, TRUSTED_PROXIES: '127.0.0.1' }, onTestFinished);
    expect(await letThrough(own, (n) => ({ 'x-forwarded-for': `192.0.2.${n}, ${entry}` }))).toBe(
      inAll(own, 2),
    );
  });

  it('an IPv6 address counts by its /64', async () => {
    expect(await through((n) => ({ 'x-forwarded-for': `2001:db8:1:2::${n}` }))).toBe(limit());
    expect(await through((n) => ({ 'x-forwarded-for': `2001:DB8:1:3:${n}::1` }))).toBe(limit());
    expect(await through((n) => ({ 'x-forwarded-for': `2001:db8:2:${n}::1` }))).toBe(8);
  });

  it('an IPv4 address written as IPv6 is the same', async () => {
    const client = newAddress();
    expect(await through((n) => ({ 'x-forwarded-for': n % 2 === 0 ? client : `::ffff:${client}` }))).toBe(
      limit(),
    );
  });

  it('only the configured header counts', async () => {
    const client = newAddress();
    expect(await through((n) => ({ 'x-forwarded-for': client, 'x-real-ip': `192.0.2.${n}` }))).toBe(limit());
  });

  it('all routes are limited together', async () => {
    const headers = {
      'user-agent': BROWSER,
      'content-type': 'application/json',
      'x-forwarded-for': newAddress(),
    };
    const [url = ''] = proxied().instances;
    const client = createFootfallClient({ url, headers });
    const body = JSON.stringify({ url: '/' });
    expect((await fetch(`${url}/api/visitors/track`, { method: 'POST', headers, body })).status).toBe(200);
    expect((await fetch(`${url}/api/visitors/count`, { headers })).status).toBe(200);
    await expect(client.count.query()).rejects.toMatchObject({ data: { code: 'TOO_MANY_REQUESTS' } });
    expect((await fetch(`${url}/api/visitors/pixel.gif?url=/`, { headers })).status).toBe(429);
  });
});

describe.runIf(has('rateLimit'))('from a peer that is not trusted', () => {
  const direct = started({ ...PROXY, TRUSTED_PROXIES: '192.0.2.1,10.0.0.0/8' });

  it('the header changes nothing', async () => {
    expect(await letThrough(direct(), (n) => ({ 'x-forwarded-for': `198.51.100.${n}` }))).toBeLessThan(8);
  });
});
