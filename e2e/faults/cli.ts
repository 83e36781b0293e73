import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SURROUNDINGS } from '../environment.ts';

const CLI = fileURLToPath(new URL('../../apps/api/src/cli.ts', import.meta.url));

/** What a command has said, and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `pnpm footfall` on a database file, as an owner would; as good as nothing of this process's environment reaches it. */
export function footfall(file: string, ...args: readonly string[]): Promise<Ran> {
  return footfallWith({ DATABASE_URL: `file:${file}` }, ...args);
}

/** The same with variables of its own. */
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

/** What `verify` answers where there is nothing to say. */
export const AGREES: Ran = { code: 0, stdout: 'All numbers agree with the page views.\n', stderr: '' };
