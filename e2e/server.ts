import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SURROUNDINGS } from './environment.ts';
import { freePort } from './ports.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Maximum time to start a server, even on a machine that is busy with other tests, in milliseconds. */
const START_MS = 60_000;

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server in its own process, as an owner runs it. */
export interface Server {
  readonly url: string;
  readonly port: number;
  /** Path of the database file. */
  readonly file: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ending>;
  /** Sends SIGTERM and waits until it has ended. */
  readonly stop: () => Promise<Ending>;
  /** Kills it like a power cut (SIGKILL) and waits until it has ended. */
  readonly kill: () => Promise<Ending>;
  /** Ends it in any state, and removes its folder if that was its own. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

export interface ServerOptions {
  /** Its variables; nothing else of this process's environment is passed on but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of its database; by default a temporary one of its own. */
  readonly folder?: string;
  /** Its port; by default a free one. */
  readonly port?: number;
  /** A command with arguments that becomes the server: the program and its arguments are appended. */
  readonly through?: readonly string[];
}

/**
 * Starts the real entry with the built files, and waits until it is ready.
 * @throws its output if it ends instead
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = await launchServer(options);
  const deadline = Date.now() + START_MS;
  let ending: Ending | undefined;
  void server.ended.then((how) => (ending = how));
  while (!(await isReady(server.url))) {
    if (ending !== undefined || Date.now() > deadline) {
      await server[Symbol.asyncDispose]();
      throw new Error(`The server did not start.\n${server.stdout()}${server.stderr()}`);
    }
    await sleep(20);
  }
  return server;
}

/** The same as `startServer` without waiting: for a server that will not start. */
export async function launchServer({
  env = {},
  folder,
  port,
  through = [],
}: ServerOptions = {}): Promise<Server> {
  const [command = '', ...args] = [...through, process.execPath, 'apps/api/src/node.ts'];
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'footfall-e2e-')));
  const at = port ?? (await freePort());
  const file = join(home, 'footfall.db');
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...SURROUNDINGS, PORT: String(at), DATABASE_URL: `file:${file}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = once(child, 'close') as Promise<[Ending['code'], Ending['signal']]>;
  const ended = closed.then(([code, signal]): Ending => ({ code, signal }));
  const end = (signal: NodeJS.Signals) => (): Promise<Ending> => {
    child.kill(signal);
    return ended;
  };
  const kill = end('SIGKILL');
  return {
    url: `http://127.0.0.1:${at}`,
    port: at,
    file,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    stop: end('SIGTERM'),
    kill,
    [Symbol.asyncDispose]: async () => {
      await kill();
      if (folder === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
