import { createHash } from 'node:crypto';
import { instantsOf, type Site, type timesSchema } from '@footfall/core';
import { csvLine } from '@footfall/core/csv';
import { EXPORT_FORMAT, exportedLine, timesAsText, type ExportManifest } from '@footfall/core/exported';
import type * as z from 'zod';
import type { ExportRange, StoreExport, TableName } from '@footfall/db';
import type { ZipEntry } from './zip-writer.ts';
import { zipOf } from './zip-writer.ts';
import { VERSION } from './version.ts';

export interface ExportParts {
  /** Opens what is exported. */
  readonly open: (range?: ExportRange) => Promise<StoreExport>;
  readonly site: Pick<Site, 'name' | 'calendar' | 'identity' | 'sessionTimeoutMs'>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Whole hours that begin in it; of a date the whole local day. All time without both. */
  readonly range: z.infer<typeof timesSchema>;
}

/** For people and spreadsheets, and for programs and the import. A table may be both. */
const AS_CSV: readonly TableName[] = [
  'page-views',
  'visits',
  'hours',
  'counts-hourly',
  'counts-daily',
  'counts-pages',
  'ledger',
  'starting-numbers',
];
const AS_LINES: readonly TableName[] = [
  'names',
  'page-views',
  'ledger',
  'segments',
  'annotations',
  'starting-numbers',
  'deleted-counts',
  'deleted-pages',
  'deleted-countries',
  'devices',
];

/** Bytes that are collected before they are compressed. */
const PIECE = 64 * 1024;

/**
 * Exports a site's numbers as a ZIP (docs/operating.md, Taking your numbers along), piece by piece.
 * @throws {FootfallError} SERVICE_UNAVAILABLE; BAD_REQUEST for a range that ends before it begins; CONFLICT where events wait to be folded, or were deleted meanwhile: the
 * archive has no manifest then and is refused by an import
 */
export async function exportZip({
  open,
  site,
  now,
  range,
}: ExportParts): Promise<AsyncGenerator<Uint8Array>> {
  const isAll = range.from === undefined && range.to === undefined;
  const { from, until } = instantsOf(range, site.calendar);
  const store = await open(
    isAll
      ? undefined
      : { from: Math.max(from, Number.MIN_SAFE_INTEGER), until: Math.min(until, Number.MAX_SAFE_INTEGER) },
  );
  const files: ExportManifest['files'] = {};

  async function* entries(): AsyncGenerator<ZipEntry> {
    for (const table of AS_CSV) {
      const { columns, rows } = store.tables[table];
      yield* file(`${table}.csv`, async function* () {
        yield csvLine(columns);
        for await (const row of rows()) yield csvLine(timesAsText(columns, row));
      });
    }
    for (const table of AS_LINES) {
      const { columns, rows } = store.tables[table];
      yield* file(`${table}.jsonl`, async function* () {
        for await (const row of rows()) yield exportedLine(columns, row);
      });
    }
    yield* file('settings.json', () => [`${JSON.stringify(store.settings, null, 2)}\n`]);
    await store.finish();
    const manifest: ExportManifest = {
      format: EXPORT_FORMAT,
      footfall: VERSION,
      exportedAt: new Date(now).toISOString(),
      origin: store.origin,
      imported: store.imported,
      site: site.name,
      timeZone: site.calendar.timeZone,
      identity: site.identity,
      sessionTimeoutMs: site.sessionTimeoutMs,
      sessionTimeoutChanges: store.timeoutChanges,
      range: isAll ? null : { from: timeOf(from), until: timeOf(until) },
      totalViews: store.totalViews,
      files,
    };
    yield { name: 'manifest.json', content: [Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)] };
  }

  /** An entry; when it is written, the manifest knows its rows, bytes and checksum. */
  function* file(name: string, lines: () => AsyncIterable<string> | Iterable<string>): Generator<ZipEntry> {
    const hash = createHash('sha256');
    let [rows, bytes] = [0, 0];
    async function* content(): AsyncGenerator<Uint8Array> {
      let piece = '';
      const take = (): Buffer => {
        const taken = Buffer.from(piece);
        piece = '';
        hash.update(taken);
        bytes += taken.length;
        return taken;
      };
      for await (const line of lines()) {
        rows += 1;
        piece += line;
        if (piece.length >= PIECE) yield take();
      }
      if (piece !== '') yield take();
    }
    yield { name, content: content() };
    files[name] = { rows: name.endsWith('.csv') ? rows - 1 : rows, bytes, sha256: hash.digest('hex') };
  }

  return zipOf(entries(), new Date(now));
}

const timeOf = (at: number): string | null => (Number.isFinite(at) ? new Date(at).toISOString() : null);
