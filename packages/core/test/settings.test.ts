import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSettingName,
  isSettledByViews,
  SETTING_CHARACTERS,
  SETTING_NAMES,
  settingChangesSchema,
  withChanges,
  type SettingChanges,
} from '@footfall/core';

const problemOf = (changes: unknown): string | undefined =>
  settingChangesSchema.safeParse(changes).error?.issues[0]?.message;

describe('changes of settings', () => {
  it.each<[changes: unknown, problem: string | undefined]>([
    [{}, undefined],
    [{ SITE_NAME: 'Ä "<b>"', SITE_HOSTS: null, IGNORED_PAGES: '/a\r\n\t/b' }, undefined],
    [{ SITE_NAME: 'x'.repeat(SETTING_CHARACTERS) }, undefined],
    [{ SITE_NAME: 'x'.repeat(SETTING_CHARACTERS + 1) }, 'must be at most 4000 characters'],
    [{ SITE_NAME: true }, 'must be text or null'],
    [{ SITE_NAME: 'a\0' }, 'must be plain text'],
    [{ SITE_NAME: '\x1b[2J' }, 'must be plain text'],
    [{ SITE_NAME: '\udc00' }, 'must be plain text'],
    [null, 'must be an object of settings'],
    [['SITE_NAME'], 'must be an object of settings'],
  ])('%j are refused with %j', (changes, problem) => {
    expect(problemOf(changes)).toBe(problem);
  });

  it('of other names are refused, whatever the name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        fc.pre(!isSettingName(name));
        const changes = Object.defineProperty({}, name, { value: 'x', enumerable: true });
        expect(problemOf(changes)).toContain('is not one of SITE_NAME, ');
      }),
    );
  });

  it('hold one after the other as all at once; null and empty text leave nothing', () => {
    const changes = fc.dictionary(
      fc.constantFrom(...SETTING_NAMES),
      fc.option(fc.string(), { nil: null }),
    ) as fc.Arbitrary<SettingChanges>;
    fc.assert(
      fc.property(changes, changes, (first, second) => {
        const after = withChanges(withChanges({}, first), second);
        expect(after).toEqual(withChanges({}, { ...first, ...second }));
        expect(Object.values(after)).not.toContain('');
        expect(Object.values(after)).not.toContain(null);
      }),
    );
  });
});

it('time zone and recognition are settled by the first page view, and nothing else', () => {
  expect(SETTING_NAMES.filter(isSettledByViews)).toEqual(['SITE_TIME_ZONE', 'IDENTITY']);
});
