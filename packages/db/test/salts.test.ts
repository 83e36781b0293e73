import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Salts } from '@footfall/core';
import { migrateConnection, type Connection, type Store } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import { openFile } from '@footfall/db/embedded';
import {
  expectAgreement,
  NOON,
  open,
  openBoth,
  pageView,
  PLACES,
  rowsOf,
  sqldPlace,
  STORE,
  temporaryFolder,
} from './support.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Where the day of `NOON` begins. */
const TODAY = NOON - 12 * HOUR_MS;

/** What an instance asks for at a moment, in UTC. */
const daysAt = (now: number) => {
  const today = now - (now % DAY_MS);
  return { today, previous: today - DAY_MS, now };
};

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const daysOf = ({ days }: Salts): Record<string, string> =>
  Object.fromEntries([...days].map(([day, salt]) => [new Date(day).toISOString().slice(0, 10), hex(salt)]));

/** The salts that are stored; that of devices has no day. */
const stored = ({ database }: Connection): Promise<Record<string, unknown>[]> =>
  rowsOf(
    { database },
    `select null day, lower(hex(salt)) salt, made_at from visitor_device_salt
    union all select day, lower(hex(salt)), made_at from visitor_salts order by day`,
  );

describe.each(PLACES)('the salts on %s', (_, place) => {
  it('are made when they are asked for: 32 bytes each, for the day and for devices, and stay the same', async () => {
    const { store, connection } = await openBoth(await place());
    const salts = await store.salts(daysAt(NOON));
    expect([...salts.days.keys()]).toEqual([TODAY]);
    for (const salt of [...salts.days.values(), salts.device]) {
      expect(salt).toBeInstanceOf(Uint8Array);
      expect(salt).toHaveLength(32);
    }
    expect(hex(salts.device)).not.toBe(hex(salts.days.get(TODAY)));
    expect(await stored(connection)).toEqual([
      { day: null, salt: hex(salts.device), made_at: NOON },
      { day: TODAY, salt: hex(salts.days.get(TODAY)), made_at: NOON },
    ]);
    expect(await store.salts(daysAt(NOON + HOUR_MS))).toEqual(salts);
    expect(await store.salts(daysAt(NOON - HOUR_MS))).toEqual(salts);
    await expectAgreement({ store, connection }, 0);
  });

  it('are random: no two are alike, and no byte of them is foreseeable', async () => {
    const { store } = await openBoth(await place());
    const all = new Set<string>();
    const seen = Array.from({ length: 32 }, () => new Set<number>());
    for (let day = 0; day < 20; day += 1) {
      const { days, device } = await store.salts(daysAt(NOON + day * DAY_MS));
      for (const salt of [...days.values(), device]) {
        all.add(hex(salt));
        salt.forEach((byte, at) => seen[at]?.add(byte));
      }
    }
    expect(all.size).toBe(21);
    for (const bytes of seen) expect(bytes.size).toBeGreaterThan(10);
  });

  it('are the same for all callers, one after the other and at once', async () => {
    const { store, connection } = await openBoth(await place());
    const other = directStore({ ...connection, close: () => Promise.resolve() });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (__, at) => (at % 2 === 0 ? store : other).salts(daysAt(NOON + at))),
    );
    answers.push(await store.salts(daysAt(NOON + 20)), await other.salts(daysAt(NOON + 20)));
    expect(new Set(answers.map((salts) => JSON.stringify([daysOf(salts), hex(salts.device)]))).size).toBe(1);
    expect(await stored(connection)).toHaveLength(2);
  });

  it('are the same when the database is closed and opened', async () => {
    const reopen = await place();
    const first = await open(reopen());
    const salts = await first.salts(daysAt(NOON));
    await first.close();
    expect(await (await open(reopen())).salts(daysAt(NOON + 1))).toEqual(salts);
  });

  it('of yesterday stay for those who came then; older ones are destroyed, and the devices’ stays', async () => {
    const { store, connection } = await openBoth(await place());
    const first = await store.salts(daysAt(NOON));
    const second = await store.salts(daysAt(NOON + DAY_MS));
    expect([...second.days.keys()].sort()).toEqual([TODAY, TODAY + DAY_MS]);
    expect(second.days.get(TODAY)).toEqual(first.days.get(TODAY));
    expect(second.days.get(TODAY + DAY_MS)).not.toEqual(first.days.get(TODAY));
    const third = await store.salts(daysAt(TODAY + 2 * DAY_MS - 1));
    expect(third).toEqual(second);
    const fourth = await store.salts(daysAt(TODAY + 2 * DAY_MS));
    expect([...fourth.days.keys()].sort()).toEqual([TODAY + DAY_MS, TODAY + 2 * DAY_MS]);
    expect(fourth.days.get(TODAY + DAY_MS)).toEqual(second.days.get(TODAY + DAY_MS));
    const months = await store.salts(daysAt(NOON + 100 * DAY_MS));
    expect([...months.days.keys()]).toEqual([TODAY + 100 * DAY_MS]);
    expect(months.device).toEqual(first.device);
    expect((await stored(connection)).map(({ day }) => day)).toEqual([null, TODAY + 100 * DAY_MS]);
  });

  it('are destroyed after 48 hours at the latest, even where their day is still yesterday', async () => {
    const { store } = await openBoth(await place());
    // There are no two local days of 25 hours in a row; but a wrong day may be given.
    const days = { today: TODAY + DAY_MS, previous: TODAY };
    const made = await store.salts({ today: TODAY, previous: TODAY - DAY_MS, now: TODAY });
    const salt = made.days.get(TODAY);
    const before = await store.salts({ ...days, now: TODAY + 2 * DAY_MS - 1 });
    expect(before.days.get(TODAY)).toEqual(salt);
    const after = await store.salts({ ...days, now: TODAY + 2 * DAY_MS });
    expect([...after.days.keys()]).toEqual([TODAY + DAY_MS]);
    expect(after.device).toEqual(made.device);
  });

  it('of a day that was destroyed never come back: asked for again, they are others', async () => {
    const { store } = await openBoth(await place());
    const { days } = await store.salts(daysAt(NOON));
    await store.salts(daysAt(NOON + 2 * DAY_MS));
    const again = await store.salts(daysAt(NOON)); // a clock that was set back
    expect(hex(again.days.get(TODAY))).toHaveLength(64);
    expect(again.days.get(TODAY)).not.toEqual(days.get(TODAY));
  });

  it('of today are not destroyed by an instance whose clock is a day behind', async () => {
    const { store, connection } = await openBoth(await place());
    const behind = directStore({ ...connection, close: () => Promise.resolve() });
    await behind.salts(daysAt(NOON - DAY_MS));
    const today = await store.salts(daysAt(NOON));
    const theirs = await behind.salts(daysAt(NOON - DAY_MS + 1));
    expect(theirs).toEqual(today);
    expect(await store.salts(daysAt(NOON + 1))).toEqual(today);
    expect(daysOf(today)).toMatchObject({
      '2026-11-19': expect.any(String) as string,
      '2026-11-20': expect.any(String) as string,
    });
  });

  it('of yesterday survive an instance whose clock is a day behind, and are destroyed in time', async () => {
    const { store, connection } = await openBoth(await place());
    const behind = directStore({ ...connection, close: () => Promise.resolve() });
    await store.salts(daysAt(NOON - DAY_MS));
    const today = await store.salts(daysAt(NOON));
    await behind.salts(daysAt(NOON - DAY_MS));
    expect(await store.salts(daysAt(NOON + 1))).toEqual(today);
    await store.salts(daysAt(NOON + DAY_MS - 1));
    expect((await stored(connection)).map(({ day }) => day)).toEqual([null, TODAY, TODAY + DAY_MS]);
  });

  it.each([
    ['an hour', HOUR_MS],
    ['23 hours', 23 * HOUR_MS],
    ['two days', 2 * DAY_MS],
    ['ten years', 3_653 * DAY_MS],
  ])('of a clock that was %s ahead are destroyed 48 hours after they were made', async (__, aheadMs) => {
    const { store, connection } = await openBoth(await place());
    const ahead = daysAt(NOON + aheadMs);
    const { days, device } = await store.salts(ahead);
    const isThere = async (now: number): Promise<boolean> =>
      [...(await store.salts(daysAt(now))).days.values()].some(
        (salt) => hex(salt) === hex(days.get(ahead.today)),
      );
    await isThere(NOON); // the clock is right again
    expect(await isThere(NOON + 2 * DAY_MS)).toBe(false);
    expect((await store.salts(daysAt(NOON + 2 * DAY_MS))).device).toEqual(device);
    expect((await stored(connection)).map(({ day }) => day)).toEqual([null, TODAY + 2 * DAY_MS]);
  });

  it('of a day that is more than a day ahead are destroyed at once: a clock was wrong', async () => {
    const { store, connection } = await openBoth(await place());
    await store.salts(daysAt(NOON + 2 * DAY_MS));
    expect([...(await store.salts(daysAt(NOON))).days.keys()]).toEqual([TODAY]);
    expect((await stored(connection)).map(({ day }) => day)).toEqual([null, TODAY]);
  });

  it('of devices is none of a day’s, not even of the day that begins at 0', async () => {
    const { store, connection } = await openBoth(await place());
    const { device } = await store.salts(daysAt(NOON));
    const { days, device: same } = await store.salts({ today: 0, previous: -DAY_MS, now: HOUR_MS });
    expect(same).toEqual(device);
    expect(hex(days.get(0))).toHaveLength(64);
    expect(days.get(0)).not.toEqual(device);
    expect((await stored(connection)).map(({ day }) => day)).toEqual([null, 0]);
    expect((await store.salts(daysAt(NOON))).device).toEqual(device);
  });

  it('of devices is the same after the tables were made anew, and after they were taken back by one version', async () => {
    const { store, connection } = await openBoth(await place());
    const salts = await store.salts(daysAt(NOON));
    await migrateConnection(connection, '0003_visitors');
    expect(
      await rowsOf(connection, 'select day, lower(hex(salt)) salt from visitor_salts order by day'),
    ).toEqual([
      { day: 0, salt: hex(salts.device) },
      { day: TODAY, salt: hex(salts.days.get(TODAY)) },
    ]);
    await migrateConnection(connection);
    expect(await store.salts(daysAt(NOON))).toEqual({ ...salts, store: STORE });
  });

  it('are refused with 503 while there is no table of them', async () => {
    const { store, connection } = await openBoth(await place());
    await connection.database.execute('alter table visitor_salts rename to hidden');
    await expect(store.salts(daysAt(NOON))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await connection.database.execute('alter table hidden rename to visitor_salts');
    expect((await store.salts(daysAt(NOON))).days.size).toBe(1);
  });
});

