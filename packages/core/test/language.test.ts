import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { languageOf } from '@footfall/core';
import list from '../lists/languages.json' with { type: 'json' };

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
    // as it is written today, and at its shortest
    ['iw', 'he'],
    ['iw-IL', 'he'],
    ['in-ID', 'id'],
    ['ji', 'yi'],
    ['no', 'nb'],
    ['no-NO', 'nb'],
    ['nb-NO', 'nb'],
    ['nn', 'nn'],
    ['mo', 'ro'],
    ['tl-PH', 'fil'],
    ['eng', 'en'],
    ['ger-DE', 'de'],
    ['cmn-Hans-CN', 'zh'],
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

  it('is, for any input, empty or two or three letters', () => {
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

describe('the list of codes', () => {
  it('has each once, and none that is canonical itself', () => {
    const codes = Object.values(list.languages).flatMap((entry) => entry.split(' '));
    expect(codes.filter((code, at) => codes.indexOf(code) !== at)).toEqual([]);
    expect(codes.filter((code) => code in list.languages)).toEqual([]);
    expect(codes.length).toBeGreaterThan(200);
  });
});
