import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendar, visitorOf, type Browser, type IdentityRules, type Salts } from '@footfall/core';

const paris = calendar('Europe/Paris');
const MINUTE = 60_000;
const TODAY = paris.momentOf(Date.parse('2026-11-20T12:00:00Z')).day;
const YESTERDAY = paris.previousDay(TODAY);

const salt = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);
const salts: Salts = {
  days: new Map([
    [YESTERDAY, salt(1)],
    [TODAY, salt(2)],
  ]),
  device: salt(3),
};
const rules: IdentityRules = { identity: 'daily', calendar: paris, sessionTimeoutMs: 30 * MINUTE };
const browser: Browser = {
  site: 'stats.example.com',
  address: '192.0.2.1',
  userAgent: 'Mozilla/5.0 Firefox/140.0',
  visitorId: undefined,
};

const keys = (
  changes: Partial<Browser>,
  time: number,
  with_: { salts?: Salts; rules?: Partial<IdentityRules> } = {},
) =>
  visitorOf({ ...browser, ...changes }, paris.momentOf(time), {
    salts: with_.salts ?? salts,
    rules: { ...rules, ...with_.rules },
  });

const NOON = TODAY + 12 * 60 * MINUTE;

describe('a visitor of a day', () => {
  it('has the same key all day, and another on the next', () => {
    const { visitor } = keys({}, NOON);
    expect(keys({}, TODAY).visitor).toBe(visitor);
    expect(keys({}, paris.nextDay(TODAY) - 1).visitor).toBe(visitor);
    expect(keys({}, TODAY - 1).visitor).not.toBe(visitor);
    expect(visitor % 2).toBe(0);
  });

  it('also has the key of the previous day for one session timeout after midnight', () => {
    const before = keys({}, TODAY - 1).visitor;
    expect(keys({}, TODAY)).toMatchObject({ previousDayKey: before });
    expect(keys({}, TODAY + 30 * MINUTE)).toMatchObject({ previousDayKey: before });
    expect(keys({}, TODAY + 30 * MINUTE + 1)).toMatchObject({ previousDayKey: null });
    expect(keys({}, TODAY - 1)).toMatchObject({ previousDayKey: null });
    expect(keys({}, TODAY + MINUTE, { rules: { sessionTimeoutMs: MINUTE - 1 } })).toMatchObject({
      previousDayKey: null,
    });
  });

  it('has no previous key if the previous day’s salt is deleted', () => {
    const left: Salts = { ...salts, days: new Map([[TODAY, salt(2)]]) };
    expect(keys({}, TODAY, { salts: left })).toEqual({
      visitor: keys({}, TODAY).visitor,
      previousDayKey: null,
    });
  });

  it('whose salt is deleted gets the newest salt', () => {
    const late = paris.previousDay(YESTERDAY);
    const reversed: Salts = { ...salts, days: new Map([...salts.days].reverse()) };
    expect(keys({}, late + 60 * MINUTE).visitor).toBe(keys({}, NOON).visitor);
    expect(keys({}, late + 60 * MINUTE, { salts: reversed }).visitor).toBe(keys({}, NOON).visitor);
    expect(() => keys({}, NOON, { salts: { ...salts, days: new Map() } })).toThrow(RangeError);
  });

  it.each<[string, Partial<Browser>]>([
    ['address', { address: '192.0.2.2' }],
    ['user agent', { userAgent: 'Mozilla/5.0 Firefox/141.0' }],
    ['site', { site: 'other.example.com' }],
    ['name', { visitorId: 'someone' }],
  ])('with another %s is another', (_, changes) => {
    expect(keys(changes, NOON).visitor).not.toBe(keys({}, NOON).visitor);
  });

  it('with a name of its own is identified by it alone, and only that day', () => {
    const named = { visitorId: 'someone' };
    const { visitor } = keys(named, NOON);
    expect(keys({ ...named, address: '2001:db8:0:1', userAgent: '' }, NOON).visitor).toBe(visitor);
    expect(keys({ ...named, site: 'other.example.com' }, NOON).visitor).not.toBe(visitor);
    expect(keys(named, TODAY - 1).visitor).not.toBe(visitor);
    expect(keys(named, TODAY).previousDayKey).toBe(keys(named, TODAY - 1).visitor);
    expect(visitor % 2).toBe(0);
  });
});

