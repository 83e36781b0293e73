import { copyFile, readFile, truncate } from 'node:fs/promises';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import Driver from 'libsql';
import { describe, expect, it } from 'vitest';
import { openStore } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { hasOwnLog } from '../src/connection/file-guard.ts';
import { nextStamp } from '../src/connection/file-log.ts';
import { idOf, pageView, temporaryFolder, WHEN_ASKED } from './support.ts';

/** Page views in one commit: several of them fill a small log. */
const COMMIT = 40;

/** A database and its log as they are on disk: as a kill at this moment would leave them. */
interface Left {
  readonly file: string;
  /** Page views that were acknowledged until then. */
  readonly views: number;
}

/** Whether the log beside a database is its own. */
function ownsLog(file: string): boolean {
  const fd = openSync(file, 'r');
  try {
    return hasOwnLog(file, fd);
  } finally {
    closeSync(fd);
  }
}

/** What SQLite makes of a database and its log. */
function recover(file: string): { views: unknown; integrity: unknown } {
  const driver = new Driver(file);
  try {
    const read = (sql: string): unknown => Object.values(driver.prepare(sql).all()[0] as object)[0];
    return {
      views: read('select total_views from visitor_stats'),
      integrity: read('pragma integrity_check'),
    };
  } finally {
    driver.close();
  }
}

type Step = 'commit' | 'quiet' | 'renew' | 'stop' | 'vacuum';

/** Runs a store through steps, and keeps what each would leave behind. */
async function run(steps: readonly Step[]): Promise<{ left: Left[]; copies: Left[] }> {
  const folder = await temporaryFolder();
  const path = join(folder, 'footfall.db');
  const open = async () => {
    const connection = await openFile({ path, thread: true });
    const store = await openStore(connection, { schedule: WHEN_ASKED }); // not while a file is copied
    // Logs begin anew under load too, after a few commits.
    await connection.database.execute('pragma wal_autocheckpoint = 60');
    return { connection, store };
  };
  let { connection, store } = await open();
  const [left, copies]: [Left[], Left[]] = [[], []];
  let views = 0;
  for (const [at, step] of steps.entries()) {
    if (step === 'commit') {
      const page = `/${at}`;
      await store.addAll(
        Array.from({ length: COMMIT }, (_, n) => pageView({ id: idOf(views + n), page, visitor: 2 * n })),
      );
      await store.fold();
      views += COMMIT;
    }
    if (step === 'quiet') await connection.rest();
    if (step === 'renew') await connection.renew();
    if (step === 'stop') {
      await store.close();
      ({ connection, store } = await open());
    }
    if (step === 'vacuum') {
      const file = join(folder, `copy-${at}.db`);
      await connection.database.execute({ sql: 'vacuum into ?', args: [file] });
      copies.push({ file, views });
    }
    const file = join(folder, `left-${at}.db`);
    await copyFile(path, file);
    if (existsSync(`${path}-wal`)) await copyFile(`${path}-wal`, `${file}-wal`);
    left.push({ file, views });
  }
  await store.close();
  return { left, copies };
}

/** The database of one moment with the log of another. */
async function pair(database: Left, log: Left): Promise<string> {
  const file = join(await temporaryFolder(), 'pair.db');
  await copyFile(database.file, file);
  if (existsSync(`${log.file}-wal`)) await copyFile(`${log.file}-wal`, `${file}-wal`);
  return file;
}

const STEPS: readonly Step[] = [
  'commit', 'commit', 'vacuum', 'commit', 'quiet', 'commit', 'vacuum', 'commit', 'renew', 'commit', 'commit', 'commit',
  'stop', 'commit', 'commit', 'quiet', 'commit', 'commit', 'commit', 'commit',
]; // prettier-ignore

describe('a log and a database file', () => {
  it('of the same moment belong together, whenever the process is killed, and with any part of the log lost', async () => {
    const steps = fc.array(fc.constantFrom<Step>('commit', 'commit', 'commit', 'quiet', 'renew', 'stop'), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: 1_000 }), async (taken, thousandths) => {
        const { left } = await run(taken);
        for (const state of left) {
          expect(ownsLog(state.file)).toBe(true);
          expect(recover(await pair(state, state))).toEqual({ views: state.views, integrity: 'ok' });
          if (!existsSync(`${state.file}-wal`)) continue;
          const torn = await pair(state, state);
          await truncate(
            `${torn}-wal`,
            Math.floor(((await readFile(`${torn}-wal`)).length * thousandths) / 1_000),
          );
          expect(ownsLog(torn)).toBe(true);
        }
      }),
      { numRuns: process.env['FOOTFALL_LONG'] === '1' ? 100 : 6 },
    );
  });

  it('of two moments belong together only where that is the database as it was last', async () => {
    const { left, copies } = await run(STEPS);
    let [accepted, refused] = [0, 0];
    for (const [at, log] of left.entries()) {
      const earlier = [...left.slice(0, at), ...copies.filter(({ views }) => views <= log.views)];
      for (const database of earlier) {
        const file = await pair(database, log);
        const isEmpty = !existsSync(`${file}-wal`) || (await readFile(`${file}-wal`)).length === 0;
        if (isEmpty) continue;
        if (!ownsLog(file)) {
          refused += 1;
          continue;
        }
        accepted += 1;
        expect(recover(file)).toEqual({ views: log.views, integrity: 'ok' });
      }
    }
    expect(accepted).toBeGreaterThan(5);
    expect(refused).toBeGreaterThan(50);
  });

  it('that were written without stamps, by an older Footfall, are believed', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'old.db');
    const driver = new Driver(path);
    driver.exec('pragma journal_mode = wal');
    driver.exec('create table t (a)');
    driver.exec('pragma wal_checkpoint(truncate)');
    driver.exec("insert into t select hex(randomblob(2000)) from json_each('[1,2,3,4,5,6,7,8,9]')");
    expect(ownsLog(path)).toBe(true);
    driver.close();
  });
});

it('a stamp names itself and the one before it, and never the same twice in a row', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 999 }), (last, thousandths) => {
      const stamp = nextStamp(last, thousandths / 1_000);
      expect(stamp & 0xffff).toBe(last >>> 16);
      expect(stamp >>> 16).not.toBe(0);
      expect(stamp >>> 16).not.toBe(last >>> 16);
    }),
  );
});
