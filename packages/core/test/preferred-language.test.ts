import fc from 'fast-check';
import { expect, it } from 'vitest';
import { preferredLanguage } from '@footfall/core/preferred-language';

const KNOWN = ['en', 'de'] as const;

it.each([
  [undefined, 'en'],
  ['', 'en'],
  ['*', 'en'],
  ['de', 'de'],
  ['DE-at', 'de'],
  ['de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', 'de'],
  ['en-GB,en;q=0.9,de;q=0.8', 'en'],
  ['de;q=0.5, en;q=0.6', 'en'],
  ['en;q=0.5, de ; q=0.9', 'de'],
  ['fr-FR, de;q=0.3, *;q=0.1', 'de'],
  ['fr, *;q=0.5, de;q=0.3', 'en'],
  ['fr, es', 'en'],
  ['de;q=0', 'en'],
  ['de;q=0, *', 'en'],
  ['de;q=2', 'en'],
  ['deutsch', 'en'],
  ['de_DE', 'en'],
  ['<de>', 'en'],
  [`${'fr,'.repeat(400)}de`, 'en'],
])('a reader who sends %j gets %j', (header, language) => {
  expect(preferredLanguage(header, KNOWN)).toBe(language);
});

it('is one of those that there are, whatever is sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (header) => {
      expect(KNOWN).toContain(preferredLanguage(header, KNOWN));
    }),
  );
});
