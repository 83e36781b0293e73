import { randomInt } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FootfallError } from '@footfall/core';
import type { Row } from '@libsql/client/web';
import Driver from 'libsql';
import { requireIntact, requireKnownTables } from './condition.ts';
import { foreignLog, hasOwnLog, indexOf, logOf } from '../connection/file-guard.ts';
import { asUserVersion, SAMPLE_ID } from '../connection/file-log.ts';
import { copyPath, lockFile } from '../connection/file-lock.ts';
import { RENEW_STORE_ID } from './store-id.ts';
import type { ReadConnection } from '../connection/contract.ts';

/** What a restore has done. */
export interface Restored {
  /** Page views that are counted now. */
  readonly views: number;
  /** Path of the database that was there before; undefined where there was none. */
  readonly aside: string | undefined;
}

/**
 * A backup holds no more than the store does when it is restored: the salts that hash visitors are destroyed within 48
 * hours, and must not live on in a backup. Who comes on the day of a restore is a new visitor.
 */
function forABackup(driver: Driver.Database): void {
  driver.exec('pragma secure_delete = on');
  driver.exec('delete from visitor_salts where day <> 0');
  endSessions(driver);
  forgetBeat(driver);
}

/** A session that was ended since must not be one again after a restore; nor may a setup link that was used. */
function endSessions(driver: Driver.Database): void {
  const hasSessions = "select 1 from sqlite_master where name = 'visitor_owner_sessions'";
  if (driver.prepare(hasSessions).get() === undefined) return; // the tables of an older Footfall
  driver.exec('delete from visitor_owner_sessions');
  driver.exec('update visitor_owner set setup_token = null, setup_until = null');
  const hasPending = "select 1 from sqlite_master where name = 'visitor_owner_pending'";
  if (driver.prepare(hasPending).get() !== undefined) driver.exec('delete from visitor_owner_pending');
}

/** Since a backup was made servers have run that it does not know of: they must not look like an outage after a restore. */
function forgetBeat(driver: Driver.Database): void {
  if (hasStat(driver, 'seen_at')) driver.exec('update visitor_stats set seen_at = null');
}

/** Whether there is this column: the tables may be those of an older Footfall. */
function hasStat(driver: Driver.Database, column: string): boolean {
  const hasColumn = "select 1 from pragma_table_info('visitor_stats') where name = ?";
  return driver.prepare(hasColumn).get(column) !== undefined;
}

/**
 * Makes a restored database another store than the one that was backed up, for those who compare versions. One of an older
 * Footfall has no store id: it gets one when it is migrated.
 */
function forARestore(driver: Driver.Database): void {
  refuseSample(driver);
  if (hasStat(driver, 'store')) driver.exec(RENEW_STORE_ID);
  endSessions(driver);
  forgetBeat(driver);
}

/** Made-up page views must never be in the place of those that were counted. */
function refuseSample(driver: Driver.Database): void {
  const { application_id: id } = driver.prepare('pragma application_id').get() as Record<string, unknown>;
  if (id === SAMPLE_ID)
    throw new FootfallError(
      'CONFLICT',
      'This is sample data: its page views are made up, and it is no backup.',
    );
}

/**
 * Copies a database as it is at one moment into a new file, beside a running server too.
 * @param to path of the copy, where nothing may be yet
 * @throws {FootfallError} CONFLICT, with a sentence that says what to do; what the system or the database says, for
 * `explain`
 */
