import { createDeflateRaw, crc32 } from 'node:zlib';

/** One file of an archive: its name, and its content piece by piece. */
export interface ZipEntry {
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Sizes and positions of 4 GiB and more, and more than 65,534 entries, stand in the fields of zip64. */
const IN_ZIP64 = 0xffff_ffff;
const MOST_ENTRIES = 0xffff;

/** The version that reads zip64, and the one on Unix that wrote it. */
const VERSION = 45;
const MADE_BY = (3 << 8) | VERSION;

/** Sizes and checksum follow the content; names are UTF-8. */
const FLAGS = (1 << 3) | (1 << 11);
const DEFLATED = 8;

/** `-rw-r--r--` */
const MODE = 0o100644 * 0x1_0000;

interface Written {
  readonly name: Buffer;
  readonly at: number;
  readonly crc: number;
  readonly size: number;
  readonly compressed: number;
}

/**
 * Writes a ZIP archive (APPNOTE 6.3.10) of deflated entries, with zip64 for every entry, since sizes are known only
 * afterwards. Memory is that of one piece, whatever the size; nothing is read before the reader takes it.
 * @param modified the time of all entries
 */
export async function* zipOf(
  entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>,
  modified: Date,
): AsyncGenerator<Uint8Array> {
  const time = dosTime(modified);
  const written: Written[] = [];
  let at = 0;
  for await (const { name, content } of entries) {
    const began = at;
    const bytes = Buffer.from(name, 'utf8');
    const header = localHeader(bytes, time);
    yield header;
    at += header.length;
    const sums = { crc: 0, size: 0, compressed: 0 };
    for await (const piece of deflated(content, sums)) {
      yield piece;
      at += piece.length;
      sums.compressed += piece.length;
    }
    const descriptor = Buffer.alloc(24);
    descriptor.writeUInt32LE(0x0807_4b50, 0);
    descriptor.writeUInt32LE(sums.crc, 4);
    descriptor.writeBigUInt64LE(BigInt(sums.compressed), 8);
    descriptor.writeBigUInt64LE(BigInt(sums.size), 16);
    yield descriptor;
    at += descriptor.length;
    written.push({ name: bytes, at: began, ...sums });
  }
  const directory = at;
  for (const entry of written) {
    const header = directoryHeader(entry, time);
    yield header;
    at += header.length;
  }
  yield ending({ entries: written.length, from: directory, size: at - directory });
}

async function* deflated(
  content: ZipEntry['content'],
  sums: { crc: number; size: number },
): AsyncGenerator<Buffer> {
  const deflate = createDeflateRaw();
  const feeding = (async () => {
    for await (const piece of content) {
      sums.crc = crc32(piece, sums.crc);
      sums.size += piece.length;
      if (!deflate.write(piece)) await drained(deflate);
      if (deflate.destroyed) return;
    }
    deflate.end();
  })().catch((error: unknown) => {
    deflate.destroy(error as Error);
  });
  try {
    for await (const piece of deflate) yield piece as Buffer;
    await feeding;
  } finally {
    deflate.destroy();
  }
}

function drained(stream: ReturnType<typeof createDeflateRaw>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

interface DosTime {
  readonly date: number;
  readonly time: number;
}

/** In UTC: the format has no time zone. It begins in 1980 and ends in 2107. */
function dosTime(at: Date): DosTime {
  const year = Math.min(Math.max(at.getUTCFullYear(), 1980), 2107);
  return {
    date: ((year - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}

/** An empty zip64 field says that the descriptor after the content has sizes of eight bytes. */
function localHeader(name: Buffer, { date, time }: DosTime): Buffer {
  const header = Buffer.alloc(30 + 20);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt16LE(DEFLATED, 8);
  header.writeUInt16LE(time, 10);
  header.writeUInt16LE(date, 12);
  header.writeUInt32LE(IN_ZIP64, 18);
  header.writeUInt32LE(IN_ZIP64, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(20, 28);
  header.writeUInt16LE(1, 30);
  header.writeUInt16LE(16, 32);
  return Buffer.concat([header.subarray(0, 30), name, header.subarray(30)]);
}

function directoryHeader({ name, at, crc, size, compressed }: Written, { date, time }: DosTime): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x0201_4b50, 0);
  header.writeUInt16LE(MADE_BY, 4);
  header.writeUInt16LE(VERSION, 6);
  header.writeUInt16LE(FLAGS, 8);
  header.writeUInt16LE(DEFLATED, 10);
  header.writeUInt16LE(time, 12);
  header.writeUInt16LE(date, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(IN_ZIP64, 20);
  header.writeUInt32LE(IN_ZIP64, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(28, 30);
  header.writeUInt32LE(MODE, 38);
  header.writeUInt32LE(IN_ZIP64, 42);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(size), 4);
  extra.writeBigUInt64LE(BigInt(compressed), 12);
  extra.writeBigUInt64LE(BigInt(at), 20);
  return Buffer.concat([header, name, extra]);
}

function ending({ entries, from, size }: { entries: number; from: number; size: number }): Buffer {
  const record = Buffer.alloc(56 + 20 + 22);
  record.writeUInt32LE(0x0606_4b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(MADE_BY, 12);
  record.writeUInt16LE(VERSION, 14);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(from), 48);
  record.writeUInt32LE(0x0706_4b50, 56);
  record.writeBigUInt64LE(BigInt(from + size), 64);
  record.writeUInt32LE(1, 72);
  record.writeUInt32LE(0x0605_4b50, 76);
  const few = Math.min(entries, MOST_ENTRIES);
  record.writeUInt16LE(few, 84);
  record.writeUInt16LE(few, 86);
  record.writeUInt32LE(Math.min(size, IN_ZIP64), 88);
  record.writeUInt32LE(Math.min(from, IN_ZIP64), 92);
  return record;
}
