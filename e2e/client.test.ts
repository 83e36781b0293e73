import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFootfall } from './configurations.ts';

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'footfall-outside-'));

afterAll(() => rm(folder, { recursive: true }));

const PROGRAM = `
import { createReporter } from '@footfall/middleware';
import { createFootfallClient, TRPCClientError } from '@footfall/client';

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
const { counted: again } = await footfall.report('https://example.com/outside', { language: 'en' });
const refused = await footfall.track.mutate({ url: 'ftp://example.com' }).catch((error: unknown) => error);
const reporter = createReporter({ server: process.argv[2] ?? '', key: 'a key of the program' });
reporter.report({ url: 'https://example.com/reported', userAgent: 'Firefox', ip: '192.0.2.1' });
await reporter.close();
const { count: reported } = await footfall.count.query({ page: '/reported' });
console.log(
  JSON.stringify({
    reported, counted, again, reason, all: all.count, page: page.count, unseen: unseen.count, updated: updated !== null,
    refused: refused instanceof TRPCClientError ? refused.message : null,
  }),
);
`;

/** Lines that must not type-check: they prove that the client's types are more than `any`. */
const WRONG = `
import { reportPageViews } from '@footfall/middleware/node';
import { footfallHandle } from '@footfall/middleware/sveltekit';
import { createFootfallClient } from '@footfall/client';
const footfall = createFootfallClient();
// @ts-expect-error: url is missing
void footfall.track.mutate({});
// @ts-expect-error: nor may it be undefined
void footfall.report();
// @ts-expect-error: page is a string
void footfall.count.query({ page: 1 });
// @ts-expect-error: visits are registered, not queried
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

/** The packages, by folder: exactly the files of their tarballs. */
const PACKAGES = {
  trpc: {
    name: '@footfall/client',
    files: ['LICENSE', 'README.md', 'client.d.ts', 'client.js', 'package.json'],
    // Allowed imports of a package's types: none of the server's.
    imports: ['@trpc/client'],
  },
  server: {
    name: '@footfall/middleware',
    files: [
      'LICENSE',
      'README.md',
      'node.d.ts',
      'node.js',
      'package.json',
      'page.js',
      'reporter.d.ts',
      'reporter.js',
      'sveltekit.d.ts',
      'sveltekit.js',
    ],
    imports: ['node:http', './reporter.js'],
  },
};

beforeAll(async () => {
  for (const name of Object.keys(PACKAGES)) {
    await run('pnpm', ['--dir', join(root, 'packages', name), 'pack', '--pack-destination', folder]);
  }
}, 60_000);

const tarballOf = (name: string): string =>
  join(folder, `${name.replace('@', '').replace('/', '-')}-0.1.0.tgz`);

describe.each(Object.values(PACKAGES))('the package $name', ({ name, files, imports }) => {
  test('contains what users of the package need, and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', tarballOf(name)]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((file) => file.replace('package/', ''))
        .sort(),
    ).toEqual(files);
  });

  test('can be published: publint finds nothing', async () => {
    const { buffer } = new Uint8Array(await readFile(tarballOf(name)));
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    expect(pkg).toMatchObject({ name, license: 'MIT', publishConfig: { access: 'public' } });
    expect(pkg['private']).toBeUndefined();
  });

  test('exposes only public types', async () => {
    for (const file of files.filter((each) => each.endsWith('.d.ts'))) {
      const { stdout } = await run('tar', ['-xzOf', tarballOf(name), `package/${file}`]);
      for (const [, from] of stdout.matchAll(/from ["']([^"']+)["']/g)) expect(imports).toContain(from);
      expect(stdout).not.toMatch(/\b(?:Store|Context|ZodObject|Salts|AppRouter)\b/);
    }
  });
});

/** The TypeScript of a README, each block a separate module. */
const snippetsOf = (readme: string): string[] =>
  [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);

/** The samples of the API's page, which share a client. */
async function samplesOf(url: string): Promise<string[]> {
  interface Operation {
    readonly 'x-codeSamples'?: readonly { readonly lang: string; readonly source: string }[];
  }
  const response = await fetch(`${url}/api/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, Operation>> };
  const samples = Object.values(paths)
    .flatMap((operations) => Object.values(operations))
    .flatMap((operation) => operation['x-codeSamples'] ?? [])
    .filter(({ lang }) => lang === 'TypeScript');
  return samples.map(
    ({ source }) => `import { createFootfallClient } from '@footfall/client';
const footfall = createFootfallClient({ url: 'https://stats.example.com' });
const viewed = crypto.randomUUID();
${source}
export { viewed };
`,
  );
}

test('a program outside the workspace installs the packages and uses them as documented', async () => {
  const footfall = await startFootfall({ COUNT_BOTS: 'true' });
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await writeFile(join(folder, 'program.ts'), PROGRAM);
  await writeFile(join(folder, 'wrong.ts'), WRONG);
  const packages = Object.values(PACKAGES).map(({ name }) => tarballOf(name));
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', ...packages, 'typescript@6.0.3', '@types/node@24'],
    {
      cwd: folder,
    },
  );

  const modules = folder + '/node_modules/';
  const readmes = Object.values(PACKAGES).map(({ name }) => readFile(`${modules}${name}/README.md`, 'utf8'));
  const snippets = [...(await Promise.all(readmes)).flatMap(snippetsOf), ...(await samplesOf(footfall.url))];
  expect(snippets.length).toBeGreaterThan(15);
  const files = snippets.map((_, n) => `snippet-${n}.ts`);
  await Promise.all(snippets.map((code, n) => writeFile(join(folder, files[n] as string), code)));
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noEmit'];
  const target = ['--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const checked = await run(
    `${modules}.bin/tsc`,
    [...strict, ...target, 'program.ts', 'wrong.ts', ...files],
    { cwd: folder },
  ).catch((error: unknown) => error as { stdout: string });
  expect(checked.stdout).toBe('');

  const { stdout } = await run('node', ['program.ts', footfall.url], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({
    reported: 1,
    counted: true,
    again: true,
    all: 1,
    page: 1,
    unseen: 0,
    updated: true,
    refused: expect.stringContaining('url must be an http(s) URL') as string,
  });
  await footfall.stop();
}, 120_000);
