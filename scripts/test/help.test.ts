import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
const run = promisify(execFile);

/** Node's compile cache: without it each start takes twice as long. */
const CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), 'footfall-compile-cache') };

/** Modules that are only imported by others. */
const PARTS = ['run.ts', 'edge-files.ts'];

const scripts = readdirSync(`${ROOT}scripts`)
  .filter((name) => name.endsWith('.ts') && !PARTS.includes(name))
  .map((name) => `scripts/${name}`);

const COMMANDS = [
  'doctor',
  'migrate',
  'backup',
  'restore',
  'verify',
  'ledger',
  'forget',
  'seed',
  'export',
  'import',
  'starting-number',
];

/** Only these variables are passed to it: there is nothing on its PATH that it could run. */
async function ran(...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, args, {
    cwd: ROOT,
    env: { ...CACHE, PATH: '/nowhere', SITE_HOST: 'x' },
  });
  expect(stderr).toBe('');
  return stdout;
}

describe('--help', () => {
  it.each([...scripts, 'apps/api/src/node.ts', 'apps/api/src/dev.ts', 'apps/api/src/cli.ts'])(
    'of %s describes it, and --version prints the version; nothing else is done, whatever the configuration',
    async (program) => {
      expect(await ran(program, '--help')).toMatch(/^(?:npm|pnpm|node) .*\n\n.*\w/s);
      expect(await ran(program, '--version')).toBe(`${version}\n`);
    },
  );

  it.each(COMMANDS)('of footfall %s describes it', async (command) => {
    const help = await ran('apps/api/src/cli.ts', command, '--help');
    expect(help).toMatch(new RegExp(`^pnpm footfall ${command}\\b.*\n\n[A-Z].{20}`, 's'));
  });

  it('of footfall lists all commands', async () => {
    const help = await ran('apps/api/src/cli.ts', '-h');
    for (const command of COMMANDS) expect(help).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    expect(await ran('apps/api/src/cli.ts')).toBe(help);
  });

  it('of the launcher itself needs nothing that it would fetch', async () => {
    expect(await ran('scripts/tool.mjs', '--help')).toMatch(/^node scripts\/tool\.mjs <command>/);
  });
});

it('an unknown command ends with 2 and a suggestion', async () => {
  const ended = run(process.execPath, ['apps/api/src/cli.ts', 'verfy'], { cwd: ROOT, env: CACHE });
  await expect(ended).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^"verfy" is unknown: did you mean verify\?\n\npnpm footfall/) as string,
  });
});

describe('npm start', () => {
  /** Runs the launcher with a fake pnpm and node. */
  async function started(pnpm: string) {
    const folder = await mkdtemp(join(tmpdir(), 'footfall-launcher-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const [name, script] of [
      ['pnpm', pnpm],
      ['node', 'echo "serving $1"'],
    ] as const) {
      await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(folder, name), 0o755);
    }
    const env = { PATH: `${folder}:/usr/bin:/bin` };
    return run(process.execPath, ['scripts/start.ts'], { cwd: ROOT, env }).catch((error: unknown) => error);
  }

  it('prints nothing if nothing is installed or built', async () => {
    const cached = 'case "$*" in *turbo*) echo "@footfall/web:build: cache hit, suppressing logs abc";; esac';
    expect(await started(cached)).toEqual({ stdout: 'serving apps/api/src/node.ts\n', stderr: '' });
  });

  it('prints that it builds if something is built, and nothing more', async () => {
    const built =
      'case "$*" in *turbo*) echo "@footfall/web:build: cache miss, executing abc"; echo more;; esac';
    expect(await started(built)).toEqual({
      stdout: 'Building …\nserving apps/api/src/node.ts\n',
      stderr: '',
    });
  });

  it('prints the whole output of a failed build, and does not serve', async () => {
    const failing = 'case "$*" in *turbo*) echo "@footfall/web:build: it is broken"; exit 3;; esac';
    expect(await started(failing)).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining('it is broken') as string,
    });
  });
});
