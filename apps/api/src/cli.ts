/** `pnpm footfall <command>`: the command line; it reads the same configuration as the server. */
import { open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FootfallError, keysOf, monthsBefore, nearestName, sentenceOf, timesSchema } from '@footfall/core';
import {
  exportStore,
  migrateConnection,
  MIGRATIONS,
  openStore,
  readFolded,
  readLedger,
  readStartingNumbers,
  readSettings,
  repair,
  requireIntact,
  verify,
  type Connection,
  type ExportRange,
  type ImportProgress,
  type ImportRequest,
  type ImportStore,
  type StoredImport,
  type Store,
} from '@footfall/db';
import { MOST_STARTING, setStartingNumber } from '@footfall/trpc';
import { backUp, fileProblemOf, restore } from '@footfall/db/embedded';
import { offerSetupLink } from './account.ts';
import { ConfigError, readConfig, type Config, type DatabaseFile } from './config.ts';
import { cannotOpen, connect } from './connect.ts';
import { examine, findingText } from './doctor.ts';
import { exportZip } from './export.ts';
import { explanationOf } from './explanation.ts';
import { differencesTo, reportLines, requirePageViews } from './import-file.ts';
import { openImport } from './imports/open.ts';
import { seed } from './seed.ts';
import { withReader, requireFile } from './with-reader.ts';
import { answersHelp } from './usage.ts';
import { quantity } from './quantity.ts';

const USAGE = `pnpm footfall <command>

  doctor             checks the configuration, clock, port, proxy, disk and database, and reports problems
  migrate [name]     migrates the tables
  backup FILE        copies the database into a new file, even while a server is running
  restore FILE       replaces the database by a backup; stop the server first
  export FILE        writes all numbers into a ZIP, even while a server is running
  import [options]   takes over an export of Footfall or another counter, or takes it back
  starting-number    sets what the counter of a page, or of all, begins with
  verify [--repair]  recomputes every number from the stored page views and lists differences
  ledger [--days 7]  lists what was not counted, and why
  forget [options]   deletes old page views, or those of one visitor
  setup-link         makes a link to choose the owner's password
  seed [options]     adds a made-up history, for demos and benchmarks

  <command> --help   explains a command
  --version          shows the version

All commands take the same variables as the server (docs/configuration.md). Exit code: 0 on success, 1 if
something is wrong, 2 for an unknown command.`;

/** Usage and implementation of each command. */
const COMMANDS: Readonly<
  Record<string, { readonly usage: string; readonly run: (args: string[]) => Promise<void> }>
