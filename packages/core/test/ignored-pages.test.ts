import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageMatcher } from '@footfall/core';

describe('a page that is ignored', () => {
  it.each([
    ['/drafts', '/drafts', true],
    ['/drafts', '/drafts/a', false],
    ['/drafts', '/drafts?id=1', true],
    ['/drafts', '/my/drafts', false],
    ['/Drafts', '/drafts', false],
    ['/drafts/', '/drafts', true],
    ['/', '/', true],
    ['/', '/a', false],
    ['/drafts/*', '/drafts/a/b', true],
    ['/drafts/*', '/drafts', false],
    ['/drafts*', '/drafts', true],
    ['/*/preview', '/blog/7/preview', true],
    ['/*/preview', '/blog/preview/7', false],
    ['/*a*b', '/xaxbxb', true],
    ['/*ab*ab', '/ab', false],
    ['*.pdf', '/files/a.pdf', true],
    ['*.pdf', '/files/apdf', false],
    ['*', '/anything', true],
    ['/a.b', '/axb', false],
    ['/gr\u00f6\u00dfe', '/gr\u00f6\u00dfe', true],
    ['/gr%C3%B6%C3%9Fe', '/gr\u00f6\u00dfe', true],
  ])('%s: %s %s', (pattern, page, isIgnored) => {
    expect(pageMatcher([pattern])(page)).toBe(isIgnored);
    expect(pageMatcher(['/other', pattern])(page)).toBe(isIgnored);
  });

  it('is none where nothing is', () => {
    expect(pageMatcher([])('/')).toBe(false);
  });

  it.each(['drafts', 'https://example.com/drafts', '?a', '#a', '/a?b=1', '/a#b'])(
    'is not named by %j',
    (pattern) => {
      expect(() => pageMatcher([pattern])).toThrow(RangeError);
    },
  );

  it('is found in time that grows with its length alone, for any pattern', () => {
    const page = `/${'a'.repeat(511)}`;
    const isIgnored = pageMatcher([`/${'a*'.repeat(60)}b`]);
    expect(isIgnored(page)).toBe(false); // a pattern that backtracks would not end
  });

  it('is what stars leave open, and nothing else', () => {
    const word = fc.stringMatching(/^[a-c]{0,3}$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.array(word, { maxLength: 4 }),
        (fixed, open) => {
          const pattern = `/${fixed.join('*')}`;
          const page = `/${fixed.map((part, at) => part + (at < fixed.length - 1 ? (open[at] ?? '') : '')).join('')}`;
          expect(pageMatcher([pattern])(page)).toBe(true);
          const plain = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
          const other = `/${open.join('')}`;
          expect(pageMatcher([pattern])(other)).toBe(plain.test(other));
        },
      ),
    );
  });
});
