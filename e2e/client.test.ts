import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { startFootfall } from './configurations.ts';

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'footfall-outside-'));

afterAll(() => rm(folder, { recursive: true }));

const PROGRAM = `
import { createFootfallClient, TRPCClientError } from '@footfall/trpc/client';

const footfall = createFootfallClient({ url: process.argv[2] ?? '' });
const first = await footfall.track.mutate({ url: 'https://example.com/outside' });
const counted: boolean = first.counted;
const reason: 'bot' | 'duplicate' | undefined | (string & {}) = first.reason;
const [all, page, unseen] = await Promise.all([
  footfall.count.query(),
  footfall.count.query({ page: '/outside' }),
  footfall.count.query({ page: '/nobody' }),
]);
const updated: string | null = all.updatedAt;
const refused = await footfall.track.mutate({ url: 'ftp://example.com' }).catch((error: unknown) => error);
console.log(
  JSON.stringify({
    counted, reason, all: all.count, page: page.count, unseen: unseen.count, updated: updated !== null,
    refused: refused instanceof TRPCClientError ? refused.message : null,
  }),
);
`;

/** Lines that must not type-check: what makes the client's types more than `any`. */
const WRONG = `
import { createFootfallClient } from '@footfall/trpc/client';
const footfall = createFootfallClient();
// @ts-expect-error: url is missing
void footfall.track.mutate({});
// @ts-expect-error: page is a text
void footfall.count.query({ page: 1 });
// @ts-expect-error: there is no such procedure
void footfall.nothing.query();
// @ts-expect-error: count is a number
const text: string = (await footfall.count.query()).count;
void text;
`;

test('a program outside the workspace installs the typed client from a tarball and uses it', async () => {
  await run('pnpm', ['--dir', join(root, 'packages/trpc'), 'pack', '--pack-destination', folder]);
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  expect(tarball).toBeDefined();

  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await writeFile(join(folder, 'program.ts'), PROGRAM);
  await writeFile(join(folder, 'wrong.ts'), WRONG);
  const typescript = 'typescript@6.0.3';
  await run('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`, typescript, '@types/node@24'], {
    cwd: folder,
  });
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const checked = await run(join(folder, 'node_modules/.bin/tsc'), [...strict, 'program.ts', 'wrong.ts'], {
    cwd: folder,
  }).catch((error: unknown) => error as { stdout: string });
  expect(checked.stdout).toBe('');

  const footfall = await startFootfall({ COUNT_BOTS: 'true' });
  const { stdout } = await run('node', ['program.ts', footfall.url], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({
    counted: true,
    all: 1,
    page: 1,
    unseen: 0,
    updated: true,
    refused: expect.stringContaining('url must be an http(s) URL') as string,
  });
  await footfall.stop();
}, 120_000);
