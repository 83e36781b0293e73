/**
 * `npm run bench -- attack [name]`: how much one hostile client harms all others. Each attack runs for ten seconds against
 * a fresh server, next to 200 page views a second of other visitors. Addresses are forged: the server trusts this machine
 * as a proxy.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { AttackResult, AttackOptions, AttackName } from './attacker.ts';
import type { Viewed, Views } from './views.ts';

/** Tools from the bench. */
export interface Tools {
  readonly start: (environment: Record<string, string>) => Promise<{
    readonly url: string;
    readonly pid: number;
    readonly stop: () => Promise<void>;
  }>;
  /** Makes a command run on the generator's core. */
  readonly aside: (command: string[]) => string[];
}

const SECONDS = 10;
const VIEWS_PER_SECOND = 200;
const ADDRESS_HEADER = 'X-Client-IP';

/** Targets: others' p99 in milliseconds, and maximum memory in MB. */
const TARGET = { p99: 100, memory: 400 };

/** The attacks, in the order of the table, and how many seconds each has been running when it is measured. */
const ATTACKS: readonly (readonly [AttackName, number])[] = [
  ['superjson', 0],
  ['blanks', 0],
  ['pipelining', 0],
  ['values beyond the quota', 5],
  ['new pages of one client', 0],
  ['combinations', 0],
  ['live connections', 0],
];

/** Runs all attacks, or those with a word in their name, and prints Markdown. */
export async function attackBench(only: string | undefined, tools: Tools): Promise<void> {
  console.log(
    `\n### One hostile client, for ${SECONDS} s next to ${VIEWS_PER_SECOND} page views a second ` +
      `(target: p99 under ${TARGET.p99} ms, memory under ${TARGET.memory} MB)\n`,
  );
  console.log(
    "| attack | others' p50 ms | p99 ms | worst ms | failed | memory MB | sent and answered | afterwards |",
  );
  console.log('|---|--:|--:|--:|--:|--:|---|---|');
  console.log(await attacked(undefined, 0, tools));
  for (const [name, before] of ATTACKS) {
    if (only === undefined || name.includes(only)) console.log(await attacked(name, before, tools));
  }
}

/** Measures one attack, or none, and returns its row. */
async function attacked(attack: AttackName | undefined, before: number, tools: Tools): Promise<string> {
  const server = await tools.start({ CLIENT_IP_HEADER: ADDRESS_HEADER, TRUSTED_PROXIES: '127.0.0.1' });
  const port = Number(new URL(server.url).port);
  const views = (seconds: number): Promise<Viewed> => {
    const input: Views = { port, seconds, perSecond: VIEWS_PER_SECOND, addressHeader: ADDRESS_HEADER };
    return runAside<Viewed>('views.ts', input, { ...tools, nice: 0 });
  };
  const strike = (seconds: number): Promise<AttackResult | undefined> => {
    if (attack === undefined || seconds === 0) return Promise.resolve(undefined);
    const input: AttackOptions = { port, attack, seconds, addressHeader: ADDRESS_HEADER };
    return runAside<AttackResult>('attacker.ts', input, { ...tools, nice: 10 });
  };
  await views(2); // the pages of the others are known
  await strike(before);
  const [viewed, sent] = await Promise.all([views(SECONDS), strike(SECONDS)]);
  const memory = await mostMemory(server.pid);
  const after = await afterwards(server.url);
  await server.stop();
  const cells = [
    attack ?? 'none',
    viewed.p50.toFixed(1),
    marked(viewed.p99, TARGET.p99, 1),
    viewed.worst.toFixed(0),
    String(viewed.failed),
    marked(memory, TARGET.memory, 0),
    sent === undefined ? '–' : `${sent.requests}: ${printed(sent.statuses)}`,
    after,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The experience of another visitor: whether a new page is counted as itself, and whether live numbers work. */
async function afterwards(url: string): Promise<string> {
  const page = '/an-article-of-today';
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    [ADDRESS_HEADER]: '203.0.113.9',
  };
  const body = JSON.stringify({ url: page });
  await (await fetch(`${url}/api/visitors/track`, { method: 'POST', headers, body })).text();
  const { count } = (await (await fetch(`${url}/api/visitors/count?page=${page}`)).json()) as {
    count: number;
  };
  const aborting = new AbortController();
  const live = await fetch(`${url}/api/live`, {
    headers: { ...headers, accept: 'text/event-stream' },
    signal: aborting.signal,
  });
  aborting.abort();
  return `a new page counts ${count}, live ${live.status}`;
}

/** The peak memory of a process, in MB, as reported by Linux. */
async function mostMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1024;
}

/** @param nice lower priority on the generator's core: the measuring process runs before the attacking one */
async function runAside<T>(
  file: string,
  input: object,
  { aside, nice }: Tools & { nice: number },
): Promise<T> {
  const path = new URL(file, import.meta.url).pathname;
  const [command = '', ...args] = aside(['nice', '-n', String(nice), 'node', path, JSON.stringify(input)]);
  const { stdout } = await promisify(execFile)(command, args);
  return JSON.parse(stdout) as T;
}

function marked(value: number, target: number, digits: number): string {
  return value < target ? value.toFixed(digits) : `**${value.toFixed(digits)}**`;
}

function printed(statuses: AttackResult['statuses']): string {
  return Object.entries(statuses)
    .map(([status, times]) => `${status} ${times} times`)
    .join(', ');
}
