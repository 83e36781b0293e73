import { openStore, type Connection, type Store } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import { describe, expect, it } from 'vitest';
import { pageView, PLACES, rowsOf, watched } from './support.ts';

const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE' };

/** A store that can be made to fail, and the way to its tables. */
async function failing(connection: Connection, open: (connection: Connection) => Promise<Store>) {
  let unavailable = false;
  const store = await open(
    watched({ ...connection, renew: () => Promise.resolve() }, (_sql, kind) => {
      if (unavailable && kind === 'batch') throw new Error('the network is unavailable');
    }),
  );
  return {
    store,
    go: (isUnavailable: boolean) => {
      unavailable = isUnavailable;
    },
  };
}

describe.each(PLACES)('on %s', (_name, place) => {
  it.each([
    ['a store', (connection: Connection) => openStore(connection)],
    ['a store without memory', (connection: Connection) => Promise.resolve(directStore(connection))],
  ])('%s keeps a record of each commit that failed, as soon as it answers again', async (_name, open) => {
    const connection = await (await place())();
    await (await openStore(connection)).count(); // its tables are there
    const { store, go } = await failing(connection, open);
    const began = Date.now();
    go(true);
    await expect(store.addAll([pageView(), pageView()])).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.addAll([pageView()])).rejects.toMatchObject(UNAVAILABLE);
    go(false);
    expect(await rowsOf(connection, 'select * from visitor_failures')).toEqual([]);
    await store.addAll([pageView()]);
    const records = await rowsOf(
      connection,
      'select failed_at, reports, error from visitor_failures order by id',
    );
    const failed_at = expect.any(Number) as number;
    expect(records).toEqual([
      { failed_at, reports: 2, error: 'Error: the network is unavailable' },
      { failed_at, reports: 1, error: 'Error: the network is unavailable' },
    ]);
    // The store's own clock, to the second.
    for (const record of records) expect(Math.abs(Number(record['failed_at']) - began)).toBeLessThan(5_000);
    await store.addAll([pageView()]);
    expect(await rowsOf(connection, 'select count(*) many from visitor_failures')).toEqual([{ many: 2 }]);
  });
});
