import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hitSchema, timeOrderedId } from '@footfall/core';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('an id the server makes', () => {
  it('is a UUID of version 7 that begins with its time (the example of RFC 9562)', () => {
    expect(timeOrderedId(0x017f22e279b0, '11111111-2222-4cc3-98c4-dc0c0c07398f')).toBe(
      '017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
    );
  });

  it('is a valid event id, at any time', () => {
    fc.assert(
      fc.property(time, fc.uuid({ version: 4 }), (now, random) => {
        const id = timeOrderedId(now, random);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now);
        expect(hitSchema.safeParse({ id, url: '/' }).success).toBe(true);
      }),
    );
  });

  it('sorts before those made later', () => {
    fc.assert(
      fc.property(time, time, fc.uuid({ version: 4 }), fc.uuid({ version: 4 }), (one, other, a, b) => {
        fc.pre(one !== other);
        expect(timeOrderedId(one, a) < timeOrderedId(other, b)).toBe(one < other);
      }),
    );
  });
});
