import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { FootfallError } from '@footfall/core';
import type { ExportManifest } from '@footfall/core/exported';
import type { ImportedRow, ImportFormat } from '@footfall/core/imported';
import {
  GOATCOUNTER_FILES,
  goatCounterJson,
  PLAUSIBLE_TABLES,
  plausibleCsv,
  plausibleTable,
  recogniseArchive,
  recogniseTable,
  refusedBytes,
  refusedText,
  unreadable,
  type ReadContext,
  type RecognisedTable,
  type Refused,
} from '@footfall/core/imports';
import type { ImportFile } from '@footfall/db';
import { openOwnExport } from '../own-export.ts';
import { gunzipped, IMPORT_LIMITS, placeIn, wholeLines, type Bytes, type ImportLimits } from './bytes.ts';
import { COMMAS, csvRows, headRows, type Dialect } from './csv.ts';
import { openZip, type Zip, type ZipFile } from './zip.ts';

/** A file that was recognised, to be closed afterwards. */
export interface OpenedImport {
  readonly file: ImportFile;
  /** Of Footfall's own export. */
  readonly manifest: ExportManifest | undefined;
  /** How much of it was read by now, from 0 to 1; undefined where that is not known. */
  readonly progress?: (() => number) | undefined;
  readonly close: () => void;
}

/** What a format is read by. */
interface Recognised {
  readonly format: ImportFormat;
  readonly title: string;
  readonly rows: () => AsyncIterable<ImportedRow>;
  readonly progress: () => number;
}

/**
 * Recognises a file by its content, whatever its name is, and opens it.
 * @param path of a file that does not change while it is open
 * @throws {FootfallError} NOT_FOUND; BAD_REQUEST with a sentence that says what it looks like and what to do
 */
export async function openImport(
  path: string,
  context: ReadContext,
  limits: ImportLimits = IMPORT_LIMITS,
): Promise<OpenedImport> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new FootfallError('NOT_FOUND', `${path} does not exist, or is no file.`);
  const head = await headOf(path);
  if (isZip(head)) return openArchive(path, context, limits);
  const refused = isGzip(head) ? undefined : refusedBytes(head);
  if (refused !== undefined) throw unreadable(sentence(refused));
  const { size } = await stat(path);
  let read = 0;
  async function* raw(): Bytes & AsyncGenerator<Uint8Array> {
    read = 0;
    for await (const chunk of createReadStream(path)) {
      read += (chunk as Uint8Array).length;
      yield chunk as Uint8Array;
    }
  }
  const bytes = isGzip(head) ? () => gunzipped(raw(), limits) : raw;
  const recognised = await recogniseText(bytes, {
    context,
    limits,
    where: '',
    progress: () => (size === 0 ? 1 : read / size),
  });
  return opened(recognised, await fingerprintOf(path), () => {
    // Its streams close themselves.
  });
}

async function openArchive(path: string, context: ReadContext, limits: ImportLimits): Promise<OpenedImport> {
  const zip = await openZip(path, limits);
  try {
    const archive = recogniseArchive(zip.files.map(({ name }) => name));
    if ('refused' in archive) throw unreadable(sentence(archive));
    if (archive.kind === 'footfall') {
      const own = await openOwnExport(path);
      if (own === undefined) throw unreadable('its manifest is not one of Footfall’s.');
      zip.close();
      return own;
    }
    const recognised =
      archive.kind === 'table'
        ? await tableInArchive(fileNamed(zip, archive.name), context, limits)
        : archive.kind === 'plausible'
          ? plausibleArchive(zip, context, limits)
          : goatCounterArchive(zip, context, limits);
    return opened(recognised, await fingerprintOf(path), zip.close);
  } catch (error) {
    zip.close();
    throw error;
  }
}

function opened(
  { format, title, rows, progress }: Recognised,
  fingerprint: string,
  close: () => void,
): OpenedImport {
  return {
    file: { format, title, fingerprint, origin: fingerprint, imported: [], rows },
    manifest: undefined,
    progress,
    close,
  };
}

const sentence = ({ refused }: Refused): string => refused.replace(/^This/, 'it').replace(/^The file/, 'it');

/** Bytes at the beginning that a file is recognised by. */
const HEAD_BYTES = 64 * 1024;

/** Rows of the head that are compared with what is known: GA4 has some lines before its table. */
const HEAD_ROWS = 60;

const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 &&
  head[1] === 0x4b &&
  ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));

const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function fingerprintOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

interface TextParts {
  readonly context: ReadContext;
  readonly limits: ImportLimits;
  /** The name of the file in an archive, or `''`. */
  readonly where: string;
  readonly progress: () => number;
}

/** Recognises text by its first lines. */
async function recogniseText(
  bytes: () => Bytes,
  { context, limits, where, progress }: TextParts,
): Promise<Recognised> {
  const head = await textHead(bytes(), { limits, where });
  const { table, dialect } = recognisedIn(head);
  return {
    format: table.format,
    title: table.title,
    progress,
    rows: () => tableRows(bytes(), { table, dialect, context, limits, where }),
  };
}

/** The first lines of text, checked like all others. */
async function textHead(
  bytes: Bytes,
  parts: { readonly limits: ImportLimits; readonly where: string },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  async function* beginning(): Bytes & AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      if (size === 0) {
        if (isZip(chunk) || isGzip(chunk))
          throw unreadable('it is an archive in an archive: unpack it, and import the file inside.');
        const refused = refusedBytes(chunk);
        if (refused !== undefined) throw unreadable(sentence(refused));
      }
      yield chunk;
    }
  }
  for await (const lines of wholeLines(beginning(), parts)) {
    chunks.push(lines.bytes);
    size += lines.bytes.length;
    if (size >= HEAD_BYTES) break;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const refused = refusedText(text);
  if (refused !== undefined) throw unreadable(sentence(refused));
  return text;
}

