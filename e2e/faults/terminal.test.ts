import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createClient } from '@libsql/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchServer, startServer } from '../server.ts';

/** A line that says what to do, without a stack or a driver's code. */
const SENTENCE = /^(?!.*(\bat \w|SQLITE_|E[A-Z]{5,}|Error:))[^\n]{20,300}\.\n$/;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-start-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Asserts that a start ends with a sentence that matches, and writes nothing else. */
async function expectEnds(options: Parameters<typeof launchServer>[0], sentence: RegExp): Promise<void> {
  await using server = await launchServer(options);
  expect(await server.ended).toEqual({ code: 1, signal: null });
  expect(server.stdout()).toBe('');
  expect(server.stderr()).toMatch(SENTENCE);
  expect(server.stderr()).toMatch(sentence);
}

describe('a start that cannot succeed says what to do, and changes nothing:', () => {
  it('the port is in use, which is detected before the database is opened', async () => {
    const folder = await temporaryFolder();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    await expectEnds(
      { folder, port },
      /^PORT: port \d+ is in use by another program\. .* such as PORT=\d+\.$/m,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('the database is a folder', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'footfall.db'));
    await expectEnds({ folder }, /footfall\.db cannot be opened: it is a folder\. Name a file in it/);
    expect(await readdir(folder)).toEqual(['footfall.db']);
  });

  it('the database’s parent is not a folder', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    const env = { DATABASE_URL: `file:${join(folder, 'file', 'footfall.db')}` };
    await expectEnds({ env }, /cannot be opened: .*its folder must exist/);
  });

  it('the file is not a database', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'footfall.db'), 'no database '.repeat(1_000));
    await expectEnds({ folder }, /footfall\.db cannot be opened: .*not a SQLite database/);
    expect(await readdir(folder)).toEqual(['footfall.db']);
  });

  it('another program has the file locked', async () => {
    const folder = await temporaryFolder();
    const server = await startServer({ folder });
    await server.stop();
    await server[Symbol.asyncDispose]();
    const client = createClient({ url: `file:${server.file}` });
    onTestFinished(() => client.close());
    await client.execute('pragma journal_mode = delete');
    const locked = await client.transaction('write');
    await locked.execute('update visitor_stats set version = version');
    await expectEnds({ folder }, /another program has the database file locked.* Close it/);
    expect(await readdir(folder)).not.toContain('footfall.db-lock');
    await locked.rollback();
  });

  it('several values are wrong, each in its own line', async () => {
    const env = {
      LOG_FORMAT: 'pretty',
      SITE_HOSTS: 'https://example.com',
      SITE_HOST: 'example.com',
      COUNT_BOTS: 'yes',
    };
    await using server = await launchServer({ env: { ...env, SITE_HOSTS: 'https://example.com' } });
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(server.stderr().split('\n')).toEqual([
      '3 variables must be changed:',
      '  SITE_HOSTS: "https://example.com" is not a host: write example.com.',
      '  COUNT_BOTS must be true or false.',
      '  LOG_FORMAT must be json or text.',
      '',
    ]);
    expect(await readdir(join(server.file, '..'))).toEqual([]);
  });
});

it('a stop leaves only the database in its folder, in which a running server has its lock', async () => {
  const server = await startServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const folder = join(server.file, '..');
  expect(await readdir(folder)).toContain('footfall.db-lock');
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(await readdir(folder)).toEqual([basename(server.file)]);
});

it('the log is JSON for programs, and text with LOG_FORMAT=text', async () => {
  await using json = await startServer();
  await using text = await startServer({ env: { LOG_FORMAT: 'text' } });
  await expect.poll(text.stdout).toContain('/admin/setup?token=');
  for (const line of json.stdout().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  const [started, setup, end] = text.stdout().split('\n');
  expect(started).toMatch(/^\d\d:\d\d:\d\d {2}Footfall is at http:\/\/localhost:\d+ \(.*\)$/);
  expect(setup).toMatch(
    /^\d\d:\d\d:\d\d {2}Choose the owner’s password .* at http:\S+\/admin\/setup\?token=\S+$/,
  );
  expect(end).toBe('');
});

it('a start that is stopped before it has finished ends cleanly, and leaves no lock', async () => {
  const folder = await temporaryFolder();
  await using server = await launchServer({ folder });
  // As soon as it has opened the file.
  await expect.poll(() => readdir(folder), { timeout: 20_000, interval: 1 }).toContain('footfall.db-lock');
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(await readdir(folder)).toEqual(['footfall.db']);
  expect(server.stderr()).toBe('');
});
