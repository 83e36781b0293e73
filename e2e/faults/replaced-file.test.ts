import { copyFile, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchServer, startServer, type Server } from '../server.ts';
import { AGREES, footfall } from './cli.ts';
import { Client, expectUnavailable, newView, readContents } from './client.ts';

/** Page views that are acknowledged before a backup, and before the file is changed. */
const BACKED_UP = 10;
const COUNTED = 25;

/** Page views that are sent afterwards. */
const AFTER = 20;

const OPERATOR = /^[^\n]*(stop Footfall|put .* back|restart)[^\n]*$/i;

async function start(): Promise<{ server: Server; client: Client; backup: string }> {
  const server = await startServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = new Client(server.url, 4);
  onTestFinished(() => {
    client.close();
  });
  await send(client, BACKED_UP);
  const backup = join(dirname(server.file), 'backup.db');
  expect(await footfall(server.file, 'backup', backup)).toMatchObject({ code: 0, stderr: '' });
  await send(client, COUNTED - BACKED_UP);
  return { server, client, backup };
}

async function send(client: Client, views: number): Promise<void> {
  for (let n = 0; n < views; n += 1) expect((await client.track(newView(`/${n % 7}`))).status).toBe(200);
}

/** The log messages for the operator, without the usual ones of start and stop. */
const errorsOf = (server: Server): string[] =>
  server
    .stdout()
    .split('\n')
    .filter((line) => line.includes('"level":50'))
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

/** Asserts that from now on nothing is acknowledged, that the operator is warned once, and that the known numbers stay. */
async function expectRefused(server: Server, client: Client): Promise<void> {
  for (let n = 0; n < AFTER; n += 1) expectUnavailable(await client.track(newView('/after')));
  expect((await client.send('GET', '/readyz')).status).toBe(503);
  expect(await client.count()).toBe(COUNTED);
  const errors = errorsOf(server);
  expect(errors).toEqual([expect.stringMatching(OPERATOR)]);
  expect(errors[0]).toContain(server.file);
}

/** The content of a file, in a comparable form; undefined if there is no file. */
async function bytesOf(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return;
  const bytes = await readFile(file);
  return `${bytes.length}: ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The file next to the database whose name starts with this. */
async function fileBeside(file: string, name: string): Promise<string> {
  const folder = dirname(file);
  const found = (await readdir(folder)).filter((entry) => entry.startsWith(name));
  expect(found).toHaveLength(1);
  return join(folder, found[0]!);
}

describe('while the server runs, nothing is acknowledged any more, the operator is warned once, and nothing is overwritten,', () => {
  it('when a backup is moved over the database; unfolded events are saved at the stop', async () => {
    const { server, client, backup } = await start();
    const replacement = await bytesOf(backup);
    await rename(backup, server.file);
    const log = await bytesOf(`${server.file}-wal`);
    await expectRefused(server, client);
    await server.stop();
    expect(await bytesOf(server.file)).toEqual(replacement);
    expect(await bytesOf(`${server.file}-wal`)).toEqual(log);
    const rescued = await fileBeside(server.file, 'footfall.db-rescued-');
    expect((await readContents(rescued)).total).toBe(COUNTED);
  });

  it('when a backup is copied over the database', async () => {
    const { server, client, backup } = await start();
    await copyFile(backup, server.file);
    const log = await bytesOf(`${server.file}-wal`);
    await expectRefused(server, client);
    expect(await server.stop()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await bytesOf(server.file)).toEqual(await bytesOf(backup));
    expect(await bytesOf(`${server.file}-wal`)).toEqual(log);
  });
});

describe('a backup that is copied over a database whose server was killed', () => {
  async function kill(): Promise<{ file: string; backup: string }> {
    const { server, client, backup } = await start();
    await send(client, 1);
    await server.kill();
    expect((await stat(`${server.file}-wal`)).size).toBeGreaterThan(0);
    return { file: server.file, backup };
  }

  it('is not corrupted by the remaining log: start and every command refuse it with a sentence that says what to do', async () => {
    const { file, backup } = await kill();
    await copyFile(backup, file);
    const log = await bytesOf(`${file}-wal`);
    await using server = await launchServer({ folder: dirname(file) });
    expect(await server.ended).toEqual({ code: 1, signal: null });
    const SENTENCE = /^[^\n]*footfall\.db-wal does not belong to [^\n]* footfall restore [^\n]+\.\n$/;
    expect(server.stderr()).toMatch(SENTENCE);
    for (const command of [['verify'], ['migrate'], ['backup', `${file}.copy`]]) {
      const ran = await footfall(file, ...command);
      expect([command, ran.code, ran.stdout, ran.stderr]).toEqual([
        command,
        1,
        '',
        expect.stringMatching(SENTENCE),
      ]);
    }
    expect(await bytesOf(file)).toEqual(await bytesOf(backup));
    expect(await bytesOf(`${file}-wal`)).toEqual(log);

    // Following the sentence works.
    expect(await footfall(file, 'restore', file)).toMatchObject({ code: 0, stderr: '' });
    expect((await readContents(file)).total).toBe(BACKED_UP);
    expect(await footfall(file, 'verify')).toEqual(AGREES);
  });

  it('by footfall restore is restored exactly, and the previous database stays intact', async () => {
    const { file, backup } = await kill();
    expect(await footfall(file, 'restore', backup)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`^${file} has ${BACKED_UP} page views now\\.\nThe old database is ${file}-before-`),
      ) as string,
      stderr: '',
    });
    expect((await readContents(file)).total).toBe(BACKED_UP);
    const aside = (await readdir(dirname(file))).find((name) => /-before-restore-[^-]+-\S+Z$/.test(name));
    expect((await readContents(join(dirname(file), aside!))).total).toBe(COUNTED + 1);
    await using server = await startServer({ folder: dirname(file) });
    const client = new Client(server.url, 1);
    expect(await client.count()).toBe(BACKED_UP);
    await send(client, 1);
    client.close();
    await server.stop();
    expect(await footfall(file, 'verify')).toEqual(AGREES);
  });
});

it('a restore is refused while a server is running, which continues', async () => {
  const { server, client, backup } = await start();
  const ran = await footfall(server.file, 'restore', backup);
  expect([ran.code, ran.stdout]).toEqual([1, '']);
  expect(ran.stderr).toMatch(/^Another Footfall has [^\n]+\n$/);
  await send(client, 1);
  expect(await client.count()).toBe(COUNTED + 1);
});

it('a backup overwrites nothing, and a file that is not a backup is not restored', async () => {
  const { server, backup } = await start();
  const again = await footfall(server.file, 'backup', backup);
  expect([again.code, again.stdout]).toEqual([1, '']);
  expect(again.stderr).toMatch(/is there already[^\n]*\n$/);
  await server.stop();
  const before = await bytesOf(server.file);
  const garbage = join(dirname(server.file), 'garbage.db');
  await writeFile(garbage, 'no database '.repeat(1_000));
  for (const file of [garbage, join(dirname(server.file), 'nowhere.db')]) {
    const ran = await footfall(server.file, 'restore', file);
    expect([file, ran.code, ran.stdout]).toEqual([file, 1, '']);
    expect(ran.stderr).toMatch(/^[^\n]{10,300}\n$/);
  }
  expect(await bytesOf(server.file)).toEqual(before);
});
