/** `pnpm footfall doctor`: checks what can be wrong in and around an installation, and suggests fixes. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { requireClock } from '@footfall/core';
import { explain, requireIntact, requireWritable, verify } from '@footfall/db';
import { hasCertainProxy } from './app.ts';
import { ConfigError, readConfig, VARIABLES, type Config, type DatabaseFile } from './config.ts';
import { connect, databaseLocation } from './connect.ts';
import { explanationOf } from './explanation.ts';
import { openLocations } from './location.ts';
import { requirePort } from './port.ts';
import { quantity } from './quantity.ts';
import { withReader } from './with-reader.ts';
import { openSpamFilter } from './spam-list.ts';

/** The result of one check. A note is not an error, but possibly not what the owner wants. */
export interface Finding {
  readonly about: string;
  readonly is: 'fine' | 'note' | 'wrong';
  readonly text: string;
}

/** Free disk space in bytes: below the first there is a problem, below the second there soon will be. */
const MIN_FREE_BYTES = 50 * 2 ** 20;
const LOW_FREE_BYTES = 500 * 2 ** 20;

/** How far the newest page view may be ahead of this machine's clock, in milliseconds: clocks differ a little. */
const MAX_CLOCK_SKEW_MS = 5 * 60 * 1000;

/** How long to wait for a server, in milliseconds. */
const ANSWER_MS = 3_000;
const STORE_MS = 10_000;

/** Maximum number of differences that are listed; `verify` lists all. */
const LISTED = 3;

const fine = (about: string, text: string): Finding => ({ about, is: 'fine', text });
const note = (about: string, text: string): Finding => ({ about, is: 'note', text });
const wrong = (about: string, text: string): Finding => ({ about, is: 'wrong', text });

/**
 * Examines the configuration and everything it refers to, one check after the other. Nothing is changed, and a server may
 * be running.
 * @param now epoch milliseconds
 */
export async function* examine(environment: NodeJS.ProcessEnv, now: number): AsyncGenerator<Finding> {
  yield clock(now);
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield wrong('Configuration', error.message);
    return;
  }
  yield* configuration(config, environment);
  const isRunning = await answers(localUrl(config));
  yield* address(config, isRunning);
  const { database } = config;
  const isStore = database.kind === 'file' ? yield* file(database) : yield* server(config);
  if (isStore) yield* numbers(config, now);
}

function clock(now: number): Finding {
  try {
    requireClock(now);
  } catch (error) {
    return wrong('Clock', `${(error as Error).message} Set it, by NTP if you can.`);
  }
  return fine('Clock', `${new Date(now).toISOString()}.`);
}

async function* configuration(config: Config, environment: NodeJS.ProcessEnv): AsyncGenerator<Finding> {
  const set = Object.keys(VARIABLES).filter((name) => (environment[name] ?? '') !== '');
  yield fine(
    'Configuration',
    set.length === 0 ? 'no variable is set: the defaults apply.' : `${set.join(', ')}.`,
  );
  const files: readonly (readonly [name: string, read: () => Promise<unknown>])[] = [
    ['GEOIP_DATABASE', () => openLocations(config.geoipDatabase)],
    ['SPAM_REFERRERS', () => openSpamFilter(config.spamReferrers)],
  ];
  for (const [name, read] of files) {
    try {
      await read();
    } catch (error) {
      yield wrong(name, explanationOf(error) ?? (error instanceof Error ? error.message : String(error)));
    }
  }
  if (config.settings.hosts.length === 0)
    yield note(
      'SITE_HOSTS',
      'is empty: pages of any site are counted. Name your own, such as SITE_HOSTS=example.com.',
    );
  if (config.adminPassword === undefined)
    yield note(
      'ADMIN_PASSWORD',
      'is not set: the owner signs in with the password chosen on the setup link. “npm run footfall -- setup-link” makes a new one.',
    );
  if (!config.site.trackingEnabled) yield note('TRACKING_ENABLED', 'is false: nothing is counted.');
}

/** The address of this configuration's server on this machine. */
function localUrl({ host, port }: Config): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Whether a Footfall server responds at an address. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, {
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: 'manual',
    });
    return response.ok && ((await response.json()) as { status?: unknown }).status === 'up';
  } catch {
    return false;
  }
}

async function* address(config: Config, isRunning: boolean): AsyncGenerator<Finding> {
  const { publicUrl, isProxyConfigured } = config;
  if (isRunning) yield fine('Server', `a Footfall server responds at ${localUrl(config)}.`);
  else {
    try {
      await requirePort(config);
      yield note('Server', `none is running at ${localUrl(config)}; the port is free.`);
    } catch (error) {
      yield wrong('Server', explanationOf(error) ?? String(error));
    }
  }
  if (isProxyConfigured) yield fine('Proxy', 'CLIENT_IP_HEADER and TRUSTED_PROXIES are set.');
  else if (hasCertainProxy(config)) {
    yield wrong(
      'Proxy',
      'PUBLIC_URL is https, so there must be a proxy in front of Footfall, and all visitors appear to have its address. ' +
        'Set CLIENT_IP_HEADER (such as X-Forwarded-For) and TRUSTED_PROXIES (the address of the proxy).',
    );
  } else yield fine('Proxy', 'none is configured, and plain http needs none.');
  if (!isRunning || publicUrl === localUrl(config)) return;
  if (await answers(publicUrl)) yield fine('PUBLIC_URL', `${publicUrl} is a Footfall server.`);
  else
    yield note(
      'PUBLIC_URL',
      `${publicUrl} does not respond as a Footfall server from this machine. If it does not from other machines either, check the proxy and the DNS.`,
    );
}

