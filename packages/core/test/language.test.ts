import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { languageOf } from '@footfall/core';

describe('the language', () => {
  it.each([
    ['en', 'en'],
    ['en-GB', 'en'],
    ['PT-br', 'pt'],
    ['zh-Hans-CN', 'zh'],
    ['zh_CN', 'zh'],
    ['fil-PH', 'fil'],
    ['de-DE,de;q=0.9,en;q=0.8', 'de'],
    [' fr-CA , en', 'fr'],
    ['en;q=0.5, de', 'en'],
    ['*', ''],
    ['', ''],
    ['e', ''],
    ['english', ''],
    ['en1', ''],
    ['i-klingon', ''],
    ['x-private', ''],
    ['und', ''],
    ['zxx', ''],
    ['ｅｎ', ''],
    ['en\u202e', ''],
    ['<b>', ''],
    [',en', ''],
  ])('of %j is %j', (tags, language) => {
    expect(languageOf(tags, undefined)).toBe(language);
    expect(languageOf(undefined, tags)).toBe(language);
  });

  it('is what the page says, else what the header says', () => {
    expect(languageOf('de', 'en-GB')).toBe('de');
    expect(languageOf(undefined, 'en-GB')).toBe('en');
    expect(languageOf('', 'en-GB')).toBe('en');
    expect(languageOf('???', 'en-GB')).toBe('en');
    expect(languageOf(undefined, undefined)).toBe('');
  });

  it('is, whatever is sent, nothing or two or three letters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 50 }),
        fc.string({ maxLength: 20 }),
        (field, header) => {
          expect(languageOf(field, header)).toMatch(/^([a-z]{2,3})?$/);
        },
      ),
    );
  });
});
