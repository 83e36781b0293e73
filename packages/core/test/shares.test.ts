import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  calendar,
  englishOf,
  readShareWish,
  sentenceOf,
  shareSchema,
  storedFilters,
  type NewShare,
  type Objection,
} from '@footfall/core';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const context = { calendar: calendar('Europe/Berlin'), now: NOW };
const given: NewShare = { name: 'Marketing' };

/** As every transport reads it. */
function read(changes: Partial<NewShare>) {
  const { data, error } = shareSchema.safeParse({ ...given, ...changes });
  return error === undefined ? readShareWish(data, context) : { problem: sentenceOf(error) };
}

/** Of what a list of sites, and a policy that is smuggled in by it, is made. */
const PARTS = [
  'a.example',
  'https://',
  'http:',
  '//',
  '*',
  ';',
  "'none'",
  '@',
  ':81',
  ' ',
  ',',
  '[::1]',
  '%3b',
  'ü',
  '\n',
];

describe('a private link', () => {
  it.each<[Partial<NewShare>, object]>([
    [{}, { name: 'Marketing', password: undefined, expiresAt: undefined, filters: {}, origins: [] }],
    [{ name: ' \u202eteam\n' }, { name: 'team' }],
    [{ password: 'four words make one' }, { password: 'four words make one' }],
    // Today is its last day, until midnight in the site's time zone.
    [{ lastDay: '2026-11-20' }, { expiresAt: Date.parse('2026-11-20T23:00:00Z') }],
    [
      { filters: { country: ['DE'], 'page.starts': '/a' } },
      { filters: { country: ['DE'], 'page.starts': '/a' } },
    ],
    [
      { sites: ['Example.com', 'http://a.example:81/', 'https://b.example', 'example.com'] },
      { origins: ['https://example.com', 'http://a.example:81', 'https://b.example'] },
    ],
    [{ sites: ['bücher.example'] }, { origins: ['https://xn--bcher-kva.example'] }],
  ])('with %o is %o', (changes, wish) => {
    expect(read(changes)).toMatchObject(wish);
  });

  it.each<[Partial<NewShare>, string]>([
    [{ name: '\u200b ' }, 'Give the link a name'],
    [{ name: 'ü'.repeat(31) }, 'at most 60 bytes'],
    [{ password: 'short' }, 'at least 12 characters'],
    [{ lastDay: '2026-11-19' }, 'is over already'],
    [{ lastDay: 'tomorrow' }, 'must be a date'],
    [{ filters: { country: 'Germany' } }, 'ISO code'],
    [{ lastDay: '' }, 'must be a date'],
    [{ lastDay: '2026-02-30' }, 'must be a date'],
    [{ password: '' }, 'at least 12 characters'],
    [{ password: 'a b c d e f '.repeat(30) }, 'at most 256 characters'],
    [{ color: 'red' } as object, 'color'],
    [{ filters: { planet: 'Earth' } as NewShare['filters'] }, '"planet" is unknown'],
    [{ filters: { 'page.contains': 'a'.repeat(4_090) } }, 'over 4096 bytes'],
    [{ sites: ['*'] }, 'is not a site'],
    [{ sites: ['https://*.example.com'] }, 'is not a site'],
    [{ sites: ["'self'"] }, 'is not a site'],
    [{ sites: ['example.com/path'] }, 'is not a site'],
    [{ sites: [''] }, 'is not a site'],
    [{ sites: ['a.example b.example'] }, 'is not a site'],
    [{ sites: [`${'a.'.repeat(150)}example`] }, 'is not a site'],
    [{ sites: ['javascript:alert(1)'] }, 'is not a site'],
    [{ sites: Array.from({ length: 11 }, () => 'a.example') }, 'at most 10 entries'],
    [{ sites: ['a.example'], password: 'four words make one' }, 'cannot be embedded'],
  ])('with %o is refused', (changes, sentence) => {
    const { problem } = read(changes) as { readonly problem: string | Objection };
    expect(typeof problem === 'string' ? problem : englishOf(problem)).toContain(sentence);
  });

  it('names nothing but origins to a policy, whatever is typed', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PARTS), { maxLength: 8 }), (parts) => {
        const wish = read({ sites: [parts.join('')] });
        const origins = 'origins' in wish ? wish.origins : [];
        expect(origins.join(' ')).toMatch(/^(?:https?:\/\/[a-z\d.-]+(?::\d+)?(?: |$))*$/);
      }),
    );
  });

  it('whose filters are not all known any more has none', () => {
    expect(storedFilters('{"country":["DE"]}')).toEqual({ country: ['DE'] });
    expect(storedFilters('{"country":["DE"],"planet":"Earth"}')).toBeUndefined();
    expect(storedFilters('{"device":"Abacus"}')).toBeUndefined();
  });
});
