import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createClient } from '@libsql/client/sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openStore, type Connection } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import {
  expectAgreement,
  idOf,
  NOON,
  open,
  pageView,
  rowsOf,
  start,
  stop,
  STORE,
  temporaryFolder,
  watched,
} from './support.ts';

const DAY = NOON - 12 * 3_600_000;

const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 };
const HOLD = fileURLToPath(new URL('./children/hold.ts', import.meta.url));
const COMPETE = fileURLToPath(new URL('./children/compete.ts', import.meta.url));
const WRITE = fileURLToPath(new URL('./children/write.ts', import.meta.url));

const aFile = async (): Promise<string> => join(await temporaryFolder(), 'footfall.db');

const pragma = async (connection: Connection, name: string): Promise<unknown> =>
  Object.values((await rowsOf(connection, `pragma ${name}`))[0] ?? {})[0];

/** A second connection to the file, as a stranger would have it. */
function stranger(path: string) {
  const client = createClient({ url: `file:${path}`, concurrency: 1 });
  onTestFinished(() => client.close());
  return client;
}

describe.each([
  ['with a thread of its own', true],
  ['without', false],
])('%s', (_where, thread) => {
  describe('a file', () => {
    it('is made with its folders', async () => {
      const path = join(await temporaryFolder(), 'a', 'b', 'footfall.db');
      await (await openFile({ thread, path })).close();
      await access(path);
    });

    it.each(['with space.db', 'a#b.db', 'a?mode=ro.db', 'a%41%.db', 'ünï.db', "a'b;c.db", ':memory:'])(
      'may be called %j',
      async (name) => {
        const folder = await temporaryFolder();
        const path = join(folder, name);
        const store = await open(openFile({ thread, path }));
        await store.add(pageView(), false);
        expect(await readdir(folder)).toEqual(expect.arrayContaining([name, `${name}-lock`]));
        await store.close();
        expect(await readdir(folder)).toContain(name);
        expect(await readdir(folder)).not.toContain(`${name}-lock`);
        expect((await open(openFile({ thread, path }))).count()).toMatchObject({ count: 1 });
      },
    );

    it('is written ahead to a log that is forced to disk by every commit, also after the connection was renewed', async () => {
      const connection = await openFile({ thread, path: await aFile() });
      const store = await open(connection);
      const durability = async (): Promise<unknown[]> => [
        await pragma(connection, 'journal_mode'),
        await pragma(connection, 'synchronous'),
        await pragma(connection, 'wal_autocheckpoint'),
      ];
      const FULL = ['wal', 2, 4_096];
      expect(await durability()).toEqual(FULL);
      await connection.renew();
      expect(await durability()).toEqual(FULL);
      await store.add(pageView(), false);
      expect(await durability()).toEqual(FULL);
    });

    it('is not forced to disk for what can be computed again, even where that fails', async () => {
      const connection = await openFile({ thread, path: await aFile() });
      const during = async (mode: 'write' | 'derived'): Promise<unknown> => {
        const [result] = await connection.database.batch(['pragma synchronous'], mode);
        return result?.rows[0]?.['synchronous'];
      };
      expect([await during('derived'), await during('write')]).toEqual([1, 2]);
      await expect(connection.database.batch(['select none'], 'derived')).rejects.toThrow('none');
      expect(await during('write')).toBe(2);
      await connection.close();
    });

    it('is forced to disk less often where the owner wants it so', async () => {
      const connection = await openFile({ thread, path: await aFile(), synchronous: 'normal' });
      expect([await pragma(connection, 'journal_mode'), await pragma(connection, 'synchronous')]).toEqual([
        'wal',
        1,
      ]);
      await connection.renew();
      expect([await pragma(connection, 'journal_mode'), await pragma(connection, 'synchronous')]).toEqual([
        'wal',
        1,
      ]);
      await connection.close();
    });

    it('has its log emptied in quiet moments, and is one whole file when it is closed', async () => {
      const path = await aFile();
      const store = await open(openFile({ thread, path }));
      await store.add(pageView(), false);
      expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0);
      await vi.waitFor(async () => expect((await stat(`${path}-wal`)).size).toBe(0), {
        timeout: 20_000,
        interval: 50,
      });
      await store.add(pageView(), false);
      await store.close();
      const log = stat(`${path}-wal`);
      // In place the connection outlives its close until its statements are collected: the log stays, with nothing in it.
      if (thread) await expect(log).rejects.toThrow('ENOENT');
      else expect(await log).toMatchObject({ size: 0 });
      await expectAgreement({ connection: { database: stranger(path) } }, 2);
    });

    it('can be read by a stranger while it is written', async () => {
      const path = await aFile();
      const store = await open(openFile({ thread, path }));
      await store.add(pageView(), false);
      await expectAgreement({ store, connection: { database: stranger(path) } }, 1);
      expect(await store.add(pageView(), false)).toMatchObject({ counted: true, total: 2 });
    });
  });

  describe('a second Footfall', () => {
    const refused = (path: string) => ({
      code: 'CONFLICT',
      message: `Another Footfall has ${path} open. Stop it first, or give this one a DATABASE_URL of its own.`,
    });

    async function holder(path: string) {
      const child = start(process.execPath, [HOLD, path]);
      if (child.stdout === null) throw new Error('no output');
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      expect(said.toString()).toBe('open\n');
      return child;
    }

    it('in another process is refused with a clear sentence, until the first is gone, even by kill -9', async () => {
      const path = await aFile();
      const child = await holder(path);
      await expect(openFile({ thread, path })).rejects.toMatchObject(refused(path));
      await expect(openFile({ thread, path })).rejects.toMatchObject(refused(path));
      await stop(child);
      const store = await open(openFile({ thread, path }));
      expect(await store.add(pageView(), false)).toMatchObject({ counted: true });
    });

    it('in the same process is refused, until the first has closed', async () => {
      const path = await aFile();
      const first = await open(openFile({ thread, path }));
      await expect(openFile({ thread, path })).rejects.toMatchObject(refused(path));
      expect(await first.add(pageView(), false)).toMatchObject({ counted: true, total: 1 });
      await first.close();
      expect((await open(openFile({ thread, path }))).count()).toMatchObject({ count: 1 });
    });

    it('is refused when it says the path in another way', async () => {
      const path = await aFile();
      const folder = `${await temporaryFolder()}/link`;
      await symlink(join(path, '..'), folder);
      await open(openFile({ thread, path }));
      await expect(openFile({ thread, path: join(folder, 'footfall.db') })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      await expect(openFile({ thread, path: `${path}/../footfall.db` })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    });

    it('on a file of its own is welcome', async () => {
      const [one, other] = [await aFile(), await aFile()];
      await holder(one);
      expect(await (await open(openFile({ thread, path: other }))).add(pageView(), false)).toMatchObject({
        counted: true,
      });
    });
  });

  describe('a stranger that holds a write transaction on the file', () => {
    it('makes writes fail with 503 and reads go on; after it, everything that is acknowledged is there and stays', async () => {
      const path = await aFile();
      const connection = await openFile({ thread, path });
      const store = await open(connection);
      const acknowledged = new Set<string>();
      const add = async (id: string): Promise<unknown> => {
        const written = await store.add(pageView({ id, page: '/a' }), true);
        acknowledged.add(id);
        return written;
      };
      await add(idOf(0));
      const other = stranger(path);
      for (let round = 1; round <= 3; round += 1) {
        const transaction = await other.transaction('write');
        await transaction.execute(
          "insert into visitor_counts (page_identifier, view_count, last_updated_at) values ('/stranger', 1, 1)",
        );
        const ids = [10, 11, 12].map((n) => idOf(100 * round + n));
        for (const id of ids) await expect(add(id)).rejects.toMatchObject(UNAVAILABLE);
        expect(await store.count('/a')).toMatchObject({ count: acknowledged.size });
        await store.ping();
        await transaction.rollback();
        expect(await Promise.all(ids.map(add))).toEqual(
          ids.map(() => ({
            counted: true,
            count: 1 + 3 * round,
            total: 1 + 3 * round,
            version: 1 + round,
            store: STORE,
          })),
        );
      }
      await expectAgreement({ store, connection }, 10);
      await expectAgreement({ connection: { database: other } }, 10); // seen by others, not only by the connection that wrote
      other.close();
      await store.close();
      const again = await openFile({ thread, path });
      await open(again);
      await expectAgreement({ connection: again }, 10);
      const logged = await rowsOf(again, 'select lower(hex(id)) id from visitor_event_ids order by seq');
      expect(logged.map(({ id }) => id)).toEqual([...acknowledged]);
    });

    it('costs nothing of what is acknowledged after it, also where it were salts, a fold or a record that failed', async () => {
      const path = await aFile();
      const other = stranger(path);
      const connection = await openFile({ thread, path });
      let held: Awaited<ReturnType<typeof other.transaction>> | undefined;
      let holdsAt: string | undefined;
      const store = await open(
        watched(connection, async (sql) => {
          if (holdsAt === undefined || !sql.includes(holdsAt)) return;
          holdsAt = undefined;
          held = await other.transaction('write');
        }),
      );
      const release = async (): Promise<void> => {
        await held?.rollback();
        held = undefined;
      };
      const add = async (total: number): Promise<void> => {
        expect(await store.add(pageView({ page: '/a' }), false)).toMatchObject({ counted: true, total });
        expect(await rowsOf({ database: other }, 'select total_views total from visitor_stats')).toEqual([
          { total },
        ]);
      };
      await add(1);
      holdsAt = 'visitor_salts';
      await expect(store.salts({ today: DAY, previous: DAY - 86_400_000, now: NOON })).rejects.toMatchObject(
        UNAVAILABLE,
      );
      await release();
      await add(2);
      holdsAt = 'visitor_event_ids';
      await expect(store.add(pageView(), false)).rejects.toMatchObject(UNAVAILABLE);
      await release();
      holdsAt = 'visitor_failures';
      await store.add(pageView({ page: '/a' }), false); // it is there; the record of the one that failed is not
      await release();
      await add(4);
      holdsAt = 'set folded';
      await store.fold();
      expect(store.unfolded()).toMatchObject({ events: 4 });
      await release();
      await add(5);
      await expectAgreement({ store, connection: { database: other } }, 5);
      expect(await rowsOf({ database: other }, 'select reports from visitor_failures')).toEqual([
        { reports: 1 },
      ]);
    });

    it('costs nothing of what is acknowledged after it, even if the process is killed then', async () => {
      const path = await aFile();
      const child = start(process.execPath, [WRITE, path]);
      if (child.stdout === null) throw new Error('no output');
      const acknowledged = new Set<string>();
      let failed = 0;
      const lines = createInterface(child.stdout);
      const ended = once(lines, 'close');
      lines.on('line', (line) => {
        if (line === 'failed') failed += 1;
        else if (line.length === 32) acknowledged.add(line); // the last line may be half a line
      });
      const waitFor = (condition: () => void | Promise<void>) =>
        vi.waitFor(condition, { timeout: 20_000, interval: 1 });
      const waitForMore = async (): Promise<void> => {
        const before = acknowledged.size;
        await waitFor(() => expect(acknowledged.size).toBeGreaterThan(before + 100));
      };
      await waitForMore();
      for (let round = 0; round < 3; round += 1) {
        const before = failed;
        let release = (): Promise<void> => Promise.reject(new Error('nothing is held'));
        await waitFor(async () => {
          // Busy whenever the child is just writing; and a connection that was busy once stays busy for ever.
          const other = stranger(path);
          const transaction = await other.transaction('write').catch((error: unknown) => {
            other.close();
            throw error;
          });
          release = async () => {
            await transaction.rollback();
            other.close();
          };
        });
        await waitFor(() => expect(failed).toBeGreaterThan(before));
        await release();
        await waitForMore();
      }
      await stop(child);
      await ended;
      const again = await openFile({ thread, path });
      await open(again);
      const logged = new Set(
        (await rowsOf(again, 'select lower(hex(id)) id from visitor_event_ids')).map(({ id }) => id),
      );
      expect([...acknowledged].filter((id) => !logged.has(id))).toEqual([]);
      await expectAgreement({ connection: again }, logged.size);
    });
  });

  describe('a full disk', () => {
    it('makes writes fail with 503 and keeps nothing half done, and they work again when there is room', async () => {
      const path = await aFile();
      const connection = await openFile({ thread, path });
      let room = false;
      // Renewing makes a new connection, which has to find the disk as full as the last.
      const fill = (): Promise<unknown> => connection.database.execute('pragma max_page_count = 1');
      const store = await open({
        ...connection,
        renew: async () => {
          await connection.renew();
          if (!room) await fill();
        },
      });
      const views = Array.from({ length: 50 }, (_, at) => pageView({ page: `/${at}${'x'.repeat(400)}` }));
      expect(await store.add(views[0] ?? pageView(), true)).toMatchObject({ counted: true, total: 1 });
      await store.fold();
      await fill();
      const attempt = () => Promise.allSettled(views.slice(1).map((view) => store.add(view, true)));
      for (let times = 0; times < 3; times += 1) {
        for (const answer of await attempt())
          expect(answer).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
        expect(store.count()).toMatchObject({ count: 1, version: 1 });
        await expectAgreement({ store, connection }, 1);
      }
      room = true;
      for (const answer of await attempt()) {
        expect(answer).toMatchObject({
          status: 'fulfilled',
          value: { counted: true, total: 50, version: 2 },
        });
      }
      await expectAgreement({ store, connection }, 50);
      expect(await pragma(connection, 'integrity_check')).toBe('ok');
    });
  });

  describe('regressions', () => {
    it.each([
      ['that is no database', async (path: string) => writeFile(path, 'no database '.repeat(1_000))],
      ['that is a folder', async (path: string) => void (await mkdir(path))],
      [
        'whose lock is no database',
        async (path: string) => writeFile(`${path}-lock`, 'no database '.repeat(1_000)),
      ],
    ])(
      'a file %s cannot be opened, and the error says so, and not that another Footfall has it',
      async (_, make) => {
        const path = await aFile();
        await make(path);
        for (let attempt = 0; attempt < 2; attempt += 1) {
          await expect(openFile({ thread, path })).rejects.toThrow(/not a database|EISDIR/i);
        }
      },
    );

    it('an opening that fails leaves no lock file behind', async () => {
      const path = await aFile();
      await writeFile(path, 'no database '.repeat(1_000));
      await expect(openFile({ thread, path })).rejects.toThrow(/not a database/);
      expect(await readdir(dirname(path))).toEqual([basename(path)]);
    });

    it('a file that was closed refuses what comes after, and is not opened again without its lock', async () => {
      const path = await aFile();
      const connection = await openFile({ thread, path });
      const store = await openStore(connection);
      await store.close();
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await expect(store.add(pageView(), false)).rejects.toMatchObject(UNAVAILABLE);
        await expect(store.topPages()).rejects.toMatchObject(UNAVAILABLE);
      }
      expect((await open(openFile({ thread, path }))).count()).toMatchObject({ count: 0 });
    });

    it('a file that is a link to another is locked as that', async () => {
      const path = await aFile();
      await (await openFile({ thread, path })).close();
      const link = join(await temporaryFolder(), 'link.db');
      await symlink(path, link);
      await open(openFile({ thread, path }));
      await expect(openFile({ thread, path: link })).rejects.toMatchObject({ code: 'CONFLICT' });
    });
  });
});

