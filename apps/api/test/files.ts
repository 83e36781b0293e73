import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { ImportedRow } from '@footfall/core/imported';
import type { ReadContext } from '@footfall/core/imports';
import { readConfig } from '../src/config.ts';
import { IMPORT_LIMITS, type ImportLimits } from '../src/imports/bytes.ts';
import { openImport, type OpenedImport } from '../src/imports/open.ts';

export const NOW = Date.parse('2026-11-20T12:00:00Z');

/** A site that counts pages of any host, or of some. */
export function contextOf(environment: Readonly<Record<string, string>> = {}): ReadContext {
  return { site: readConfig({ SITE_TIME_ZONE: 'Europe/Berlin', ...environment }).site, now: NOW };
}

/** Writes a file of the test's own; its name says nothing of it. */
export async function fileOf(
  content: Uint8Array | string | AsyncIterable<Uint8Array | string>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-files-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'upload');
  await writeFile(path, content);
  return path;
}

export async function openFileOf(
  content: Parameters<typeof fileOf>[0],
  { context = contextOf(), limits = {} }: { context?: ReadContext; limits?: Partial<ImportLimits> } = {},
): Promise<OpenedImport> {
  const opened = await openImport(await fileOf(content), context, { ...IMPORT_LIMITS, ...limits });
  onTestFinished(opened.close);
  return opened;
}

/** All rows of a file. */
export async function rowsOf(
  content: Parameters<typeof fileOf>[0],
  parts: Parameters<typeof openFileOf>[1] = {},
): Promise<ImportedRow[]> {
  const { file } = await openFileOf(content, parts);
  const rows: ImportedRow[] = [];
  for await (const row of file.rows()) rows.push(row as ImportedRow);
  return rows;
}

/** An entry of an archive that a test makes, with what it lies about. */
export interface TestEntry {
  readonly name: string;
  readonly content: Uint8Array | string;
  /** What the directory says, instead of the truth. */
  readonly size?: number;
  readonly compressed?: number;
  readonly crc?: number;
  readonly flags?: number;
  readonly method?: 0 | 8 | 12;
  /** Refers to the data of that entry, by its number. */
  readonly dataOf?: number;
  /** The size in a field of zip64. */
  readonly size64?: bigint;
}

/** An archive (APPNOTE 6.3.10) as a test wants it, also a wrong one. */
export function zipOf(
  entries: readonly TestEntry[],
  { count = entries.length }: { count?: number } = {},
): Buffer {
  const parts: Buffer[] = [];
  const headers: Buffer[] = [];
  const places: number[] = [];
  let at = 0;
  for (const entry of entries) {
    const { method = 8, flags = 0 } = entry;
    const name = Buffer.from(entry.name, 'utf8');
    const content = Buffer.from(entry.content);
    const data = method === 8 ? deflateRawSync(content) : content;
    const crc = entry.crc ?? crc32(content);
    const size = entry.size64 === undefined ? (entry.size ?? content.length) : 0xffffffff;
    const compressed = entry.compressed ?? data.length;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags | 0x800, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(crc, 10);
    fields.writeUInt32LE(compressed, 14);
    fields.writeUInt32LE(size, 18);
    fields.writeUInt16LE(name.length, 22);
    if (entry.dataOf === undefined) {
      places.push(at);
      const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, data]);
      parts.push(local);
      at += local.length;
    } else places.push(places[entry.dataOf] ?? 0);
    const extra = Buffer.alloc(entry.size64 === undefined ? 0 : 12);
    if (entry.size64 !== undefined) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(8, 2);
      extra.writeBigUInt64LE(entry.size64, 4);
    }
    const end = Buffer.alloc(14);
    end.writeUInt32LE(places.at(-1) ?? 0, 10);
    fields.writeUInt16LE(extra.length, 24);
    headers.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), fields, end, name, extra]));
  }
  const directory = Buffer.concat(headers);
  const ending = Buffer.alloc(22);
  ending.writeUInt32LE(0x06054b50, 0);
  ending.writeUInt16LE(count, 8);
  ending.writeUInt16LE(count, 10);
  ending.writeUInt32LE(directory.length, 12);
  ending.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, ending]);
}
