import { copyFile, link, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchServer, startServer, type Server } from '../server.ts';
import { AGREES, footfall } from './cli.ts';
import { Client, expectUnavailable, newView, readContents } from './client.ts';

/** Page views that are acknowledged before a backup is made, and by the time that something happens to the file. */
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

/** What was logged for the operator, without what every start and stop says. */
const errorsOf = (server: Server): string[] =>
  server
    .stdout()
    .split('\n')
    .filter((line) => line.includes('"level":50'))
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

/** Says that from here on nothing is acknowledged, that the operator is told once, and that the known numbers stay. */
async function expectRefused(server: Server, client: Client): Promise<void> {
  for (let n = 0; n < AFTER; n += 1) expectUnavailable(await client.track(newView('/after')));
  expect((await client.send('GET', '/readyz')).status).toBe(503);
  expect(await client.count()).toBe(COUNTED);
  const errors = errorsOf(server);
  expect(errors).toEqual([expect.stringMatching(OPERATOR)]);
  expect(errors[0]).toContain(server.file);
}

/** What is in a file, in a form that can be compared; undefined where there is no file. */
async function bytesOf(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return;
  const bytes = await readFile(file);
  return `${bytes.length}: ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The file that starts with this name, beside the database. */
async function besides(file: string, name: string): Promise<string> {
  const folder = dirname(file);
  const found = (await readdir(folder)).filter((entry) => entry.startsWith(name));
  expect(found).toHaveLength(1);
  return join(folder, found[0]!);
}

describe('while the server runs, nothing is acknowledged any more, the operator is told once, and nothing is overwritten,', () => {
  it('when the folder of the database is deleted', async () => {
    const { server, client } = await start();
    await rm(dirname(server.file), { recursive: true });
    await expectRefused(server, client);
    await server.stop();
    expect(existsSync(dirname(server.file))).toBe(false);
  });

  it('when the database is deleted; what was open is saved at the stop', async () => {
    const { server, client } = await start();
    await rm(server.file);
    const log = await bytesOf(`${server.file}-wal`);
    await expectRefused(server, client);
    await server.stop();
    expect(existsSync(server.file)).toBe(false);
    expect(await bytesOf(`${server.file}-wal`)).toEqual(log);
    const rescued = await besides(server.file, 'footfall.db-rescued-');
    expect((await readContents(rescued)).total).toBe(COUNTED);
    expect(await footfall(server.file, 'restore', rescued)).toMatchObject({ code: 0, stderr: '' });
    expect((await readContents(server.file)).total).toBe(COUNTED);
  });

  it('when a backup is moved over the database; what was open is saved at the stop', async () => {
    const { server, client, backup } = await start();
    const replacement = await bytesOf(backup);
    await rename(backup, server.file);
    const log = await bytesOf(`${server.file}-wal`);
    await expectRefused(server, client);
    await server.stop();
    expect(await bytesOf(server.file)).toEqual(replacement);
    expect(await bytesOf(`${server.file}-wal`)).toEqual(log);
    const rescued = await besides(server.file, 'footfall.db-rescued-');
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

  it.each(['-lock', '-wal'])('when its %s is deleted; a restart loses nothing', async (suffix) => {
    const { server, client } = await start();
    await rm(`${server.file}${suffix}`);
    await expectRefused(server, client);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect((await readContents(server.file)).total).toBe(COUNTED);
    await using again = await startServer({ folder: dirname(server.file) });
    const reader = new Client(again.url, 1);
    expect(await reader.count()).toBe(COUNTED);
    reader.close();
  });
});

it('a database that is moved away and put back is counted in again, and a view that was refused counts once', async () => {
  const { server, client } = await start();
  const view = newView('/away');
  await rename(server.file, `${server.file}.away`);
  expectUnavailable(await client.track(view));
  await rename(`${server.file}.away`, server.file);
  expect((await client.track(view)).status).toBe(200);
  expect((await client.track(view)).status).toBe(200);
  expect((await client.send('GET', '/readyz')).status).toBe(200);
  expect(await client.count()).toBe(COUNTED + 1);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect((await readContents(server.file)).total).toBe(COUNTED + 1);
});

describe('a backup that is copied into the place of a database whose server was killed', () => {
  async function kill(): Promise<{ file: string; backup: string }> {
    const { server, client, backup } = await start();
    await send(client, 1);
    await server.kill();
    expect((await stat(`${server.file}-wal`)).size).toBeGreaterThan(0);
    return { file: server.file, backup };
  }

  it('is not ruined by the log that was left: start and every command refuse it in a sentence that says what to do', async () => {
    const { file, backup } = await kill();
    await copyFile(backup, file);
    const log = await bytesOf(`${file}-wal`);
    await using server = await launchServer({ folder: dirname(file) });
    expect(await server.ended).toEqual({ code: 1, signal: null });
    const SENTENCE = /^[^\n]*footfall\.db-wal does not belong to [^\n]* footfall restore [^\n]+\n$/;
    expect(server.stderr()).toMatch(SENTENCE);
    for (const command of [['verify'], ['ledger'], ['forget'], ['backup', `${file}.copy`], ['migrate']]) {
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

    // What the sentence says to do, does it.
    expect(await footfall(file, 'restore', file)).toMatchObject({ code: 0, stderr: '' });
    expect((await readContents(file)).total).toBe(BACKED_UP);
    expect(await footfall(file, 'verify')).toEqual(AGREES);
  });

  it('by footfall restore is exactly what it was, and the database before it is kept whole', async () => {
    const { file, backup } = await kill();
    expect(await footfall(file, 'restore', backup)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(
          `^${file} has ${BACKED_UP} page views now\\.\nWhat was there before is in ${file}-before-`,
        ),
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

it('a restore is refused beside a running server, which goes on', async () => {
  const { server, client, backup } = await start();
  const ran = await footfall(server.file, 'restore', backup);
  expect([ran.code, ran.stdout]).toEqual([1, '']);
  expect(ran.stderr).toMatch(/^Another Footfall has [^\n]+\n$/);
  await send(client, 1);
  expect(await client.count()).toBe(COUNTED + 1);
});

it('a backup overwrites nothing, and a file that is no backup is not restored', async () => {
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

it('a database with a second name is not opened: under that name another Footfall could lose page views', async () => {
  const { server } = await start();
  const other = join(dirname(server.file), 'other.db');
  await link(server.file, other);
  await using second = await launchServer({ env: { DATABASE_URL: `file:${other}` } });
  expect(await second.ended).toEqual({ code: 1, signal: null });
  expect(second.stderr()).toMatch(/^[^\n]* has a second name \(a hard link\)[^\n]* cp [^\n]+\n$/);
});