it('regression: a file whose thread has died is opened again by the next request, also a read', async () => {
  const path = await aFile();
  const threads: Worker[] = [];
  const watch = (worker: Worker): void => void threads.push(worker);
  process.on('worker', watch);
  onTestFinished(() => void process.off('worker', watch));
  const store = await open(openFile({ path, thread: true }));
  await store.add(pageView({ page: '/a' }), false);
  await Promise.all(threads.map((worker) => worker.terminate()));
  expect(await store.count('/a')).toMatchObject({ count: 1 });
  await store.ping();
  expect(await store.add(pageView({ page: '/a' }), true)).toMatchObject({ counted: true, count: 2 });
});

it('regression: a link to a file that is not there yet is locked as that file', async () => {
  const folder = await temporaryFolder();
  const [path, link] = [join(folder, 'footfall.db'), join(folder, 'link.db')];
  await symlink(path, link);
  await open(openFile({ path: link }));
  await expect(openFile({ path: link })).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(openFile({ path })).rejects.toMatchObject({ code: 'CONFLICT' });
});

it('regression: a file without a thread that failed again and again does not keep its connections', async () => {
  const connection = await openFile({ path: await aFile(), thread: false });
  const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  for (let failure = 0; failure < 3; failure += 1) await connection.renew();
  const before = await open();
  for (let failure = 0; failure < 20; failure += 1) await connection.renew();
  expect(await open()).toBeLessThanOrEqual(before + 3);
  await connection.close();
});

it('a file is one process’s at a time, though each deletes the lock file when it is done', async () => {
  const path = await aFile();
  const run = promisify(execFile);
  const processes = Array.from({ length: 4 }, () => run(process.execPath, [COMPETE, path, '25']));
  for (const { stdout } of await Promise.all(processes)) expect(stdout).toBe('always alone\n');
  expect(await readdir(dirname(path))).toEqual([basename(path)]);
}, 60_000);
