import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createClient } from '@libsql/client';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../ports.ts';
import { startServer } from '../server.ts';
import { startSqldWithTables } from '../sqld.ts';
import { footfallWith, type Ran } from './cli.ts';
import { Client, newView } from './client.ts';

const VIEWS = 5;

/** A database with page views, whose server has stopped. */
async function database(): Promise<string> {
  const server = await startServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = new Client(server.url, 1);
  for (let n = 0; n < VIEWS; n += 1) expect((await client.track(newView(`/${n}`))).status).toBe(200);
  client.close();
  await server.stop();
  return server.file;
}

/** Runs doctor, by default on a free port. */
async function doctor(env: Readonly<Record<string, string>>): Promise<Ran> {
  return footfallWith({ PORT: String(await freePort()), ...env }, 'doctor');
}

/** Asserts that doctor reports exactly one problem, in a line that matches. */
function expectWrong({ code, stdout, stderr }: Ran, what: RegExp): void {
  expect(stderr).toBe('');
  const wrong = stdout.split('\n').filter((line) => line.startsWith('WRONG'));
  expect(wrong).toEqual([expect.stringMatching(what)]);
  expect(stdout).toMatch(/\n\nOne thing is wrong\.\n$/);
  expect(stdout).not.toMatch(/\n\s+at |SQLITE_|Error:/);
  expect(code).toBe(1);
}

it('while a server is running doctor finds nothing wrong, and changes nothing', async () => {
  const port = await freePort();
  await using server = await startServer({
    port,
    env: { SITE_HOSTS: 'example.com', API_KEYS: 'k'.repeat(16) },
  });
  const client = new Client(server.url, 1);
  expect((await client.track({ ...newView('https://example.com/') })).status).toBe(200);
  const files = await readdir(dirname(server.file));
  const env = { SITE_HOSTS: 'example.com', API_KEYS: 'k'.repeat(16), DATABASE_URL: `file:${server.file}` };
  const { code, stdout, stderr } = await doctor({ ...env, PORT: String(port) });
  expect(stderr).toBe('');
  expect(stdout.split('\n').map((line) => line.slice(0, 5))).not.toContain('WRONG');
  for (const line of [
    /^fine {3}Clock: \d{4}-/m,
    /^fine {3}Configuration: PORT, DATABASE_URL, SITE_HOSTS, API_KEYS\.$/m,
    new RegExp(`^fine {3}Server: a Footfall server responds at http://127\\.0\\.0\\.1:${port}\\.$`, 'm'),
    /^fine {3}Proxy: /m,
    /^\w+ {3}Disk: .* MB free at /m,
    /^fine {3}Folder: .* is writable\.$/m,
    /^fine {3}Database: .*footfall\.db is intact and has 1 page view\.$/m,
    /^fine {3}Numbers: all agree/m,
    /\n\nNothing is wrong\.\n$/,
  ]) {
    expect(stdout).toMatch(line);
  }
  expect(stdout, 'no secret is shown').not.toContain('kkkk');
  expect(code).toBe(0);
  expect(await readdir(dirname(server.file))).toEqual(files);
  expect((await client.track(newView('https://example.com/after'))).status).toBe(200);
  client.close();
});

it('before the first start doctor reports that there is no database yet, and creates none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const ran = await doctor({ DATABASE_URL: `file:${join(folder, 'data', 'footfall.db')}` });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(
    /^note {3}Database: .*footfall\.db does not exist yet: the first start creates it\.$/m,
  );
  expect(ran.stdout).toMatch(/^note {3}SITE_HOSTS: is empty: pages of any site are counted/m);
  expect(await readdir(folder)).toEqual([]);
});

it('doctor reports what is wrong with the configuration, all at once', async () => {
  const ran = await doctor({ SITE_HOST: 'example.com', COUNT_BOTS: 'yes' });
  expectWrong(ran, /^WRONG {2}Configuration: 2 variables must be changed:$/);
  expect(ran.stdout).toMatch(
    /^ +COUNT_BOTS must be true or false\.\n +SITE_HOST is unknown: did you mean SITE_HOSTS\?/m,
  );
});