/** Spreadsheets of some languages separate by semicolons, and others by tabs. */
const DELIMITERS: readonly Dialect['delimiter'][] = [',', ';', '\t'];

function recognisedIn(head: string): { readonly table: RecognisedTable; readonly dialect: Dialect } {
  const comment = head.startsWith('#') ? '#' : undefined;
  let refused: Refused | undefined;
  let problem: unknown;
  for (const delimiter of DELIMITERS) {
    const dialect: Dialect = { delimiter, comment };
    try {
      const table = recogniseTable(headRows(head, dialect, HEAD_ROWS));
      if (!('refused' in table)) return { table, dialect: { delimiter, comment: table.comment ?? comment } };
      refused ??= table;
    } catch (error) {
      problem ??= error;
    }
  }
  if (refused === undefined) throw problem;
  throw unreadable(sentence(refused));
}

interface TableParts extends Omit<TextParts, 'progress'> {
  readonly table: RecognisedTable;
  readonly dialect: Dialect;
}

async function* tableRows(
  bytes: Bytes,
  { table, dialect, ...parts }: TableParts,
): AsyncGenerator<ImportedRow> {
  const reader = table.reader(parts.context);
  let before = table.headerRows;
  for await (const { cells, line } of csvRows(bytes, { dialect, ...parts })) {
    if (before > 0) before -= 1;
    else yield* reader.read(cells, line);
  }
  yield* reader.end();
}

function fileNamed({ files }: Zip, name: string): ZipFile {
  const file = files.find((known) => known.name === name);
  if (file === undefined) throw unreadable(`${name} is missing in it.`);
  return file;
}

/** Counts what was read of some files. */
function counting(files: readonly ZipFile[]): {
  readonly bytesOf: (file: ZipFile) => Bytes;
  readonly progress: () => number;
} {
  const all = files.reduce((sum, { size }) => sum + size, 0);
  const read = new Map<ZipFile, number>();
  return {
    bytesOf: async function* (file) {
      let count = 0;
      for await (const chunk of file.bytes()) {
        read.set(file, (count += chunk.length));
        yield chunk;
      }
    },
    progress: () => (all === 0 ? 1 : [...read.values()].reduce((sum, count) => sum + count, 0) / all),
  };
}

async function tableInArchive(
  file: ZipFile,
  context: ReadContext,
  limits: ImportLimits,
): Promise<Recognised> {
  const { bytesOf, progress } = counting([file]);
  return recogniseText(() => bytesOf(file), { context, limits, where: file.name, progress });
}

/** Plausible's tables, one after the other: each has all days. */
function plausibleArchive(zip: Zip, context: ReadContext, limits: ImportLimits): Recognised {
  const tables = PLAUSIBLE_TABLES.flatMap((table) =>
    zip.files.filter(({ name }) => plausibleTable(name) === table).map((file) => ({ table, file })),
  );
  const { bytesOf, progress } = counting(tables.map(({ file }) => file));
  async function* rows(): AsyncGenerator<ImportedRow> {
    for (const { table, file } of tables) {
      const parts = { dialect: COMMAS, where: file.name, limits };
      let reader: ReturnType<typeof plausibleCsv> | undefined;
      for await (const { cells, line } of csvRows(bytesOf(file), parts)) {
        if (reader === undefined) reader = plausibleCsv(table, cells, context);
        else yield* reader.read(cells, line);
      }
      if (reader !== undefined) yield* reader.end();
    }
  }
  return { format: 'plausible', title: 'Plausible export (full)', rows, progress };
}

/** GoatCounter's names, and the counts that refer to them. */
function goatCounterArchive(zip: Zip, context: ReadContext, limits: ImportLimits): Recognised {
  const files = GOATCOUNTER_FILES.flatMap((table) =>
    zip.files
      .filter(({ name }) => name.split('/').at(-1) === `${table}.jsonl`)
      .map((file) => ({ table, file })),
  );
  const { bytesOf, progress } = counting(files.map(({ file }) => file));
  async function* rows(): AsyncGenerator<ImportedRow> {
    const reader = goatCounterJson(context);
    for (const { table, file } of files) {
      for await (const { value, line } of jsonLines(bytesOf(file), { where: file.name, limits }))
        yield* reader.read(table, value, line);
    }
    yield* reader.end();
  }
  return { format: 'goatcounter-json', title: 'GoatCounter export (JSON)', rows, progress };
}

interface JsonLine {
  readonly value: Readonly<Record<string, unknown>>;
  readonly line: number;
}

/** @throws {FootfallError} BAD_REQUEST with the line */
async function* jsonLines(
  bytes: Bytes,
  parts: { readonly where: string; readonly limits: ImportLimits },
): AsyncGenerator<JsonLine> {
  for await (const lines of wholeLines(bytes, parts)) {
    let { line } = lines;
    for (const text of lines.bytes.toString('utf8').split('\n')) {
      if (text.trim() !== '') yield { value: objectIn(text, placeIn(parts.where, line)), line };
      line += 1;
    }
  }
}

function objectIn(text: string, place: string): JsonLine['value'] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(`${place} is not JSON.`, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable(`${place} is not an object of JSON.`);
  return value as JsonLine['value'];
}
