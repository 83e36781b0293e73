import { isUtf8 } from 'node:buffer';
import { Readable, pipeline, type Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { unreadable } from '@footfall/core/imports';
import { FootfallError } from '@footfall/core';

/** What a file may be at most; a test gives smaller ones. */
export interface ImportLimits {
  /** Files of an archive. */
  readonly entries: number;
  /** Bytes of all files of an archive, or of a compressed file, after they are expanded. */
  readonly bytes: number;
  /** How many times as large as before a file may become; exports shrink to a tenth or a thirtieth. */
  readonly ratio: number;
  /** Bytes of a line. */
  readonly line: number;
}

export const IMPORT_LIMITS: ImportLimits = {
  entries: 1_000,
  bytes: 16 * 1024 ** 3,
  ratio: 200,
  line: 128 * 1024,
};

/** Below this size the ratio says nothing. */
export const SMALL = 1024 * 1024;

/** Bytes in order. */
export type Bytes = AsyncIterable<Uint8Array>;

/** A stream that ends with the error of any stream before it. */
export function piped(from: Readable, into: Transform): Readable {
  pipeline(from, into, () => {
    // The reader of `into` gets the error.
  });
  return into;
}

/**
 * Expands gzip, in bounded memory, and no further than the limits.
 * @throws {FootfallError} BAD_REQUEST
 */
export async function* gunzipped(bytes: Bytes, limits: ImportLimits): AsyncGenerator<Uint8Array> {
  let before = 0;
  let after = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      before += chunk.length;
      yield chunk;
    }
  }
  try {
    for await (const chunk of piped(Readable.from(counted()), createGunzip())) {
      const expanded = chunk as Uint8Array;
      after += expanded.length;
      requireSize({ before, after }, limits);
      yield expanded;
    }
  } catch (error) {
    if (error instanceof FootfallError) throw error;
    throw unreadable('the compressed file is damaged, or not all of it arrived.', error);
  }
}

/** @throws {FootfallError} BAD_REQUEST for what expands beyond the limits */
export function requireSize(
  { before, after }: { readonly before: number; readonly after: number },
  { bytes, ratio }: ImportLimits,
): void {
  if (after > bytes) throw unreadable(`it is larger than ${sizeText(bytes)} when it is unpacked.`);
  if (after > SMALL && after > before * ratio)
    throw unreadable(
      `it becomes more than ${ratio} times as large when it is unpacked, which no export does.`,
    );
}

function sizeText(bytes: number): string {
  const [unit, of]: [string, number] = bytes >= 1024 ** 3 ? ['GiB', 1024 ** 3] : ['MiB', 1024 ** 2];
  return `${Math.round(bytes / of)} ${unit}`;
}

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Whole lines of text, as bytes. */
export interface Lines {
  readonly bytes: Buffer;
  /** The line that they begin with, from 1. */
  readonly line: number;
}

/**
 * Splits text at its lines, several of them at a time, and checks that it is text: UTF-8 without NUL. A byte order mark
 * at its beginning is left out. Memory is bounded by the longest line.
 * @param where how an error begins: the name of a file of an archive, or `''`
 * @throws {FootfallError} BAD_REQUEST with the line and the column
 */
export async function* wholeLines(
  bytes: Bytes,
  { where, limits }: { readonly where: string; readonly limits: ImportLimits },
): AsyncGenerator<Lines> {
  let line = 1;
  let isFirst = true;
  let rest: Buffer[] = [];
  let left = 0;

  function checked(text: Buffer): Lines {
    const lines = { bytes: text, line };
    if (text.includes(0) || !isUtf8(text)) throw badText(lines, where);
    for (let at = text.indexOf(LINE_FEED); at >= 0; at = text.indexOf(LINE_FEED, at + 1)) line += 1;
    return lines;
  }

  function withoutMark(text: Buffer): Buffer {
    const isMarked = isFirst && text.subarray(0, 3).equals(BYTE_ORDER_MARK);
    isFirst = false;
    return isMarked ? text.subarray(3) : text;
  }

  for await (const chunk of bytes) {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    const tail = piece.subarray(end);
    if (end > 0) {
      const text =
        rest.length === 0 ? piece.subarray(0, end) : Buffer.concat([...rest, piece.subarray(0, end)]);
      rest = [];
      left = 0;
      yield checked(withoutMark(text));
    }
    if (tail.length > 0) rest.push(tail);
    left += tail.length;
    if (left > limits.line) {
      const long = { bytes: Buffer.concat(rest), line };
      if (long.bytes.includes(0)) throw badText(long, where);
      throw unreadable(`${placeIn(where, line)} is longer than ${limits.line / 1024} KiB.`);
    }
  }
  if (left > 0) yield checked(withoutMark(Buffer.concat(rest)));
}

/** The beginning of a sentence about a line. */
export function placeIn(where: string, line: number, column?: number | string): string {
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column},`;
  return where === '' ? place : `${where}, ${place}`;
}

/** The error for lines of which one is no text. */
function badText({ bytes, line: first }: Lines, where: string): FootfallError {
  let line = first;
  for (let start = 0; start < bytes.length; line += 1) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found;
    const text = bytes.subarray(start, end);
    const zero = text.indexOf(0);
    if (zero >= 0)
      return unreadable(
        `${placeIn(where, line, zero + 1)} is a NUL character, which no text has: it may be damaged, or UTF-16.`,
      );
    if (!isUtf8(text)) {
      const column = text.toString('utf8').indexOf('\ufffd') + 1;
      return unreadable(`${placeIn(where, line, column)} is not UTF-8: save it as CSV (UTF-8).`);
    }
    start = end + 1;
  }
  return unreadable('it is not UTF-8: save it as CSV (UTF-8).');
}
