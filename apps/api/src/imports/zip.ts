import { crc32 } from 'node:zlib';
import { FootfallError } from '@footfall/core';
import { unreadable } from '@footfall/core/imports';
import * as yauzl from 'yauzl';
import { requireSize, type Bytes, type ImportLimits } from './bytes.ts';

/** A file of an archive. */
export interface ZipFile {
  readonly name: string;
  /** Bytes when it is expanded, as the directory says. */
  readonly size: number;
  /** Expands it, no further than its size. @throws {FootfallError} BAD_REQUEST where it is damaged */
  readonly bytes: () => Bytes;
}

/** An archive that is within the limits, to be closed afterwards. */
export interface Zip {
  /** In the order of the directory, without folders. */
  readonly files: readonly ZipFile[];
  readonly close: () => void;
}

/** Methods of compression that are read: stored, deflated. */
const METHODS = [0, 8];

/**
 * Opens an archive, and checks its directory before anything is expanded: the number of its files, their sizes and names.
 * @throws {FootfallError} BAD_REQUEST with the file that is wrong
 */
export async function openZip(path: string, limits: ImportLimits): Promise<Zip> {
  let zip: yauzl.ZipFile;
  try {
    zip = await yauzl.openPromise(path, { autoClose: false, strictFileNames: true });
  } catch (error) {
    throw unreadable('the archive is damaged, or not all of it arrived.', error);
  }
  try {
    if (zip.entryCount > limits.entries)
      throw unreadable(
        `the archive has ${zip.entryCount.toLocaleString('en')} files, and at most ${limits.entries.toLocaleString('en')} are read.`,
      );
    const entries: yauzl.Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    requireEntries(entries, zip.fileSize, limits);
    return {
      files: entries
        .filter(({ fileName }) => !fileName.endsWith('/'))
        .map((entry) => ({
          name: entry.fileName,
          size: entry.uncompressedSize,
          bytes: () => expanded(zip, entry),
        })),
      close: () => {
        zip.close();
      },
    };
  } catch (error) {
    zip.close();
    throw zipError(error);
  }
}

function requireEntries(entries: readonly yauzl.Entry[], fileSize: number, limits: ImportLimits): void {
  const names = new Set<string>();
  const sum = { before: 0, after: 0 };
  for (const entry of entries) {
    const { fileName, compressedSize: before, uncompressedSize: after, compressionMethod } = entry;
    const name = JSON.stringify(fileName.slice(0, 100));
    // Programs differ in which of two they take, and in where a name ends.
    if (names.has(fileName)) throw unreadable(`the archive has two files named ${name}.`);
    if (/\p{Cc}/u.test(fileName)) throw unreadable(`the archive has a file with the name ${name}.`);
    names.add(fileName);
    if (entry.isEncrypted())
      throw unreadable(`${name} is protected by a password: unpack the archive, and import the file inside.`);
    if (!METHODS.includes(compressionMethod))
      throw unreadable(`${name} is compressed in a way that is not read: unpack the archive first.`);
    requireSize({ before, after }, limits);
    sum.before += before;
    sum.after += after;
  }
  // Files that overlap are small together, and large when they are expanded.
  if (sum.before > fileSize) throw unreadable('the archive is damaged: its files are larger than itself.');
  requireSize(sum, limits);
}

/** What a directory says may be wrong: bytes are counted while they are expanded, and their checksum is compared. */
async function* expanded(zip: yauzl.ZipFile, entry: yauzl.Entry): AsyncGenerator<Uint8Array> {
  let sum = 0;
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      const bytes = chunk as Uint8Array;
      sum = crc32(bytes, sum);
      yield bytes;
    }
  } catch (error) {
    throw error instanceof FootfallError ? error : damaged(entry.fileName, error);
  }
  if (sum !== entry.crc32) throw damaged(entry.fileName);
}

const damaged = (name: string, cause?: unknown): FootfallError =>
  unreadable(`${JSON.stringify(name.slice(0, 100))} is damaged in the archive.`, cause);

/** yauzl's errors are for developers. */
function zipError(error: unknown): FootfallError {
  if (error instanceof FootfallError) return error;
  const message = error instanceof Error ? error.message : '';
  if (/relative path|absolute path|invalid characters in fileName/i.test(message))
    return unreadable('the archive has a file whose name leads out of its folder.', error);
  if (/encryption/i.test(message))
    return unreadable(
      'the archive is protected by a password: unpack it, and import the file inside.',
      error,
    );
  return unreadable('the archive is damaged.', error);
}
