import { truncate } from 'node:fs/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { FootfallError } from '@footfall/core';
import { expect, it } from 'vitest';
import { contextOf, fileOf, openFileOf, rowsOf, zipOf, type TestEntry } from './files.ts';
import { openImport } from '../src/imports/open.ts';
import { zipOf as zip64Of } from '../src/zip-writer.ts';

const HEADER =
  '2Path,Title,Event,UserAgent,Browser,System,Session,Bot,Referrer,Referrer scheme,Screen size,Location,FirstVisit,Date\n';
const ROW = '/a,A,0,,Chrome 86,Linux,1-a,0,,,"1920,0,1",US-TX,1,2024-05-06T07:08:09Z\n';
const LIST = 'page,count\n/a,1\n';

/** The sentence with which a file is refused; fails where it is read. */
async function refusal(
  content: Parameters<typeof fileOf>[0],
  parts: Parameters<typeof openFileOf>[1] = {},
): Promise<string> {
  const error: unknown = await rowsOf(content, parts).then(
    (rows) => new Error(`${rows.length} rows were read`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FootfallError)) throw error;
  expect(error.code).toBe('BAD_REQUEST');
  expect(error.message, 'one sentence').toMatch(/^The file cannot be imported: [^\n]+\.$/);
  return error.message.replace('The file cannot be imported: ', '');
}

const list = (changes: Partial<TestEntry> = {}): TestEntry => ({
  name: 'list.csv',
  content: LIST,
  ...changes,
});

it.each<[string, Buffer, RegExp]>([
  [
    'a bomb: much larger than before',
    zipOf([list({ content: Buffer.alloc(3_000_000, 'a') })]),
    /more than 200 times as large/,
  ],
  [
    'a bomb of stored entries that overlap',
    zipOf([
      list({ content: Buffer.alloc(400_000, 'abc\n'), method: 0 }),
      ...Array.from({ length: 9 }, (_, at) =>
        list({ name: `${at}.csv`, content: Buffer.alloc(400_000, 'abc\n'), method: 0, dataOf: 0 }),
      ),
    ]),
    /its files are larger than itself/,
  ],
  [
    'more bytes than are read',
    zipOf([list({ size: 0xfffffffe, compressed: 0xffffff })]),
    /larger than itself|times as large/,
  ],
  ['a size of zip64 beyond what is read', zipOf([list({ size64: 1n << 50n })]), /larger than 16 GiB/],
  [
    'a size of zip64 beyond what numbers hold',
    zipOf([list({ size64: 1n << 63n })]),
    /damaged|larger than 16 GiB/,
  ],
  ['a name that leads out', zipOf([list({ name: '../../etc/passwd' })]), /leads out of its folder/],
  ['an absolute name', zipOf([list({ name: '/etc/passwd' })]), /leads out of its folder/],
  ['a name of Windows', zipOf([list({ name: String.raw`..\..\list.csv` })]), /leads out of its folder/],
  ['a drive', zipOf([list({ name: 'C:/list.csv' })]), /leads out of its folder/],
  ['a NUL in a name', zipOf([list({ name: 'list.csv\0.zip' })]), /with the name "list\.csv\\u0000\.zip"/],
  ['two files of one name', zipOf([list(), list()]), /two files named "list\.csv"/],
  ['an archive in an archive', zipOf([list({ content: zipOf([list()]) })]), /archive in an archive/],
  ['an archive in an archive, by its name', zipOf([list({ name: 'a.zip' })]), /archive in an archive/],
  ['a gzip in an archive', zipOf([list({ content: gzipSync(LIST) })]), /archive in an archive/],
  ['a password', zipOf([list({ flags: 1 })]), /protected by a password/],
  ['another compression', zipOf([list({ method: 12 })]), /compressed in a way that is not read/],
  ['a directory that says too little', zipOf([list({ content: LIST.repeat(20), size: 20 })]), /damaged/],
  ['a directory that says too much', zipOf([list({ size: 30 })]), /damaged/],
  ['another checksum', zipOf([list({ crc: 1 })]), /"list\.csv" is damaged/],
  ['no files', zipOf([]), /an empty archive/],
  ['fewer files than it says', zipOf([list()], { count: 3 }), /damaged/],
  ['half of it', zipOf([list()]).subarray(0, 60), /damaged, or not all of it arrived/],
  ['only a beginning', Buffer.from('PK\x03\x04'), /damaged, or not all of it arrived/],
])('a ZIP with %s is refused', async (_, content, sentence) => {
  expect(await refusal(content)).toMatch(sentence);
});

