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
import { createReporter } from '@footfall/server';
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
const reporter = createReporter({ server: process.argv[2] ?? '', key: 'a key of the program' });
reporter.report({ url: 'https://example.com/reported', userAgent: 'Firefox', ip: '192.0.2.1' });
await reporter.close();
const { count: reported } = await footfall.count.query({ page: '/reported' });
console.log(
  JSON.stringify({
    reported, counted, reason, all: all.count, page: page.count, unseen: unseen.count, updated: updated !== null,
    refused: refused instanceof TRPCClientError ? refused.message : null,
  }),
);
`;

/** Lines that must not type-check: what makes the client's types more than `any`. */
const WRONG = `
import { reportPageViews } from '@footfall/server/node';
import { footfallHandle } from '@footfall/server/sveltekit';
import { createFootfallClient } from '@footfall/trpc/client';
const footfall = createFootfallClient();
// @ts-expect-error: url is missing
void footfall.track.mutate({});
// @ts-expect-error: page is a text
void footfall.count.query({ page: 1 });
// @ts-expect-error: a program registers visits, it does not ask for them
void footfall.register.query({});
// @ts-expect-error: there is no such procedure
void footfall.nothing.query();
// @ts-expect-error: count is a number
const text: string = (await footfall.count.query()).count;
void text;
// @ts-expect-error: the key is missing
reportPageViews({ server: 'https://stats.example.com' });
footfallHandle({ server: 'https://stats.example.com', key: '' });
`;

test('a program outside the workspace installs the client and the reporter from tarballs and uses them', async () => {
  for (const name of ['trpc', 'server']) {
    await run('pnpm', ['--dir', join(root, 'packages', name), 'pack', '--pack-destination', folder]);
  }
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  expect(tarballs).toHaveLength(2);

  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await writeFile(join(folder, 'program.ts'), PROGRAM);
  await writeFile(join(folder, 'wrong.ts'), WRONG);
  const typescript = 'typescript@6.0.3';
  const packages = [...tarballs.map((name) => `./${name}`), typescript, '@types/node@24'];
  await run('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder });
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const checked = await run(join(folder, 'node_modules/.bin/tsc'), [...strict, 'program.ts', 'wrong.ts'], {
    cwd: folder,
  }).catch((error: unknown) => error as { stdout: string });
  expect(checked.stdout).toBe('');

  const footfall = await startFootfall({ COUNT_BOTS: 'true' });
  const { stdout } = await run('node', ['program.ts', footfall.url], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({
    reported: 1,
    counted: true,
    all: 1,
    page: 1,
    unseen: 0,
    updated: true,
    refused: expect.stringContaining('url must be an http(s) URL') as string,
  });
  await footfall.stop();
}, 120_000);
