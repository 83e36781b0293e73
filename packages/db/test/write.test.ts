import type { Connection, Store } from '@footfall/db';
import { verify } from '@footfall/db';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Database, Result } from '../src/connection/dialect.ts';
import { WriteQueue } from '../src/log/write.ts';
import { deferred, expectAgreement, NOON, open, pageView, PLACES, rowsOf } from './support.ts';

const DAY_MS = 86_400_000;

const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE' };

/** A connection without a database, whose writes end when the test says so. */
function heldWrites() {
  const calls: string[] = [];
  const writes: PromiseWithResolvers<Result[]>[] = [];
  const renewals: PromiseWithResolvers<void>[] = [];
  const unused = (): never => {
    throw new Error('There is no database');
  };
  const database: Database = {
    protocol: 'file',
    execute: unused,
    transaction: unused,
    batch: ([statement], mode) => {
      calls.push(`${mode} ${String(statement)}`);
      const write = deferred<Result[]>();
      writes.push(write);
      return write.promise;
    },
  };
  const connection: Connection = {
    database,
    reader: { batch: unused },
    publicReader: { batch: unused },
    shared: false,
    queueTimeoutMs: Infinity,
    lingerMs: 1,
    arrivingMs: 0,
    renew: () => {
      calls.push('renew');
      const renewal = deferred();
      renewals.push(renewal);
      return renewal.promise;
    },
    check: () => Promise.resolve(),
    rest: () => {
      calls.push('rest');
      return Promise.resolve();
    },
    close: unused,
  };
  return { door: new WriteQueue(connection), calls, writes, renewals };
}

const aTurn = (): Promise<void> => new Promise(setImmediate);

afterEach(() => {
  vi.useRealTimers();
});

describe('the write door', () => {
  it('lets one write through at a time, in the order in which they came', async () => {
    const { door, calls, writes } = heldWrites();
    const all = Promise.all(['a', 'b', 'c'].map((sql) => door.write([sql])));
    for (const count of [1, 2, 3]) {
      await aTurn();
      expect(calls).toEqual(['write a', 'write b', 'write c'].slice(0, count));
      writes[count - 1]?.resolve([]);
    }
    await all;
  });

  it('renews the connection after a write that failed, before the next one, and once', async () => {
    const { door, calls, writes, renewals } = heldWrites();
    const [first, ...others] = ['a', 'b', 'c'].map((sql) => door.write([sql]));
    await aTurn();
    writes[0]?.reject(new Error('busy'));
    await expect(first).rejects.toThrow('busy');
    await aTurn();
    expect(calls).toEqual(['write a', 'renew']);
    renewals[0]?.resolve();
    await aTurn();
    expect(calls).toEqual(['write a', 'renew', 'write b']);
    writes[1]?.resolve([]);
    await aTurn();
    expect(calls).toEqual(['write a', 'renew', 'write b', 'write c']);
    writes[2]?.resolve([]);
    await Promise.all(others);
  });

  it('writes nothing on a connection that could not be renewed, and renews it for the next write', async () => {
    const { door, calls, writes, renewals } = heldWrites();
    const [first, second, third] = ['a', 'b', 'c'].map((sql) => door.write([sql]));
    await aTurn();
    writes[0]?.reject(new Error('busy'));
    await expect(first).rejects.toThrow('busy');
    await aTurn();
    renewals[0]?.reject(new Error('no file'));
    await expect(second).rejects.toThrow('no file');
    await aTurn();
    renewals[1]?.resolve();
    await aTurn();
    expect(calls).toEqual(['write a', 'renew', 'renew', 'write c']);
    writes[1]?.resolve([]);
    await third;
  });

  it('closes after the write under way, on a connection that can be trusted', async () => {
    const { door, calls, writes, renewals } = heldWrites();
    const write = door.write(['a']);
    const closing = door.close();
    await aTurn();
    expect(calls).toEqual(['write a']);
    writes[0]?.reject(new Error('busy'));
    await expect(write).rejects.toThrow('busy');
    await aTurn();
    expect(calls).toEqual(['write a', 'renew']);
    renewals[0]?.resolve();
    await closing;
  });

  it('tidies up once after writes, when there have been none for a while', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { door, calls, writes } = heldWrites();
    const rest = async (ms: number): Promise<readonly string[]> => {
      vi.advanceTimersByTime(ms);
      await door.rest(1_000);
      return calls.filter((call) => call === 'rest');
    };
    expect(await rest(5_000)).toEqual([]); // nothing was written
    const write = door.write(['a']);
    await aTurn();
    writes[0]?.resolve([]);
    await write;
    expect(await rest(999)).toEqual([]);
    expect(await rest(1)).toEqual(['rest']);
    expect(await rest(5_000)).toEqual(['rest']);
  });
});

