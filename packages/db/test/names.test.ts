import { OTHER, quotasOf, type PageView, type Sender } from '@footfall/core';
import { verify, type Connection } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  filePlace,
  idOf,
  NOON,
  open,
  openBoth,
  pageView,
  PLACES,
  rowsOf,
  STORE,
  watched,
} from './support.ts';

const HOUR_MS = 3_600_000;

const senderOf = (address: number, network: number | null = null): Sender => ({ address, network });

/** The store goes by the database's clock: what is about an hour is not begun at its end. */
async function atLeastTenSecondsOfAnHour(): Promise<void> {
  const left = HOUR_MS - (Date.now() % HOUR_MS);
  if (left < 10_000) await new Promise((resolve) => setTimeout(resolve, left + 100));
}

/** A clock for stores, and a way to make an hour pass there and in the database. */
function hours() {
  let now = 0;
  return {
    elapsed: () => now,
    pass: async ({ database }: Pick<Connection, 'database'>): Promise<void> => {
      now += HOUR_MS;
      await database.execute(`update visitor_new_names set hour = hour - ${HOUR_MS}`);
    },
  };
}

const namesOf = (connection: Connection) =>
  rowsOf(connection, 'select dimension, sender, names from visitor_new_names order by dimension, sender');

describe.each(PLACES)('of the new pages of an hour, on %s', (_name, place) => {
  it('one address brings a twentieth and one network a tenth, and everyone else still brings theirs', async () => {
    await atLeastTenSecondsOfAnHour();
    const { store, connection } = await openBoth(await place(), { newValuesPerHour: 100 });
    const listed = async (pages: readonly string[], sender: Sender): Promise<number> => {
      const written = await store.addAll(pages.map((page) => pageView({ page, sender })));
      return written.filter(({ page }) => page === undefined).length;
    };
    const pages = (name: string, many = 200): string[] =>
      Array.from({ length: many }, (_, n) => `/${name}-${n}`);
    expect(await listed(pages('flood'), senderOf(1))).toBe(5);
    expect(await listed(pages('again'), senderOf(1))).toBe(0);
    expect(await store.add(pageView({ page: '/article', sender: senderOf(2) }), true)).toEqual({
      counted: true,
      count: 1,
      total: 401,
      version: 3,
      store: STORE,
    });
    expect(await store.add(pageView({ page: '/article', sender: senderOf(1) }), true)).toMatchObject({
      count: 2,
    });
    expect(await store.count('/article')).toMatchObject({ count: 2 });
    // Of IPv6, each /64 has its share, and their /48 has one in all.
    expect(await listed(pages('a'), senderOf(11, 10))).toBe(5);
    expect(await listed(pages('b', 3), senderOf(12, 10))).toBe(3);
    expect(await listed(pages('c'), senderOf(13, 10))).toBe(2);
    expect(await listed(pages('d'), senderOf(14, 10))).toBe(0);
    // A server that is trusted has all that is left.
    const written = await store.addAll(pages('trusted').map((page) => pageView({ page })));
    expect(written.filter(({ page }) => page === undefined)).toHaveLength(84);
    expect(await listed(pages('late'), senderOf(3))).toBe(0);
    const used = await namesOf(connection);
    for (const [sender, names] of [
      [0, 100],
      [1, 5],
      [10, 10],
      [13, 2],
    ])
      expect(used).toContainEqual({ dimension: 1, sender, names });
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('it is the same for instances that remember nothing of each other', async () => {
    await atLeastTenSecondsOfAnHour();
    const { store, connection } = await openBoth(await place(), { newValuesPerHour: 40 });
    const listed: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      const page = `/${n}`;
      const instance = n % 2 === 0 ? store : directStore(connection, { newValuesPerHour: 40 });
      const written = await instance.add(pageView({ page, sender: senderOf(1) }), true);
      if (written.page === undefined) listed.push(page);
      else expect(written).toMatchObject({ page: OTHER, count: n - 1 });
    }
    expect(listed).toEqual(['/0', '/1']);
    expect(await directStore(connection).count(OTHER)).toMatchObject({ count: 6 });
    expect(await directStore(connection).count('/7')).toMatchObject({ count: 0 });
  });

  it('who brought them is forgotten with the hour', async () => {
    await atLeastTenSecondsOfAnHour();
    const { elapsed, pass } = hours();
    const { store, connection } = await openBoth(await place(), { newValuesPerHour: 1, elapsed });
    const send = async (page: string) =>
      (await store.add(pageView({ page, sender: senderOf(1) }), true)).page ?? page;
    expect(await send('/a')).toBe('/a');
    expect(await send('/b')).toBe(OTHER);
    await pass(connection);
    expect(await send('/b')).toBe('/b');
    expect(await send('/c')).toBe(OTHER);
    const before = (await namesOf(connection)).length;
    await store.salts({ today: NOON, previous: NOON - 24 * HOUR_MS, now: NOON });
    const left = await namesOf(connection);
    expect(left.length).toBeLessThan(before);
    expect(left).toContainEqual({ dimension: 1, sender: 1, names: 1 });
    await pass(connection);
    await store.salts({ today: NOON, previous: NOON - 24 * HOUR_MS, now: NOON });
    expect(await namesOf(connection)).toEqual([]);
  });
});

describe('a quota that is used up', () => {
  /** A store, and a question which names its last commit had to ask the database about. */
  async function overheard() {
    let trips: string[] = [];
    const connection = await (await filePlace())();
    const { elapsed, pass } = hours();
    const watch = watched(connection, (sql, kind) => void (kind === 'batch' && trips.push(sql)));
    const store = await open(watch, { newValuesPerHour: 20, elapsed });
    const asks = async (page: string, sender?: Sender, source = 'direct'): Promise<boolean> => {
      trips = [];
      await store.add(pageView({ page, sender, facts: { source } }), false);
      await store.fold();
      return trips.some((sql) => sql.includes('visitor_value_offers'));
    };
    return { asks, pass: () => pass(connection), store };
  }

  it('costs nothing in SQL until the next hour: the sender’s, while others’ go on', async () => {
    await atLeastTenSecondsOfAnHour();
    const { asks, pass } = await overheard();
    expect(await asks('/1', senderOf(1))).toBe(true);
    expect(await asks('/2', senderOf(1))).toBe(false); // it is known with the first that there is no second
    expect(await asks('/2', senderOf(2))).toBe(true);
    expect(await asks('/2', senderOf(1))).toBe(false);
    await pass();
    expect(await asks('/3', senderOf(1))).toBe(true);
  });

  it('and everyone’s', async () => {
    await atLeastTenSecondsOfAnHour();
    const { asks, pass } = await overheard();
    for (let n = 0; n < 20; n += 1) expect(await asks(`/${n}`, senderOf(n + 1))).toBe(true);
    expect(await asks('/more', senderOf(99))).toBe(false);
    expect(await asks('/more')).toBe(false);
    expect(await asks('/19')).toBe(false);
    await pass();
    expect(await asks('/more', senderOf(99))).toBe(true);
  });

  it('and does not keep names that are stored from being remembered', async () => {
    await atLeastTenSecondsOfAnHour();
    const { asks } = await overheard();
    for (let n = 0; n < 20; n += 1) await asks(`/${n}`, senderOf(n + 1), `source ${n}`);
    expect(await asks('/more', senderOf(99), 'source 99')).toBe(true); // its combination may be stored
    expect(await asks('/3', senderOf(99), 'source 3')).toBe(false);
  });
});

describe('whatever comes in whatever order', { timeout: 120_000 }, () => {
  /** The quotas as a plain program: first all names of a batch are taken or not, then its views are counted. */
  class Model {
    readonly #known = new Set<string>();
    readonly #ids = new Set<string>();
    readonly #used = new Map<number, number>();
    readonly counts = new Map<string, number>();
    readonly #quota;

    constructor(newValuesPerHour: number) {
      this.#quota = quotasOf(newValuesPerHour).values;
    }

    add(views: readonly PageView[]): void {
      const once = views.filter(({ id }, at) => views.findIndex((view) => view.id === id) === at);
      for (const { page, sender } of once) {
        const limits: [number, number][] = [[0, this.#quota.all]];
        if (sender !== undefined) limits.push([sender.address, this.#quota.address]);
        const network = sender?.network ?? undefined;
        if (network !== undefined) limits.push([network, this.#quota.network]);
        const hasRoom = limits.every(([key, most]) => (this.#used.get(key) ?? 0) < most);
        if (this.#known.has(page) || !hasRoom) continue;
        this.#known.add(page);
        for (const [key] of limits) this.#used.set(key, (this.#used.get(key) ?? 0) + 1);
      }
      for (const { page, id } of once) {
        if (this.#ids.has(id)) continue;
        this.#ids.add(id);
        const name = this.#known.has(page) ? page : OTHER;
        this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      }
    }

    hourPasses(): void {
      this.#used.clear();
    }
  }

  const views = fc.array(
    fc.record({
      page: fc.nat(60),
      sender: fc.oneof(
        fc.constant(undefined),
        fc.integer({ min: 1, max: 4 }).map((address) => senderOf(address)),
        fc
          .tuple(fc.integer({ min: 10, max: 18 }), fc.constantFrom(5, 6))
          .map(([n, network]) => senderOf(10 * n + network, network)),
      ),
      id: fc.nat(400),
    }),
    { minLength: 1, maxLength: 40 },
  );
  const steps = fc.array(
    fc.record({ views, isDirect: fc.boolean(), hourPasses: fc.nat(4).map((n) => n === 0) }),
    { minLength: 1, maxLength: 8 },
  );

  it('the pages that are listed are those that the quotas have room for', async () => {
    const where = await filePlace({ thread: false });
    const connection = await where();
    const { elapsed, pass } = hours();
    const options = { newValuesPerHour: 24, elapsed };
    const store = await open(connection, options);
    const direct = directStore(connection, options);
    let run = 0;
    await atLeastTenSecondsOfAnHour();
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        run += 1;
        const model = new Model(options.newValuesPerHour);
        await connection.database.batch(
          ['delete from visitor_new_names', `delete from visitor_counts where page_identifier = '${OTHER}'`],
          'write',
        );
        await pass(connection);
        for (const step of all) {
          const batch = step.views.map(({ page, sender, id }) =>
            pageView({ page: `/${run}/${page}`, sender, id: idOf(1_000 * run + id) }),
          );
          model.add(batch);
          await (step.isDirect ? direct : store).addAll(batch);
          if (!step.hourPasses) continue;
          await pass(connection);
          model.hourPasses();
        }
        const counted = await rowsOf(
          connection,
          `select page_identifier, view_count from visitor_counts
          where page_identifier like '/${run}/%' or page_identifier = '${OTHER}'`,
        );
        expect(new Map(counted.map((row) => [row['page_identifier'], Number(row['view_count'])]))).toEqual(
          model.counts,
        );
      }),
      { numRuns: 60 },
    );
  });
});