> = {
  doctor: {
    usage: `pnpm footfall doctor

Checks the configuration, the clock, the port, the proxy, the disk and its folder, the database file page by page,
and every number in it. Prints a line for each: what is fine, what you may want to know ("note"), what is wrong and how
to fix it. Changes nothing; a server may be running.

Exit code: 0 if nothing is wrong, otherwise 1.`,
    run: doctor,
  },
  migrate: {
    usage: `pnpm footfall migrate [name]

Migrates the tables up or down to a migration: to the newest without a name, to none with "nothing", which deletes every
number. The server migrates to the newest when it starts. With a database file: stop the server first.

Migrations: ${Object.keys(MIGRATIONS).join(', ')}`,
    run: migrate,
  },
  backup: {
    usage: `pnpm footfall backup FILE

Copies a consistent state of the database file into a new file, even while a server is running. The copy is checked, has
no separate write-ahead log, and none of the salts that visitors are hashed with. FILE must not exist.`,
    run: backup,
  },
  restore: {
    usage: `pnpm footfall restore FILE

Checks a backup, then replaces the database by a copy of it. The old database is renamed, not deleted. Stop the server
first.`,
    run: restoreBackup,
  },
  export: {
    usage: `pnpm footfall export FILE|- [--from 2026-01-01] [--to 2026-12-31]

Writes page views, visits, counts, ledger, settings, segments, annotations and starting numbers as CSV and JSON Lines into
one ZIP, for all time or some local days, even while a server is running. FILE must not exist; "-" is the standard output.
It has what visitors are distinguished by in the log, but no salts, passwords, keys or private links.`,
    run: exportNumbers,
  },
  import: {
    usage: `pnpm footfall import FILE [--run] [--older take|leave]
pnpm footfall import --list
pnpm footfall import --undo NUMBER

Says what a file would bring, and with --run takes it: what "pnpm footfall export" has written, or an export of another
counter (docs/importing.md). A run that was interrupted goes on when it is repeated, and nothing is counted twice. For 90
days an import can be repeated, and undone as a whole.
With a database file: stop the server first.

  --older take    takes page views that are older than RETENTION_MONTHS: they are stored for those 90 days, and their
                  numbers for good
  --older leave   leaves them out`,
    run: importNumbers,
  },
  'starting-number': {
    usage: `pnpm footfall starting-number [NUMBER] [--page /about]

Sets what the counter of a page, or without --page that of all pages, had before Footfall counted: it goes on from there, in
the widget and the badge, too. 0 takes it away. Without NUMBER: lists them. With a database file: stop the server first.`,
    run: startingNumber,
  },
  verify: {
    usage: `pnpm footfall verify [--repair]

Checks the database file page by page, recomputes every number from the stored page views, and lists those that
differ. Changes nothing; a server may be running.

--repair   corrects them; stop the server first`,
    run: verifyNumbers,
  },
  ledger: {
    usage: `pnpm footfall ledger [--days 7]

Lists what was not counted in the last days, how often and why, and which commits failed. Changes nothing; a server may
be running.`,
    run: ledger,
  },
  forget: {
    usage: `pnpm footfall forget [--visitor ID]

Deletes the page views and visits that are older than RETENTION_MONTHS; the server also does this regularly. The totals
that include them stay. With a database file: stop the server first.

  --visitor ID   deletes every page view and visit of one visitor instead, by the visitorId that the site sends: with
                 IDENTITY=device all of them, otherwise those of at most two days, as long as visitors can be recognised`,
    run: forget,
  },
  'setup-link': {
    usage: `pnpm footfall setup-link

Makes a link on which the owner chooses a password, for the first time or because it was forgotten. It is valid once, for
30 minutes, and takes the place of the one before. All sessions end with the new password, and so does a second factor. Without a password a start
prints such a link, too. On a file: stop the server first, and start it again for the link.`,
    run: setupLink,
  },
  seed: {
    usage: `pnpm footfall seed [options]

Generates a history and adds it to the numbers, for demos and benchmarks.

  --days 90 --views 100000 --pages 500 --visitors 5000 --seed 1`,
    run: addHistory,
  },
};

/** How often the progress of an import is shown, in milliseconds. */
const PROGRESS_MS = 200;

/** How often, and how far apart in milliseconds, it is checked whether a running server has folded everything. */
const FOLD_TRIES = 40;
const FOLD_TRY_MS = 250;

/** No visitor waits for these calls, so they may take longer, in milliseconds. */
const CALL_MS = 10_000;

/** Ten years. */
const LONGEST_DAYS = 3_660;

/** The largest history that can be generated: pages and visitors are held in memory. */
const LARGEST = {
  days: LONGEST_DAYS,
  views: 999_999_999,
  pages: 1_000_000,
  visitors: 10_000_000,
  seed: 999_999_999,
};

const [command = '--help', ...args] = process.argv.slice(2);
const known = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;

try {
  if (known !== undefined) {
    if (!answersHelp(args, known.usage)) await known.run(args);
  } else if (command === 'help' || answersHelp([command], USAGE)) {
    if (command === 'help') console.log(COMMANDS[args[0] ?? '']?.usage ?? USAGE);
  } else {
    const meant = nearestName(command, Object.keys(COMMANDS));
    console.error(
      `"${command}" is unknown${meant === undefined ? '' : `: did you mean ${meant}?`}\n\n${USAGE}`,
    );
    process.exitCode = 2;
  }
} catch (error) {
  console.error(explanationOf(error) ?? error);
  process.exitCode = 1;
  // An orderly exit would make SQLite write its log into a file that was overwritten.
  if (fileProblemOf(error)?.code === 'FILE_OVERWRITTEN') process.kill(process.pid, 'SIGKILL');
}