/**
 * A connection of the kind that was seen after one SQLITE_BUSY: from a write that failed until it is renewed, it answers
 * writes and never commits them.
 */
function fickle(connection: Connection): { connection: Connection; failNext: (part: string) => void } {
  const { database } = connection;
  let failing: string | undefined;
  let isTrusted = true;
  const textOf = (statement: unknown): string =>
    typeof statement === 'string' ? statement : (statement as { sql: string }).sql;
  return {
    failNext: (part) => {
      failing = part;
    },
    connection: {
      ...connection,
      renew: async () => {
        await connection.renew();
        isTrusted = true;
      },
      database: {
        protocol: database.protocol,
        execute: (statement) => database.execute(statement),
        transaction: (mode) => database.transaction(mode),
        batch: async (statements, mode) => {
          if (mode === 'read') return database.batch(statements, mode);
          const part = failing;
          if (part !== undefined && statements.some((statement) => textOf(statement).includes(part))) {
            failing = undefined;
            isTrusted = false;
            throw new Error('busy');
          }
          if (isTrusted) return database.batch(statements, mode);
          const transaction = await database.transaction('write');
          const results: Result[] = [];
          for (const statement of statements) results.push(await transaction.execute(statement));
          await transaction.rollback();
          return results;
        },
      },
    },
  };
}

interface Failing {
  /** A part of the SQL of the write that fails. */
  readonly part: string;
  readonly call: (store: Store) => Promise<unknown>;
  /** A fold that fails is tried again, so nobody is notified. */
  readonly isTold: boolean;
}

const FAILING: readonly (readonly [name: string, failing: Failing])[] = [
  ['page views', { part: 'visitor_event_ids', call: (store) => store.add(pageView(), false), isTold: true }],
  [
    'salts',
    {
      part: 'visitor_salts',
      call: (store) => store.salts({ today: NOON, previous: NOON - DAY_MS, now: NOON + 1 }),
      isTold: true,
    },
  ],
  ['names', { part: 'visitor_facts', call: (store) => store.fold(), isTold: false }],
  ['a fold', { part: 'set folded', call: (store) => store.fold(), isTold: false }],
  [
    'forgetting a visitor',
    { part: 'visitor_forgotten_counts', call: (store) => store.forgetVisitors([8]), isTold: true },
  ],
];

describe.each(PLACES)('on %s nothing is lost of what is acknowledged', (_name, place) => {
  it.each(FAILING)('after a failed write of %s', async (_what, { part, call, isTold }) => {
    const { connection, failNext } = fickle(await (await place())());
    const store = await open(connection);
    await store.add(pageView({ visitor: 8, page: '/a' }), false);
    failNext(part);
    const failed = await call(store).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failed).toEqual(isTold ? expect.objectContaining(UNAVAILABLE) : undefined);
    const written = await store.add(pageView({ page: '/b', visitor: 10 }), true);
    expect(written).toMatchObject({ counted: true, count: 1, total: 2 });
    expect(await rowsOf(connection, 'select count(*) many from visitor_event_ids')).toEqual([{ many: 2 }]);
    await expectAgreement({ store, connection }, 2);
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('after a failed write of the record of a commit that failed', async () => {
    const { connection, failNext } = fickle(await (await place())());
    const store = await open(connection);
    failNext('visitor_event_ids');
    await expect(store.add(pageView(), false)).rejects.toMatchObject(UNAVAILABLE);
    failNext('visitor_failures');
    await store.add(pageView({ page: '/a' }), false); // after it the record is written, which fails
    expect(await rowsOf(connection, 'select * from visitor_failures')).toEqual([]);
    expect(await store.add(pageView({ page: '/b' }), true)).toMatchObject({ counted: true, total: 2 });
    expect(await rowsOf(connection, 'select count(*) many from visitor_event_ids')).toEqual([{ many: 2 }]);
    expect(await rowsOf(connection, 'select reports from visitor_failures')).toEqual([{ reports: 1 }]);
    await expectAgreement({ store, connection }, 2);
  });
});
