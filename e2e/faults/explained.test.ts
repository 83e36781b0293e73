import { execFile } from 'node:child_process';
import { copyFile, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@libsql/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchServer, startServer } from '../server.ts';
import { makeKeys, startSqldWithTables, type Sqld } from '../sqld.ts';
import { footfall, footfallWith } from './cli.ts';
import { Client, newView } from './client.ts';

const run = promisify(execFile);

/** One or two sentences in one line, and nothing else: no stack, no code of the driver's. */
const SENTENCE = /^(?!.*(\bat \w|SQLITE_|SERVER_ERROR|Error:))[^\n]{20,700}\.\n$/;

/** A database with a page view, whose server has stopped. */
async function database(): Promise<string> {
  const server = await startServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = new Client(server.url, 1);
  expect((await client.track(newView('/'))).status).toBe(200);
  client.close();
  await server.stop();
  return server.file;
}

/** Asserts that a start ends, and that each command fails, with a sentence that matches. */
async function expectExplained(
  env: Readonly<Record<string, string>>,
  commands: readonly string[],
  what: RegExp,
): Promise<void> {
  await using server = await launchServer({ env });
  expect(await server.ended).toEqual({ code: 1, signal: null });
  const outputs = { start: server.stderr() } as Record<string, string>;
  for (const command of commands) {
    const ran = await footfallWith(env, ...command.split(' '));
    expect([command, ran.code, ran.stdout]).toEqual([command, 1, '']);
    outputs[command] = ran.stderr;
  }
  for (const [command, sentence] of Object.entries(outputs)) {
    expect([command, sentence]).toEqual([command, expect.stringMatching(SENTENCE)]);
    expect([command, sentence]).toEqual([command, expect.stringMatching(what)]);
  }
}

describe('start and every command explain in a sentence', () => {
  it('that the file is not a database', async () => {
    const file = await database();
    await writeFile(file, 'no database '.repeat(1_000));
    const commands = ['verify', 'migrate', `backup ${file}.copy`];
    await expectExplained({ DATABASE_URL: `file:${file}` }, commands, /not a SQLite database/);
  });

  it('that the database was made by a newer Footfall', async () => {
    const file = await database();
    const client = createClient({ url: `file:${file}` });
    await client.execute(
      "insert into kysely_migration (name, timestamp) values ('9999_later', '2040-01-01T00:00:00.000Z')",
    );
    client.close();
    const commands = ['verify', 'migrate', `backup ${file}.copy`];
    await expectExplained({ DATABASE_URL: `file:${file}` }, commands, /newer Footfall/);
    const restored = await footfall(join(dirname(file), 'new', 'footfall.db'), 'restore', file);
    expect(restored).toMatchObject({ code: 1, stderr: expect.stringMatching(/newer Footfall/) as string });
  });

  it('that the database is in a folder that is not writable', async () => {
    const file = await database();
    const disk = join(dirname(file), 'disk');
    await mkdir(disk);
    // Without permission to mount a disk, use a folder without write permission; root may write anywhere, but may mount.
    const isMounted = await run('mount', ['-t', 'tmpfs', 'tmpfs', disk]).then(
      () => true,
      () => false,
    );
    if (isMounted) onTestFinished(() => run('umount', [disk]).then(() => {}));
    const there = join(disk, 'footfall.db');
    await copyFile(file, there);
    if (isMounted) await run('mount', ['-o', 'remount,ro', disk]);
    else await run('chmod', ['-R', 'a-w', disk]);
    const commands = ['migrate', 'verify'];
    await expectExplained(
      { DATABASE_URL: `file:${there}` },
      commands,
      /cannot be (written|opened).*(read-only|able to write)/,
    );
  });

  it.each<[string, (sqld: Sqld) => string]>([
    ['wrong', () => makeKeys().token('rw')],
    ['garbage', () => 'garbage'],
    ['expired', (sqld) => sqld.expiredToken],
  ])('that the token is %s', async (_, tokenOf) => {
    await using sqld = await startSqldWithTables();
    const env = { DATABASE_URL: sqld.url, DATABASE_AUTH_TOKEN: tokenOf(sqld) };
    await expectExplained(env, ['verify', 'migrate'], /DATABASE_AUTH_TOKEN.*wrong or has expired/);
  });

  it('that the token is read-only, so that a server does not start', async () => {
    await using sqld = await startSqldWithTables();
    const env = { DATABASE_URL: sqld.url, DATABASE_AUTH_TOKEN: sqld.readToken };
    await expectExplained(env, ['seed --days 1 --views 1000'], /DATABASE_AUTH_TOKEN does not allow writing/);
    expect((await footfallWith(env, 'verify')).code).toBe(0);
  });
});

it('verify reports that a file is damaged, and ledger that it cannot be read', async () => {
  const file = await database();
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(size - 8_192, 0x5a), 0, size - 8_192, 8_192);
  await handle.close();
  for (const command of ['verify', 'ledger']) {
    const ran = await footfall(file, command);
    expect([command, ran.code, ran.stdout]).toEqual([command, 1, '']);
    expect([command, ran.stderr]).toEqual([command, expect.stringMatching(SENTENCE)]);
    expect(ran.stderr).toMatch(/damaged/);
  }
});
