import { describe, expect, it } from 'vitest';
import { newId, start } from '../support.ts';

const API_KEY = 'an-api-key-of-32-characters-long';
const WRITE_KEY = 'a-write-key-of-32-characters-xyz';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  `'; drop table visitor_counts; --`,
  '\\"\'`${7*7}{{7*7}}%{7*7}',
  '\0\u0001\u001b[31m\r\nSet-Cookie: a=b',
  '\u202egnp.exe\u202c\u2066x\u2069\u200f\u061c',
  '\ud800',
  'a\udc00b\ud83d',
  '\ufeff\u00ad\u200b\u2028\u2029',
  '%00%0a%u202e%ff',
  '😀'.repeat(70),
  'x'.repeat(700),
  'e\u0301'.repeat(100),
  '__proto__',
  'constructor',
  'null',
  '(other)',
  ' \t ',
];

/** Forbidden in text that is shown: controls, characters that reorder or hide text, halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u00ad\u200b\u2060-\u2064]/u;

interface Listed {
  readonly value: string;
  readonly views: number;
  readonly visits: number;
}

describe('hostile strings', async () => {
  const footfall = await start({
    API_KEYS: API_KEY,
    WRITE_KEYS: WRITE_KEY,
    COUNTRY_HEADER: 'X-Country',
    CITY_HEADER: 'X-City',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const analytics = async (query: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${footfall.url}/api/analytics/visitors${query}`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    expect(response.status).toBe(200);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await response.bytes())) as Record<
      string,
      unknown
    >;
  };

  it('in every field of an event are counted, stored within limits and returned as safe text, and the totals are exact', async () => {
    for (const [at, text] of HOSTILE.entries()) {
      // A lone surrogate cannot be part of a URL: it arrives in a JSON string, as from a careless script.
      const query = new URLSearchParams({
        utm_source: text,
        utm_medium: text,
        utm_campaign: text,
        utm_term: text,
        utm_content: text,
        gclid: text,
      });
      const body = {
        id: newId(),
        url: `https://site.example/hostile-${at}/${text}?${query.toString()}`.slice(0, 4_096),
        referrer: `https://referrer-${at}.example/${text}`,
        visitorId: `${at} ${text}`.slice(0, 128),
        userAgent: `${FIREFOX} ${text}`,
        ip: text.slice(0, 64),
        language: text.slice(0, 255),
        screen: text.slice(0, 255),
        timeZone: text.slice(0, 255),
      };
      const headers = {
        authorization: `Bearer ${WRITE_KEY}`,
        'x-country': ['__proto__', '<b>', 'constructor', 'ZZ'][at % 4] ?? '',
        'x-city': encodeURIComponent(text.toWellFormed()).slice(0, 3_000),
        'accept-language': '"><script>',
      };
      expect([text, await footfall.track(body, { headers })]).toEqual([
        text,
        expect.objectContaining({ counted: true, count: 1, total: at + 1 }),
      ]);
    }

    const answer = await analytics('?limit=1000');
    const { totals } = answer;
    const lists = Object.fromEntries(
      Object.entries(answer).filter(([name, value]) => !name.endsWith('eries') && Array.isArray(value)),
    );
    expect(totals).toMatchObject({ views: HOSTILE.length, visits: HOSTILE.length });
    for (const [name, list] of Object.entries(lists) as [string, Listed[]][]) {
      for (const { value } of list) {
        expect([name, value, UNSAFE.test(value)]).toEqual([name, value, false]);
        expect(Buffer.byteLength(value)).toBeLessThanOrEqual(name.endsWith('Pages') ? 512 : 256);
        expect(value).toBe(value.trim());
      }
    }
    const sum = (name: string, key: 'views' | 'visits') =>
      (lists[name] as Listed[]).reduce((all, row) => all + row[key], 0);
    expect(sum('topPages', 'views')).toBe(HOSTILE.length);
    for (const name of ['entryPages', 'exitPages', 'sources', 'countries']) {
      expect([name, sum(name, 'visits')]).toEqual([name, HOSTILE.length]);
    }
    expect((lists['topPages'] as Listed[]).length).toBe(HOSTILE.length);
    // Returned as it is where it is text: the client escapes it.
    const values = (name: string) => (lists[name] as Listed[]).map(({ value }) => value);
    for (const list of ['campaigns', 'mediums', 'terms', 'contents']) {
      expect(values(list)).toContain('<script>alert(1)</script>');
      expect(values(list)).toContain('__proto__');
      expect(values(list).filter((value) => UNSAFE.test(value))).toEqual([]);
    }
    for (const browser of values('browsers')) expect(browser).toBe('Firefox');
    for (const country of values('countries')) expect(['XX', 'BD']).toContain(country);

    for (const { value, views } of lists['topPages'] as Listed[]) {
      expect([value, (await footfall.count(value)).count]).toEqual([value, views]);
    }
    const sys = await footfall.settled(async (url) => {
      const response = await fetch(`${url}/api/sys/stats`);
      const version = Number(/^"(\d+)/.exec(response.headers.get('etag') ?? '')?.[1]);
      const stats = (await response.json()) as { total_visitors: number; countries: Record<string, number> };
      return { version, stats };
    });
    const { total_visitors, countries } = sys.stats;
    expect(Object.values(countries).reduce((all, each) => all + each, 0)).toBe(total_visitors);
  });

  it('as a filter are just strings', async () => {
    const before = await footfall.stored();
    for (const text of HOSTILE) {
      for (const filter of [
        'page',
        'source',
        'campaign',
        'medium',
        'term',
        'content',
        'region',
        'city',
        'language',
      ]) {
        const query = new URLSearchParams({ [filter]: text.toWellFormed() }).toString();
        const { totals } = await analytics(`?${query}`);
        expect([text, (totals as { views: number }).views <= 1]).toEqual([text, true]);
      }
    }
    expect(await footfall.stored()).toEqual(before);
  });

  it('as a user agent make no other client a bot, and are not dangerous as a name', async () => {
    for (const [at, text] of HOSTILE.entries()) {
      const body = { url: `/bot-${at}`, visitorId: `bot ${at}`, userAgent: `Googlebot${text}/2.1 ${text}` };
      const answer = await footfall.track(body, { headers: { authorization: `Bearer ${WRITE_KEY}` } });
      expect([text, answer]).toMatchObject([text, { counted: false, reason: 'bot' }]);
    }
    const { bots } = (await analytics('?limit=1000')) as { bots: { views: number; top: Listed[] } };
    expect(bots.views).toBe(HOSTILE.length);
    expect(bots.top.reduce((all, { views }) => all + views, 0)).toBe(HOSTILE.length);
    for (const { value } of bots.top) {
      expect([value, UNSAFE.test(value)]).toEqual([value, false]);
      expect(Buffer.byteLength(value)).toBeLessThanOrEqual(64);
    }
  });
});
