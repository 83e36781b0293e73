import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../src/config.ts';
import { openLocations } from '../src/location.ts';
import { bitsOf, mmdb, type MmdbValue } from './mmdb.ts';
import { startEmbedded } from './support.ts';

const NOWHERE = { country: '', region: '', city: '' };

async function fileOf(bytes: Uint8Array | string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-places-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'places.mmdb');
  await writeFile(file, bytes);
  return file;
}

describe('the bundled country data', () => {
  it.each([
    ['81.2.69.142', 'GB'],
    ['8.8.8.8', 'US'],
    ['2a00:1450::1', 'IE'],
    ['2001:4860:4860::8888', 'US'],
    ['127.0.0.1', ''],
    ['10.1.2.3', ''],
    ['192.168.0.1', ''],
    ['203.0.113.1', ''],
    ['fd00::1', ''],
    ['2001:db8::1', ''],
    ['::1', ''],
    ['fe80::1', ''],
    ['', ''],
    ['unknown', ''],
    ['999.1.1.1', ''],
    ['1.2.3.4.5', ''],
  ])('has for %j the country %j', async (address, country) => {
    const locate = await openLocations(undefined);
    expect(locate(address)).toEqual({ ...NOWHERE, country });
    expect(locate(address)).toEqual({ ...NOWHERE, country });
  });
});

describe('the owner’s own file', () => {
  const records: Readonly<Record<string, MmdbValue>> = {
    [bitsOf('192.0.2.0', 24)]: {
      country: { iso_code: 'FR', names: { en: 'France', fr: 'France' } },
      subdivisions: [
        { iso_code: 'IDF', names: { fr: 'Île-de-France', en: 'Île-de-France' } },
        { names: { en: 'Paris' } },
      ],
      city: { names: { en: 'Paris' } },
    },
    [bitsOf('198.51.100.0', 24)]: { country_code: 'BD', state1: 'Dhaka Division', city: 'Dhaka' },
    [bitsOf('203.0.113.0', 25)]: { country: 'NL', region: 'North Holland' },
    [bitsOf('203.0.113.128', 25)]: { country: 7, city: ['x'], subdivisions: 'y' },
  };

  it.each([
    ['192.0.2.1', { country: 'FR', region: 'Île-de-France', city: 'Paris' }],
    ['198.51.100.255', { country: 'BD', region: 'Dhaka Division', city: 'Dhaka' }],
    ['203.0.113.1', { country: 'NL', region: 'North Holland', city: '' }],
    ['203.0.113.200', NOWHERE],
    ['8.8.8.8', NOWHERE],
  ])('may have regions and cities, in the formats of common vendors: %s is in %o', async (address, place) => {
    const [four, six] = await Promise.all([
      openLocations(await fileOf(mmdb(records, 4))),
      openLocations(
        await fileOf(
          mmdb(
            Object.fromEntries(Object.entries(records).map(([bits, of]) => ['0'.repeat(96) + bits, of])),
            6,
          ),
        ),
      ),
    ]);
    expect([four(address), six(address)]).toEqual([place, place]);
  });

  it('of IPv4 only returns nothing for IPv6', async () => {
    const locate = await openLocations(
      await fileOf(mmdb({ '0': { country_code: 'FR' }, '1': { country_code: 'FR' } }, 4)),
    );
    expect([locate('192.0.2.1').country, locate('2001:db8::1').country]).toEqual(['FR', '']);
  });

  it.each([
    ['that does not exist', async () => '/nowhere/places.mmdb'],
    ['that is a folder', async () => tmpdir()],
    ['that is empty', () => fileOf('')],
    ['that is something else', () => fileOf('not a database'.repeat(1_000))],
    ['that is truncated', async () => fileOf(mmdb(records, 4).subarray(40))],
  ])('%s stops the start with one sentence that names it', async (_, path) => {
    const GEOIP_DATABASE = await path();
    const starting = startEmbedded({ GEOIP_DATABASE }, onTestFinished);
    await expect(starting).rejects.toThrow(
      /^GEOIP_DATABASE names a file that cannot be read as an \.mmdb: [^\n]+\.$/,
    );
    await expect(starting).rejects.toBeInstanceOf(ConfigError);
  });
});