it('a ZIP of 65,536 files is refused before a name of it is read', async () => {
  async function* entries() {
    for (let at = 0; at < 65_536; at += 1) yield { name: `${at}.csv`, content: [] };
  }
  const many = zip64Of(entries(), new Date(0));
  expect(await refusal(Readable.from(many))).toBe(
    'the archive has 65,536 files, and at most 1,000 are read.',
  );
});

it('a ZIP in zip64 is read as any other', async () => {
  const zip = zip64Of([{ name: 'list.csv', content: [Buffer.from(LIST)] }], new Date(0));
  expect(await rowsOf(Readable.from(zip))).toMatchObject([{ kind: 'start', page: '/a', count: 1 }, {}]);
});

it('a gzip that is a bomb is refused before it is expanded', async () => {
  async function* zeros() {
    yield Buffer.from(HEADER);
    const block = Buffer.from(ROW.repeat(10_000));
    for (let at = 0; at < 50; at += 1) yield block;
  }
  const bomb = Readable.from(zeros()).pipe(createGzip({ level: 9 }));
  expect(await refusal(bomb)).toMatch(/200 times as large/);
});

it.each<[string, Buffer, RegExp]>([
  ['is damaged', Buffer.concat([gzipSync(LIST.repeat(99)).subarray(0, 30), Buffer.alloc(30, 7)]), /damaged/],
  [
    'ends too early',
    gzipSync(HEADER + ROW.repeat(9_999)).subarray(0, 900),
    /damaged, or not all of it arrived/,
  ],
  ['is in a gzip', gzipSync(gzipSync(LIST)), /archive in an archive/],
  ['is a ZIP in a gzip', gzipSync(zipOf([list()])), /archive in an archive/],
])('a gzip that %s is refused', async (_, content, sentence) => {
  expect(await refusal(content)).toMatch(sentence);
});

it.each<[string, string | Buffer, string | RegExp]>([
  ['is empty', '', 'it is empty.'],
  ['has blanks only', ' \n \n', 'it looks like a file of blanks only.'],
  ['has a NUL', `${HEADER}${ROW}/b\0,B\n`, /^line 3, column 3, is a NUL character/],
  [
    'has other bytes than UTF-8',
    Buffer.from(`${HEADER}${ROW}/caf\xe9,B\n`, 'latin1'),
    /^line 3, column 5, is not UTF-8/,
  ],
  ['is UTF-16 with its mark', Buffer.from(`\ufeff${LIST}`, 'utf16le'), /UTF-16: save it as CSV \(UTF-8\)/],
  ['is UTF-16 without its mark', Buffer.from(LIST.repeat(9), 'utf16le'), /UTF-16: save it as CSV \(UTF-8\)/],
  ['is UTF-16 of the other order', Buffer.from(`\ufeff${LIST}`, 'utf16le').swap16(), /UTF-16/],
  ['has a quote within a cell', `${HEADER}${ROW}/b,B"x,0\n`, /^line 3, column 2, has a quote within a cell/],
  [
    'has characters after a quote',
    `${HEADER}${ROW}/b,"B"x,0\n`,
    /^line 3, column 2, has characters after a closing quote/,
  ],
  [
    'has a quote that is not closed',
    `${HEADER}${ROW}/b,"B,0\n/c,C\n`,
    /^line \d, column 2, has a quote that is not closed/,
  ],
  [
    'has a quote that is not closed, long before its end',
    `${HEADER}${ROW}/b,"B,0\n${ROW.replaceAll('"', '').repeat(2_000)}`,
    /a row of more than 64 KiB; a quote before it may not be closed/,
  ],
  ['has one line of commas', `${HEADER}${','.repeat(400_000)}`, 'line 2 is longer than 128 KiB.'],
  ['has one long cell', `${HEADER}${'a'.repeat(400_000)}`, 'line 2 is longer than 128 KiB.'],
])('text that %s is refused', async (_, content, sentence) => {
  const said = await refusal(content);
  if (typeof sentence === 'string') expect(said).toBe(sentence);
  else expect(said).toMatch(sentence);
});

it('a line of 1 GB is refused after its first bytes', async () => {
  const path = await fileOf(`${HEADER}${ROW}`);
  await truncate(path, 1024 ** 3); // sparse: it takes no room
  const before = process.memoryUsage().rss;
  const began = performance.now();
  await expect(openImport(path, contextOf())).rejects.toThrow('line 3, column 1, is a NUL character');
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 ** 2);
});

