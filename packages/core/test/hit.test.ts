import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchSchema,
  EVENTS_PER_BATCH,
  eventSchema,
  hitSchema,
  isEngagement,
  readPageUrl,
  sentenceOf,
  URL_CHARACTERS,
  VISITOR_ID_CHARACTERS,
  visitSchema,
} from '@footfall/core';

const ID = '0191f3a0-7b1c-7def-8abc-0123456789ab';

/** The error that a sender gets, or undefined when the event is valid. */
function refusal(input: unknown): string | undefined {
  const { error } = hitSchema.safeParse(input);
  return error === undefined ? undefined : sentenceOf(error);
}

const full = {
  id: ID,
  url: 'https://example.com/a',
  referrer: 'https://search.example/',
  timestamp: '2026-11-20T12:00:00.000Z',
  ageMs: 1_500,
  visitorId: 'someone',
  consent: true,
  screen: '1920x1080',
  language: 'en-GB',
  timeZone: 'Europe/Paris',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  ip: '2001:db8::1',
};

describe('an event is valid', () => {
  it('with only its URL', () => {
    expect(hitSchema.parse({ url: '/a' })).toEqual({ url: '/a' });
  });

  it('with every field, unchanged', () => {
    expect(hitSchema.parse(full)).toEqual(full);
  });

  it.each([
    ['id', ID.toUpperCase()],
    ['id', '00000000-0000-0000-0000-000000000000'],
    ['id', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ['url', `/${'a'.repeat(URL_CHARACTERS - 1)}`],
    ['url', '/\ud800'],
    ['url', '/\u0000'],
    ['referrer', ''],
    ['referrer', 'direct'],
    ['referrer', 'not a url \ud800'],
    ['referrer', 'r'.repeat(8_192)],
    ['timestamp', 0],
    ['timestamp', 1_700_000_000_000],
    ['timestamp', 1_700_000_000_000.5],
    ['timestamp', 8.64e15],
    ['timestamp', '2026-11-20T12:00:00Z'],
    ['timestamp', '2026-11-20T12:00:00.123456789Z'],
    ['timestamp', '2026-11-20T12:00:00+05:30'],
    ['timestamp', '2024-02-29T23:59:59.999-11:00'],
    ['ageMs', 0],
    ['ageMs', 1_500.5],
    ['ageMs', 86_400_000],
    ['visitorId', ''],
    ['visitorId', 'v'.repeat(VISITOR_ID_CHARACTERS)],
    ['consent', false],
    ['screen', 's'.repeat(255)],
    ['language', 'l'.repeat(255)],
    ['timeZone', 't'.repeat(255)],
    ['userAgent', ''],
    ['userAgent', 'u'.repeat(4_096)],
    ['ip', 'unknown'],
    ['ip', 'i'.repeat(64)],
  ])('with %s %j', (field, value) => {
    const report = { url: '/a', [field]: value };
    expect(hitSchema.parse(report)).toEqual(report);
  });
});

describe('an invalid event is refused with one sentence that names the error', () => {
  it.each([
    [{}, 'url must be a string.'],
    [{ url: undefined }, 'url must be a string.'],
    [{ url: null }, 'url must be a string.'],
    [{ url: 1 }, 'url must be a string.'],
    [{ url: ['/a'] }, 'url must be a string.'],
    [{ url: { href: '/a' } }, 'url must be a string.'],
    [{ url: new String('/a') }, 'url must be a string.'],
    [{ url: '' }, 'url must not be empty.'],
    [{ url: `/${'a'.repeat(URL_CHARACTERS)}` }, 'url must be at most 4096 characters.'],
    [{ url: 'about' }, 'url must be an http(s) URL or a path that begins with /.'],
    [{ url: 'ftp://example.com/' }, 'url must be an http(s) URL or a path that begins with /.'],
    [{ url: 'javascript:alert(1)' }, 'url must be an http(s) URL or a path that begins with /.'],
    [{ url: 'http://[' }, 'url must be an http(s) URL or a path that begins with /.'],
    [{ id: 'abc' }, 'id must be a UUID.'],
    [{ id: '' }, 'id must be a UUID.'],
    [{ id: null }, 'id must be a UUID.'],
    [{ id: 7 }, 'id must be a UUID.'],
    [{ id: ID.replaceAll('-', '') }, 'id must be a UUID.'],
    [{ id: `{${ID}}` }, 'id must be a UUID.'],
    [{ id: `urn:uuid:${ID}` }, 'id must be a UUID.'],
    [{ id: `${ID}\n` }, 'id must be a UUID.'],
    [{ id: ID.replace('a', 'g') }, 'id must be a UUID.'],
    [{ id: ID.replace('0', '０') }, 'id must be a UUID.'],
    [{ referrer: 1 }, 'referrer must be a string.'],
    [{ referrer: null }, 'referrer must be a string.'],
    [{ referrer: 'r'.repeat(8_193) }, 'referrer must be at most 8192 characters.'],
    ...[
      'yesterday',
      '',
      '2026-11-20',
      '2026-11-20T12:00:00',
      '2026-02-30T12:00:00Z',
      '2026-11-20T25:00:00Z',
      '1700000000000',
      -1,
      8.64e15 + 1_000,
      NaN,
      Infinity,
      1n,
      true,
      null,
      {},
      new Date(0),
    ].map((timestamp): [object, string] => [
      { timestamp },
      'timestamp must be an ISO 8601 time with its offset, or epoch milliseconds.',
    ]),
    ...[-1, 86_400_001, '1500', NaN, Infinity, null, true, 1n].map((ageMs): [object, string] => [
      { ageMs },
      'ageMs must be a number of milliseconds from 0 to 86400000.',
    ]),
    [{ visitorId: 1 }, 'visitorId must be a string.'],
    [{ visitorId: 'v'.repeat(VISITOR_ID_CHARACTERS + 1) }, 'visitorId must be at most 128 characters.'],
    [{ consent: 'true' }, 'consent must be true or false.'],
    [{ consent: 1 }, 'consent must be true or false.'],
    [{ screen: 1920 }, 'screen must be a string.'],
    [{ screen: 's'.repeat(256) }, 'screen must be at most 255 characters.'],
    [{ language: ['en'] }, 'language must be a string.'],
    [{ language: 'l'.repeat(256) }, 'language must be at most 255 characters.'],
    [{ timeZone: 60 }, 'timeZone must be a string.'],
    [{ timeZone: 't'.repeat(256) }, 'timeZone must be at most 255 characters.'],
    [{ userAgent: 1 }, 'userAgent must be a string.'],
    [{ userAgent: 'u'.repeat(4_097) }, 'userAgent must be at most 4096 characters.'],
    [{ ip: ['192.0.2.1'] }, 'ip must be a string.'],
    [{ ip: 'i'.repeat(65) }, 'ip must be at most 64 characters.'],
  ])('%o: %s', (fields, sentence) => {
    expect(
      refusal('url' in fields || Object.keys(fields).length === 0 ? fields : { url: '/a', ...fields }),
    ).toBe(sentence);
  });

  it.each([[null], [undefined], [1], ['/a'], [[]], [[{ url: '/a' }]], [true]])('%j is no event', (input) => {
    expect(refusal(input)).toBe('What is sent must be an object.');
  });

  it('with the first of several errors', () => {
    expect(refusal({ id: 1, url: 2, screen: 3 })).toBe('id must be a UUID.');
  });
});

describe('unknown content of an event is dropped', () => {
  it('unknown fields, with any value', () => {
    const nested = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`) as unknown;
    expect(hitSchema.parse({ url: '/a', address: '203.0.113.1', user: 'x', more: nested })).toEqual({
      url: '/a',
    });
  });

  it('names that every object has, and they are no way into the prototype', () => {
    const report = JSON.parse(
      '{"url":"/a","__proto__":{"consent":true,"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,"hasOwnProperty":1}',
    ) as unknown;
    const hit = hitSchema.parse(report);
    expect(Object.keys(hit)).toEqual(['url']);
    expect(hit.consent).toBeUndefined();
    expect(Object.getPrototypeOf(hit)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });

  it('a field that is only inherited does not stand in for a missing one', () => {
    expect(hitSchema.safeParse(JSON.parse('{"__proto__":{"url":"/a"}}')).success).toBe(false);
  });
});

describe('for any input', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 });
  const report = fc.record(
    {
      id: fc.oneof(fc.uuid(), text),
      url: fc.oneof(
        fc.webUrl(),
        text.map((rest) => `/${rest}`),
        fc.jsonValue(),
      ),
      referrer: fc.oneof(fc.webUrl(), text, fc.jsonValue()),
      timestamp: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        fc.double(),
        text,
      ),
      ageMs: fc.oneof(fc.double(), fc.jsonValue()),
      visitorId: fc.oneof(text, fc.jsonValue()),
      consent: fc.oneof(fc.boolean(), fc.jsonValue()),
      screen: text,
      language: text,
      timeZone: text,
      userAgent: text,
      ip: text,
    },
    { requiredKeys: [] },
  );

  it('the result is an event with bounded fields, each as it was sent, or a sentence', () => {
    fc.assert(
      fc.property(fc.oneof(report, fc.jsonValue(), fc.anything()), (input) => {
        const { success, data, error } = hitSchema.safeParse(input);
        if (!success) {
          expect(sentenceOf(error)).toMatch(/^[A-Za-z][^\n]+[^.]\.$/);
          return;
        }
        expect(input).toMatchObject(data);
        expect(readPageUrl(data.url)).toBeDefined();
        expect(JSON.stringify(data).length).toBeLessThan(100_000);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a valid time can be parsed', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(hitSchema.parse({ url: '/', timestamp: date.toISOString() }).timestamp).toBe(
            date.toISOString(),
          );
        },
      ),
    );
  });
});

describe('an event', () => {
  const DAY_MS = 86_400_000;

  it.each([
    [{ url: '/a' }, { url: '/a' }],
    [
      { type: 'page_view', ...full },
      { type: 'page_view', ...full },
    ],
    [
      { type: 'session_start', url: '/a', more: 1 },
      { type: 'session_start', url: '/a' },
    ],
    [
      { type: 'page_hide', id: ID },
      { type: 'page_hide', id: ID, engagedMs: 0, scrollPercent: 0 },
    ],
    [
      { type: 'page_show', id: ID, url: '/a', engagedMs: 1, consent: true },
      { type: 'page_show', id: ID, engagedMs: 1, scrollPercent: 0, consent: true },
    ],
    [
      { type: 'engagement', id: ID, engagedMs: DAY_MS, scrollPercent: 100, timestamp: 7, ageMs: 8 },
      { type: 'engagement', id: ID, engagedMs: DAY_MS, scrollPercent: 100, timestamp: 7, ageMs: 8 },
    ],
  ])('of %o is taken', (input, event) => {
    const read = eventSchema.parse(input);
    expect(read).toEqual(event);
    expect(isEngagement(read)).toBe('engagedMs' in event);
  });

  it.each<[unknown]>([
    [{}],
    [null],
    ['/a'],
    [[{ url: '/a' }]],
    [{ type: 'click', url: '/a' }],
    [{ type: null, url: '/a' }],
    [{ type: 'session_start', id: ID }],
    [{ type: 'page_hide' }],
    [{ type: 'engagement', url: '/a' }],
    [{ type: 'engagement', id: 'x' }],
    [{ type: 'engagement', id: ID, engagedMs: -1 }],
    [{ type: 'engagement', id: ID, engagedMs: 1.5 }],
    [{ type: 'engagement', id: ID, engagedMs: DAY_MS + 1 }],
    [{ type: 'engagement', id: ID, engagedMs: '1' }],
    [{ type: 'engagement', id: ID, engagedMs: null }],
    [{ type: 'engagement', id: ID, scrollPercent: -1 }],
    [{ type: 'engagement', id: ID, scrollPercent: 101 }],
    [{ type: 'engagement', id: ID, scrollPercent: NaN }],
    [{ type: 'engagement', id: ID, timestamp: 'yesterday' }],
    [{ type: 'engagement', id: ID, ageMs: -1 }],
  ])('of %o is none', (input) => {
    expect(eventSchema.safeParse(input).success).toBe(false);
  });
});

describe('a registration of a visit', () => {
  it('may have every field of an event, or none', () => {
    expect(visitSchema.parse({})).toEqual({});
    expect(visitSchema.parse(full)).toEqual(full);
    expect(visitSchema.parse({ referrer: 'direct', more: 1 })).toEqual({ referrer: 'direct' });
  });

  it.each<[unknown]>([
    [null],
    [[]],
    ['visit'],
    [{ url: '' }],
    [{ url: null }],
    [{ url: 'ftp://example.com/' }],
    [{ url: `/${'a'.repeat(URL_CHARACTERS)}` }],
    [{ id: 'x' }],
    [{ timestamp: 'yesterday' }],
    [{ visitorId: 7 }],
    [{ visitorId: 'v'.repeat(VISITOR_ID_CHARACTERS + 1) }],
    [{ referrer: 1 }],
    [{ consent: 'true' }],
  ])('of %o is none', (input) => {
    const { error } = visitSchema.safeParse(input);
    expect(error && sentenceOf(error)).toMatch(/^[^\n]{5,250}\.$/);
  });
});

describe('a batch', () => {
  it('is a list of any values, each validated by itself', () => {
    const events = [{ url: '/a' }, null, 'x', { url: 7 }];
    expect(batchSchema.parse({ events, more: 1 })).toEqual({ events });
    expect(batchSchema.safeParse({ events: Array(EVENTS_PER_BATCH).fill(0) }).success).toBe(true);
  });

  it.each<[unknown]>([
    [{}],
    [{ events: [] }],
    [{ events: Array(EVENTS_PER_BATCH + 1).fill(0) }],
    [{ events: { length: 1, 0: { url: '/a' } } }],
    [{ events: null }],
    [{ events: '/a' }],
  ])('of %o is none', (input) => {
    const { error } = batchSchema.safeParse(input);
    expect(error && sentenceOf(error)).toBe('events must be a list of 1 to 50.');
  });
});

describe('regressions', () => {
  it('a time of the right type that cannot be read gets a sentence with the expected format, not the library’s', () => {
    for (const timestamp of ['yesterday', -1]) {
      expect(refusal({ url: '/a', timestamp })).toBe(
        'timestamp must be an ISO 8601 time with its offset, or epoch milliseconds.',
      );
    }
  });

  it('every string is bounded, the time as well', () => {
    expect(refusal({ url: '/a', timestamp: `2026-11-20T12:00:00.${'0'.repeat(8_000)}Z` })).toBe(
      'timestamp must be an ISO 8601 time with its offset, or epoch milliseconds.',
    );
  });
});
