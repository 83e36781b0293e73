import { describe, expect, it } from 'vitest';
import type { Committed, PageNumber } from '../src/log/committed.ts';
import { CountSnapshot, type CountReads } from '../src/read/count-snapshot.ts';
import { deferred, NOON } from './support.ts';

const ISO = new Date(NOON).toISOString();

const STORE = 7;

function state(version: number, total: number, pages: readonly PageNumber[] = []): Committed {
  return {
    version,
    store: STORE,
    total,
    updatedAt: total === 0 ? null : NOON,
    pages,
    added: [],
    others: [],
    quotas: { full: [], secondsLeft: 0 },
  };
}

/** Reads that answer when the test says so. */
function heldReads() {
  const asked: { page: string; answer: PromiseWithResolvers<Committed> }[] = [];
  const lists: PromiseWithResolvers<{ state: Committed; pages: readonly PageNumber[] }>[] = [];
  const reads: CountReads = {
    numbers: ([page = '']) => {
      const answer = deferred<Committed>();
      asked.push({ page, answer });
      return answer.promise;
    },
    topPages: () => {
      const answer = deferred<{ state: Committed; pages: readonly PageNumber[] }>();
      lists.push(answer);
      return answer.promise;
    },
  };
  return { reads, asked, lists };
}

describe('a page’s number', () => {
  it('is read once for however many ask at once, and then held', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const answers = Promise.all(Array.from({ length: 1_000 }, async () => numbers.page('/a')));
    expect(asked).toHaveLength(1);
    asked[0]?.answer.resolve(state(3, 10, [['/a', 4, NOON]]));
    expect(new Set((await answers).map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(numbers.page('/a')).toEqual({ count: 4, version: 3, store: STORE, updatedAt: ISO });
    expect(asked).toHaveLength(1);
  });

  it('of a page nobody has seen is 0, and is held as well', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const answer = numbers.page('/never');
    asked[0]?.answer.resolve(state(3, 10));
    expect(await answer).toEqual({ count: 0, version: 3, store: STORE, updatedAt: null });
    expect(numbers.page('/never')).toEqual({ count: 0, version: 3, store: STORE, updatedAt: null });
  });

  it('is an error when the store does not answer, for all who asked, and is asked for anew by the next', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const answers = Promise.allSettled([numbers.page('/a'), numbers.page('/a')]);
    asked[0]?.answer.reject(new Error('away'));
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = numbers.page('/a');
    asked[1]?.answer.resolve(state(3, 10, [['/a', 4, NOON]]));
    expect(await next).toMatchObject({ count: 4 });
  });

  it('is never 0 because the store did not answer while a commit came in between', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const answer = numbers.page('/a');
    numbers.committed(state(4, 11), new Set(['/a']), true);
    asked[0]?.answer.reject(new Error('away'));
    await expect(answer).rejects.toThrow('away');
  });

  it('is taken from the commit that changed it, where the commit read it', () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    numbers.committed(state(4, 11, [['/a', 5, NOON]]), new Set(['/a']), true);
    expect(numbers.page('/a')).toEqual({ count: 5, version: 4, store: STORE, updatedAt: ISO });
    expect(asked).toHaveLength(0);
  });

  it('is read again after a commit that changed it without reading it, and no other is', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const both = Promise.all([numbers.page('/a'), numbers.page('/b')]);
    asked[0]?.answer.resolve(state(3, 10, [['/a', 4, NOON]]));
    asked[1]?.answer.resolve(state(3, 10, [['/b', 6, NOON]]));
    await both;
    numbers.committed(state(4, 11), new Set(['/a']), true);
    expect(numbers.page('/b')).toEqual({ count: 6, version: 4, store: STORE, updatedAt: ISO });
    const again = numbers.page('/a');
    expect(asked.map(({ page }) => page)).toEqual(['/a', '/b', '/a']);
    asked[2]?.answer.resolve(state(4, 11, [['/a', 5, NOON]]));
    expect(await again).toEqual({ count: 5, version: 4, store: STORE, updatedAt: ISO });
  });

  it('that was read before a commit is not held after it', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const before = numbers.page('/a');
    numbers.committed(state(4, 11), new Set(['/a']), true);
    const after = numbers.page('/a');
    expect(asked).toHaveLength(2);
    asked[1]?.answer.resolve(state(4, 11, [['/a', 5, NOON]]));
    expect(await after).toMatchObject({ count: 5 });
    asked[0]?.answer.resolve(state(3, 10, [['/a', 4, NOON]]));
    expect(await before).toMatchObject({ count: 5, version: 4 }); // what is known by now
    expect(await numbers.page('/a')).toMatchObject({ count: 5 });
  });

  it('regression: does not go back when a commit’s answer comes after a read that saw a later one', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(44, 88));
    const read = numbers.page('/a');
    asked[0]?.answer.resolve(state(46, 90, [['/a', 90, NOON]]));
    expect(await read).toEqual({ count: 90, version: 46, store: STORE, updatedAt: ISO });
    expect(numbers.total()).toMatchObject({ count: 90, version: 46 });
    numbers.committed(state(45, 89, [['/a', 89, NOON]]), new Set(['/a']), true);
    expect(await numbers.page('/a')).toEqual({ count: 90, version: 46, store: STORE, updatedAt: ISO });
    expect(numbers.total()).toMatchObject({ count: 90, version: 46 });
    expect(asked).toHaveLength(1);
  });

  it('that another instance’s commit overtook is answered at its own version, and not cached', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const slow = numbers.page('/a');
    numbers.read(state(5, 12));
    asked[0]?.answer.resolve(state(3, 10, [['/a', 4, NOON]]));
    expect(await slow).toEqual({ count: 4, version: 3, store: STORE, updatedAt: ISO });
    const next = numbers.page('/a');
    expect(asked).toHaveLength(2);
    asked[1]?.answer.resolve(state(5, 12, [['/a', 6, NOON]]));
    expect(await next).toEqual({ count: 6, version: 5, store: STORE, updatedAt: ISO });
  });

  it('is read again for every page when another instance has committed in between', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const first = numbers.page('/a');
    asked[0]?.answer.resolve(state(3, 10, [['/a', 4, NOON]]));
    await first;
    numbers.committed(state(5, 12), new Set(['/b']), true);
    void numbers.page('/a');
    expect(asked.map(({ page }) => page)).toEqual(['/a', '/a']);
  });
});

