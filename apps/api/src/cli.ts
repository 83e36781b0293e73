/** `pnpm footfall <command>`: the command line, on the same configuration as the server. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FootfallError, keysOf, monthsBefore } from '@footfall/core';
import { history } from '@footfall/core/history';
import {
  explain,
  migrateConnection,
  MIGRATIONS,
  openStore,
  readLedger,
  repair,
  requireIntact,
  requireKnownTables,
  verify,
  type Connection,
  type Reader,
  type Store,
} from '@footfall/db';
import { backUp, fileProblemOf, fileReader, restore } from '@footfall/db/embedded';
import { ConfigError, readConfig, type Config, type DatabaseFile } from './config.ts';
import { cannotOpen, connect } from './connect.ts';

const USAGE = `pnpm footfall <command>

  migrate [name]     brings the tables to a migration, up or down; to the newest without a name, to none with
                     "nothing" (which deletes every number)
  backup FILE        copies the database file as it is now into a new file; beside a running server, too
  restore FILE       puts a backup in the database's place, which is kept beside it; stop the server first
  verify [--repair]  reckons every number again from the page views that are kept, and says which differ; reads beside
                     a running server. --repair puts them right: stop the server first
  ledger [--days 7]  what was not counted on the last days, and why, and which commits failed; reads beside a running
                     server
  forget             deletes the page views and visits that are past RETENTION_MONTHS; a server does it by itself
  forget --visitor ID
                     deletes every page view and visit that can be told to be by the visitor whom a site reports with
                     this visitorId: with IDENTITY=device all, else those of the last two days at most. On a file: stop
                     the server first. What they were counted as stays, either way
  seed [options]     makes up a history, for demos and benchmarks, and adds it to the numbers:
                     --days 90 --views 100000 --pages 500 --visitors 5000 --seed 1

Migrations: ${Object.keys(MIGRATIONS).join(', ')}`;

/** Nobody's answer waits for what is done here: a call may take its time, in milliseconds. */
const CALL_MS = 10_000;
const VERIFY_MS = 60 * 60 * 1000;

/** Ten years. */
const LONGEST_DAYS = 3_660;

/** The largest history that can be made up: pages and visitors are held in memory. */
const LARGEST = {
  days: LONGEST_DAYS,
  views: 999_999_999,
  pages: 1_000_000,
  visitors: 10_000_000,
  seed: 999_999_999,
};

/** Reports of a made-up history in one commit. */
const SEED_COMMIT = 1_000;

const [command, ...args] = process.argv.slice(2);
const isHelp = [undefined, 'help', '--help', '-h'].includes(command) || args.includes('--help');

try {
  if (isHelp) console.log(USAGE);
  else if (command === 'migrate') await migrate(args);
  else if (command === 'backup') await backup(args);
  else if (command === 'restore') await restoreBackup(args);
  else if (command === 'verify') await verifyNumbers(args);
  else if (command === 'ledger') await ledger(args);
  else if (command === 'forget') await forget(args);
  else if (command === 'seed') await seed(args);
  else {
    console.error(USAGE);
    process.exitCode = 2;
  }
} catch (error) {
  console.error(sentenceOf(error));
  process.exitCode = 1;
  // At an orderly end SQLite would write its log into a file that was overwritten.
  if (fileProblemOf(error)?.code === 'FILE_OVERWRITTEN') process.kill(process.pid, 'SIGKILL');
}

/** What an owner can put right, in a sentence; anything else is a bug and keeps its stack. */
function sentenceOf(error: unknown): unknown {
  const problem = fileProblemOf(error);
  if (problem !== undefined) return problem.message;
  const isExplained = error instanceof ConfigError || error instanceof FootfallError;
  if (isExplained && !('code' in error && error.code === 'SERVICE_UNAVAILABLE')) return error.message;
  const meaning = explain(error);
  if (meaning !== undefined) return `DATABASE_URL: ${meaning}`;
  return isExplained ? error.message : error;
}

async function backup(options: string[]): Promise<void> {
  const to = pathIn(options);
  const database = databaseFile();
  requireFile(database);
  const { views } = await backUp(database.path, to);
  console.log(`${to} has ${views.toLocaleString('en')} page views.`);
}

