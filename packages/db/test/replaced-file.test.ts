import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createClient } from '@libsql/client/sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openStore, type Connection, type Store } from '@footfall/db';
import { fileReader, openFile } from '@footfall/db/embedded';
import { expectAgreement, folderOn, idOf, pageView, temporaryFolder, WHEN_ASKED } from './support.ts';

const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 };
const BEFORE = 20;

interface Opened {
  readonly path: string;
  readonly store: Store;
  readonly connection: Connection;
  /** What was logged, in order; undefined where the problem was over. */
  readonly problems: (string | undefined)[];
}

async function openIn(folder: string, thread: boolean): Promise<Opened> {
  const path = join(folder, 'footfall.db');
  const problems: Opened['problems'] = [];
  const connection = await openFile({ path, thread, onProblem: (problem) => void problems.push(problem) });
  const store = await openStore(connection, { schedule: WHEN_ASKED }); // a fold would write meanwhile
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= store.close());
  onTestFinished(() => close().catch(() => {})); // a test that expects it to fail says so
  return { path, connection, problems, store: { ...store, close } };
}

/** A store with page views in its file, and in the log beside it. */
async function opened(thread: boolean): Promise<Opened> {
  const all = await openIn(await temporaryFolder(), thread);
  for (let n = 0; n < BEFORE; n += 1) {
    if (n === BEFORE / 2) await all.connection.rest();
    await all.store.add(pageView({ id: idOf(n) }), false);
  }
  return all;
}

/** Expects that nothing is acknowledged any more, that the problem was logged once, and that the last numbers are shown. */
async function expectRefused({ store, problems, path }: Opened, what: string): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    await expect(store.add(pageView({ id: idOf(100 + n) }), false)).rejects.toMatchObject(UNAVAILABLE);
  }
  await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
  expect(store.count()).toMatchObject({ count: BEFORE });
  expect(problems).toEqual([expect.stringContaining(what)]);
  expect(problems[0]).toContain(path);
  expect(problems[0]).toMatch(/Nothing is counted until/);
}

/** What is in a file, in a form that can be compared; undefined where there is none. */
async function bytesOf(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return;
  const bytes = await readFile(file);
  return `${bytes.length}: ${createHash('sha256').update(bytes).digest('hex')}`;
}

async function expectStored(path: string, views: number): Promise<void> {
  const client = createClient({ url: `file:${path}` });
  onTestFinished(() => client.close());
  const fold = async (): Promise<void> => {
    while ((await folderOn({ database: client }).step(1_000)).hasMore);
  };
  await expectAgreement({ connection: { database: client }, store: { fold } }, views);
}

