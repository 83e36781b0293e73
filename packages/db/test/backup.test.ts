import { chmod, copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@libsql/client/sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { backUp, fileReader, openFile, restore } from '@footfall/db/embedded';
import { expectAgreement, folderOn, NOON, open, pageView, rowsOf, temporaryFolder } from './support.ts';

const DAY_MS = 24 * 3_600_000;
const TODAY = NOON - (NOON % DAY_MS);

/** A store that is open, on a file with this name in a folder of the test's own. */
async function storeOf(name = 'footfall.db') {
  const folder = await temporaryFolder();
  const path = join(folder, name);
  const connection = await openFile({ path });
  return { folder, path, connection, store: await open(connection) };
}

async function expectStored(path: string, views: number): Promise<void> {
  const client = createClient({ url: pathToFileURL(path).href });
  onTestFinished(() => client.close());
  const fold = async (): Promise<void> => {
    while ((await folderOn({ database: client }).step(1_000)).hasMore);
  };
  await expectAgreement({ connection: { database: client }, store: { fold } }, views);
  expect(await rowsOf({ database: client }, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
}

it.each(['footfall.db', "it's 100%.db"])(
  'a backup of %s, taken beside commits, is the store of one moment',
  async (name) => {
    const { folder, path, store } = await storeOf(name);
    const adding = Array.from({ length: 200 }, (_, n) => store.add(pageView({ page: `/${n % 9}` }), false));
    await adding[0];
    const copy = join(folder, `copy of ${name}`);
    const { views } = await backUp(path, copy);
    await Promise.all(adding);
    expect(views).toBeGreaterThan(0);
    await expectStored(copy, views);
    await store.close();
    await expectStored(path, 200);
  },
);

it('a backup has no salts of days, which are destroyed in the store, and is readable by no more than the database', async () => {
  const { folder, path, store, connection } = await storeOf();
  await store.salts({ today: TODAY, previous: TODAY - DAY_MS, now: NOON });
  await store.add(pageView(), false);
  const salts = await rowsOf(connection, 'select salt from visitor_salts where day <> 0');
  expect(salts).toHaveLength(1);
  await chmod(path, 0o600);
  const copy = join(folder, 'copy.db');
  await backUp(path, copy);
  expect((await stat(copy)).mode & 0o777).toBe(0o600);
  const bytes = await readFile(copy);
  for (const { salt } of salts) expect(bytes.includes(Buffer.from(salt as ArrayBuffer))).toBe(false);
  const client = createClient({ url: `file:${copy}` });
  onTestFinished(() => client.close());
  expect(await rowsOf({ database: client }, 'select day from visitor_salts')).toEqual(
    await rowsOf(connection, 'select day from visitor_salts where day = 0'),
  );
});

it('a backup leaves nothing behind where it fails, and overwrites nothing', async () => {
  const { folder, path, store } = await storeOf();
  await store.add(pageView(), false);
  const there = join(folder, 'there.db');
  await writeFile(there, 'something else');
  await expect(backUp(path, there)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await readFile(there, 'utf8')).toBe('something else');
  await expect(backUp(path, join(folder, 'nowhere', 'copy.db'))).rejects.toThrow('ENOENT');
  expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
});

it('what is restored may be a plain copy of a database and its log', async () => {
  const { path, store } = await storeOf();
  for (let n = 0; n < 3; n += 1) await store.add(pageView(), false);
  const copy = join(await temporaryFolder(), 'copy.db');
  for (const suffix of ['', '-wal']) await copyFile(path + suffix, copy + suffix);
  const target = join(await temporaryFolder(), 'a', 'footfall.db');
  expect(await restore(target, copy)).toEqual({ views: 3, aside: undefined });
  const reader = fileReader(target); // no server has opened it yet: it has no log
  expect((await reader.batch(['select total_views from visitor_stats']))[0]?.rows).toEqual([
    { total_views: 3 },
  ]);
  await reader.close();
  await expectStored(target, 3);
  await expectStored(copy, 3);
});

it('a restore keeps the database before it, and a file that is open or damaged is not restored', async () => {
  const { folder, path, store } = await storeOf();
  await store.add(pageView(), false);
  const copy = join(folder, 'copy.db');
  await backUp(path, copy);
  await store.add(pageView(), false);
  await expect(restore(path, copy)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await store.add(pageView(), false)).toMatchObject({ counted: true, total: 3 });
  await store.close();

  const bytes = await readFile(copy);
  const damaged = join(folder, 'damaged.db');
  await writeFile(damaged, bytes.fill(0x5a, 8_192, bytes.length - 8_192));
  await expect(restore(path, damaged)).rejects.toThrow(/malformed|damaged/);
  await expectStored(path, 3);

  const { views, aside } = await restore(path, copy);
  expect(views).toBe(1);
  await expectStored(path, 1);
  await expectStored(String(aside), 3);
  expect((await readdir(folder)).filter((name) => name.includes('restoring'))).toEqual([]);
  const again = await open(openFile({ path }));
  expect(await again.add(pageView(), false)).toMatchObject({ counted: true, total: 2 });
});

it('a backup, and what is restored from a plain copy, do not know when a server ran last', async () => {
  const { folder, path, store } = await storeOf();
  await store.beat(NOON);
  const copy = join(folder, 'copy.db');
  await backUp(path, copy);
  await store.close();
  const target = join(folder, 'restored.db');
  await restore(target, path);
  for (const file of [copy, target]) {
    const client = createClient({ url: `file:${file}` });
    onTestFinished(() => client.close());
    expect(await rowsOf({ database: client }, 'select seen_at from visitor_stats')).toEqual([
      { seen_at: null },
    ]);
  }
});

it('sample data is not restored, nor is a copy of it', async () => {
  const { folder, path, store } = await storeOf();
  await store.add(pageView(), false);
  await store.close();
  const sample = join(folder, 'sample.db');
  const made = await open(openFile({ path: sample, sample: true }));
  for (let n = 0; n < 3; n += 1) await made.add(pageView(), false);
  const copy = join(folder, 'copy.db');
  await backUp(sample, copy);
  for (const from of [sample, copy])
    await expect(restore(path, from)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'This is sample data: its page views are made up, and it is no backup.',
    });
  await expectStored(path, 1);
});

it('a restored database is another store than the one that was backed up, as a comparison of versions shows', async () => {
  const { folder, path, store } = await storeOf();
  await store.add(pageView(), false);
  const before = store.version()?.store ?? NaN;
  const copy = join(folder, 'copy.db');
  await backUp(path, copy);
  await store.add(pageView(), false);
  await store.close();
  await restore(path, copy);
  const restored = await open(openFile({ path }));
  expect(restored.version()?.store).toBeGreaterThan(before);
  expect(await restored.count()).toMatchObject({ count: 1 });
});
