import fc from 'fast-check';
import { expect, it } from 'vitest';
import { apiKeyOf, isApiKey, objection, readKeyWish } from '@footfall/core';

it.each<[string, string[], object]>([
  ['report', ['read'], { name: 'report', scopes: ['read'] }],
  [' two\u202e words ', ['write', 'read'], { name: 'two words', scopes: ['read', 'write'] }],
  ['é'.repeat(30), ['read'], { name: 'é'.repeat(30), scopes: ['read'] }],
  ['é'.repeat(31), ['read'], { problem: objection('long-name', 60) }],
  ['\u200b ', ['read'], { problem: objection('key-name') }],
  ['report', [], { problem: objection('key-scopes') }],
  ['report', ['read', 'admin'], { problem: objection('key-scope', 'admin') }],
])('a wish for a key named %j with %j is %j', (name, scopes, wish) => {
  expect(readKeyWish(name, scopes)).toEqual(wish);
});

it('a key is distinguished from what other scripts send', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const key = apiKeyOf(Buffer.from(bytes).toString('base64url'));
      expect([isApiKey(key), isApiKey(`${key}x`), isApiKey(key.slice(1))]).toEqual([true, false, false]);
    }),
  );
});