async function doctor(options: string[]): Promise<void> {
  read(options, {});
  let wrong = 0;
  for await (const finding of examine(process.env, Date.now())) {
    console.log(findingText(finding));
    if (finding.is === 'wrong') wrong += 1;
  }
  const things = wrong === 1 ? 'One thing is' : `${wrong} things are`;
  console.log(`\n${wrong === 0 ? 'Nothing is wrong.' : `${things} wrong.`}`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function backup(options: string[]): Promise<void> {
  const to = pathIn(options);
  const database = databaseFile();
  requireFile(database);
  const { views } = await backUp(database.path, to);
  console.log(`${to} has ${quantity(views, 'page view')}.`);
}

async function restoreBackup(options: string[]): Promise<void> {
  const from = pathIn(options);
  const { path } = databaseFile();
  const { views, aside } = await restore(path, from);
  console.log(`${path} has ${quantity(views, 'page view')} now.`);
  if (aside !== undefined) console.log(`The old database is ${aside}`);
}

/** The single path argument of a command. */
function pathIn(options: string[]): string {
  const [path] = read(options, {}, 1).positionals;
  if (path === undefined) throw new ConfigError('FILE is missing.');
  return path;
}

function databaseFile(): DatabaseFile {
  const { database } = readConfig();
  if (database.kind === 'file') return database;
  throw new ConfigError('DATABASE_URL is a server: back it up and restore it there.');
}

async function exportNumbers(options: string[]): Promise<void> {
  const { values, positionals } = read(options, { from: { type: 'string' }, to: { type: 'string' } }, 1);
  const [path] = positionals;
  if (path === undefined) throw new ConfigError('FILE is missing.');
  const { data: range, error } = timesSchema.safeParse(values);
  if (range === undefined) throw new ConfigError(sentenceOf(error));
  const config = readConfig();
  await foldRest(config);
  await withReader(config, async (reader) => {
    const stored = await readSettings(reader);
    const { site } = config.ownerSettings.siteWith(stored.values);
    const open = (hours?: ExportRange) => exportStore(reader, hours);
    const pieces = await exportZip({ open, site, now: Date.now(), range });
    if (path === '-') await pipeline(pieces, process.stdout, { end: false });
    else await writeNew(path, pieces);
  });
  if (path !== '-')
    console.log(`${path} has everything${(values['from'] ?? values['to']) ? ' of that time' : ''}.`);
}

async function importNumbers(options: string[]): Promise<void> {
  const { values, positionals } = read(
    options,
    {
      run: { type: 'boolean', default: false },
      older: { type: 'string' },
      list: { type: 'boolean', default: false },
      undo: { type: 'string' },
    },
    1,
  );
  const { older, undo } = values;
  if (older !== undefined && older !== 'take' && older !== 'leave')
    throw new ConfigError('--older must be take or leave.');
  const config = readConfig();
  if (values.list === true || typeof undo === 'string') {
    await withImports(config, async (imports) => {
      if (typeof undo === 'string') {
        const erased = await imports.undo(wholeNumber('undo', undo, 999_999_999), Date.now());
        console.log(`Undone: ${quantity(erased, 'page view')}.`);
      } else {
        const listed = await imports.list();
        for (const each of listed) {
          const { id, title, beganAt, pageViews } = each;
          const columns = [id, timeOf(beganAt), title, quantity(pageViews, 'page view'), stateOf(each)];
          console.log(columns.join('\t'));
        }
        if (listed.length === 0) console.log('Nothing was imported.');
      }
    });
    return;
  }
  const [path] = positionals;
  if (path === undefined) throw new ConfigError('FILE is missing.');
  await withImports(config, async (imports, store) => {
    const ownerSettings = () => config.ownerSettings.siteWith(store.settings.current()?.values ?? {});
    const { site } = ownerSettings();
    const { timeZone } = site.calendar;
    const opened = await openImport(path, { site, now: Date.now() });
    try {
      requirePageViews(opened.file);
      const request: ImportRequest = {
        file: opened.file,
        site: () => ownerSettings().site,
        keptFrom: () => {
          const { retentionMonths, site: now } = ownerSettings();
          if (retentionMonths === 0) return undefined;
          return now.calendar.momentOf(monthsBefore(Date.now(), retentionMonths)).day;
        },
        older,
        now: Date.now,
        onProgress: progressOn(process.stderr),
      };
      const report = values.run === true ? await imports.run(request) : await imports.plan(request);
      for (const line of reportLines(report)) console.log(line);
      const isEmpty = store.settings.current()?.isEmpty === true;
      if (opened.manifest !== undefined && (values.run === true || !isEmpty)) {
        for (const line of differencesTo(opened.manifest, { ...site, timeZone })) console.log(line);
      }
      if (values.run !== true) console.log('Nothing was changed: repeat it with --run.');
    } finally {
      opened.close();
    }
  });
}

/** What became of an import. */
function stateOf({ finishedAt, isUndone }: StoredImport): string {
  if (isUndone) return 'undone in part: repeat the undo';
  return finishedAt === undefined ? 'not complete: repeat it' : 'complete';
}

/** Shows how far an import is, where a person looks. */
function progressOn(stream: NodeJS.WriteStream): (progress: ImportProgress) => void {
  const began = performance.now();
  let shownAt = began;
  return ({ rows, of }) => {
    const now = performance.now();
    if (!stream.isTTY || now - shownAt < PROGRESS_MS) return;
    shownAt = now;
    const left = Math.ceil((((now - began) / rows) * (of - rows)) / 1000);
    stream.write(`\r${Math.floor((100 * rows) / of)} %, ${left} s left   `);
  };
}

async function withImports(
  { fixedTimeoutMs: sessionTimeoutMs, newValuesPerHour }: Config,
  work: (imports: ImportStore, store: Store) => Promise<void>,
): Promise<void> {
  await connected(async (connection) => {
    const store = await openStore(connection, { sessionTimeoutMs, newValuesPerHour, importPause: 0 });
    if (store.imports !== undefined) await work(store.imports, store);
  }).catch((error: unknown) => {
    const isRunning = error instanceof FootfallError && error.message.startsWith('Another Footfall has');
    if (!isRunning) throw error;
    const hint = 'Or import the file at its /admin/import, while it runs.';
    throw new FootfallError(error.code, `${error.message} ${hint}`, { cause: error });
  });
}

async function startingNumber(options: string[]): Promise<void> {
  const { values, positionals } = read(options, { page: { type: 'string' } }, 1);
  const [text] = positionals;
  const config = readConfig();
  const { page } = values;
  if (text === undefined) {
    const listed = await withReader(config, (reader) => readStartingNumbers(reader));
    for (const one of listed) console.log(`${one.number}\t${one.page ?? '(total)'}`);
    if (listed.length === 0) console.log('There are no starting numbers.');
    return;
  }
  if (!/^\d{1,13}$/.test(text) || Number(text) > MOST_STARTING)
    throw new ConfigError(`NUMBER must be a whole number from 0 to ${MOST_STARTING.toLocaleString('en')}.`);
  await connected(async (connection) => {
    const store = await openStore(connection, { sessionTimeoutMs: config.fixedTimeoutMs });
    const { site } = config.ownerSettings.siteWith(store.settings.current()?.values ?? {});
    const given = typeof page === 'string' ? { page } : {};
    const set = await setStartingNumber({ ...given, number: Number(text) }, { store, site, now: Date.now });
    const { count } = await store.count(set.page);
    console.log(`${set.page ?? 'The total'} is ${count} now.`);
  });
}

/** Folds what a server that was stopped hard has left; one that runs does it itself. */
async function foldRest(config: Config): Promise<void> {
  const { appended } = await withReader(config, readFolded);
  for (let tries = 0; tries < FOLD_TRIES; tries += 1) {
    if ((await withReader(config, readFolded)).folded >= appended) return;
    await sleep(FOLD_TRY_MS);
  }
  await connected(async (connection) => {
    const { fixedTimeoutMs: sessionTimeoutMs, newValuesPerHour } = config;
    await openStore(connection, { sessionTimeoutMs, newValuesPerHour });
  });
}

/** Writes a file that is not there yet, and leaves nothing of it where that fails. */
async function writeNew(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new FootfallError('CONFLICT', `${path} is there already, and is not overwritten.`);
  });
  try {
    for await (const piece of pieces) await file.writeFile(piece);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function migrate(options: string[]): Promise<void> {
  const { positionals } = read(options, {}, 1);
  const [target] = positionals;
  if (target !== undefined && target !== 'nothing' && MIGRATIONS[target] === undefined) {
    throw new ConfigError(`Migration "${target}" does not exist.`);
  }
  const { fixedTimeoutMs: sessionTimeoutMs, newValuesPerHour } = readConfig();
  await connected(async (connection) => {
    const ran = await migrateConnection(connection, target, { sessionTimeoutMs, newValuesPerHour });
    console.log(ran.length === 0 ? 'Nothing to do.' : ran.join('\n'));
  });
}

async function verifyNumbers(options: string[]): Promise<void> {
  const { values } = read(options, { repair: { type: 'boolean', default: false } });
  const config = readConfig();
  const differences = await withReader(config, async (reader) => {
    if (config.database.kind === 'file') await requireIntact(reader);
    return verify(reader);
  });
  for (const { table, row, column, stored, expected } of differences) {
    console.log(`${table} ${row}: ${column} is ${stored}, and should be ${expected}`);
  }
  for (const { page, number } of await withReader(config, (reader) => readStartingNumbers(reader))) {
    console.log(
      `${page ?? 'The total'} begins with the starting number ${number}, which was not counted here.`,
    );
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
  const left = await withReader(config, verify);
  console.log(left.length === 0 ? 'Corrected.' : `${left.length} still differ.`);
  process.exitCode = left.length === 0 ? 0 : 1;
}

async function ledger(options: string[]): Promise<void> {
  const { values } = read(options, { days: { type: 'string', default: '7' } });
  const config = readConfig();
  const stored = await withReader(config, readSettings).catch(() => undefined); // tables of an older version
  const { calendar } = config.ownerSettings.siteWith(stored?.values ?? {}).site;
  const dates = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone: calendar.timeZone });
  const dayOf = (day: number): string => dates.format(new Date(day));
  let day = calendar.momentOf(Date.now()).day;
  for (let days = wholeNumber('days', String(values['days']), LONGEST_DAYS); days > 1; days -= 1)
    day = calendar.previousDay(day);
  const { notCounted, failures } = await withReader(config, (reader) => readLedger(reader, day));
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
  const { ownerSettings, database, ...config } = readConfig();
  requireFile(database);
  const now = Date.now();
  await connected(async (connection) => {
    const store = await openStore(connection, { sessionTimeoutMs: config.fixedTimeoutMs });
    const { site, retentionMonths } = ownerSettings.siteWith(store.settings.current()?.values ?? {});
    const { calendar, name } = site;
    if (typeof visitorId === 'string') {
      const today = calendar.momentOf(now).day;
      const salts = await store.salts({ today, previous: calendar.previousDay(today), now });
      const browser = { site: name, visitorId, address: '', userAgent: '' };
      const { visits, pageViews } = await store.forgetVisitors(keysOf(browser, salts));
      console.log(
        `Deleted: ${quantity(pageViews, 'page view')} of ${quantity(visits, 'visit')}.` +
          (site.identity === 'device'
            ? ''
            : ' Without IDENTITY=device a visitor cannot be recognised for longer than two days.'),
      );
    } else if (retentionMonths === 0) {
      console.log('RETENTION_MONTHS is 0: nothing is deleted by age.');
    } else {
      const before = calendar.momentOf(monthsBefore(now, retentionMonths)).day;
      while (await store.forgetBefore(before));
      console.log(`All page views and visits before ${new Date(before).toISOString()} are deleted.`);
    }
  });
}

async function setupLink(options: string[]): Promise<void> {
  read(options, {});
  const { adminPassword, publicUrl, fixedTimeoutMs: sessionTimeoutMs, newValuesPerHour } = readConfig();
  if (adminPassword !== undefined)
    throw new ConfigError(
      'ADMIN_PASSWORD is set, and is the password. Unset it to choose one by a link, which ends a second factor, too.',
    );
  await connected(async (connection) => {
    const store = await openStore(connection, { sessionTimeoutMs, newValuesPerHour });
    const link = await offerSetupLink(store.owner, { publicUrl, now: Date.now() });
    console.log(`Choose the owner’s password within 30 minutes at ${link}`);
    if ((await store.owner.password()) === undefined)
      console.log(
        'If Footfall starts before that, it prints a newer link, which takes the place of this one.',
      );
  });
}

async function addHistory(options: string[]): Promise<void> {
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
  const { ownerSettings, fixedTimeoutMs, newValuesPerHour } = readConfig();
  const began = performance.now();
  await connected(async (connection) => {
    const store = await openStore(connection, {
      sessionTimeoutMs: fixedTimeoutMs,
      newValuesPerHour: Math.max(newValuesPerHour, size.pages),
      capacity: Infinity,
    });
    const { site } = ownerSettings.siteWith(store.settings.current()?.values ?? {});
    const made = { ...size, until: Date.now() };
    await seed(store, { ...made, ...site, timeoutMs: site.sessionTimeoutMs });
    const { count } = await store.count();
    const seconds = (performance.now() - began) / 1000;
    console.log(`${quantity(count, 'page view')} now, after ${seconds.toFixed(0)} s.`);
  });
}

function wholeNumber(name: string, text: string, most: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0 || Number(text) > most)
    throw new ConfigError(`--${name} must be a whole number from 1 to ${most.toLocaleString('en')}.`);
  return Number(text);
}

/**
 * Parses the arguments of a command.
 * @param names how many positional arguments it takes
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

/** Runs work on the store, which must not be open elsewhere. */
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
