import { has } from '@footfall/e2e/configurations';
import { describe, expect, it } from 'vitest';
import { BROWSER, expectCors, newId, newPage, start, started } from '../support.ts';

const footfall = await start();
const pixel = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${footfall.url}/api/visitors/pixel.gif${query}`, { headers: { 'user-agent': BROWSER, ...headers } });

/** Asserts that a response is the image, whatever its status. */
async function expectPixel(response: Response, status: number, outcome: string): Promise<void> {
  expect([response.status, response.headers.get('x-footfall')]).toEqual([status, outcome]);
  expect(response.headers.get('content-type')).toBe('image/gif');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('content-length')).toBe('43');
  expect(response.headers.get('access-control-expose-headers')).toContain('X-Footfall');
  expectCors(response.headers);
  const body = Buffer.from(await response.arrayBuffer());
  expect(body).toHaveLength(43);
  expect(body.subarray(0, 10).toString('latin1')).toBe('GIF89a\x01\0\x01\0');
  expect(body.at(-1)).toBe(0x3b);
}

describe('the pixel', () => {
  it('counts its url', async () => {
    const page = newPage();
    await expectPixel(await pixel(`?url=https://example.com${page}`), 200, 'counted');
    await expectPixel(await pixel(`?url=${page}&referrer=https://www.example.org/`), 200, 'counted');
    expect((await footfall.count(page)).count).toBe(2);
  });

  it('has a name that blocklists do not know', async () => {
    const page = newPage();
    const answer = await fetch(`${footfall.url}/api/visitors/seen.gif?url=https://example.com${page}`, {
      headers: { 'user-agent': BROWSER },
    });
    await expectPixel(answer, 200, 'counted');
    await expectPixel(
      await fetch(`${footfall.url}/api/visitors/seen.gif?url=`, { headers: { 'user-agent': BROWSER } }),
      400,
      'BAD_REQUEST',
    );
    expect((await footfall.count(page)).count).toBe(1);
  });

  it('counts the Referer if it has no url', async () => {
    const page = newPage();
    await expectPixel(await pixel('', { referer: `https://example.com${page}?x=y` }), 200, 'counted');
    await expectPixel(await pixel('?x=y', { referer: `https://example.com${page}` }), 200, 'counted');
    expect((await footfall.count(page)).count).toBe(2);
  });

  it('prefers its url to the Referer', async () => {
    const [page, other] = [newPage(), newPage()];
    await pixel(`?url=${page}`, { referer: `https://example.com${other}` });
    expect((await footfall.count(page)).count).toBe(1);
    expect((await footfall.count(other)).count).toBe(0);
  });

  it('counts an id once', async () => {
    const page = newPage();
    const id = newId();
    await expectPixel(await pixel(`?url=${page}&id=${id}`), 200, 'counted');
    await expectPixel(await pixel(`?url=${page}&id=${id}`), 200, 'duplicate');
    expect(await footfall.track({ id, url: page })).toMatchObject({ count: 1, reason: 'duplicate' });
  });

  it.each([
    ['', {}],
    ['?url=', {}],
    ['?url=about', {}],
    ['?url=ftp://example.com/', {}],
    ['?url=%', {}],
    [`?url=/${'x'.repeat(4_096)}`, {}],
    ['?url=/a&id=x', {}],
    ['?url=/a&utm_source=mail', {}],
    ['?url=/a&id=', {}],
    [`?url=/a&referrer=${'x'.repeat(8_193)}`, {}],
    ['', { referer: 'about:blank' }],
  ])('is an image if it is refused: %j', async (query, headers) => {
    const before = await footfall.stored();
    await expectPixel(await pixel(query, headers), 400, 'BAD_REQUEST');
    expect(await footfall.stored()).toEqual(before);
  });

  it('has no HEAD', async () => {
    const before = await footfall.stored();
    const response = await fetch(`${footfall.url}/api/visitors/pixel.gif?url=/head`, {
      method: 'HEAD',
      headers: { 'user-agent': BROWSER },
    });
    expect(response.status).toBe(405);
    expect(await footfall.stored()).toEqual(before);
  });
});

describe.runIf(has('rateLimit'))('the pixel, regression:', () => {
  const limited = started({ RATE_LIMIT_PER_SECOND: '1' });

  it('it is an image over the rate limit too, with Retry-After', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        fetch(`${limited().url}/api/visitors/pixel.gif?url=/limited`, { headers: { 'user-agent': BROWSER } }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(3);
    for (const response of refused) {
      expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      await expectPixel(response, 429, 'TOO_MANY_REQUESTS');
    }
  });
});

describe('the pixel of a site that requires consent', async () => {
  const strict = await start({ REQUIRE_CONSENT: 'true' });

  it.each([
    ['', 'no-consent'],
    ['&consent=false', 'no-consent'],
    ['&consent=true', 'counted'],
  ])('with "%s" is %s', async (consent, outcome) => {
    const response = await fetch(`${strict.url}/api/visitors/pixel.gif?url=${newPage()}${consent}`, {
      headers: { 'user-agent': BROWSER },
    });
    await expectPixel(response, 200, outcome);
  });

  it.each(['', '1', 'yes', 'TRUE'])('is refused with the consent "%s"', async (consent) => {
    const response = await fetch(`${strict.url}/api/visitors/seen.gif?url=${newPage()}&consent=${consent}`, {
      headers: { 'user-agent': BROWSER },
    });
    await expectPixel(response, 400, 'BAD_REQUEST');
  });
});
