import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  combinationKey,
  isTag,
  VISIT_DIMENSIONS,
  LISTED_DIMENSIONS,
  listedAttributes,
  OTHER,
  quotasOf,
  senderReader,
  type Attributes,
  type Salts,
} from '@footfall/core';

const salt = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);
const DAY = 1_000;
const saltsOf = (...seeds: readonly number[]): Salts => ({
  days: new Map(seeds.map((seed) => [seed * DAY, salt(seed)])),
  device: salt(255),
});

describe('of the new names of an hour', () => {
  it.each([
    [10_000, 500, 1_000],
    [100, 5, 10],
    [19, 1, 2],
    [1, 1, 1],
  ])(
    'when there may be %i values, an address brings at most %i and a network %i',
    (all, address, network) => {
      expect(quotasOf(all).values).toEqual({ all, address, network });
    },
  );

  it('everyone may bring one, no address over a twentieth and no network over a tenth; of combinations five times as many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), (values) => {
        const quotas = quotasOf(values);
        expect(quotas.values.all).toBe(values);
        expect(quotas.combinations).toEqual(quotasOf(5 * values).values);
        for (const { all, address, network } of [quotas.values, quotas.combinations]) {
          expect(address).toBeGreaterThanOrEqual(1);
          expect(address).toBeLessThan(all / 20 + 1);
          expect(network).toBeGreaterThanOrEqual(address);
          expect(network).toBeLessThan(all / 10 + 1);
        }
      }),
    );
  });
});

describe('a sender', () => {
  const senderOf = senderReader();
  const salts = saltsOf(1, 2);

  it('is an IPv4 address whole', () => {
    const sender = senderOf('192.0.2.1', salts);
    expect(sender.network).toBeNull();
    expect(senderOf('192.0.2.1', salts)).toEqual(sender);
    expect(senderOf('192.0.2.2', salts).address).not.toBe(sender.address);
  });

  it('is an IPv6 /64, within a /48', () => {
    const [one, other, elsewhere] = ['2001:db8:1:1', '2001:db8:1:2', '2001:db8:2:1'].map((address) =>
      senderOf(address, salts),
    );
    expect(one?.network).toEqual(expect.any(Number));
    expect(other?.address).not.toBe(one?.address);
    expect(other?.network).toBe(one?.network);
    expect(elsewhere?.network).not.toBe(one?.network);
    expect(one?.network).not.toBe(one?.address);
    // Cut to its /48 before it is hashed, an address is all of the network.
    expect(senderOf('2001:db8:1', salts).network).toBe(one?.network);
  });

  it('cannot be found in what is left when the day’s salt is gone', () => {
    const sender = senderOf('192.0.2.1', salts);
    expect(senderOf('192.0.2.1', saltsOf(2))).toEqual(sender); // the newest counts
    expect(senderOf('192.0.2.1', saltsOf(1)).address).not.toBe(sender.address);
    expect(senderOf('192.0.2.1', saltsOf(2, 3)).address).not.toBe(sender.address);
    expect(senderOf('192.0.2.1', salts)).toEqual(sender);
  });

  it('is a whole number that JSON can hold, and never 0, which stands for everyone; however many came before', () => {
    const first = senderOf('first', salts);
    const keys = new Set(
      Array.from({ length: 5_000 }, (_, n) => senderOf(`2001:db8:0:${n.toString(16)}`, salts).address),
    );
    expect(keys.size).toBe(5_000);
    for (const key of keys) expect(Number.isSafeInteger(key) && key > 0 && key < 2 ** 47).toBe(true);
    expect(senderOf('first', salts)).toEqual(first);
  });
});

/** As the version before computed it. */
const KEY_OF_TEN = 'e5e51c5a6ba9c9dec03ab8063c56d461';

describe('a combination of attributes', () => {
  const keyOf = (of: Attributes): string => combinationKey(VISIT_DIMENSIONS.map((fact) => of[fact]));
  const attributes: fc.Arbitrary<Attributes> = fc.record(
    Object.fromEntries(
      VISIT_DIMENSIONS.map((fact) => [fact, fc.oneof(fc.constantFrom('', 'a', 'b'), fc.string())]),
    ),
  ) as unknown as fc.Arbitrary<Attributes>;

  it('has a key of 32 hex digits, the same for the same values and for no others', () => {
    fc.assert(
      fc.property(attributes, attributes, (one, other) => {
        expect(keyOf(one)).toMatch(/^[\da-f]{32}$/);
        const isSame = VISIT_DIMENSIONS.every((fact) => one[fact] === other[fact]);
        expect(keyOf(one) === keyOf(other)).toBe(isSame);
        expect(keyOf({ ...one })).toBe(keyOf(one));
      }),
    );
  });

  it.each([
    [
      { region: 'a', city: '' },
      { region: '', city: 'a' },
    ],
    [
      { region: 'a","b', city: 'c' },
      { region: 'a', city: 'b","c' },
    ],
    [
      { region: 'a\nb', city: '' },
      { region: 'a', city: 'b\n' },
    ],
  ])('of %o is not that of %o', (one, other) => {
    const none = Object.fromEntries(VISIT_DIMENSIONS.map((fact) => [fact, ''])) as unknown as Attributes;
    expect(keyOf({ ...none, ...one })).not.toBe(keyOf({ ...none, ...other }));
  });

  it('of an older version, which had nine attributes, has the key that this version gave it', () => {
    const nine = ['DE', '', '', 'de', 'Google', '', 'desktop', 'Firefox', 'Linux'];
    expect(combinationKey(nine)).toBe('7094fbd332bce54e5b8a6d9cdbce6932');
  });

  it('without tags has the key that it had before there were tags', () => {
    const ten = ['DE', '', '', 'de', 'Google', '', 'desktop', 'Firefox', 'Linux', 'search'];
    expect(combinationKey(ten)).toBe(KEY_OF_TEN);
    expect(combinationKey([...ten, '', '', ''])).toBe(KEY_OF_TEN);
    const unknown = ten.map(() => '');
    expect(combinationKey([...unknown, '', '', ''])).toBe(combinationKey(unknown));
    const [medium, term, content] = [['a'], ['', 'a'], ['', '', 'a']].map((tags) =>
      combinationKey([...ten, ...tags]),
    );
    expect(new Set([KEY_OF_TEN, medium, term, content]).size).toBe(4);
  });

  it('that is one too many keeps what no sender can make up, and has "(other)" for the rest', () => {
    fc.assert(
      fc.property(attributes, (all) => {
        const listed = listedAttributes(all);
        const isListed: readonly string[] = LISTED_DIMENSIONS;
        for (const fact of VISIT_DIMENSIONS)
          expect(listed[fact]).toBe(
            isListed.includes(fact) || (isTag(fact) && all[fact] === '') ? all[fact] : OTHER,
          );
        expect(listedAttributes(listed)).toEqual(listed);
      }),
    );
  });
});