it('the salts are the same for two instances on one server that ask for the first time at once', async () => {
  const place = await sqldPlace();
  const stores = await Promise.all(Array.from({ length: 4 }, () => open(place())));
  const answers = await Promise.all(stores.map((store) => store.salts(daysAt(NOON))));
  for (const salts of answers) expect(salts).toEqual(answers[0]);
});

describe.each([
  ['with a thread of its own', true],
  ['without', false],
])('of a salt that was destroyed, in a file %s', (_where, thread) => {
  /** All bytes of the database file and of what SQLite keeps beside it. */
  function bytesOf(path: string): Buffer {
    const files = ['', '-wal', '-shm', '-journal', '-lock'].map((suffix) => path + suffix);
    return Buffer.concat(files.filter((file) => existsSync(file)).map((file) => readFileSync(file)));
  }

  const holds = (bytes: Buffer, salt: Uint8Array | undefined): boolean =>
    bytes.includes(Buffer.from(salt ?? 'none'));

  /** Writes page views as fast as it can, until it is stopped. */
  function writing(store: Store): { stop: () => Promise<number> } {
    let going = true;
    let written = 0;
    const run = async (): Promise<void> => {
      while (going) {
        await store.add(pageView({ page: `/${written % 50}`, visitor: 2 + 2 * (written % 20) }), false);
        written += 1;
      }
    };
    const running = Promise.all(Array.from({ length: 20 }, run));
    const stop = async (): Promise<number> => {
      going = false;
      await running;
      return written;
    };
    onTestFinished(() => void stop());
    return { stop };
  }

  it('nothing is left, while page views go on being written', async () => {
    const path = join(await temporaryFolder(), 'footfall.db');
    const connection = await openFile({ path, thread });
    const store = await open(connection);
    const views = writing(store);
    const made: [day: number, salt: Uint8Array][] = [];
    // Where days are left out, more are destroyed than made: of none of them another takes the place.
    for (const day of [0, 1, 2, 3, 6, 7, 20]) {
      const { days, device } = await store.salts(daysAt(NOON + day * DAY_MS));
      made.push([day, days.get(TODAY + day * DAY_MS) ?? new Uint8Array()]);
      for (let look = 0; look < 3; look += 1) {
        const bytes = bytesOf(path);
        expect(holds(bytes, device)).toBe(true);
        expect(made.map(([of, salt]) => [of, holds(bytes, salt)])).toEqual(
          made.map(([of]) => [of, of >= day - 1]),
        );
        await new Promise((resolve) => setTimeout(resolve, 10)); // some commits
      }
    }
    const count = await views.stop();
    expect(count).toBeGreaterThan(0);
    await expectAgreement({ store, connection }, count);
    await store.close();
    const bytes = bytesOf(path);
    expect(made.filter(([, salt]) => holds(bytes, salt)).map(([of]) => of)).toEqual([20]);
  });

  it('nothing is left, also when the process was killed before and the log is replayed', async () => {
    const path = join(await temporaryFolder(), 'footfall.db');
    const connection = await openFile({ path, thread });
    const store = await open(connection);
    const salts = await store.salts(daysAt(NOON));
    await connection.renew(); // as it is, nothing tidied up
    await store.add(pageView(), false);
    await store.salts(daysAt(NOON + 2 * DAY_MS));
    const bytes = bytesOf(path);
    expect(holds(bytes, salts.days.get(TODAY))).toBe(false);
    expect(holds(bytes, salts.device)).toBe(true);
  });
});
