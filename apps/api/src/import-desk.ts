import { mkdtemp, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FootfallError, monthsBefore, storeUnavailable } from '@footfall/core';
import { Mutex, type ImportRequest, type ImportStore, type OlderRows } from '@footfall/db';
import type { ImportDesk, ImportPiece, ImportStatus, ImportSummary } from '@footfall/trpc';
import type { SiteConfig } from './config.ts';
import type { Log } from './http.ts';
import { differencesTo, requirePageViews } from './import-file.ts';
import { openImport, type OpenedImport } from './imports/open.ts';
import { quantity } from './quantity.ts';

/** The largest file that is uploaded, in bytes. */
export const MOST_UPLOADED = 1024 ** 3;

/** How long an upload may pause before another one may begin in its place, in milliseconds. */
const IDLE_MS = 30_000;

/** What the desk depends on. */
export interface ImportDeskParts {
  readonly imports: ImportStore;
  /** By the settings of this moment. */
  readonly settings: () => Pick<SiteConfig, 'site' | 'retentionMonths'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly mostUploaded?: number;
  readonly idleMs?: number;
}

/** A desk of a process that ends some time. */
export interface ClosableDesk extends ImportDesk {
  /** Deletes what processes have left that were killed. */
  readonly tidy: () => Promise<void>;
  /** Ends what is under way, and deletes what was uploaded. It never fails. */
  readonly close: () => Promise<void>;
}

/** A file in a folder of its own, readable by this user alone. */
interface Uploaded {
  readonly folder: string;
  readonly path: string;
  readonly size: number;
  readonly handle: FileHandle;
  received: number;
  /** When the last piece came: `performance.now()`. */
  at: number;
}

/** The names of their folders: they have the id of the process. */
const FOLDER = 'footfall-upload-';

/** Those of this process. */
const own = new Set<string>();

/** Whether a folder is of a process that runs. In a container a new process may have the id of the last one. */
function isInUse(name: string): boolean {
  const pid = Number(name.slice(FOLDER.length).split('-', 1)[0]);
  if (pid === process.pid) return own.has(join(tmpdir(), name));
  try {
    return process.kill(pid, 0); // sends nothing
  } catch (error) {
    return (error as { readonly code?: unknown }).code === 'EPERM';
  }
}

const UNDER_WAY = 'An import is under way. Wait until it has ended, or cancel it.';
const NO_ROOM = 'The file cannot be stored: the log of Footfall says why.';
const FAILED = 'That did not work: the log of Footfall says why.';
const STAYS = 'What was taken by then stays: import the file again, and it goes on.';