describe.each([
  ['with a thread of its own', true],
  ['without', false],
])('%s, a file', (_where, thread) => {
  it('whose folder is deleted acknowledges nothing more', async () => {
    const all = await opened(thread);
    await rm(dirname(all.path), { recursive: true });
    await expectRefused(all, 'is gone');
    await expect(all.store.close()).rejects.toThrow('is gone');
    expect(existsSync(dirname(all.path))).toBe(false);
  });

  it('that is deleted is noticed while nobody comes, and what was open is saved when it is closed', async () => {
    const all = await opened(thread);
    await rm(all.path);
    const log = await bytesOf(`${all.path}-wal`);
    await vi.waitFor(() => expect(all.problems).toHaveLength(1), { timeout: 20_000, interval: 20 });
    await expectRefused(all, 'is gone');
    await expect(all.store.close()).rejects.toThrow('What was open is saved in');
    expect(existsSync(all.path)).toBe(false);
    expect(await bytesOf(`${all.path}-wal`)).toBe(log);
    const saved = (await readdir(dirname(all.path))).filter((name) => name.includes('-rescued-'));
    expect(saved).toHaveLength(1);
    await expectStored(join(dirname(all.path), saved[0]!), BEFORE);
  });

  it.each(['deleted', 'overwritten'])(
    'of sample data that was %s is closed, and saved nowhere',
    async (what) => {
      const folder = await temporaryFolder();
      const path = join(folder, 'sample.db');
      const store = await openStore(await openFile({ path, thread, sample: true }));
      await store.add(pageView(), false);
      await (what === 'deleted' ? rm(path) : writeFile(path, Buffer.alloc(8_192, 1)));
      await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
      await store.close();
      expect((await readdir(folder)).filter((name) => /rescued|lock/.test(name))).toEqual([]);
    },
  );

  it('that another is moved over leaves that other and its own log as they are', async () => {
    const all = await opened(thread);
    const other = `${all.path}.other`;
    await copyFile(all.path, other);
    const [file, log] = [await bytesOf(other), await bytesOf(`${all.path}-wal`)];
    await rename(other, all.path);
    await expectRefused(all, 'is not the file that is open');
    await expect(all.connection.reader.batch(['select 1'])).rejects.toThrow('is not the file that is open');
    await expect(all.connection.rest()).rejects.toThrow('is not the file that is open');
    await expect(all.store.close()).rejects.toThrow('What was open is saved in');
    expect([await bytesOf(all.path), await bytesOf(`${all.path}-wal`)]).toEqual([file, log]);
  });

  it('that is overwritten gets nothing more written into it', async () => {
    const all = await opened(thread);
    const other = `${all.path}.other`;
    const client = createClient({ url: `file:${other}` });
    await client.execute('create table other (a)');
    client.close();
    const [file, log] = [await bytesOf(other), await bytesOf(`${all.path}-wal`)];
    await copyFile(other, all.path);
    await expectRefused(all, 'was overwritten');
    await expect(all.connection.rest()).rejects.toThrow('was overwritten');
    await expect(all.store.close()).rejects.toThrow('was overwritten');
    expect([await bytesOf(all.path), await bytesOf(`${all.path}-wal`)]).toEqual([file, log]);
  });

  it.each(['-lock', '-wal'])('whose %s is deleted is whole when it is closed', async (suffix) => {
    const all = await opened(thread);
    await rm(`${all.path}${suffix}`);
    await expectRefused(all, 'was deleted while Footfall was running');
    await all.store.close();
    await expectStored(all.path, BEFORE);
  });

  it('that is moved away and put back counts again, and a page view that was refused meanwhile once', async () => {
    const all = await opened(thread);
    const { path, store, problems } = all;
    await rename(path, `${path}.away`);
    await expectRefused(all, 'is gone');
    await rename(`${path}.away`, path);
    for (const counted of [true, false]) {
      expect(await store.add(pageView({ id: idOf(100) }), false)).toMatchObject({ counted });
    }
    await store.ping();
    expect(problems).toEqual([expect.any(String), undefined]);
    await store.close();
    await expectStored(path, BEFORE + 1);
  });

  it('with a second name is not opened: under that another could open it', async () => {
    const { path, store } = await opened(thread);
    await link(path, `${path}.second`);
    await expect(openFile({ thread, path: `${path}.second` })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/has a second name \(a hard link\).*"cp .* && mv .*"\.$/) as string,
    });
    await store.close();
  });

  it.each([
    ['deleted', (path: string) => rm(path)],
    ['emptied', (path: string) => writeFile(path, '')],
    ['no database any more', (path: string) => writeFile(path, 'no database '.repeat(1_000))],
  ])('that is %s while its log is there is not opened, which would delete the log', async (_, change) => {
    const { path, store } = await opened(thread);
    const folder = await temporaryFolder();
    const copy = join(folder, 'footfall.db');
    for (const suffix of ['', '-wal']) await copyFile(`${path}${suffix}`, `${copy}${suffix}`);
    await store.close();
    const log = await bytesOf(`${copy}-wal`);
    await change(copy);
    await expect(openFile({ thread, path: copy })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`${copy}-wal does not belong to ${copy}`) as string,
    });
    expect(await bytesOf(`${copy}-wal`)).toBe(log);
  });
});

it('a reader of its own does not open a database with the log of another', async () => {
  const { path, store, connection } = await opened(true);
  const folder = await temporaryFolder();
  const copy = join(folder, 'footfall.db');
  await copyFile(path, copy);
  await connection.rest();
  await store.add(pageView(), false);
  await copyFile(`${path}-wal`, `${copy}-wal`);
  const before = await bytesOf(copy);
  const reader = fileReader(copy);
  await expect(reader.batch(['select 1'])).rejects.toMatchObject({ code: 'CONFLICT' });
  await reader.close();
  expect(await bytesOf(copy)).toBe(before);
});
