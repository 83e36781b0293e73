import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SURROUNDINGS } from './environment.ts';
import { startSqld } from './sqld.ts';

const CLI = fileURLToPath(new URL('../apps/api/src/cli.ts', import.meta.url));

/** Makes the tables in a server's database, as an owner does. */
export async function makeTables(environment: Readonly<Record<string, string>>): Promise<void> {
  await promisify(execFile)(process.execPath, [CLI, 'migrate'], { env: { ...SURROUNDINGS, ...environment } });
}

/**
 * Before all tests of Vitest and Playwright: makes the tables once, for every server that needs them.
 * @returns a function that removes them
 */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-tables-'));
  await using sqld = await startSqld();
  await makeTables(sqld.env);
  await sqld.kill();
  await cp(sqld.data, folder, { recursive: true });
  process.env['FOOTFALL_TABLES'] = folder;
  return () => rm(folder, { recursive: true, force: true });
}