/** Makes the one way to import into a running store (docs/decisions/0070). */
export function importDesk({
  imports,
  settings,
  now,
  log,
  mostUploaded = MOST_UPLOADED,
  idleMs = IDLE_MS,
}: ImportDeskParts): ClosableDesk {
  let status: ImportStatus = { stage: 'none' };
  let uploaded: Uploaded | undefined;
  let opened: OpenedImport | undefined;
  /** Plans, imports or undoes. */
  let job: { readonly done: Promise<void>; readonly aborting: AbortController } | undefined;
  let beganAt = 0;
  let isClosed = false;
  /** What is asked of the desk comes one after the other, though parts of it wait for the disk. */
  const turns = new Mutex();

  const requireIdle = (): void => {
    if (isClosed) throw storeUnavailable();
    if (job !== undefined) throw new FootfallError('CONFLICT', UNDER_WAY);
  };

  /** Drops the file, whatever it was used for. */
  async function drop(): Promise<void> {
    const [file, source] = [uploaded, opened];
    uploaded = undefined;
    opened = undefined;
    try {
      source?.close();
    } catch (error) {
      log.error({ err: error }, 'an imported file could not be closed');
    }
    if (file === undefined) return;
    await file.handle.close().catch(() => {});
    await rm(file.folder, { recursive: true, force: true }).catch((error: unknown) => {
      log.error({ err: error }, 'an uploaded file could not be deleted');
    });
    own.delete(file.folder);
  }

  /** Works in the background; what goes wrong is the next status. */
  function start(work: (signal: AbortSignal) => Promise<ImportStatus>, failure = ''): void {
    const aborting = new AbortController();
    const done = work(aborting.signal)
      .catch((error: unknown): ImportStatus => {
        const isAborted = aborting.signal.aborted;
        const isKnown = error instanceof FootfallError || error === aborting.signal.reason;
        if (!isKnown) log.error({ err: error }, 'an import failed');
        if (isAborted) return { stage: 'none' };
        const problem = error instanceof FootfallError ? error.message : FAILED;
        return { stage: 'failed', problem: failure === '' ? problem : `${problem} ${failure}` };
      })
      .then(async (next) => {
        if (next.stage !== 'planned') await drop();
        status = next;
        job = undefined;
      });
    job = { done, aborting };
  }

  const requestOf = (file: OpenedImport, more: Partial<ImportRequest>): ImportRequest => ({
    file: file.file,
    site: () => settings().site,
    keptFrom: () => {
      const { retentionMonths, site } = settings();
      if (retentionMonths === 0) return undefined;
      return site.calendar.momentOf(monthsBefore(now(), retentionMonths)).day;
    },
    now,
    ...more,
  });

  const summaryOf = (file: OpenedImport, report: Omit<ImportSummary, 'differences'>): ImportSummary => {
    const { site } = settings();
    const { timeZone } = site.calendar;
    const differences =
      file.manifest === undefined ? [] : differencesTo(file.manifest, { ...site, timeZone });
    return { ...report, differences };
  };

  function plan(path: string): void {
    status = { stage: 'planning' };
    start(async (signal) => {
      const file = await openImport(path, { site: settings().site, now: now() });
      opened = file;
      requirePageViews(file.file);
      return { stage: 'planned', plan: summaryOf(file, await imports.plan(requestOf(file, { signal }))) };
    });
  }

  async function begin(size: number): Promise<Uploaded> {
    await drop();
    let folder: string | undefined;
    try {
      folder = await mkdtemp(join(tmpdir(), `${FOLDER}${process.pid}-`));
      own.add(folder);
      const path = join(folder, 'file');
      const handle = await open(path, 'wx', 0o600);
      return { folder, path, size, handle, received: 0, at: performance.now() };
    } catch (error) {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => {}); // the next start does
      log.error({ err: error }, 'an upload cannot be stored');
      throw new FootfallError('SERVICE_UNAVAILABLE', NO_ROOM);
    }
  }

  /** Whether a piece is the last one that came: its answer may have been lost. */
  const isLast = ({ offset, size, bytes }: ImportPiece): boolean =>
    uploaded !== undefined &&
    uploaded.size === size &&
    offset > 0 &&
    offset + bytes.length === uploaded.received;

  async function upload(piece: ImportPiece): Promise<ImportStatus> {
    const { offset, size, bytes } = piece;
    if (isLast(piece)) return status;
    requireIdle();
    if (size > mostUploaded)
      throw new FootfallError(
        'PAYLOAD_TOO_LARGE',
        `A file of at most ${quantity(mostUploaded, 'byte')} can be uploaded. Import a larger one with “pnpm footfall import FILE”, while the server is stopped.`,
      );
    if (bytes.length === 0 || offset + bytes.length > size)
      throw new FootfallError('BAD_REQUEST', 'The piece is empty, or reaches beyond the size of the file.');
    if (offset === 0) {
      const isFresh = uploaded !== undefined && performance.now() - uploaded.at < idleMs;
      if (status.stage === 'uploading' && isFresh)
        throw new FootfallError('CONFLICT', 'Another file is being uploaded.');
      status = { stage: 'uploading', received: 0, size };
      uploaded = await begin(size).catch((error: unknown) => {
        status = { stage: 'none' };
        throw error;
      });
    }
    const file = uploaded;
    if (status.stage !== 'uploading' || file === undefined)
      throw new FootfallError('CONFLICT', 'No upload has begun: begin with offset 0.');
    if (file.size !== size || file.received !== offset)
      throw new FootfallError(
        'CONFLICT',
        `The upload goes on at offset ${file.received.toLocaleString('en')} of ${quantity(file.size, 'byte')}.`,
      );
    try {
      await writeAll(file.handle, bytes, offset);
    } catch (error) {
      log.error({ err: error }, 'an upload cannot be stored');
      status = { stage: 'failed', problem: NO_ROOM };
      await drop();
      throw new FootfallError('SERVICE_UNAVAILABLE', NO_ROOM);
    }
    file.received += bytes.length;
    file.at = performance.now();
    status = { stage: 'uploading', received: file.received, size };
    if (file.received === size) plan(file.path);
    return status;
  }

  function run(older?: OlderRows): ImportStatus {
    requireIdle();
    const file = opened;
    if (status.stage !== 'planned' || file === undefined)
      throw new FootfallError('CONFLICT', 'No file waits to be imported: upload one first.');
    const { plan: planned } = status;
    if (planned.older > 0 && older === undefined)
      throw new FootfallError(
        'CONFLICT',
        'Some page views are older than RETENTION_MONTHS: say whether to take them or to leave them out.',
      );
    status = { stage: 'running', rows: 0, of: planned.rows, secondsLeft: undefined };
    beganAt = performance.now();
    start(async (signal) => {
      const onProgress: ImportRequest['onProgress'] = ({ rows, of }) => {
        const secondsLeft = Math.ceil((((performance.now() - beganAt) / rows) * (of - rows)) / 1000);
        status = { stage: 'running', rows, of, secondsLeft };
      };
      const report = await imports.run(requestOf(file, { older, signal, onProgress }));
      return { stage: 'done', report: summaryOf(file, report) };
    }, STAYS);
    return status;
  }

  async function cancel(): Promise<ImportStatus> {
    if (status.stage === 'undoing') throw new FootfallError('CONFLICT', UNDER_WAY);
    job?.aborting.abort();
    await job?.done;
    await drop();
    status = { stage: 'none' };
    return status;
  }

  async function undo(id: number): Promise<ImportStatus> {
    requireIdle();
    if (uploaded !== undefined)
      throw new FootfallError('CONFLICT', 'A file waits to be imported: import or discard it first.');
    if (!(await imports.list()).some((one) => one.id === id))
      throw new FootfallError('NOT_FOUND', 'There is no such import.');
    status = { stage: 'undoing' };
    start(async () => ({ stage: 'undone', pageViews: await imports.undo(id, now()) }));
    return status;
  }

  return {
    status: () => status,
    upload: (piece) => turns.run(() => upload(piece)),
    run: (older) => turns.run(() => Promise.resolve(run(older))),
    cancel: () => turns.run(cancel),
    list: () => imports.list(),
    undo: (id) => turns.run(() => undo(id)),
    tidy: async () => {
      const names = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER) && !isInUse(name));
      for (const name of names) {
        await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {}); // another user's
      }
    },
    close: async () => {
      isClosed = true;
      job?.aborting.abort();
      await turns.run(async () => {
        job?.aborting.abort();
        await job?.done;
        await drop();
      });
    },
  };
}

/** Writes all of it: a disk that fills up may take a part without an error. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, offset + written);
    if (bytesWritten === 0) throw new Error('The disk takes nothing more');
    written += bytesWritten;
  }
}
