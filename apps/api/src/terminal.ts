import { isIPv6, type AddressInfo } from 'node:net';
import { stripVTControlCharacters, styleText } from 'node:util';
import { pino, type Logger } from 'pino';
import type { App } from './app.ts';
import type { Config } from './config.ts';
import { databaseLocation } from './connect.ts';
import { VERSION } from './version.ts';

/** Where a program writes, and whether that is a terminal. */
export interface Output {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
}

/** Whether the log is formatted for people: according to LOG_FORMAT, by default if it goes to a terminal. */
export function isForPeople(
  { logFormat }: Pick<Config, 'logFormat'>,
  output: Output = process.stdout,
): boolean {
  return logFormat === undefined ? output.isTTY === true : logFormat === 'text';
}

/** Makes the log: lines of text for people, lines of JSON for programs. */
export function openLog(
  config: Pick<Config, 'logFormat' | 'logLevel'>,
  output: Output = process.stdout,
): Logger {
  const level = config.logLevel;
  if (!isForPeople(config, output)) return pino({ level }, { write: (line) => void output.write(line) });
  return pino({ level }, { write: (line) => void output.write(textOf(line, output.isTTY === true)) });
}

/** Fields of every line that are formatted specially or omitted. */
const OWN_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'err']);

interface Line {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly err?: { readonly type?: string; readonly message?: string; readonly stack?: string };
  readonly [field: string]: unknown;
}

const COLOURS = { 30: 'gray', 40: 'yellow', 50: 'red', 60: 'red' } as const;

/**
 * Formats one line of the log for people: the time, the level unless it is info, the sentence, its details. Stacks are
 * for bugs: an explained error has none.
 * @param json a line as pino writes it
 */
export function textOf(json: string, isColoured = false): string {
  const line = JSON.parse(json) as Line;
  const { level, time, msg = '', err } = line;
  const details = Object.entries(line)
    .filter(([name]) => !OWN_FIELDS.has(name) && name !== 'meaning')
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const name = pino.levels.labels[level] ?? String(level);
  const colour = COLOURS[level as keyof typeof COLOURS] ?? 'gray';
  const marked = level === INFO ? '' : `${isColoured ? styleText(colour, name) : name}: `;
  const meaning = typeof line['meaning'] === 'string' ? line['meaning'] : undefined;
  const why = meaning ?? err?.message;
  const text = [
    ...(why === undefined ? [msg] : [`${msg}: ${why}`]),
    ...(details.length === 0 ? [] : [`(${details.join(', ')})`]),
  ].join(' ');
  const isBug = err?.stack !== undefined && meaning === undefined && err.type !== 'FootfallError';
  const stack = isBug ? `\n${(err.stack ?? '').split('\n').map(visible).join('\n')}` : '';
  return `${new Date(time).toTimeString().slice(0, 8)}  ${marked}${visible(text)}${stack}\n`;
}

const INFO = pino.levels.values['info'];

/** Input from outside must not control the terminal, nor look like a line of its own. */
const visible = (text: string): string =>
  stripVTControlCharacters(text).replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');

/** What a server shows when it has started. */
export interface Started {
  readonly config: Config;
  /** Number of page views. */
  readonly views: number;
  /** The hosts whose pages are counted. */
  readonly hosts: readonly string[];
  /** The address it listens at, shown if it is not the public one. */
  readonly listening: string;
  /** Where the owner chooses a password, while there is none. */
  readonly setupLink?: string | undefined;
}

/** What a person needs to know of a server that has just started, and how to stop it. */
export function banner({ config, hosts, views, listening, setupLink }: Started): string {
  const { publicUrl, database, port } = config;
  const isLocal = publicUrl === `http://localhost:${port}` && listening.startsWith('127.0.0.1');
  const rows = [
    ['Open', publicUrl],
    ...(isLocal ? [] : [['Listens', listening]]),
    ['Install', `${publicUrl}/install`],
    ...(setupLink === undefined
      ? []
      : [['Sign in', `${setupLink} (choose a password; valid for 30 minutes)`]]),
    [
      'Data',
      `${databaseLocation(database)} (${views.toLocaleString('en')} page ${views === 1 ? 'view' : 'views'})`,
    ],
    [
      'Counts',
      hosts.length === 0 ? 'pages of any site; name yours with SITE_HOSTS=example.com' : hosts.join(', '),
    ],
    ['Stop', 'Ctrl+C'],
  ] as const;
  const lines = rows.map(([name = '', value = '']) => `  ${name.padEnd(9)}${visible(value)}`);
  return `\nFootfall ${VERSION}\n\n${lines.join('\n')}\n\n`;
}

/** Announces that a server has started: to people with a banner, to programs with one line of the log. */
export async function announce(
  { server, store, setupLink: linkOf }: Pick<App, 'server' | 'store' | 'setupLink'>,
  { config, log, note = '' }: { readonly config: Config; readonly log: Logger; readonly note?: string },
  output: Output = process.stdout,
): Promise<void> {
  const { address, port } = server.address() as AddressInfo;
  const isShown = output.isTTY === true && isForPeople(config, output);
  // A link that nobody sees would only replace one that the command has made.
  const link = isShown || log.isLevelEnabled('info') ? linkOf() : Promise.resolve(undefined);
  const setupLink = await link.catch((error: unknown) => {
    log.warn(
      { err: error },
      'no setup link could be made: start again, or run "npm run footfall -- setup-link"',
    );
    return undefined;
  });
  if (isShown) {
    const { count } = await store.count();
    const listening = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
    const { hosts } = config.ownerSettings.siteWith(store.settings.current()?.values ?? {}).settings;
    output.write(banner({ config, hosts, views: count, listening, setupLink }));
    return;
  }
  log.info({ address, port, url: config.publicUrl }, `Footfall is at ${config.publicUrl}${note}`);
  if (setupLink !== undefined) log.info(`Choose the owner’s password within 30 minutes at ${setupLink}`);
}
