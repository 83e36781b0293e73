import type { ImportFormat } from '../imported.ts';
import { goatCounterCsv } from './goatcounter.ts';
import { plausibleTable } from './plausible.ts';
import { simpleAnalyticsCsv } from './simple-analytics.ts';
import { ga4Csv, isGa4Header, listColumns, listCsv } from './starting-numbers.ts';
import { columnName, type Cells, type TableReader } from './table.ts';
import { umamiCsv } from './umami.ts';
import type { ReadContext } from './views.ts';

/** A table that was recognised. */
export interface RecognisedTable {
  readonly format: ImportFormat;
  /** What it is, for people. */
  readonly title: string;
  /** How lines begin that are no rows. */
  readonly comment?: '#';
  /** Rows of the head that come before the first one to be read. */
  readonly headerRows: number;
  readonly reader: (context: ReadContext) => TableReader;
}

/** The reason for which a file is not imported: a sentence that says what it looks like and what to do. */
export interface Refused {
  readonly refused: string;
}

/**
 * Recognises a table by its first rows, whatever its name is.
 * @param head the first rows, without comments
 */
export function recogniseTable(head: readonly Cells[]): RecognisedTable | Refused {
  const [first = []] = head;
  const names = new Set(first.map(columnName));
  const hasAll = (...needed: string[]): boolean => needed.every((name) => names.has(name));
  const [version] = /^\d+(?=path$)/.exec(columnName(first[0] ?? '')) ?? [];

  if (version !== undefined || hasAll('path', 'session', 'referrer scheme', 'firstvisit')) {
    if (version !== '2')
      return refusal('GoatCounter’s export in another version than 2: export it again with GoatCounter 2');
    if (!hasAll('session', 'date', 'event'))
      return refusal('GoatCounter’s export without the columns Session, Date and Event');
    return {
      format: 'goatcounter',
      title: 'GoatCounter export (CSV, version 2)',
      headerRows: 1,
      reader: (context) => goatCounterCsv(first, context),
    };
  }
  if (hasAll('event_type', 'created_at', 'url_path')) {
    return {
      format: 'umami',
      title: 'Umami export (website_event)',
      headerRows: 1,
      reader: (context) => umamiCsv(first, context),
    };
  }
  if (hasAll('added_iso', 'path')) {
    return {
      format: 'simple-analytics',
      title: 'Simple Analytics export',
      headerRows: 1,
      reader: (context) => simpleAnalyticsCsv(first, context),
    };
  }
  const ga4 = head.findIndex(isGa4Header);
  if (ga4 >= 0) {
    return {
      format: 'ga4-pages',
      title: 'Google Analytics 4, “Pages and screens”',
      comment: '#',
      headerRows: 0,
      reader: (context) => ga4Csv(context),
    };
  }
  const other = otherTable(names);
  if (other !== undefined) return refusal(other);
  const list = listColumns(first);
  if (list !== undefined) {
    return {
      format: 'list',
      title: 'List of pages and their numbers',
      headerRows: list.hasHeader ? 1 : 0,
      reader: (context) => listCsv(first, context),
    };
  }
  const shown = first
    .slice(0, 6)
    .map((name) => name.trim().slice(0, 30))
    .filter((name) => name !== '')
    .join(', ');
  return refusal(
    shown === ''
      ? 'a table without a header'
      : `a table that begins with “${shown}”, which is no export that Footfall reads (docs/importing.md lists them); a list needs the columns page and count`,
  );
}

/** Tables that people confuse with those that are read. */
function otherTable(names: ReadonlySet<string>): string | undefined {
  const hasAll = (...needed: string[]): boolean => needed.every((name) => names.has(name));
  if (hasAll('date', 'visitors', 'pageviews')) return `one table of Plausible: ${WHOLE_PLAUSIBLE}`;
  if (hasAll('name', 'visitors') && (names.has('bounce_rate') || names.has('time_on_page')))
    return PLAUSIBLE_DASHBOARD;
  if (hasAll('session_id', 'website_id', 'browser', 'os') && !names.has('url_path'))
    return 'Umami’s table “session” alone: export it joined with “website_event” (docs/importing.md has the command)';
  if (hasAll('website_id', 'url_path'))
    return 'Umami’s table “website_event” without the columns event_type and created_at: export all its columns (docs/importing.md has the command)';
  return;
}

const WHOLE_PLAUSIBLE =
  'import the whole ZIP that Plausible sends by e-mail after Site settings → Imports & exports → Export data';

const PLAUSIBLE_DASHBOARD = `the download of Plausible’s dashboard, which is cut after some hundred rows: ${WHOLE_PLAUSIBLE}`;

const refusal = (what: string): Refused => ({ refused: `This looks like ${what}.` });

/** What a ZIP is, by the names of its files; `table` is recognised by the content of a file of it. */
export type RecognisedArchive =
  | { readonly kind: 'footfall' | 'goatcounter-json' | 'plausible' }
  | { readonly kind: 'table'; readonly name: string };

