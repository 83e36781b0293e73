import { expect, test } from 'vitest';
import { sentenceIn } from '../src/lib/server/sentences.ts';

test.each([
  ['That is not the password.', 'Das ist nicht das Passwort.'],
  [
    'There are 20 passkeys already: delete one of them first.',
    'Es gibt schon 20 Passkeys: Zuerst einen davon löschen.',
  ],
  [
    'Nothing is deleted: to confirm, type “/a # … 7” as it is here.',
    'Nichts wird gelöscht: Zur Bestätigung „/a # … 7“ genau so eintippen.',
  ],
  ['Nobody knows this sentence “yet”.', 'Nobody knows this sentence “yet”.'],
])('a page says %j in German', async (english, german) => {
  expect(await sentenceIn('de', english)).toBe(german);
  expect(await sentenceIn('en', english)).toBe(english);
});
