import { existsSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { HistoryOptions } from '@footfall/core/history';
import { isSampleCurrent, SAMPLE } from '@footfall/core/sample';
import { FootfallError, type Site, objection, refused } from '@footfall/core';
import { explain, Mutex, openStore, type Store } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { sharedReads, type SampleData, type SampleState } from '@footfall/trpc';
import type { Logger } from 'pino';
import { seed } from './seed.ts';

/** What sample data depends on. */
export interface SampleParts {
  /** Path of the owner's database: the sample's stands beside it. */
  readonly path: string;
  /** By the settings of this moment. */
  readonly site: () => Site;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Pick<Logger, 'error'>;
  /** How long its store stays open without a request, in milliseconds. */
  readonly idleMs?: number;
  readonly size?: Pick<HistoryOptions, 'seed' | 'days' | 'views' | 'pages' | 'visitors'>;
}

/** Sample data of a process that ends some time. */
export interface ClosableSample extends SampleData {
  /** Stops making it, and closes its store. It never fails: the owner's database is what must be closed in order. */
  readonly close: () => Promise<void>;
}

const IDLE_MS = 5 * 60 * 1000;

/** What SQLite and the lock put beside a database. */
const BESIDE = ['', '-wal', '-shm', '-lock'];

/** @throws {FootfallError} CONFLICT for a folder; the system's error for what cannot be deleted */
async function deleteDatabase(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw refused('CONFLICT', objection('sample-folder'));
  await Promise.all(BESIDE.map((suffix) => rm(path + suffix, { force: true })));
}

/** What is said to the owner of an error. */
function sentenceOf(error: unknown): string {
  if (error instanceof FootfallError && error.code === 'CONFLICT') return error.message;
  return `That did not work: ${explain(error) ?? 'the log of Footfall says why.'}`;
}

/** Not what `explain` says: that is advice for the owner's database. */
const UNREADABLE = 'The sample data cannot be read. Make it again, or delete it.';

/** Work under way, which may be cancelled. */
interface Making {
  share: number;
  isCancelled: boolean;
  done: Promise<void>;
}

/** Makes the one way to the sample data beside a database file (docs/decisions/0053). */
export function sampleData(parts: SampleParts): ClosableSample {
  const { path, site, now, log, idleMs = IDLE_MS, size = SAMPLE } = parts;
  const file = `${path}-sample`;
  const unfinished = `${file}-new`;
  /** Opening, closing, making and deleting, one at a time. */
  const files = new Mutex();
  let opened: Store | undefined;
  let making: Making | undefined;
  let problem: string | undefined;
  let idle: NodeJS.Timeout | undefined;

  async function open(at: string): Promise<Store> {
    // What is lost in a power cut is made again.
    const connection = await openFile({ path: at, synchronous: 'normal', sample: true });
    try {
      return await openStore(connection, { sessionTimeoutMs: site().sessionTimeoutMs });
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Closes it, whatever has become of its files. */
  async function close(): Promise<void> {
    clearTimeout(idle);
    const store = opened;
    opened = undefined;
    await store?.close().catch(report);
  }

  async function clear(): Promise<void> {
    await close();
    await deleteDatabase(unfinished);
    await deleteDatabase(file);
  }

  /** Its store, which is closed when nobody has asked for it for a while; undefined where there is none. */
  async function find(): Promise<Store | undefined> {
    clearTimeout(idle);
    await opened?.ping().catch(close); // its file was deleted, or is another one now
    if (opened === undefined && !existsSync(file)) return undefined;
    opened ??= await open(file);
    idle = setTimeout(() => void files.run(close), idleMs);
    idle.unref();
    return opened;
  }

  async function isCurrent(store: Store): Promise<boolean> {
    const { updatedAt } = await store.count();
    const { SITE_TIME_ZONE: timeZone, IDENTITY: identity } = store.settings.current()?.values ?? {};
    const lastViewAt = updatedAt === null ? null : Date.parse(updatedAt);
    const { calendar, identity: current } = site();
    return isSampleCurrent({ timeZone, identity, lastViewAt }, { calendar, identity: current, now: now() });
  }

  async function state(): Promise<SampleState> {
    if (making !== undefined) return { kind: 'making', percent: Math.floor(making.share * 99) };
    const store = await files.run(find);
    if (store === undefined) return { kind: 'absent', isOutdated: false, problem };
    if (!(await isCurrent(store))) return { kind: 'absent', isOutdated: true, problem };
    const reads = sharedReads(
      {},
      {
        store,
        now,
        get site() {
          return site();
        },
      },
    );
    return { kind: 'ready', reads, problem };
  }

  /** Writes it under another name first: a crash must not leave a part of it. */
  async function build(work: Making): Promise<void> {
    const { calendar, identity, sessionTimeoutMs: timeoutMs } = site();
    const store = await open(unfinished);
    try {
      await store.settings.change({ SITE_TIME_ZONE: calendar.timeZone, IDENTITY: identity });
      await seed(store, { ...size, calendar, identity, timeoutMs, until: now() }, (share) => {
        if (work.isCancelled) throw new Error('It is not wanted any more.');
        work.share = share;
      });
    } finally {
      await store.close();
    }
    await rename(unfinished, file);
  }

  function report(error: unknown): void {
    log.error({ err: error }, 'the sample data failed');
  }

  function failed(error: unknown): void {
    report(error);
    problem = sentenceOf(error);
  }

  /** Begins to make it, when an older one is deleted: there are never two of them. */
  async function begin(): Promise<void> {
    const work: Making = { share: 0, isCancelled: false, done: Promise.resolve() };
    problem = undefined;
    making = work;
    const cleared = files.run(clear);
    work.done = cleared
      .then(() => files.run(() => build(work)))
      .catch((error: unknown) => {
        if (!work.isCancelled) failed(error);
        return deleteDatabase(unfinished);
      })
      .catch(failed)
      .finally(() => {
        making = undefined;
      });
    await cleared.catch(() => work.done);
  }

  async function cancel(): Promise<void> {
    if (making === undefined) return;
    making.isCancelled = true;
    await making.done;
  }

  // A crash may have left a part of it.
  void files.run(() => deleteDatabase(unfinished)).catch(failed);

  return {
    open: () =>
      state().catch((error: unknown) => {
        report(error);
        return { kind: 'absent', isOutdated: true, problem: problem ?? UNREADABLE };
      }),
    exists: () => existsSync(file),
    make: async () => {
      // One that cannot be opened is made again.
      const { kind } = await state().catch(() => ({ kind: 'absent' }));
      if (kind === 'absent' && making === undefined) await begin();
    },
    remove: async () => {
      await cancel();
      problem = undefined;
      await files.run(clear).catch(failed);
    },
    close: async () => {
      await cancel();
      await files.run(close);
    },
  };
}
