import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANNOTATION_CHARACTERS,
  annotationsIn,
  annotationSchema,
  BEAT_MS,
  outageNote,
  SETTING_NAMES,
  settingsNote,
} from '@footfall/core';

const given = { date: '2026-11-20', text: 'Release' };

describe('an annotation', () => {
  it.each([
    [{}, { ...given, isPublic: false }],
    [{ text: '  two\n lines\tof it ' }, { ...given, text: 'two lines of it', isPublic: false }],
    [
      { text: '\u202egnp.exe\u2066', isPublic: true },
      { ...given, text: 'gnp.exe', isPublic: true },
    ],
    [{ text: '<b>=SUM(A1)</b>' }, { ...given, text: '<b>=SUM(A1)</b>', isPublic: false }],
  ])('with %o is %o', (changes, stored) => {
    expect(annotationSchema.parse({ ...given, ...changes })).toEqual(stored);
  });

  it.each([
    [{ text: '' }, 'text must say something'],
    [{ text: '\u200b\u202e \n' }, 'text must say something'],
    [{ text: 'a'.repeat(201) }, 'text must be at most 200 characters'],
    [{ date: '2026-02-30' }, 'date must be a date'],
    [{ date: '20.11.2026' }, 'date must be a date'],
    [{ date: '1969-12-31' }, 'date must not be before'],
    [{ isPublic: 'yes' }, 'isPublic must be true or false'],
  ])('with %o is refused', (changes, sentence) => {
    const { error } = annotationSchema.safeParse({ ...given, ...changes });
    expect(error?.issues[0]?.message).toContain(sentence);
  });

  it('is one line of plain text, whatever is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const { data } = annotationSchema.safeParse({ ...given, text });
        expect(data?.text ?? '').not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
        expect(data?.text).not.toBe('');
      }),
    );
  });

  it('is in a range with both its ends', () => {
    const all = ['2026-11-19', '2026-11-20', '2026-11-21'].map((date) => ({ date, text: '' }));
    const datesIn = (range: object) => annotationsIn(all, range).map(({ date }) => date.slice(-2));
    expect(datesIn({ from: '2026-11-20', to: '2026-11-20' })).toEqual(['20']);
    expect(datesIn({ from: '2026-11-20' })).toEqual(['20', '21']);
    expect(datesIn({})).toEqual(['19', '20', '21']);
  });
});

describe('a change of settings', () => {
  it.each([
    [{}, {}, undefined],
    [{ SITE_NAME: 'a' }, { SITE_NAME: 'a' }, undefined],
    [{ SITE_NAME: 'a' }, { SITE_NAME: 'secret' }, 'Settings changed: SITE_NAME'],
    [
      { IGNORED_PAGES: '', SITE_NAME: 'a' },
      { IGNORED_PAGES: '/x', SITE_NAME: 'b' },
      'Settings changed: SITE_NAME, IGNORED_PAGES',
    ],
    [{ COUNT_BOTS: 'false' }, { COUNT_BOTS: 'true', AUTOMATIC_ANNOTATIONS: 'false' }, undefined],
    [
      { AUTOMATIC_ANNOTATIONS: 'false' },
      { AUTOMATIC_ANNOTATIONS: 'true' },
      'Settings changed: AUTOMATIC_ANNOTATIONS',
    ],
  ])('from %o to %o is annotated as %o', (before, after, note) => {
    expect(settingsNote(before, after)).toBe(note);
  });

  it('has an annotation that fits, without a value, whatever has changed', () => {
    fc.assert(
      fc.property(fc.subarray([...SETTING_NAMES], { minLength: 1 }), (names) => {
        const after = Object.fromEntries(names.map((name) => [name, '§']));
        const note = settingsNote({}, after) ?? '';
        expect(note).toContain(names[0]);
        expect(note).not.toContain('§');
        expect(note.length).toBeLessThanOrEqual(ANNOTATION_CHARACTERS);
      }),
    );
  });
});

describe('an outage', () => {
  const AT = Date.parse('2026-11-20T22:30:00Z');
  const MINUTE = 60_000;

  it.each([
    [0, undefined],
    [-MINUTE, undefined],
    [MINUTE + BEAT_MS, undefined],
    [2 * MINUTE, 'Down for about 2 minutes, from 04:00'],
    [119 * MINUTE, 'Down for about 119 minutes, from 04:00'],
    [5 * 60 * MINUTE, 'Down for about 5 hours, from 04:00'],
    [72 * 60 * MINUTE, 'Down for about 3 days, from 04:00'],
  ])('of %o ms is annotated as %o, on the day on which it began', (ms, text) => {
    const date = '2026-11-21';
    expect(outageNote(AT, AT + ms, 'Asia/Kolkata')).toEqual(text === undefined ? undefined : { date, text });
  });
});
