import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { compareVersions, parseVersionTag, versionTag, type StoreVersion } from '@footfall/core';

const standing: fc.Arbitrary<StoreVersion> = fc.record({
  store: fc.integer({ min: 1, max: 4 }),
  version: fc.integer({ min: 0, max: 4 }),
});

describe('of two states of the numbers', () => {
  it.each<[string, StoreVersion, StoreVersion, number]>([
    ['the higher version is newer', { store: 7, version: 3 }, { store: 7, version: 2 }, 1],
    ['the lower version is older', { store: 7, version: 2 }, { store: 7, version: 3 }, -1],
    ['the same version is the same state', { store: 7, version: 2 }, { store: 7, version: 2 }, 0],
    [
      'a later store is newer, however low its version',
      { store: 8, version: 0 },
      { store: 7, version: 900 },
      1,
    ],
    [
      'an earlier store is older, however high its version',
      { store: 7, version: 900 },
      { store: 8, version: 0 },
      -1,
    ],
    [
      'ids that are 1 apart are distinguished',
      { store: 2 ** 53 - 1, version: 0 },
      { store: 2 ** 53 - 2, version: 9 },
      1,
    ],
  ])('%s', (_, one, other, sign) => {
    expect(Math.sign(compareVersions(one, other))).toBe(sign);
  });

  it('one without a store id is compared by its version', () => {
    const old = { version: 3 } as StoreVersion;
    expect(compareVersions({ store: 7, version: 4 }, old)).toBeGreaterThan(0);
    expect(compareVersions(old, { store: 7, version: 4 })).toBeLessThan(0);
  });

  it('it never depends on the order of arguments, nor on a third', () => {
    fc.assert(
      fc.property(standing, standing, standing, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        if (compareVersions(a, b) > 0 && compareVersions(b, c) > 0)
          expect(compareVersions(a, c)).toBeGreaterThan(0);
        expect(compareVersions(a, b) === 0).toBe(a.store === b.store && a.version === b.version);
      }),
    );
  });
});

describe('the name of a state', () => {
  it('leads back to it, and begins with the version', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(10 ** 14), (store, version) => {
        const tag = versionTag({ store, version });
        expect(tag.startsWith(`${version}-`)).toBe(true);
        expect(parseVersionTag(tag)).toEqual({ store, version });
      }),
    );
  });

  it.each([
    undefined,
    null,
    '',
    '5',
    '-5',
    '5-',
    '-',
    '5-6-7',
    '5-6-stale',
    '5.0-6',
    ' 5-6',
    '1e3-6',
    '9'.repeat(17) + '-1',
    'x',
  ])('is not %s', (text) => {
    expect(parseVersionTag(text)).toBeUndefined();
  });
});
