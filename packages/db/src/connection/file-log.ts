/*
 * Checks whether a write-ahead log belongs to the database file beside it (docs/decisions/0024). SQLite does not check:
 * it writes whatever log it finds into whatever file it finds, which ruins a restored backup.
 *
 * Each log carries a stamp in the database's header, in the 32 bits that SQLite leaves to applications
 * (`user_version`): 16 random bits of its own, and those of the log before it.
 */

/** A database's header: the first bytes of its first page. */
export const HEADER_BYTES = 100;

/** What SQLite calls `application_id`, of a database of sample data. */
export const SAMPLE_ID = 0x46665361;

const STAMP_AT = 60;
/** 2 for a database with a write-ahead log, 1 for one without, such as a copy made by `VACUUM INTO`. */
const WRITE_VERSION_AT = 18;
const WITH_LOG = 2;

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;
const SMALLEST_PAGE = 512;
const LARGEST_PAGE = 65_536;

/** Offset of the salts in the log's header; each frame repeats them. */
const SALTS_AT = 16;

/** Reads bytes at an offset, fewer at the end of the file. They are valid until the next read. */
export type ReadAt = (at: number, length: number) => Uint8Array;

/** The stamp in a database's header; undefined if the header is incomplete. */
export function stampOf(header: Uint8Array): number | undefined {
  return header.length < HEADER_BYTES ? undefined : viewOf(header).getUint32(STAMP_AT);
}

/**
 * Makes the stamp for the log that follows the one stamped `last`.
 * @param random at least 0 and below 1
 */
export function nextStamp(last: number, random: number): number {
  const before = last >>> 16;
  const own = 1 + Math.floor(random * 0xfffe);
  return (((own === before ? 0xffff : own) << 16) | before) >>> 0;
}

/** The stamp as a signed integer, which `pragma user_version` takes. */
export function asUserVersion(stamp: number): number {
  return stamp | 0;
}

/**
 * Whether a log may be written into a database file: it was started on this state of the file, or part of it is in the
 * file already. A log without a stamp (from an older Footfall, or another program) is accepted.
 * @param header the first {@link HEADER_BYTES} bytes of the database file, fewer if it is shorter
 */
export function continuesFile(header: Uint8Array, readLog: ReadAt): boolean {
  const stamp = stampOf(header);
  let isFirst = true;
  for (const page of firstPages(readLog)) {
    if (stamp === undefined || header[WRITE_VERSION_AT] !== WITH_LOG) return false;
    if (page === undefined) continue;
    if (page === stamp || (isFirst && (page & 0xffff) === stamp >>> 16)) return true;
    isFirst = false;
  }
  return isFirst;
}

/**
 * Goes through the valid frames of a log: those whose checksum is right, as SQLite does. Anything after them is torn or
 * from an earlier log.
 * @returns for each frame its stamp if it holds the first page, otherwise undefined
 */
function* firstPages(readLog: ReadAt): Generator<number | undefined> {
  const header = readLog(0, LOG_HEADER_BYTES);
  if (header.length < LOG_HEADER_BYTES) return;
  const view = viewOf(header);
  const magic = view.getUint32(0);
  const pageBytes = view.getUint32(8);
  if ((magic & ~1) >>> 0 !== MAGIC || pageBytes < SMALLEST_PAGE || pageBytes > LARGEST_PAGE) return;
  const checksum = new Checksum((magic & 1) === 0);
  checksum.add(view, 0, 24);
  if (!checksum.isAt(view, 24)) return;
  const salts = view.getBigUint64(SALTS_AT);
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  for (let at = LOG_HEADER_BYTES; ; at += frameBytes) {
    const bytes = readLog(at, frameBytes);
    if (bytes.length < frameBytes) return;
    const frame = viewOf(bytes);
    if (frame.getBigUint64(8) !== salts) return;
    checksum.add(frame, 0, 8);
    checksum.add(frame, FRAME_HEADER_BYTES, frameBytes);
    if (!checksum.isAt(frame, 16)) return;
    yield frame.getUint32(0) === 1 ? frame.getUint32(FRAME_HEADER_BYTES + STAMP_AT) : undefined;
  }
}

/** The running checksum of a write-ahead log (https://sqlite.org/fileformat2.html, "WAL File Format"). */
class Checksum {
  readonly #littleEndian: boolean;
  #first = 0;
  #second = 0;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  add(view: DataView, from: number, to: number): void {
    for (let at = from; at < to; at += 8) {
      this.#first = (this.#first + view.getInt32(at, this.#littleEndian) + this.#second) | 0;
      this.#second = (this.#second + view.getInt32(at + 4, this.#littleEndian) + this.#first) | 0;
    }
  }

  isAt(view: DataView, at: number): boolean {
    return view.getInt32(at) === this.#first && view.getInt32(at + 4) === this.#second;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