async function restoreBackup(options: string[]): Promise<void> {
  const from = pathIn(options);
  const { path } = databaseFile();
  const { views, aside } = await restore(path, from);
  console.log(`${path} has ${views.toLocaleString('en')} page views now.`);
  if (aside !== undefined) console.log(`What was there before is in ${aside}`);
}

/** The one path that a command takes. */
function pathIn(options: string[]): string {
  const [path] = read(options, {}, 1).positionals;
  if (path === undefined) throw new ConfigError('Name a FILE.');
  return path;
}

function databaseFile(): DatabaseFile {
  const { database } = readConfig();
  if (database.kind === 'file') return database;
  throw new ConfigError('DATABASE_URL names a server: back it up and restore it there.');
}

async function migrate(options: string[]): Promise<void> {
  const { positionals } = read(options, {}, 1);
  const [target] = positionals;
  if (target !== undefined && target !== 'nothing' && MIGRATIONS[target] === undefined) {
    throw new ConfigError(`There is no migration "${target}".`);
  }
  const { site, newValuesPerHour } = readConfig();
  const { sessionTimeoutMs } = site;
  await connected(async (connection) => {
    const ran = await migrateConnection(connection, target, { sessionTimeoutMs, newValuesPerHour });
    console.log(ran.length === 0 ? 'Nothing to do.' : ran.join('\n'));
  });
}

async function verifyNumbers(options: string[]): Promise<void> {
  const { values } = read(options, { repair: { type: 'boolean', default: false } });
  const differences = await reading(async (reader) => {
    if (readConfig().database.kind === 'file') await requireIntact(reader);
    return verify(reader);
  });
  for (const { table, row, column, stored, expected } of differences) {
    console.log(`${table} ${row}: ${column} is ${stored}, and should be ${expected}`);
  }
  if (differences.length === 0) {
    console.log('All numbers agree with the page views.');
    return;
  }
  if (values.repair !== true) {
    process.exitCode = 1;
    return;
  }
  await connected(repair);
  const left = await reading(verify);
  console.log(left.length === 0 ? 'Put right.' : `${left.length} still differ.`);
  process.exitCode = left.length === 0 ? 0 : 1;
}

async function ledger(options: string[]): Promise<void> {
  const { values } = read(options, { days: { type: 'string', default: '7' } });
  const { calendar } = readConfig().site;
  const dates = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone: calendar.timeZone });
  const dayOf = (day: number): string => dates.format(new Date(day));
  let day = calendar.momentOf(Date.now()).day;
  for (let days = wholeNumber('days', String(values['days']), LONGEST_DAYS); days > 1; days -= 1)
    day = calendar.previousDay(day);
  const { notCounted, failures } = await reading((reader) => readLedger(reader, day));
  for (const line of notCounted) {
    console.log([dayOf(line.day), line.reports, line.reason, line.detail].join('\t').trimEnd());
  }
  for (const { failedAt, reports, error } of failures) {
    console.log(`${timeOf(failedAt)}\t${reports}\tcommit failed, sent again\t${error}`);
  }
  if (notCounted.length + failures.length === 0) console.log('Everything was counted.');
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}

async function forget(options: string[]): Promise<void> {
  const { values } = read(options, { visitor: { type: 'string' } });
  const visitorId = values['visitor'];
  const { site, retentionMonths, database } = readConfig();
  requireFile(database);
  const { calendar, name } = site;
  const now = Date.now();
  await connected(async (connection) => {
    const store = await openStore(connection, { sessionTimeoutMs: site.sessionTimeoutMs });
    if (typeof visitorId === 'string') {
      const today = calendar.momentOf(now).day;
      const salts = await store.salts({ today, previous: calendar.previousDay(today), now });
      const browser = { site: name, visitorId, address: '', userAgent: '' };
      const { visits, pageViews } = await store.forgetVisitors(keysOf(browser, salts));
      console.log(
        `Deleted: ${pageViews.toLocaleString('en')} page views of ${visits.toLocaleString('en')} visits.` +
          (site.identity === 'device'
            ? ''
            : ' Nobody can be told from others for longer than two days here.'),
      );
    } else if (retentionMonths === 0) {
      console.log('RETENTION_MONTHS is 0: everything is kept.');
    } else {
      const before = calendar.momentOf(monthsBefore(now, retentionMonths)).day;
      while (await store.forgetBefore(before));
      console.log(`Nothing of before ${new Date(before).toISOString()} is left.`);
    }
  });
}

