import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readCode, shownRecoveryCode } from '@footfall/core';

it.each<[string, ReturnType<typeof readCode>]>([
  ['123456', { kind: 'app', code: '123456' }],
  [' 123 456\n', { kind: 'app', code: '123456' }],
  ['123–456', { kind: 'app', code: '123456' }],
  ['abcd-efgh-ijkl-mnop', { kind: 'recovery', code: 'ABCDEFGHIJKLMNOP' }],
  ['12345', undefined],
  ['1234567', undefined],
  ['١٢٣٤٥٦', undefined],
  ['ABCD-EFGH-IJKL-MNO1', undefined],
  ['ABCDEFGHIJKLMNOPQ', undefined],
  [`123456${' '.repeat(100)}`, undefined],
  ['', undefined],
])('%j is the code %j', (typed, code) => {
  expect(readCode(typed)).toEqual(code);
});

it('a recovery code is read as it was shown', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Z2-7]{16}$/), (code) => {
      expect(shownRecoveryCode(code)).toHaveLength(19);
      expect(readCode(shownRecoveryCode(code).toLowerCase())).toEqual({ kind: 'recovery', code });
    }),
  );
});
