import { createHash } from 'node:crypto';
import { CLICK_IDS } from '@footfall/core/click-ids';
import {
  DIMENSIONS,
  EVENT_DIMENSIONS,
  FootfallError,
  plainText,
  type Campaign,
  type EventAttributes,
} from '@footfall/core';
import { EXPORT_FORMAT, lineOf, type ExportManifest } from '@footfall/core/exported';
import type { ImportedView, OwnRow } from '@footfall/core/imported';
import type { ImportFile } from '@footfall/db';
import * as yauzl from 'yauzl';
import * as z from 'zod';

/** Footfall's own export, opened for an import; to be closed afterwards. */
export interface OwnExport {
  readonly file: ImportFile;
  /** What it says of itself. */
  readonly manifest: ExportManifest;
  readonly close: () => void;
}

/** An export has fewer; the manifest is small. */
const MOST_ENTRIES = 64;
const MANIFEST_BYTES = 64 * 1024;

/** The longest line, in characters: a page view has at most some thousand. */
const LONGEST_LINE = 64 * 1024;

const manifestSchema = z.object({
  format: z.string(),
  footfall: z.string().regex(/^[\w.+-]{1,64}$/),
  exportedAt: z.iso.datetime(),
  origin: z.string().regex(/^[\da-f]{32}$/),
  imported: z.array(z.string().max(64)).max(1_000),
  // It is shown on a terminal.
  site: z.string().transform((name) => plainText(name, 300)),
  timeZone: z.string().regex(/^[\w+/-]{1,64}$/),
  identity: z.enum(['daily', 'device']),
  sessionTimeoutMs: z.number(),
  sessionTimeoutChanges: z.int().optional(),
  range: z.object({ from: z.string().nullable(), until: z.string().nullable() }).nullable(),
  totalViews: z.int(),
  files: z.record(
    z.string().max(64),
    z.object({ rows: z.int(), bytes: z.int(), sha256: z.string().regex(/^[\da-f]{64}$/) }),
  ),
});

/**
 * Opens a ZIP that `footfall export` has written.
 * @returns undefined where it is no ZIP, or not one of Footfall's
 * @throws {FootfallError} BAD_REQUEST for one that is damaged or incomplete, or of a later version
 */
export async function openOwnExport(path: string): Promise<OwnExport | undefined> {
  const zip = await yauzl.openPromise(path, { autoClose: false }).catch(() => undefined);
  if (zip === undefined) return;
  const close = (): void => {
    zip.close();
  };
  try {
    const entries = await entriesOf(zip);
    const own = entries.get('manifest.json');
    if (own === undefined || own.uncompressedSize > MANIFEST_BYTES) {
      close();
      return;
    }
    const text = await textOf(zip, own);
    const { data: manifest } = manifestSchema.safeParse(parsed(text));
    if (manifest === undefined) {
      close();
      return;
    }
    if (manifest.format !== EXPORT_FORMAT)
      throw unreadable(`It was exported by Footfall ${manifest.footfall}, which is newer than this one.`);
    for (const [name, { bytes }] of Object.entries(manifest.files)) {
      const entry = entries.get(name);
      if (entry === undefined) throw unreadable(`${name} is missing in it.`);
      if (entry.uncompressedSize !== bytes)
        throw unreadable(`${name} has not the size that its manifest says.`);
    }
    const fingerprint = createHash('sha256').update(text).digest('hex');
    return {
      manifest,
      close,
      file: {
        format: 'footfall',
        title: `Footfall export of ${manifest.site}, ${manifest.exportedAt.slice(0, 10)}`,
        fingerprint,
        origin: manifest.origin,
        imported: manifest.imported,
        rows: () => rowsIn(zip, { entries, manifest }),
      },
    };
  } catch (error) {
    close();
    if (error instanceof FootfallError) throw error;
    throw unreadable('The archive is damaged.', error);
  }
}

