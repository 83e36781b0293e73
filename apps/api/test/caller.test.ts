import type { Location } from '@footfall/core';
import type { KeyStore, StoredKey } from '@footfall/db';
import { describe, expect, it } from 'vitest';
import { addressKeys, NOWHERE, locationReader } from '../src/address.ts';
import { callerReader } from '../src/caller.ts';
import type { HttpRequest } from '../src/http.ts';
import { keyHash, keyRing, type KeyRing } from '../src/key-ring.ts';
import { bearerOf } from '../src/keys.ts';

const KEY = 'a-key-of-over-16-characters';
const NOON = Date.parse('2026-11-20T12:00:00Z');

/** The keys of the environment, and those that were made on a page. */
function keysWith(
  writeKeys: string[],
  stored: readonly StoredKey[] = [],
  used: KeyStore['used'] = async () => {},
) {
  return keyRing({ apiKeys: [], writeKeys }, { list: async () => stored, used }, () => NOON);
}

/** A request with some headers and a location from a proxy. */
function request(
  headers: Readonly<Record<string, string>> = {},
  reported: Partial<Location> = {},
): HttpRequest {
  return {
    method: 'POST',
    path: '/',
    query: '',
    header: (name) => headers[name],
    text: async () => '',
    bytes: async () => new Uint8Array(),
    address: () => '192.0.2.1',
    place: () => ({ ...NOWHERE, ...reported }),
  };
}

const locations: Readonly<Record<string, Location>> = {
  '192.0.2.1': { country: 'FR', region: 'Île-de-France', city: 'Paris' },
  '2001:db8:1:2:3::4': { country: 'BD', region: '', city: 'Dhaka' },
};
const addressKeyOf = addressKeys({ cut: false });
const callerOf = callerReader({
  addressKeyOf,
  isIgnoredAddress: (address) => address === '192.0.2.66',
  locate: (address) => locations[address] ?? NOWHERE,
  keys: keysWith([KEY, 'another-key-of-over-16']),
});

describe('the caller of a request', () => {
  it('has the values of its headers', async () => {
    const caller = await callerOf(
      request({
        'user-agent': 'Firefox',
        'sec-ch-ua': '"Brave"',
        'sec-ch-ua-mobile': '?1',
        'sec-ch-ua-platform': '"Android"',
        'accept-language': 'en',
        origin: 'https://example.com',
        referer: 'https://example.com/a',
        'sec-gpc': '1',
      }),
    );
    expect(caller).toMatchObject({
      userAgent: 'Firefox',
      hints: { brands: '"Brave"', mobile: '?1', platform: '"Android"' },
      acceptLanguage: 'en',
      origin: 'https://example.com',
      referer: 'https://example.com/a',
      optedOut: true,
      address: '192.0.2.1',
    });
    expect(caller.locationOf).toBeUndefined();
  });

  it.each<[string, Partial<Location>, Location]>([
    ['nothing', {}, { country: 'FR', region: 'Île-de-France', city: 'Paris' }],
    ['the same country', { country: 'FR' }, { country: 'FR', region: 'Île-de-France', city: 'Paris' }],
    ['another country', { country: 'DE' }, { country: 'DE', region: '', city: '' }],
    ['that it is unknown', { country: 'XX' }, { country: 'XX', region: '', city: '' }],
    ['all of it', { country: 'FR', region: 'A', city: 'B' }, { country: 'FR', region: 'A', city: 'B' }],
    ['country and city', { country: 'FR', city: 'B' }, { country: 'FR', region: '', city: 'B' }],
    ['the city alone', { city: 'B' }, { country: 'FR', region: '', city: 'B' }],
  ])('has the location of its address, if a proxy sends %s', async (_, reported, location) => {
    expect((await callerOf(request({}, reported))).place()).toEqual(location);
  });
});

