import { BUILT_AT, calendar } from '@footfall/core';
import type { StoredSalts } from '@footfall/db';
import { saltHolder } from '@footfall/trpc';
import { describe, expect, it } from 'vitest';

const HOUR = 3_600_000;
const dhaka = calendar('Asia/Dhaka');
const TODAY = dhaka.momentOf(Date.parse('2026-11-20T12:00:00Z')).day;
const TOMORROW = dhaka.nextDay(TODAY);

/** A holder whose store answers when the test says so. */
function held() {
  let time = TODAY + HOUR;
  let store: number | undefined;
  const asked: { days: number[]; answer: (salts: StoredSalts) => void; fail: (error: Error) => void }[] = [];
  const salts = saltHolder({
    calendar: dhaka,
    now: () => time,
    storeId: () => store,
    load: (...days) => new Promise((resolve, reject) => asked.push({ days, answer: resolve, fail: reject })),
  });
  return {
    salts,
    asked,
    at: (to: number) => {
      time = to;
    },
    /** The database is found to be another one. */
    replace: (by: number) => {
      store = by;
    },
  };
}

const someSalts = (store = 1): StoredSalts => ({ days: new Map(), device: new Uint8Array(32), store });

describe('the salts', () => {
  it('are read once for all who wait, and then available synchronously until the local day is over', async () => {
    const { salts, asked, at } = held();
    const waiting = Promise.all([salts(), salts(), salts()]);
    expect(asked.map(({ days }) => days)).toEqual([[TODAY, dhaka.previousDay(TODAY), TODAY + HOUR]]);
    const given = someSalts();
    asked[0]?.answer(given);
    expect(await waiting).toEqual([given, given, given]);
    at(TODAY + 2 * HOUR - 1);
    expect(salts()).toBe(given);
    expect(asked).toHaveLength(1);
  });

  it('are read again every hour, so that the store can destroy what is 48 hours old, and nobody waits', async () => {
    const { salts, asked, at } = held();
    const first = salts();
    const given = someSalts();
    asked[0]?.answer(given);
    await first;
    at(TODAY + 2 * HOUR);
    expect([salts(), salts()]).toEqual([given, given]);
    expect(asked).toHaveLength(2);
    const left = someSalts();
    asked[1]?.answer(left);
    await Promise.resolve().then(() => {});
    await new Promise(setImmediate);
    expect(salts()).toBe(left);
    expect(asked).toHaveLength(2);
  });

  it('are neither made nor destroyed by a clock that shows a time before this version was made', async () => {
    const { salts, asked, at } = held();
    at(3_600_000);
    await expect(salts()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(asked).toEqual([]);
    at(BUILT_AT - 1); // on the day on which it becomes right
    await expect(salts()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    at(BUILT_AT);
    void salts();
    expect(asked).toHaveLength(1);
  });

  it('of a database that was replaced are never returned: those of the new one are read', async () => {
    const { salts, asked, replace } = held();
    const first = salts();
    const given = someSalts(1);
    asked[0]?.answer(given);
    expect(await first).toBe(given);
    replace(1); // the same
    expect(salts()).toBe(given);
    replace(2);
    const second = salts();
    expect(second).toBeInstanceOf(Promise);
    const fresh = someSalts(2);
    asked[1]?.answer(fresh);
    expect(await second).toBe(fresh);
    expect(salts()).toBe(fresh);
    replace(3);
    const late = salts();
    asked[2]?.answer(someSalts(4)); // its salts are the first that is known of a still newer one
    await late;
    expect(salts()).toMatchObject({ store: 4 });
    expect(asked).toHaveLength(3);
  });

  it('are read again when the day changes, and the old ones are not returned meanwhile', async () => {
    const { salts, asked, at } = held();
    const first = salts();
    asked[0]?.answer(someSalts());
    await first;
    at(TOMORROW);
    const second = salts();
    expect(second).toBeInstanceOf(Promise);
    expect(salts()).toBe(second);
    expect(asked[1]?.days).toEqual([TOMORROW, TODAY, TOMORROW]);
    const given = someSalts();
    asked[1]?.answer(given);
    await second;
    expect(salts()).toBe(given);
  });

  it('that arrive after their day are not used later', async () => {
    const { salts, asked, at } = held();
    const late = salts();
    at(TOMORROW);
    const next = salts();
    const [old, given] = [someSalts(), someSalts()];
    asked[1]?.answer(given);
    expect(await next).toBe(given);
    asked[0]?.answer(old);
    expect(await late).toBe(old);
    expect(salts()).toBe(given);
  });

  it('that cannot be read reject for all who wait, and the next one tries again', async () => {
    const { salts, asked } = held();
    const waiting = [salts(), salts()];
    asked[0]?.fail(new Error('away'));
    for (const one of waiting) await expect(one).rejects.toThrow('away');
    const again = salts();
    const given = someSalts();
    asked[1]?.answer(given);
    expect(await again).toBe(given);
    expect(asked).toHaveLength(2);
  });

  it('of yesterday are discarded at midnight, even if the store is unavailable', async () => {
    const { salts, asked, at } = held();
    const first = salts();
    asked[0]?.answer(someSalts());
    await first;
    at(TOMORROW);
    const failing = salts();
    asked[1]?.fail(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    at(TOMORROW - 1);
    expect(salts()).toBeInstanceOf(Promise);
  });
});