function unreadable(why: string, cause?: unknown): FootfallError {
  return new FootfallError('BAD_REQUEST', `The file cannot be imported: ${why}`, { cause });
}

/** The files of an archive by name: a name that occurs twice would have two meanings. */
async function entriesOf(zip: yauzl.ZipFile): Promise<Map<string, yauzl.Entry>> {
  if (zip.entryCount > MOST_ENTRIES) return new Map();
  const entries = new Map<string, yauzl.Entry>();
  for await (const entry of zip.eachEntry()) {
    if (entries.has(entry.fileName)) throw unreadable(`It has two files named ${entry.fileName}.`);
    entries.set(entry.fileName, entry);
  }
  return entries;
}

async function textOf(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Opened {
  readonly entries: ReadonlyMap<string, yauzl.Entry>;
  readonly manifest: ExportManifest;
}

/**
 * The rows of an export: what others depend on comes first (settings, devices), and what closes days last.
 * @throws {FootfallError} BAD_REQUEST with the file and its line
 */
async function* rowsIn(zip: yauzl.ZipFile, opened: Opened): AsyncGenerator<OwnRow> {
  for await (const line of linesIn(zip, 'settings.json', opened)) {
    for (const [name, value] of Object.entries(line.value))
      yield { kind: 'setting', name, value: String(value) };
  }
  for (const [name, readLine] of Object.entries(READERS)) {
    for await (const { value, line } of linesIn(zip, name, opened)) {
      const { data, error } = readLine.safeParse(value);
      if (data === undefined) {
        const [issue] = error.issues;
        throw unreadable(`${name}, line ${line}: ${issue?.path.join('.')} is not valid.`);
      }
      yield data;
    }
  }
}

/** The lines of a file, and at its end whether they were all there. */
async function* linesIn(
  zip: yauzl.ZipFile,
  name: string,
  { entries, manifest }: Opened,
): AsyncGenerator<{ readonly value: Readonly<Record<string, unknown>>; readonly line: number }> {
  const entry = entries.get(name);
  const expected = manifest.files[name];
  if (entry === undefined || expected === undefined) return;
  const hash = createHash('sha256');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let line = 0;
  const valueOf = (text: string) => {
    line += 1;
    try {
      return { value: lineOf(text), line };
    } catch (cause) {
      throw unreadable(`${name}, line ${line}: it is not JSON.`, cause);
    }
  };
  const isOneValue = name.endsWith('.json');
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      const bytes = chunk as Uint8Array;
      hash.update(bytes);
      rest += decoder.decode(bytes, { stream: true });
      if (!isOneValue) {
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const text of lines) yield valueOf(text);
      }
      if (rest.length > LONGEST_LINE) throw unreadable(`${name}, line ${line + 1}: it is too long.`);
    }
  } catch (error) {
    if (error instanceof FootfallError) throw error;
    throw unreadable(`${name}, after line ${line}: the archive is damaged.`, error);
  }
  if (rest.trim() !== '') yield valueOf(rest);
  if (hash.digest('hex') !== expected.sha256)
    throw unreadable(`${name} has changed since it was exported: its checksum is another one.`);
}

/** From 1970 to the year 3000. */
const instant = z.int().min(0).max(32_503_680_000_000);
const amount = z.int().min(-1e12).max(1e12);
const text = z.string().max(2_048);
const attribute = z.string().max(256);
const key = z
  .int()
  .min(0)
  .max(2 ** 47);

const attributesShape = Object.fromEntries(
  EVENT_DIMENSIONS.map((name) => [name, attribute.default('')]),
) as Record<keyof EventAttributes, z.ZodDefault<z.ZodString>>;