async function seed(options: string[]): Promise<void> {
  const { values } = read(options, {
    days: { type: 'string', default: '90' },
    views: { type: 'string', default: '100000' },
    pages: { type: 'string', default: '500' },
    visitors: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
  });
  const size = Object.fromEntries(
    Object.entries(LARGEST).map(([name, most]) => [name, wholeNumber(name, String(values[name]), most)]),
  ) as Record<keyof typeof LARGEST, number>;
  const { site, newValuesPerHour } = readConfig();
  const began = performance.now();
  await connected(async (connection) => {
    const store = await openStore(connection, {
      sessionTimeoutMs: site.sessionTimeoutMs,
      newValuesPerHour: Math.max(newValuesPerHour, size.pages),
      capacity: Infinity,
    });
    const made = { ...size, until: Date.now() };
    let last: Promise<unknown> = Promise.resolve();
    for (const day of history({ ...made, ...site, timeoutMs: site.sessionTimeoutMs })) {
      for (let at = 0; at < day.length; at += SEED_COMMIT) {
        const next = store.addAll(day.slice(at, at + SEED_COMMIT));
        next.catch(() => {}); // where the one before it fails, it says so
        await last; // one commit is prepared while another is under way
        last = next;
      }
    }
    await last;
    await foldAll(store);
    const { count } = await store.count();
    const seconds = (performance.now() - began) / 1000;
    console.log(`${count.toLocaleString('en')} page views now, after ${seconds.toFixed(0)} s.`);
  });
}

/** Folds what was added into visits and statistics; what cannot be folded now is folded at the next start. */
async function foldAll(store: Store): Promise<void> {
  for (let left = Infinity; store.unfolded().events > 0 && store.unfolded().events < left;) {
    left = store.unfolded().events;
    await store.fold();
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0 || Number(text) > most)
    throw new ConfigError(`--${name} must be a whole number from 1 to ${most.toLocaleString('en')}.`);
  return Number(text);
}

/**
 * Reads what stands behind a command.
 * @param names how many names it takes besides its options
 */
function read(options: string[], known: NonNullable<Parameters<typeof parseArgs>[0]>['options'], names = 0) {
  try {
    const parsed = parseArgs({ args: options, options: known ?? {}, strict: true, allowPositionals: true });
    if (parsed.positionals.length <= names) return parsed;
    throw new Error(`Unexpected argument '${parsed.positionals[names]}'`);
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message.split('.')[0] + '.' : String(error));
  }
}

/** A mistyped path is not taken for an empty database. */
function requireFile(database: Config['database']): void {
  if (database.kind === 'file' && !existsSync(database.path)) {
    throw new ConfigError(`DATABASE_URL: there is no file ${database.path}.`);
  }
}

/** Does something with the store, which must not be open elsewhere. */
async function connected(work: (connection: Connection) => Promise<void>): Promise<void> {
  const config = readConfig();
  const connection = await connect(config, { deadlineMs: CALL_MS });
  try {
    await work(connection).catch((error: unknown) => {
      throw cannotOpen(error, config.database);
    });
  } finally {
    await connection.close();
  }
}

/** Reads, beside a running server too, what this version made. */
async function reading<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
  const config: Config = readConfig();
  const { database } = config;
  const checked = async (reader: Reader): Promise<T> => {
    await requireKnownTables(reader);
    return work(reader);
  };
  if (database.kind === 'server') {
    const connection = await connect(config, { deadlineMs: VERIFY_MS });
    return checked(connection.reader).finally(() => connection.close());
  }
  requireFile(database);
  const reader = fileReader(database.path, VERIFY_MS);
  return checked(reader).finally(() => reader.close());
}
