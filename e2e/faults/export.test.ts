import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { SURROUNDINGS } from '../environment.ts';
import { startServer } from '../server.ts';
import { AGREES, footfall } from './cli.ts';
import { readContents } from './client.ts';
import { Load } from './load.ts';

const CLI = fileURLToPath(new URL('../../apps/api/src/cli.ts', import.meta.url));

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'footfall-export-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

it('an export beside a running server is whole, and is taken over by another database, whatever kills that', async () => {
  const server = await startServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const load = Load.on([server.url], 8);
  await load.acknowledgesOnAll(300);
  const path = join(await folder(), 'export.zip');
  const before = load.acknowledged.size;
  expect(await footfall(server.file, 'export', path)).toMatchObject({ code: 0, stderr: '' });
  await load.end();
  load.times.expectShort();
  expect(await footfall(server.file, 'export', path)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is there already') as string,
  });

  const file = join(await folder(), 'footfall.db');
  expect(await footfall(file, 'migrate')).toMatchObject({ code: 0 });
  const planned = await footfall(file, 'import', path);
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  expect(planned.stdout).toMatch(/Nothing was changed: repeat it with --run\.\n$/);
  for (const ms of [700, 900, 1_100]) {
    const child = spawn(process.execPath, [CLI, 'import', path, '--run'], {
      env: { ...SURROUNDINGS, DATABASE_URL: `file:${file}` },
      stdio: 'ignore',
    });
    await Promise.race([sleep(ms), once(child, 'exit')]);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  expect(await footfall(file, 'import', path, '--run')).toMatchObject({ code: 0, stderr: '' });
  expect(await footfall(file, 'verify')).toEqual(AGREES);
  const { total } = await readContents(file);
  expect(total).toBeGreaterThanOrEqual(before);
  expect(total).toBeLessThanOrEqual(load.acknowledged.size);

  const listed = await footfall(file, 'import', '--list');
  const [id] = listed.stdout.split('\t');
  expect(await footfall(file, 'import', '--undo', id ?? '')).toMatchObject({ code: 0, stderr: '' });
  expect(await footfall(file, 'verify')).toEqual(AGREES);
  expect((await readContents(file)).total).toBe(0);
  expect(await footfall(file, 'import', '--list')).toMatchObject({ stdout: 'Nothing was imported.\n' });
}, 120_000);

it('a starting number is shown, and verify says that it is one', async () => {
  const file = join(await folder(), 'footfall.db');
  await footfall(file, 'migrate');
  expect(await footfall(file, 'starting-number')).toMatchObject({
    stdout: 'There are no starting numbers.\n',
  });
  expect(await footfall(file, 'starting-number', '5000', '--page', '/about')).toMatchObject({
    code: 0,
    stdout: '/about is 5000 now.\n',
  });
  expect(await footfall(file, 'starting-number')).toMatchObject({ stdout: '5000\t/about\n' });
  expect(await footfall(file, 'verify')).toEqual({
    ...AGREES,
    stdout: `/about begins with the starting number 5000, which was not counted here.\n${AGREES.stdout}`,
  });
  expect(await footfall(file, 'starting-number', '1e3')).toMatchObject({ code: 1, stdout: '' });
});

it('what is no file of a counter is refused with a sentence', async () => {
  const file = join(await folder(), 'footfall.db');
  await footfall(file, 'migrate');
  const path = join(await folder(), 'pages.csv');
  await writeFile(path, '<!doctype html>\n');
  expect(await footfall(file, 'import', path)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The file cannot be imported: it looks like a web page/) as string,
  });
  expect(await footfall(file, 'import', `${path}.gone`)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/does not exist/) as string,
  });
  expect((await readFile(path)).length).toBeGreaterThan(0);
});

/** Plausible's export of one day with one page view: a ZIP with its table of visitors. */
const PLAUSIBLE =
  'UEsDBBQAAAAIAAAAIVifs3fNPQAAAE0AAAAnAAAAaW1wb3J0ZWRfdmlzaXRvcnNfMjAyNDAxMDFfMjAyNDAxMDEuY3N2S0ksSdUpyyzOLMkvKtYpSExPLctMLS/WScovzUtOLYZIQan4lNKixJLM/DwuJSMDIxNdA0MgUtIxhEEuAFBLAQIUAxQAAAAIAAAAIVifs3fNPQAAAE0AAAAnAAAAAAAAAAAAAACAAQAAAABpbXBvcnRlZF92aXNpdG9yc18yMDI0MDEwMV8yMDI0MDEwMS5jc3ZQSwUGAAAAAAEAAQBVAAAAggAAAAAA';

it('a file that has totals of days alone is refused before anything is written, in a plan and in a run', async () => {
  const file = join(await folder(), 'footfall.db');
  await footfall(file, 'migrate');
  const path = join(await folder(), 'plausible.zip');
  await writeFile(path, Buffer.from(PLAUSIBLE, 'base64'));
  for (const options of [[], ['--run']]) {
    expect(await footfall(file, 'import', path, ...options)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^The file cannot be imported yet: Plausible export \(full\) has totals of days and no single page views/,
      ) as string,
    });
  }
  expect(await footfall(file, 'import', '--list')).toMatchObject({ stdout: 'Nothing was imported.\n' });
  expect(await footfall(file, 'verify')).toEqual(AGREES);
});