describe('a write key', () => {
  const locationOfWith = async (authorization: string) =>
    (await callerOf(request({ authorization }))).locationOf;

  it('lets a server send the address of its visitor', async () => {
    const clientAt = await locationOfWith(`Bearer ${KEY}`);
    const known = clientAt?.('2001:db8:1:2:3::4');
    expect([known?.address, known?.place()]).toEqual(['2001:db8:1:2', locations['2001:db8:1:2:3::4']]);
    expect(clientAt?.('::ffff:192.0.2.9')?.address).toBe('192.0.2.9');
    const mapped = clientAt?.('::ffff:c000:201');
    expect([mapped?.address, mapped?.place()]).toEqual(['192.0.2.1', locations['192.0.2.1']]);
    for (const none of ['', 'unknown', '192.0.2', '192.0.2.1:80', '192.0.2.1, 192.0.2.2', ' 192.0.2.1']) {
      expect(clientAt?.(none)).toBeUndefined();
    }
  });

  it.each([
    [`Bearer ${KEY}`, true],
    [`bearer  ${KEY} `, true],
    ['Bearer another-key-of-over-16', true],
    [`Bearer ${KEY}x`, false],
    [`Bearer ${KEY.slice(1)}`, false],
    [`Bearer ${KEY.toUpperCase()}`, false],
    [`Bearer ${KEY},another-key-of-over-16`, false],
    [`Basic ${KEY}`, false],
    [KEY, false],
    ['Bearer ', false],
    ['Bearer', false],
    ['', false],
  ])('in %j is valid: %s', async (authorization, is) => {
    expect((await locationOfWith(authorization)) !== undefined).toBe(is);
  });

  it('longer than 256 bytes is refused', async () => {
    const key = 'k'.repeat(256);
    const long = callerReader({
      addressKeyOf,
      isIgnoredAddress: () => false,
      locate: () => NOWHERE,
      keys: keysWith([key]),
    });
    const callerWith = async (authorization: string) => long(request({ authorization }));
    expect((await callerWith(`Bearer ${key}`)).locationOf).toBeDefined();
    await expect(callerWith(`Bearer ${key}k`)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('that is unknown is refused where there are any, and where it is one of Footfall’s', async () => {
    const [made, revoked] = [`ff_${'m'.repeat(43)}`, `ff_${'r'.repeat(43)}`];
    const stored = (scopes: StoredKey['scopes']) => [
      { key: keyHash(made), name: 'made', scopes, createdAt: NOON, usedAt: undefined },
    ];
    const readerWith = (keys: KeyRing) =>
      callerReader({ addressKeyOf, isIgnoredAddress: () => false, locate: () => NOWHERE, keys });
    for (const [keys, token, result] of [
      [keysWith([]), 'of-another-script', 'ignored'],
      [keysWith([]), 'k'.repeat(300), 'ignored'],
      [keysWith([]), revoked, 'refused'],
      [keysWith([], stored(['read'])), 'of-another-script', 'ignored'],
      [keysWith([], stored(['read'])), made, 'ignored'],
      [keysWith([], stored(['write'])), 'of-another-script', 'refused'],
      [keysWith([], stored(['write'])), made, 'believed'],
      [keysWith([], stored(['read', 'write'])), made, 'believed'],
      [keysWith([KEY], stored(['read'])), revoked, 'refused'],
      [keysWith([KEY], stored(['read'])), made, 'ignored'],
    ] as const) {
      const { locationOf, hasUnknownToken } = await readerWith(keys)(
        request({ authorization: `Bearer ${token}` }),
      );
      const was = locationOf !== undefined ? 'believed' : hasUnknownToken === true ? 'refused' : 'ignored';
      expect([token, was]).toEqual([token, result]);
    }
  });

  it('notes its use once a minute at most', async () => {
    const made = `ff_${'m'.repeat(43)}`;
    const used: [string, number][] = [];
    let time = NOON;
    const stored = {
      key: keyHash(made),
      name: '',
      scopes: ['write' as const],
      createdAt: NOON,
      usedAt: undefined,
    };
    const keys = keyRing(
      { apiKeys: [], writeKeys: [] },
      { list: async () => [stored], used: async (key, at) => void used.push([key, at]) },
      () => time,
    );
    for (let at = 0; at <= 120_000; at += 20_000) {
      time = NOON + at;
      await keys.allows(made);
    }
    expect(used).toEqual([0, 60_000, 120_000].map((at) => [keyHash(made), NOON + at]));
  });

  it.each([
    ['Bearer token', 'token'],
    ['bEARER    a b   ', 'a b'],
    ['Bearer \xa0\xa0', '\xa0\xa0'],
    ['Bearer gr\xc3\xbc\xc3\x9fe-\xc3\xa0', 'grüße-à'],
    ['Bearer gr\xfc\xdfe', 'gr\xfc\xdfe'],
    ['Bearer grüße-ə', 'grüße-ə'],
    ['Bearer', undefined],
    ['Bearer     ', undefined],
    ['Bearer\ttoken', undefined],
    ['Bearertoken', undefined],
    ['Basic dG9rZW4=', undefined],
  ])('is read from %j as %j', (authorization, token) => {
    expect(bearerOf(request({ authorization }))).toBe(token);
  });
});

describe('the hashed part of an address', () => {
  it.each([
    ['192.0.2.77', '192.0.2.77', '192.0.2'],
    ['::ffff:192.0.2.77', '192.0.2.77', '192.0.2'],
    ['::ffff:c000:24d', '192.0.2.77', '192.0.2'],
    ['0:0:0:0:0:ffff:c000:024d', '192.0.2.77', '192.0.2'],
    ['64:ff9b::192.0.2.77', '192.0.2.77', '192.0.2'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2', '2001:db8:1'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2', '2001:db8:1'],
    ['2001:db8::1', '2001:db8:0:0', '2001:db8:0'],
    ['::1', '0:0:0:0', '0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0', 'fe80:0:0'],
  ])('of %s is %s, and %s if it is cut', (address, whole, cut) => {
    expect(addressKeys({ cut: false })(address)).toBe(whole);
    expect(addressKeys({ cut: true })(address)).toBe(cut);
  });

  it.each(['', 'localhost', '192.0.2', '192.0.2.256', '2001:db8', 'x'.repeat(64)])(
    'is undefined for %j',
    (text) => {
      expect(addressKeys({ cut: false })(text)).toBeUndefined();
    },
  );
});

describe('a location header', () => {
  const locationOf = locationReader({
    headers: { country: 'x-country', region: undefined, city: 'x-city' },
    trustedProxies: ['127.0.0.1'],
  });

  it.each([
    ['Dhaka', 'Dhaka'],
    ['S%C3%A3o%20Paulo', 'São Paulo'],
    [Buffer.from('São Paulo').toString('latin1'), 'São Paulo'],
    ['S\u00e3o Paulo', 'São Paulo'],
    ['100%', '100%'],
    ['%E0%A4%A', '%E0%A4%A'],
    ['', ''],
  ])('with %j is read as %s', (value, city) => {
    const header = (name: string) => (name === 'x-city' ? value : undefined);
    expect(locationOf('127.0.0.1', header)).toEqual({ country: '', region: '', city });
    expect(locationOf('127.0.0.2', header)).toEqual(NOWHERE);
  });
});