describe('the version and the total', () => {
  it('follow the newest commit and never go back', () => {
    const numbers = new CountSnapshot(heldReads().reads, state(0, 0));
    expect(numbers.total()).toEqual({ count: 0, version: 0, store: STORE, updatedAt: null });
    numbers.committed(state(2, 20), new Set(), true);
    numbers.committed(state(1, 10), new Set(), true);
    expect(numbers.total().version).toBe(2);
    expect(numbers.total()).toEqual({ count: 20, version: 2, store: STORE, updatedAt: ISO });
  });
});

describe('the list of pages', () => {
  it('is read once for each version, however many ask', async () => {
    const { reads, lists } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const asking = Array.from({ length: 1_000 }, () => numbers.topPages());
    expect(lists).toHaveLength(1);
    lists[0]?.resolve({ state: state(3, 10), pages: [['/a', 10, NOON]] });
    for (const answer of await Promise.all(asking)) {
      expect(answer).toEqual({
        count: 10,
        version: 3,
        store: STORE,
        updatedAt: ISO,
        pages: [{ page: '/a', views: 10, updatedAt: ISO }],
      });
    }
    await numbers.topPages();
    expect(lists).toHaveLength(1);
    numbers.committed(state(4, 11), new Set(['/a']), true);
    void numbers.topPages();
    void numbers.topPages();
    expect(lists).toHaveLength(2);
  });

  it('is an error when the store does not answer, and is asked for anew by the next', async () => {
    const { reads, lists } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const failing = numbers.topPages();
    lists[0]?.reject(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    const next = numbers.topPages();
    lists[1]?.resolve({ state: state(3, 0), pages: [] });
    expect(await next).toMatchObject({ pages: [] });
  });
});

describe('regressions', () => {
  it('a list of pages carries the total of the moment it was read at, not of the moment it was asked for', async () => {
    const { reads, lists } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const list = numbers.topPages();
    lists[0]?.resolve({ state: state(4, 11), pages: [['/a', 11, NOON]] });
    expect(await list).toMatchObject({ count: 11, version: 4, pages: [{ views: 11 }] });
  });

  it('a number that was read before a commit does not carry the version after it', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const before = numbers.page('/a');
    numbers.committed(state(4, 11), new Set(['/a']), true);
    asked[0]?.answer.resolve(state(3, 10, [['/a', 4, NOON]]));
    expect(await before).toEqual({ count: 4, version: 3, store: STORE, updatedAt: ISO });
  });

  it('a batch of duplicates that sees another instance’s commit makes every page be read again', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const first = numbers.page('/a');
    asked[0]?.answer.resolve(state(3, 10, [['/a', 4, NOON]]));
    await first;
    numbers.committed(state(4, 11), new Set(), false);
    void numbers.page('/a');
    expect(asked).toHaveLength(2);
  });

  it('a batch of engagement alone makes no page be read again', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(3, 10));
    const first = numbers.page('/a');
    asked[0]?.answer.resolve(state(3, 10, [['/a', 4, NOON]]));
    await first;
    numbers.committed(state(4, 10), new Set(), true);
    expect(await numbers.page('/a')).toMatchObject({ count: 4, version: 4 });
    expect(asked).toHaveLength(1);
  });
});