it('a file that is mostly one endless line is refused in bounded memory', async () => {
  async function* letters() {
    yield HEADER + ROW;
    const block = 'a'.repeat(1024 ** 2);
    for (let at = 0; at < 200; at += 1) yield block;
  }
  const path = await fileOf(letters());
  const before = process.memoryUsage().rss;
  await expect(openImport(path, contextOf())).rejects.toThrow('line 3 is longer than 128 KiB.');
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 ** 2);
});

it('a byte order mark, line breaks of Windows and a missing last one are no problem', async () => {
  expect(await rowsOf('\ufeffpage,count\r\n/a,1\r\n"/b",2')).toMatchObject([
    { page: '/a', count: 1 },
    { page: '/b', count: 2 },
    { kind: 'not-known' },
  ]);
});

it('millions of different pages are refused with their line, in bounded memory', async () => {
  async function* pages() {
    yield HEADER;
    for (let at = 0; at < 600_000; at += 1_000)
      yield Array.from({ length: 1_000 }, (_, page) => ROW.replace('/a', `/${at + page}`)).join('');
  }
  const { file } = await openFileOf(pages());
  const before = process.memoryUsage().rss;
  let views = 0;
  const reading = (async () => {
    for await (const row of file.rows()) if (row.kind === 'view') views += 1;
  })();
  await expect(reading).rejects.toThrow('at line 500002 it has more than 500,000 different pages.');
  expect(views).toBe(500_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 ** 2);
});

it('times that no clock shows are skipped, with their line and column', async () => {
  const times = ['9999-12-31T23:59:59Z', '2024-02-31T00:00:00Z', '1066-10-14T09:00:00Z', '', 'yesterday'];
  const rows = await rowsOf(HEADER + times.map((time) => ROW.replace('2024-05-06T07:08:09Z', time)).join(''));
  expect(rows.filter(({ kind }) => kind === 'skipped')).toEqual(
    [
      'The time is in the future.',
      'The time cannot be read.',
      'The time is before 1990.',
      'The time cannot be read.',
      'The time cannot be read.',
    ].map((reason, at) => ({ kind: 'skipped', reason, line: at + 2, column: 'Date' })),
  );
});

it('formulas are text: what guards them is left out, and none is a page', async () => {
  const rows = await rowsOf("page,count\n'=1+1,1\n=HYPERLINK(1),2\n/a,'+3\n'@x,4\n/b,5\n");
  expect(rows.map((row) => (row.kind === 'start' ? row.page : row.kind))).toEqual([
    'skipped',
    'skipped',
    'skipped',
    'skipped',
    '/b',
    'not-known',
  ]);
});

it('rows with more or fewer cells are skipped, and the line of each is right', async () => {
  const rows = await rowsOf(`${HEADER}${ROW.replace('/a,A', '/a,"A\nA"')}\n/b,B\n${ROW}1,2\n`);
  expect(rows.map((row) => (row.kind === 'skipped' ? row.line : row.kind))).toEqual(
    ['view', 5, 'view', 7, 'not-known', 'not-known'].slice(0, rows.length),
  );
});

it('any bytes end in rows or in one sentence', async () => {
  const start = fc.constantFrom(
    '',
    HEADER,
    LIST,
    'PK\x03\x04',
    'PK\x05\x06',
    '\x1f\x8b\x08',
    '# \n',
    'page;count\n',
  );
  await fc.assert(
    fc.asyncProperty(start, fc.uint8Array({ maxLength: 400 }), async (text, bytes) => {
      const content = Buffer.concat([Buffer.from(text, 'latin1'), bytes]);
      const rows = await rowsOf(content).catch((error: unknown) => {
        if (error instanceof FootfallError) return [];
        throw error;
      });
      expect(rows.every(({ kind }) => ['view', 'start', 'skipped', 'not-known'].includes(kind))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('quoted cells come out as they went in, whatever is in them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 40 }), async (title) => {
      const quoted = `"${title.replaceAll('"', '""').replaceAll('\0', '')}"`;
      const rows = await rowsOf(HEADER + ROW.replace(',A,', `,${quoted},`) + ROW.replace('/a', '/b'));
      expect(rows.slice(0, 2)).toMatchObject([{ page: '/a' }, { page: '/b' }]);
    }),
    { numRuns: 100 },
  );
});
