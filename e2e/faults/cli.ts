import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SURROUNDINGS } from '../environment.ts';

const CLI = fileURLToPath(new URL('../../apps/api/src/cli.ts', import.meta.url));

/** The output of a command, and its exit code. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `pnpm footfall` on a database file, as an owner would; with almost nothing of this process's environment. */
export function footfall(file: string, ...args: readonly string[]): Promise<Ran> {
  return footfallWith({ DATABASE_URL: `file:${file}` }, ...args);
}

/** The same with other variables. */
export async function footfallWith(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...SURROUNDINGS, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

/** The output of `verify` if there are no differences. */
export const AGREES: Ran = { code: 0, stdout: 'All numbers agree with the page views.\n', stderr: '' };