describe('regressions: while the store does not answer', () => {
  it('a list is answered with the newest known total, never an older one', async () => {
    const { reads, lists } = heldReads();
    const numbers = new CountSnapshot(reads, state(1, 1));
    const first = numbers.topPages();
    lists[0]?.resolve({ state: state(1, 1), pages: [['/a', 1, NOON]] });
    await first;
    numbers.committed(state(2, 5), new Set(['/a']), true);
    const second = numbers.topPages();
    lists[1]?.reject(new Error('away'));
    expect(await second).toMatchObject({
      count: 5,
      version: 2,
      stale: true,
      pages: [{ page: '/a', views: 1 }],
    });
  });

  it('a list that knows more than we did takes the total along', async () => {
    const { reads, lists } = heldReads();
    const numbers = new CountSnapshot(reads, state(5, 50));
    const list = numbers.topPages();
    lists[0]?.resolve({ state: state(6, 60), pages: [['/a', 60, NOON]] });
    expect(await list).toMatchObject({ count: 60, version: 6 });
    expect(numbers.total()).toMatchObject({ count: 60, version: 6 });
  });

  it('a page’s last known number is answered, marked stale', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(1, 4));
    const first = numbers.page('/a');
    asked[0]?.answer.resolve(state(1, 4, [['/a', 4, NOON]]));
    await first;
    numbers.read(state(2, 5)); // another instance committed: no page is certain any more
    const second = numbers.page('/a');
    asked[1]?.answer.reject(new Error('away'));
    expect(await second).toMatchObject({ count: 4, version: 1, stale: true });
  });

  it('a page’s number is never older than one that was answered, whatever is read late', async () => {
    const { reads, asked } = heldReads();
    const numbers = new CountSnapshot(reads, state(1, 4));
    const late = numbers.page('/a'); // begins before the commit, ends after it
    numbers.committed(state(2, 5, [['/a', 5, NOON]]), new Set(['/a']), true);
    asked[0]?.answer.resolve(state(1, 4, [['/a', 4, NOON]]));
    expect(await late).toMatchObject({ count: 5, version: 2 }); // what is known by now
    numbers.read(state(3, 6));
    const next = numbers.page('/a');
    asked[1]?.answer.reject(new Error('away'));
    expect(await next).toMatchObject({ count: 5, version: 2, stale: true });
  });

  it('the list that was answered before is marked stale, too', async () => {
    const { reads, lists } = heldReads();
    const numbers = new CountSnapshot(reads, state(1, 4));
    const first = numbers.topPages();
    lists[0]?.resolve({ state: state(1, 4), pages: [['/a', 4, NOON]] });
    expect(await first).not.toHaveProperty('stale');
    numbers.lost();
    expect(await numbers.topPages()).toEqual({ ...(await first), stale: true });
    numbers.read(state(1, 4));
    expect(await numbers.topPages()).toEqual(await first);
    expect(lists).toHaveLength(1);
  });
});