describe('a device', () => {
  const device = { rules: { identity: 'device' } } as const;

  it('has one permanent key, and it is odd', () => {
    const { visitor, previousDayKey } = keys({ visitorId: 'someone' }, NOON, device);
    expect([visitor % 2, previousDayKey]).toEqual([1, null]);
    expect(keys({ visitorId: 'someone', address: 'other' }, TODAY - 1, device)).toEqual({
      visitor,
      previousDayKey,
    });
    expect(keys({ visitorId: 'someone' }, TODAY, device)).toEqual({ visitor, previousDayKey });
    expect(keys({ visitorId: 'someone else' }, NOON, device).visitor).not.toBe(visitor);
    const fresh = { ...device, salts: { ...salts, device: salt(9) } };
    expect(keys({ visitorId: 'someone' }, NOON, fresh).visitor).not.toBe(visitor);
  });

  it('needs no salt of a day', () => {
    const none = { ...device, salts: { days: new Map(), device: salt(3) } };
    expect(keys({ visitorId: 'x' }, NOON, none)).toEqual(keys({ visitorId: 'x' }, NOON, device));
  });

  it('that does not name itself is a visitor of a day', () => {
    expect(keys({}, TODAY, device)).toEqual(keys({}, TODAY));
  });
});

describe('for any browser', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const browsers = fc.record({
    site: text,
    address: text,
    userAgent: text,
    visitorId: fc.option(text, { nil: undefined }),
  });

  it('its key is a whole number below 2^47, by the same salt the same', () => {
    fc.assert(
      fc.property(
        browsers,
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom('daily', 'device'),
        (who, key, identity) => {
          const own: Salts = { days: new Map([[TODAY, key]]), device: key };
          const { visitor } = visitorOf(who, paris.momentOf(NOON), {
            salts: own,
            rules: { ...rules, identity },
          });
          expect(Number.isInteger(visitor) && visitor >= 0 && visitor < 2 ** 47).toBe(true);
          expect(visitor % 2).toBe(identity === 'device' && who.visitorId !== undefined ? 1 : 0);
          expect(
            visitorOf({ ...who }, paris.momentOf(NOON), { salts: own, rules: { ...rules, identity } })
              .visitor,
          ).toBe(visitor);
        },
      ),
    );
  });

  it('no two have the same key because their parts run into each other', () => {
    fc.assert(
      fc.property(text, text, fc.nat(), (a, b, cut) => {
        const all = a + b;
        const at = cut % (all.length + 1);
        const [c, d] = [all.slice(0, at), all.slice(at)];
        fc.pre(a !== c);
        expect(keys({ address: a, userAgent: b }, NOON).visitor).not.toBe(
          keys({ address: c, userAgent: d }, NOON).visitor,
        );
        expect(keys({ site: a, visitorId: b }, NOON).visitor).not.toBe(
          keys({ site: c, visitorId: d }, NOON).visitor,
        );
      }),
    );
  });

  it('keys spread evenly: of 100,000 none collide, and every bit is set about half the time', () => {
    const seen = new Set<number>();
    const ones = Array<number>(47).fill(0);
    for (let n = 0; n < 100_000; n += 1) {
      const { visitor } = keys({ address: `10.0.${n >> 8}.${n & 255}` }, NOON);
      seen.add(visitor);
      for (let bit = 0; bit < 47; bit += 1) ones[bit]! += Math.floor(visitor / 2 ** bit) % 2;
    }
    expect(seen.size).toBeGreaterThan(99_990);
    expect(ones[0]).toBe(0);
    for (const count of ones.slice(1)) expect(Math.abs(count - 50_000)).toBeLessThan(1_500);
  });
});
