import { describe, expect, it } from 'vitest';
import { CACHE_CONTROL, expectCors, expectError, newPage, start } from '../support.ts';

const footfall = await start();
const get = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${footfall.url}/api/badge.svg${query}`, { headers });

/** The badge of a query, once it includes every acknowledged event. */
const badge = (query: string) =>
  footfall.settled(async (url) => {
    const response = await fetch(`${url}/api/badge.svg${query}`);
    const version = Number(/\d+/.exec(response.headers.get('etag') ?? ''));
    return { version, response, svg: await response.text() };
  });

describe('the badge', () => {
  it('shows the views of a page, or the total, as an image that any page may embed and that may load nothing', async () => {
    const page = newPage();
    await footfall.track({ url: page });
    await footfall.track({ url: page });
    const { total } = await footfall.track({ url: newPage() });
    for (const [query, title] of [
      [`?page=${page}`, 'views: 2 page views'],
      [`?page=https://example.com${page}/`, 'views: 2 page views'],
      ['', `views: ${total} page views`],
      [`?page=${page}&label=Readers&style=plain`, 'Readers: 2 page views'],
      [`?page=${page}&label=&style=digits`, '2 page views'],
      ['?page=/nobody', 'views: 0 page views'],
    ] as const) {
      const { response, svg } = await badge(query);
      expect(response.status).toBe(200);
      expect(svg).toContain(`<title>${title}</title>`);
      const { headers } = response;
      expect(headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
      expect(headers.get('cache-control')).toBe(CACHE_CONTROL);
      expectCors(headers);
    }
  });

  it('shows visitors, all so far or those online now', async () => {
    await footfall.track({ url: newPage(), visitorId: 'badge-visitor' });
    for (const [metric, name, label, unit] of [
      ['visitors', 'total', 'visitors', 'visitor'],
      ['live', 'live', 'visitors now', 'visitor'],
    ] as const) {
      const { svg, response } = await badge(`?metric=${metric}`);
      const numbers = (await (await fetch(`${footfall.url}/api/visitor-stats`)).json()) as Record<
        string,
        number
      >;
      const number = numbers[name]!;
      expect(number).toBeGreaterThan(0);
      expect(svg).toContain(`<title>${label}: ${number.toLocaleString('en')} ${unit}`);
      expect(response.headers.get('cache-control')).toBe(CACHE_CONTROL);
      const known = { 'if-none-match': response.headers.get('etag') ?? '' };
      expect((await get(`?metric=${metric}`, known)).status).toBe(304);
    }
    expect((await badge('?metric=visitors&label=people')).svg).toMatch(
      /<title>people: \d+ visitors?<\/title>/,
    );
  });

  it('is for a light or a dark background, and has a style only if the visitor’s preference decides', async () => {
    for (const theme of ['light', 'dark']) {
      const { svg, response } = await badge(`?theme=${theme}`);
      expect(svg).not.toContain('<style');
      expect(response.headers.get('content-security-policy')).toBe("default-src 'none'");
    }
    const { svg, response } = await badge('?theme=auto&label=<style>');
    expect(svg).toContain('<style>@media (prefers-color-scheme:dark){');
    expect(svg).toContain('&lt;style&gt;');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'",
    );
  });

  it('is not sent again to a client that has it, until the number changes', async () => {
    const page = newPage();
    await footfall.track({ url: page });
    const known = (await badge(`?page=${page}`)).response.headers.get('etag') ?? '';
    const headers = { 'if-none-match': known };
    const again = await get(`?page=${page}`, headers);
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('etag')).toBe(known);
    expect(again.headers.get('cache-control')).toBe(CACHE_CONTROL);
    await footfall.track({ url: page });
    const { svg } = await badge(`?page=${page}`);
    expect(svg).toContain('2 page views');
    expect((await get(`?page=${page}`, headers)).status).toBe(200);
  });

  it('shows a hostile label as plain text', async () => {
    const label = '</title><script>alert(1)</script>"\'&\u202e\0';
    const svg = await (await get(`?label=${encodeURIComponent(label)}`)).text();
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;:');
  });

  it.each([
    '?style=round',
    '?style=',
    '?style=FLAT',
    '?theme=black',
    '?theme=',
    '?metric=visits',
    '?metric=',
    '?page=/a&metric=visitors',
    '?page=/a&metric=live',
    '?page=',
    `?page=/${'x'.repeat(2_048)}`,
    `?label=${'x'.repeat(201)}`,
  ])('with %s is refused, with an error that a page can read', async (query) => {
    await expectError(await get(query), 400, 'BAD_REQUEST');
  });

  it('counts nothing', async () => {
    const before = await footfall.stored();
    await get('', { referer: 'https://example.com/a' });
    expect(await footfall.stored()).toEqual(before);
  });
});