describe('a state of a later database', () => {
  const later = (version: number, total: number, pages: readonly PageNumber[] = []): Committed => ({
    ...state(version, total, pages),
    store: STORE + 1,
  });

  /** Numbers that know a page and the list, of version 9. */
  async function known() {
    const held = heldReads();
    let changes = 0;
    const numbers = new CountSnapshot(held.reads, state(9, 10), () => (changes += 1));
    const page = numbers.page('/a');
    held.asked[0]?.answer.resolve(state(9, 10, [['/a', 4, NOON]]));
    await page;
    const list = numbers.topPages();
    held.lists[0]?.resolve({ state: state(9, 10), pages: [['/a', 4, NOON]] });
    await list;
    return { ...held, numbers, changes: () => changes };
  }

  it('is newer, however low its version, and nothing of the earlier one is published after it', async () => {
    const { numbers, asked, lists, changes } = await known();
    numbers.read(later(2, 3));
    expect(changes()).toBe(1);
    expect(numbers.total()).toMatchObject({ count: 3, version: 2, store: STORE + 1 });
    const page = numbers.page('/a');
    asked[1]?.answer.resolve(later(2, 3, [['/a', 1, NOON]]));
    expect(await page).toEqual({ count: 1, version: 2, store: STORE + 1, updatedAt: ISO });
    const list = numbers.topPages();
    lists[1]?.resolve({ state: later(2, 3), pages: [['/a', 1, NOON]] });
    expect(await list).toMatchObject({ count: 3, version: 2, store: STORE + 1, pages: [{ views: 1 }] });
  });

  it('is not taken back by what is read or committed in the earlier one', async () => {
    const { numbers, changes } = await known();
    numbers.read(later(2, 3));
    numbers.read(state(900, 900));
    numbers.committed(state(901, 901, [['/a', 9, NOON]]), new Set(['/a']), true);
    expect(changes()).toBe(1);
    expect(numbers.total()).toMatchObject({ count: 3, version: 2, store: STORE + 1 });
    expect(numbers.page('/a')).toBeInstanceOf(Promise); // it is read
  });

  it('leaves no last known number of the earlier one for when the store does not answer', async () => {
    const { numbers, asked, lists } = await known();
    numbers.read(later(2, 3));
    numbers.lost();
    const page = numbers.page('/a');
    asked[1]?.answer.reject(new Error('down'));
    await expect(page).rejects.toThrow('down');
    const list = numbers.topPages();
    lists[1]?.reject(new Error('down'));
    await expect(list).rejects.toThrow('down');
  });

  it('is not overtaken by a page that was being read from the earlier one', async () => {
    const { numbers, asked } = await known();
    const before = numbers.page('/b');
    numbers.read(later(2, 3));
    const after = numbers.page('/b');
    asked[1]?.answer.resolve(state(9, 10, [['/b', 6, NOON]]));
    expect(await before).toMatchObject({ count: 6, store: STORE }); // and says so
    asked[2]?.answer.resolve(later(2, 3, [['/b', 2, NOON]]));
    expect(await after).toMatchObject({ count: 2, store: STORE + 1 });
    expect(await numbers.page('/b')).toMatchObject({ count: 2, store: STORE + 1 });
  });

  it('is taken from the read of a page that is the first to see it', async () => {
    const { numbers, asked } = await known();
    const page = numbers.page('/b');
    asked[1]?.answer.resolve(later(2, 3, [['/b', 2, NOON]]));
    expect(await page).toMatchObject({ count: 2, store: STORE + 1 });
    expect(numbers.total()).toMatchObject({ count: 3, store: STORE + 1 });
    expect(numbers.page('/b')).toMatchObject({ count: 2, version: 2 });
  });
});