const viewSchema = z
  .object({
    id: z.string().regex(/^[\da-f]{32}$/),
    at: instant,
    page: text.min(1).optional(),
    visit: z.int(),
    visitor: key,
    previous_day_key: key.optional(),
    ...attributesShape,
    referrer: text.optional(),
    utm_source: text.optional(),
    utm_medium: text.optional(),
    utm_campaign: text.optional(),
    utm_term: text.optional(),
    utm_content: text.optional(),
    click_id: z.enum(CLICK_IDS).optional(),
    engaged_ms: z.int().min(0).max(1e10).default(0),
    scroll_percent: z.int().min(0).max(100).default(0),
    seen_until: instant.optional(),
  })
  .transform((row): ImportedView => {
    const campaign: Campaign = {
      utmSource: row.utm_source ?? null,
      utmMedium: row.utm_medium ?? null,
      utmCampaign: row.utm_campaign ?? null,
      utmTerm: row.utm_term ?? null,
      utmContent: row.utm_content ?? null,
      clickId: row.click_id ?? null,
    };
    return {
      kind: 'view',
      id: row.id,
      at: row.at,
      page: row.page ?? null,
      visit: String(row.visit),
      visitor: String(row.visitor),
      keys: { visitor: row.visitor, previousDayKey: row.previous_day_key ?? null },
      attributes: Object.fromEntries(EVENT_DIMENSIONS.map((name) => [name, row[name]])) as EventAttributes,
      referrer: row.referrer ?? null,
      campaign: Object.values(campaign).every((part) => part === null) ? undefined : campaign,
      engagedMs: row.engaged_ms,
      scrollPercent: row.scroll_percent,
      ...(row.seen_until !== undefined && { seenUntil: row.seen_until }),
    };
  });

const countsSchema = z
  .object({
    dimension: z.enum(['', ...DIMENSIONS]),
    hour: instant,
    value: text,
    views: amount,
    visits: amount,
    visitors: amount,
    bounces: amount,
    visit_ms: z.int(),
  })
  .transform(({ dimension, visit_ms: visitMs, ...row }) => ({
    kind: 'counts' as const,
    dimension: dimension === '' ? null : dimension,
    visitMs,
    ...row,
  }));

/** How a line of each file is read, in the order in which they are. */
const READERS: Readonly<Record<string, z.ZodType<OwnRow, unknown>>> = {
  'names.jsonl': z
    .object({ dimension: z.enum(DIMENSIONS), value: text })
    .transform((row) => ({ kind: 'name' as const, ...row })),
  'deleted-pages.jsonl': z
    .object({ page: text.min(1), views: amount, last_at: instant })
    .transform(({ page, views, last_at: lastAt }) => ({ kind: 'page' as const, page, views, lastAt })),
  'devices.jsonl': z
    .object({ visitor: key, first_at: instant, country: attribute })
    .transform(({ visitor, first_at: firstAt, country }) => ({
      kind: 'device' as const,
      visitor,
      firstAt,
      country,
    })),
  'page-views.jsonl': viewSchema,
  'deleted-counts.jsonl': countsSchema,
  'deleted-countries.jsonl': z
    .object({ country: attribute, visitors: amount })
    .transform((row) => ({ kind: 'country' as const, ...row })),
  'ledger.jsonl': z
    .object({ day: instant, reason: attribute, detail: text, events: amount })
    .transform((row) => ({ kind: 'ledger' as const, ...row })),
  'segments.jsonl': z
    .object({ name: attribute, filters: z.string().max(8_192) })
    .transform((row) => ({ kind: 'segment' as const, ...row })),
  'annotations.jsonl': z
    .object({
      date: z.iso.date(),
      text: z.string().max(1_000),
      is_public: z.int(),
      is_automatic: z.int(),
    })
    .transform(({ is_public: isPublic, is_automatic: isAutomatic, ...row }) => ({
      kind: 'annotation' as const,
      isPublic: isPublic === 1,
      isAutomatic: isAutomatic === 1,
      ...row,
    })),
  'starting-numbers.jsonl': z
    .object({ page: text, number: z.int().min(0) })
    .transform(({ page, number }) => ({
      kind: 'start' as const,
      page: page === '' ? null : page,
      count: number,
    })),
};
