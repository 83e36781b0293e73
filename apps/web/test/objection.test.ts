import {
  editedAnnotationSchema,
  explainInputSchema,
  objection,
  objectionTo,
  refused,
  segmentSchema,
  settingChangesSchema,
  shareSchema,
} from '@footfall/core';
import { OBJECTIONS, type ObjectionCode } from '@footfall/core/objections';
import { expect, test } from 'vitest';
import { objectionOf, reasonOf, sentenceIn } from '../src/lib/server/objection.ts';
import { objections } from '../src/lib/texts/de/sentences.ts';

/** What pages say, in both languages. */
const said = async (caught: unknown) => [
  await sentenceIn('en', reasonOf(caught)),
  await sentenceIn('de', reasonOf(caught)),
];

const CODES = Object.keys(OBJECTIONS) as ObjectionCode[];

test.each(CODES)('“%s” is said in both languages, with the same values', (code) => {
  const values = ['Value 1', 'Value 2'].slice(0, OBJECTIONS[code].length);
  const [english, german] = [OBJECTIONS, objections].map((texts) => {
    const text: (...values: readonly never[]) => string = texts[code];
    return text(...(values as never[]));
  });
  expect(german).not.toBe(english);
  for (const value of values) for (const text of [english, german]) expect(text).toContain(value);
  // Either both are sentences, or something is named before both.
  expect(/[.?]$/.test(german ?? '')).toBe(/[.?]$/.test(english ?? ''));
});

test.each([
  [
    refused('UNAUTHORIZED', objection('wrong-password')),
    'That is not the password.',
    'Das ist nicht das Passwort.',
  ],
  [
    refused('BAD_REQUEST', objection('not-confirmed', '/a # … 7')),
    'Nothing is deleted: to confirm, type “/a # … 7” as it is here.',
    'Nichts wird gelöscht: Zur Bestätigung „/a # … 7“ genau so eintippen.',
  ],
  [
    refused('BAD_REQUEST', objectionTo('RETENTION_MONTHS', 'whole', 0, 1_200)),
    'RETENTION_MONTHS must be a whole number from 0 to 1200.',
    'RETENTION_MONTHS muss eine ganze Zahl von 0 bis 1200 sein.',
  ],
  [
    refused('BAD_REQUEST', objectionTo('SITE_HOSTS', 'host', 'a b', '')),
    'SITE_HOSTS: "a b" is not a host.',
    'SITE_HOSTS: „a b“ ist kein Host.',
  ],
])('%s is said in both languages', async (error, english, german) => {
  expect(error.message).toBe(english);
  // A procedure wraps it.
  for (const caught of [error, new Error('x', { cause: error })])
    expect(await said(caught)).toEqual([english, german]);
});

test.each([
  [
    segmentSchema,
    { name: ' ', filters: { country: 'DE' } },
    'name must say something.',
    'Der Name darf nicht leer sein.',
  ],
  [
    segmentSchema,
    { name: 'x', filters: {} },
    'filters must have a filter.',
    'Die Auswahl muss mindestens einen Filter haben.',
  ],
  [
    editedAnnotationSchema,
    { id: 1, date: '2026-02-30', text: 'x' },
    'date must be a date such as 2026-11-20.',
    'Das Datum muss ein Datum wie 2026-11-20 sein.',
  ],
  [
    editedAnnotationSchema,
    { id: 1, date: '2026-11-20', text: 'a'.repeat(201) },
    'text must be at most 200 characters.',
    'Der Text darf höchstens 200 Zeichen haben.',
  ],
  [
    explainInputSchema,
    { url: 'nothing' },
    'url must be an http(s) URL or a path that begins with /.',
    'Die Adresse muss eine Adresse mit http(s) oder ein Pfad sein, der mit / beginnt.',
  ],
  [
    settingChangesSchema,
    { SITE_NAME: 'a\u0000' },
    'SITE_NAME: must be plain text.',
    'SITE_NAME muss einfacher Text sein.',
  ],
  [
    shareSchema,
    { name: 'x', sites: Array.from({ length: 11 }, () => 'a.example') },
    'sites must have at most 10 entries.',
    'Die Liste der Websites darf höchstens 10 Einträge haben.',
  ],
])('what a form is refused is said in both languages: %#', async (schema, input, english, german) => {
  const { error } = schema.safeParse(input);
  expect(await said(new Error('x', { cause: error }))).toEqual([english, german]);
});

test('what has no code stays English, and other failures are no objections', async () => {
  const unknown = { code: 'BAD_REQUEST', message: 'Nobody knows this sentence.' };
  expect(await said(new Error('x', { cause: unknown }))).toEqual([unknown.message, unknown.message]);
  for (const other of [new Error('x'), new Error('x', { cause: { code: 'SERVICE_UNAVAILABLE' } }), 'x'])
    expect(objectionOf(other)).toBeUndefined();
});