/**
 * Recognises an archive by the names of its files.
 * @param names without those of folders
 */
export function recogniseArchive(names: readonly string[]): RecognisedArchive | Refused {
  const files = names.filter((name) => !/^__MACOSX\/|(?:^|\/)(?:\.DS_Store|Thumbs\.db)$/.test(name));
  const bases = new Map(files.map((name) => [name.split('/').at(-1) ?? name, name]));
  const has = (name: string): boolean => bases.has(name);
  const [only] = files;
  if (only === undefined) return refusal('an empty archive: it has no files');
  if (files.includes('manifest.json')) return { kind: 'footfall' };
  if (has('info.json') && has('paths.jsonl')) return { kind: 'goatcounter-json' };
  if (files.some((name) => plausibleTable(name) !== undefined)) return { kind: 'plausible' };
  const umami = bases.get('website_event.csv');
  if (umami !== undefined) return { kind: 'table', name: umami };
  if (has('visitors.csv') && has('pages.csv')) return refusal(PLAUSIBLE_DASHBOARD);
  if (has('[Content_Types].xml'))
    return refusal('a spreadsheet: save it as CSV (UTF-8), with the columns page and count');
  if (files.length === 1) {
    if (ARCHIVE.test(only)) return refusal('an archive in an archive: unpack it, and import the file inside');
    return { kind: 'table', name: only };
  }
  const shown = files
    .slice(0, 4)
    .map((name) => name.slice(0, 40))
    .join(', ');
  return refusal(
    `an archive of ${files.length} files (${shown}${files.length > 4 ? ' …' : ''}), which is no export that Footfall reads: unpack it, and import one file`,
  );
}

const ARCHIVE = /\.(?:zip|7z|rar|tar|tgz|gz|bz2|xz|zst)$/i;

/** How files begin that are no text, and what they are. */
const SIGNATURES: readonly (readonly [start: string, what: string])[] = [
  ['SQLite format 3\0', 'a database of SQLite: export its pages from the program that wrote it'],
  ['%PDF-', 'a PDF: get the numbers as CSV'],
  ['Rar!', 'an archive of RAR: unpack it, and import the file inside'],
  ['7z\xbc\xaf\x27\x1c', 'an archive of 7-Zip: unpack it, and import the file inside'],
  ['BZh', 'a file compressed by bzip2: unpack it'],
  ['\xfd7zXZ', 'a file compressed by xz: unpack it'],
  ['\x28\xb5\x2f\xfd', 'a file compressed by Zstandard: unpack it'],
  ['\xd0\xcf\x11\xe0', 'an old spreadsheet: save it as CSV (UTF-8), with the columns page and count'],
  ['\x89PNG', 'a picture'],
  ['\xff\xd8\xff', 'a picture'],
  ['PGDMP', 'a dump of PostgreSQL: docs/importing.md has the command that exports Umami’s table'],
];

const UTF16 = 'text in UTF-16: save it as CSV (UTF-8)';

/** Says what a file is that begins with other bytes than text; undefined for what may be text. */
export function refusedBytes(head: Uint8Array): Refused | undefined {
  const start = String.fromCharCode(...head.subarray(0, 512));
  if (start === '') return { refused: 'The file is empty.' };
  const known = SIGNATURES.find(([bytes]) => start.startsWith(bytes));
  if (known !== undefined) return refusal(known[1]);
  if (/^(?:\xff\xfe|\xfe\xff)/.test(start)) return refusal(UTF16);
  if (isUtf16(head)) return refusal(UTF16);
  if (start.startsWith('ustar', 257))
    return refusal('an archive of tar: unpack it, and import the file inside');
  return;
}

/** Text of Latin letters in UTF-16: every second byte is 0. */
function isUtf16(head: Uint8Array): boolean {
  const letters = head.subarray(0, 32);
  const zeros = [0, 1].map((parity) => letters.filter((byte, at) => byte === 0 && at % 2 === parity).length);
  const [even = 0, odd = 0] = zeros;
  return letters.length >= 8 && even + odd === letters.length / 2 && (even === 0 || odd === 0);
}

/** Says what text is that is no table; undefined for what may be one. */
export function refusedText(head: string): Refused | undefined {
  const start = head.trimStart();
  if (start === '') return refusal('a file of blanks only');
  if (/^<(?:!doctype|html|\?xml|svg)/i.test(start))
    return refusal('a web page: the program may have answered with its sign-in page instead of the export');
  if (/^[[{]/.test(start))
    return refusal(
      'JSON, which is read only inside GoatCounter’s or Footfall’s own ZIP: import that, or a CSV',
    );
  if (/^\S+ \S+ \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/.test(start))
    return refusal('the log of a web server, which counts bots and files too and is not imported');
  if (
    /^(?:--|\/\*|PRAGMA|BEGIN|CREATE|INSERT)/.test(start) &&
    /\b(?:CREATE TABLE|INSERT INTO|COPY|dump)\b/i.test(start)
  )
    return refusal('a dump of a database: docs/importing.md has the command that exports Umami’s table');
  return;
}