export async function backUp(path: string, to: string): Promise<{ readonly views: number }> {
  const target = resolve(to);
  refuseExisting(target);
  const file = realpathSync(path);
  const fd = openSync(file, 'r');
  const partial = `${target}.partial`;
  try {
    if (!hasOwnLog(file, fd)) throw new FootfallError('CONFLICT', foreignLog(file));
    rmSync(partial, { force: true });
    // Readable by those who may read the database, from the start.
    closeSync(openSync(partial, 'wx', fstatSync(fd).mode & 0o777));
    await withDriver(file, (driver) => {
      driver.exec('pragma busy_timeout = 5000');
      driver.exec('pragma wal_autocheckpoint = 0'); // a running server does that
      driver.exec(`vacuum into '${partial.replaceAll("'", "''")}'`);
    });
    const views = await finish(partial, forABackup);
    refuseExisting(target);
    renameSync(partial, target);
    syncFile(dirname(target));
    return { views };
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/**
 * Puts a backup in a database's place. The database that was there is kept beside it, with its log.
 * @param from path of the backup, which stays as it is; the database itself, where a backup was copied over it already
 * @throws {FootfallError} CONFLICT, with a sentence that says what to do; what the system or the database says, for
 * `explain`. Then everything is as before
 */
export async function restore(path: string, from: string): Promise<Restored> {
  if (!existsSync(from)) throw new FootfallError('CONFLICT', `There is no file ${from}.`);
  mkdirSync(dirname(resolve(path)), { recursive: true });
  const { held, release } = await lockFile(path);
  const { path: file, fd } = held;
  const restoring = `${file}-restoring`;
  try {
    copyWithLog(realpathSync(from), { to: restoring, database: file });
    const views = await finish(restoring, forARestore);
    chmodSync(restoring, fstatSync(fd).mode & 0o777);
    const isEmpty = fstatSync(fd).size === 0 && !existsSync(logOf(file));
    const aside = isEmpty ? undefined : copyPath(file, 'before-restore');
    if (aside !== undefined) setAside(file, { aside, isOwnLog: hasOwnLog(file, fd) });
    renameSync(restoring, file);
    syncFile(dirname(file));
    return { views, aside };
  } finally {
    for (const left of [restoring, logOf(restoring), indexOf(restoring)]) rmSync(left, { force: true });
    await release();
  }
}

/** Copies a backup, with its log if it has one: a backup may be a plain copy of both files. */
function copyWithLog(source: string, { to, database }: { to: string; database: string }): void {
  for (const left of [to, logOf(to), indexOf(to)]) rmSync(left, { force: true });
  const fd = openSync(source, 'r');
  try {
    const isOwnLog = hasOwnLog(source, fd);
    // In the database's own place that is what a restore is asked to put right.
    if (!isOwnLog && source !== database) throw new FootfallError('CONFLICT', foreignLog(source));
    copyFileSync(source, to, constants.COPYFILE_EXCL);
    if (isOwnLog && existsSync(logOf(source)))
      copyFileSync(logOf(source), logOf(to), constants.COPYFILE_EXCL);
  } finally {
    closeSync(fd);
  }
}

/**
 * Gives the database that is there, and its log, another name. A second name comes before the first is taken: what is
 * interrupted half-way leaves a file with two names, which is not opened.
 */
function setAside(file: string, { aside, isOwnLog }: { aside: string; isOwnLog: boolean }): void {
  linkSync(file, aside);
  if (existsSync(logOf(file))) renameSync(logOf(file), isOwnLog ? logOf(aside) : `${aside}-foreign-log`);
  rmSync(indexOf(file), { force: true });
}

/**
 * Makes a copy one whole file, with a stamp of its own (`file-log.ts`), checks all of it and forces it to disk.
 * @param statements what else is done to it
 * @returns the page views that it counts
 */
async function finish(file: string, change: (driver: Driver.Database) => void): Promise<number> {
  if (statSync(file).size === 0) throw new FootfallError('CONFLICT', `${file} is empty.`);
  const views = await withDriver(file, async (driver): Promise<number> => {
    const reader = readerOf(driver);
    driver.exec('pragma journal_mode = delete'); // writes its log into it, if it has one
    await requireIntact(reader);
    await requireKnownTables(reader, 'allow');
    driver.exec('pragma journal_mode = memory');
    change(driver);
    driver.exec(`pragma user_version = ${asUserVersion(randomInt(2 ** 16, 2 ** 32))}`);
    const [stats] = await reader.batch(['select total_views from visitor_stats']);
    return Number(stats?.rows[0]?.['total_views']);
  });
  syncFile(file);
  return views;
}

function refuseExisting(path: string): void {
  if (existsSync(path))
    throw new FootfallError('CONFLICT', `${path} is there already, and is not overwritten.`);
}

async function withDriver<T>(file: string, work: (driver: Driver.Database) => T | Promise<T>): Promise<T> {
  const driver = new Driver(file);
  try {
    return await work(driver);
  } finally {
    driver.close();
  }
}

function readerOf(driver: Driver.Database): ReadConnection {
  return {
    batch: (statements) =>
      Promise.resolve(
        statements.map((statement) => ({
          columns: [],
          rows: driver.prepare(typeof statement === 'string' ? statement : statement.sql).all() as Row[],
          rowsAffected: 0,
        })),
      ),
  };
}

/** Forces a file, or the names in a folder, to disk. */
function syncFile(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