it('doctor reports that a configured file cannot be read', async () => {
  const DATABASE_URL = `file:${await database()}`;
  expectWrong(
    await doctor({ DATABASE_URL, SPAM_REFERRERS: '/nowhere/spam.txt' }),
    /^WRONG {2}SPAM_REFERRERS: /,
  );
  expectWrong(
    await doctor({ DATABASE_URL, GEOIP_DATABASE: '/nowhere/city.mmdb' }),
    /^WRONG {2}GEOIP_DATABASE: /,
  );
});

it('doctor reports that the port belongs to another program', async () => {
  const other = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const ran = await doctor({ DATABASE_URL: `file:${await database()}`, PORT: String(port) });
  expectWrong(ran, /^WRONG {2}Server: PORT: port \d+ is in use by another program/);
});

it('doctor reports that a proxy is not configured if the site uses https', async () => {
  const env = { DATABASE_URL: `file:${await database()}`, PUBLIC_URL: 'https://stats.example.com' };
  expectWrong(
    await doctor(env),
    /^WRONG {2}Proxy: .*all visitors appear.* Set CLIENT_IP_HEADER .* TRUSTED_PROXIES/,
  );
  const configured = { CLIENT_IP_HEADER: 'X-Forwarded-For', TRUSTED_PROXIES: '127.0.0.1' };
  expect((await doctor({ ...env, ...configured })).code).toBe(0);
});

it('doctor reports that the database is a folder', async () => {
  const file = await database();
  const folder = join(dirname(file), 'folder');
  await mkdir(folder);
  expectWrong(
    await doctor({ DATABASE_URL: `file:${folder}` }),
    /^WRONG {2}Database: DATABASE_URL: .* is a folder\. Name a file in it/,
  );
});

it('doctor reports that the file is damaged', async () => {
  const file = await database();
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(size - 8_192, 0x5a), 0, size - 8_192, 8_192);
  await handle.close();
  expectWrong(await doctor({ DATABASE_URL: `file:${file}` }), /^WRONG {2}Database: .*damaged.* restore/);
});

it('doctor reports which numbers differ, and how to correct them', async () => {
  const file = await database();
  const client = createClient({ url: `file:${file}` });
  await client.execute('update visitor_counts set view_count = view_count + 7');
  client.close();
  const ran = await doctor({ DATABASE_URL: `file:${file}` });
  expectWrong(
    ran,
    /^WRONG {2}Numbers: 6 differ from the page views\. Stop Footfall and run "pnpm footfall verify --repair"\.$/,
  );
  expect(ran.stdout).toMatch(/^ +visitor_counts .*: view_count is 8, and should be 1$/m);
  expect((await footfallWith({ DATABASE_URL: `file:${file}` }, 'verify', '--repair')).code).toBe(0);
  expect((await doctor({ DATABASE_URL: `file:${file}` })).code).toBe(0);
});

it('doctor reports page views in the future', async () => {
  const file = await database();
  const client = createClient({ url: `file:${file}` });
  await client.execute('update visitor_stats set last_updated_at = last_updated_at + 86400000');
  client.close();
  const { stdout, code } = await doctor({ DATABASE_URL: `file:${file}` });
  expect(stdout).toMatch(/^WRONG {2}Clock: the newest page view is of .* in the future/m);
  expect(code).toBe(1);
});

it('doctor examines a libSQL server, and reports if it does not respond', async () => {
  await using sqld = await startSqldWithTables();
  const ran = await doctor({
    DATABASE_URL: sqld.url,
    DATABASE_AUTH_TOKEN: sqld.env['DATABASE_AUTH_TOKEN'] ?? '',
  });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/^fine {3}Database: 127\.0\.0\.1:\d+ responds and is writable\.$/m);
  await sqld.kill();
  const down = await doctor({
    DATABASE_URL: sqld.url,
    DATABASE_AUTH_TOKEN: sqld.env['DATABASE_AUTH_TOKEN'] ?? '',
  });
  expectWrong(down, /^WRONG {2}Database: 127\.0\.0\.1:\d+: DATABASE_URL: the libSQL server does not answer/);
});
