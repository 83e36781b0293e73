/** `pnpm footfall doctor`: looks at everything that can be wrong around a Footfall, and says what to do. */
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
import { withReader } from './with-reader.ts';
import { openSpamFilter } from './spam-list.ts';

/** What was found about one thing. A note is nothing wrong, but may not be what the owner wants. */
export interface Finding {
  readonly about: string;
  readonly is: 'fine' | 'note' | 'wrong';
  readonly text: string;
}

/** Below this much room on the disk something is wrong, below the second soon will be, in bytes. */
const LEAST_ROOM = 50 * 2 ** 20;
const LITTLE_ROOM = 500 * 2 ** 20;

/** How far ahead of this machine's clock the newest page view may be, in milliseconds: clocks differ a little. */
const AHEAD_MS = 5 * 60 * 1000;

/** How long a server is waited for, in milliseconds. */
const ANSWER_MS = 3_000;
const STORE_MS = 10_000;

/** Differences that are listed; `verify` lists all. */
const LISTED = 3;

const fine = (about: string, text: string): Finding => ({ about, is: 'fine', text });
const note = (about: string, text: string): Finding => ({ about, is: 'note', text });
const wrong = (about: string, text: string): Finding => ({ about, is: 'wrong', text });

/**
 * Examines the configuration and what it names, one thing after the other. Nothing is changed, and a server may be
 * running.
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
  yield fine('Configuration', set.length === 0 ? 'nothing is set: the defaults hold.' : `${set.join(', ')}.`);
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
  if (config.adminPassword === undefined && config.apiKeys.length === 0)
    yield note(
      'ADMIN_PASSWORD',
      'is not set, nor are API_KEYS: nobody can read the statistics that are the owner’s.',
    );
  if (!config.site.trackingEnabled) yield note('TRACKING_ENABLED', 'is false: nothing is counted.');
}

/** Where a server of this configuration answers on this machine. */
function localUrl({ host, port }: Config): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Whether a Footfall answers at an address. */
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
  if (isRunning) yield fine('Server', `a Footfall answers at ${localUrl(config)}.`);
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
      'PUBLIC_URL is https, so a proxy must stand before Footfall, and all visitors appear to have its address. ' +
        'Set CLIENT_IP_HEADER (such as X-Forwarded-For) and TRUSTED_PROXIES (the address of the proxy).',
    );
  } else yield fine('Proxy', 'none is configured, and http needs none.');
  if (!isRunning || publicUrl === localUrl(config)) return;
  if (await answers(publicUrl)) yield fine('PUBLIC_URL', `${publicUrl} leads to a Footfall.`);
  else
    yield note(
      'PUBLIC_URL',
      `${publicUrl} does not answer as a Footfall from this machine. If it does not from others either, look at the proxy and at the name in the DNS.`,
    );
}

/** @returns whether there is a file that can be read */
function* file({ path }: DatabaseFile): Generator<Finding, boolean> {
  const at = resolve(path);
  const folder = existing(dirname(at));
  const isThere = existsSync(at);
  if (isThere && statSync(at).isDirectory()) {
    yield wrong(
      'Database',
      `DATABASE_URL: ${at} is a folder. Name a file in it, such as ${join(at, 'footfall.db')}.`,
    );
    return false;
  }
  const { bavail, bsize } = statfsSync(folder);
  const room = bavail * bsize;
  const size = isThere ? statSync(at).size : 0;
  const left = `${megabytes(room)} free at ${folder}`;
  if (room < LEAST_ROOM) yield wrong('Disk', `only ${left}: make room, or page views will soon be refused.`);
  else if (room < LITTLE_ROOM || room < 2 * size)
    yield note('Disk', `${left}; the database has ${megabytes(size)}, and a backup needs as much again.`);
  else yield fine('Disk', `${left}.`);

  const reason = whyNotWritable(folder) ?? (isThere ? whyNotOpened(at) : undefined);
  if (reason !== undefined)
    yield wrong(
      'Folder',
      `${folder}: ${reason} The user that runs Footfall must own it and the files in it.`,
    );
  else yield fine('Folder', `${folder} can be written.`);
  if (!isThere) yield note('Database', `${at} is not there yet: the first start makes it.`);
  return isThere;
}

/** The nearest folder that is there: missing ones are made. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

/** A right to write is tried: who is root has it by name even on a disk that is read-only. */
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

/** @returns whether the server answers */
async function* server(config: Config): AsyncGenerator<Finding, boolean> {
  const place = databaseLocation(config.database);
  const connection = await connect(config, { deadlineMs: STORE_MS });
  try {
    await connection.reader.batch(['select 1']);
    const [tables] = await connection.reader.batch([
      "select 1 from sqlite_master where name = 'visitor_stats'",
    ]);
    if (tables?.rows.length === 0) {
      yield note('Database', `${place} answers and has no tables yet: the first start makes them.`);
      return false;
    }
    await requireWritable(connection);
    yield fine('Database', `${place} answers and can be written.`);
    return true;
  } catch (error) {
    yield wrong('Database', `${place}: ${explanationOf(error) ?? String(error)}`);
    return false;
  } finally {
    await connection.close();
  }
}

/** What is in the store: whether it is whole, whether it adds up, whether it is of the future. */
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
      `${databaseLocation(config.database)} is whole and has ${views.toLocaleString('en')} page views.`,
    );
    if (newest > now + AHEAD_MS)
      yield wrong(
        'Clock',
        `the newest page view is of ${new Date(newest).toISOString()}, which is still to come: this clock is behind, or it was ahead. Set it by NTP.`,
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
    // The next start brings older tables up to date by itself.
    yield sentence.includes('older Footfall') ? note('Database', sentence) : wrong('Database', sentence);
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MB`;

const MARKS = { fine: 'fine ', note: 'note ', wrong: 'WRONG' } as const;

/** A finding as it is shown: its further lines stand below its text. */
export function findingText({ about, is, text }: Finding): string {
  return `${MARKS[is]}  ${about}: ${text.replaceAll('\n', '\n       ')}`;
}