/** @returns whether there is a readable file */
function* file({ path }: DatabaseFile): Generator<Finding, boolean> {
  const at = resolve(path);
  const folder = existing(dirname(at));
  const exists = existsSync(at);
  if (exists && statSync(at).isDirectory()) {
    yield wrong(
      'Database',
      `DATABASE_URL: ${at} is a folder. Name a file in it, such as ${join(at, 'footfall.db')}.`,
    );
    return false;
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const size = exists ? statSync(at).size : 0;
  const left = `${megabytes(free)} free at ${folder}`;
  if (free < MIN_FREE_BYTES)
    yield wrong('Disk', `only ${left}: free some space, or page views will soon be refused.`);
  else if (free < LOW_FREE_BYTES || free < 2 * size)
    yield note('Disk', `${left}; the database has ${megabytes(size)}, and a backup needs the same.`);
  else yield fine('Disk', `${left}.`);

  const reason = whyNotWritable(folder) ?? (exists ? whyNotOpened(at) : undefined);
  if (reason !== undefined)
    yield wrong(
      'Folder',
      `${folder}: ${reason} The user that runs Footfall must own it and the files in it.`,
    );
  else yield fine('Folder', `${folder} is writable.`);
  if (!exists) yield note('Database', `${at} does not exist yet: the first start creates it.`);
  return exists;
}

/** The nearest existing folder: missing ones are created at the start. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

/** Tries to write: root has the permission by name even on a read-only disk. */
function whyNotWritable(folder: string): string | undefined {
  const trial = join(folder, `.footfall-doctor-${process.pid}`);
  try {
    closeSync(openSync(trial, 'wx'));
    rmSync(trial);
    return;
  } catch (error) {
    return explain(error) ?? (error as Error).message;
  }
}

function whyNotOpened(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return;
  } catch (error) {
    return explain(error) ?? (error as Error).message;
  }
}

/** @returns whether the server responds */
async function* server(config: Config): AsyncGenerator<Finding, boolean> {
  const location = databaseLocation(config.database);
  const connection = await connect(config, { deadlineMs: STORE_MS });
  try {
    await connection.reader.batch(['select 1']);
    const [tables] = await connection.reader.batch([
      "select 1 from sqlite_master where name = 'visitor_stats'",
    ]);
    if (tables?.rows.length === 0) {
      yield note('Database', `${location} responds and has no tables yet: the first start creates them.`);
      return false;
    }
    await requireWritable(connection);
    yield fine('Database', `${location} responds and is writable.`);
    return true;
  } catch (error) {
    yield wrong('Database', `${location}: ${explanationOf(error) ?? String(error)}`);
    return false;
  } finally {
    await connection.close();
  }
}

/** Checks the content of the store: its integrity, its sums, and its timestamps. */
async function* numbers(config: Config, now: number): AsyncGenerator<Finding> {
  try {
    const { differences, views, newest } = await withReader(config, async (reader) => {
      if (config.database.kind === 'file') await requireIntact(reader);
      const [stats] = await reader.batch(['select total_views, last_updated_at from visitor_stats']);
      const row = stats?.rows[0];
      return {
        differences: await verify(reader),
        views: Number(row?.['total_views'] ?? 0),
        newest: Number(row?.['last_updated_at'] ?? 0),
      };
    });
    yield fine(
      'Database',
      `${databaseLocation(config.database)} is intact and has ${quantity(views, 'page view')}.`,
    );
    if (newest > now + MAX_CLOCK_SKEW_MS)
      yield wrong(
        'Clock',
        `the newest page view is of ${new Date(newest).toISOString()}, which is in the future: this clock is slow now, or was fast before. Set it by NTP.`,
      );
    if (differences.length === 0) yield fine('Numbers', 'all agree with the page views.');
    else {
      const shown = differences
        .slice(0, LISTED)
        .map(
          ({ table, row, column, stored, expected }) =>
            `${table} ${row}: ${column} is ${stored}, and should be ${expected}`,
        );
      yield wrong(
        'Numbers',
        `${differences.length} differ from the page views. Stop Footfall and run "pnpm footfall verify --repair".\n${shown.join('\n')}`,
      );
    }
  } catch (error) {
    const sentence = explanationOf(error);
    if (sentence === undefined) throw error;
    // The next start migrates older tables.
    yield sentence.includes('older Footfall') ? note('Database', sentence) : wrong('Database', sentence);
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MB`;

const MARKS = { fine: 'fine ', note: 'note ', wrong: 'WRONG' } as const;

/** A finding as printed; further lines are indented. */
export function findingText({ about, is, text }: Finding): string {
  return `${MARKS[is]}  ${about}: ${text.replaceAll('\n', '\n       ')}`;
}
