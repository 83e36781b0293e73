import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PageView } from '@footfall/core';
import type { CommitReport, Written } from '@footfall/db';
import {
  campaignOf,
  deferred,
  expectAgreement,
  idOf,
  NOON,
  open,
  openBoth,
  pageView,
  PLACES,
  rowsOf,
  watched,
} from './support.ts';

const UNAVAILABLE = { name: 'FootfallError', code: 'SERVICE_UNAVAILABLE', retryAfter: 1 };

/** Texts that would show if a text were ever taken for anything but a text. */
const HOSTILE: readonly string[] = [
  "/'); drop table visitor_counts; --",
  '/" or ""="',
  "/it''s",
  '/`select`',
  '/[a]{b}',
  '/"],[1,2],{"a":1}',
  '/\\u0041\\',
  '/$.page',
  '/json(\'{"a":1}\')',
  '/?1:name@p$q',
  '/%00%2F%25',
  '/😀👩‍👩‍👧‍👦',
  '/שלום/مرحبا',
  '/ঢাকা',
  '/e\u0301 and é',
  '/ﬃ',
  '/NULL',
  '/null',
  '/1e999',
  '/true',
  'constructor',
  '__proto__',
  '123',
  '1.0',
  ' ',
  `/${'a'.repeat(511)}`,
  `/${'é'.repeat(255)}`,
  `/${'😀'.repeat(127)}`,
];

describe.each(PLACES)('a store on %s', (name, place) => {
  it('begins with nothing counted', async () => {
    const { store, connection } = await openBoth(await place());
    const nothing = { count: 0, version: 0, updatedAt: null };
    expect(store.count()).toEqual(nothing);
    expect(await store.count('/')).toEqual(nothing);
    expect(await store.topPages()).toEqual({ ...nothing, pages: [] });
    expect(store.waiting()).toBe(0);
    await store.ping();
    await expectAgreement(connection, 0);
  });

  it('counts a page view, and whoever reads after the answer sees it', async () => {
    const { store, connection } = await openBoth(await place());
    expect(await store.add(pageView({ page: '/a' }), true)).toEqual({
      counted: true,
      count: 1,
      total: 1,
      version: 1,
    });
    expect(await store.add(pageView({ page: '/b' }), true)).toEqual({
      counted: true,
      count: 1,
      total: 2,
      version: 2,
    });
    expect(await store.add(pageView({ page: '/a', at: NOON + 1 }), true)).toEqual({
      counted: true,
      count: 2,
      total: 3,
      version: 3,
    });
    expect(store.count()).toEqual({ count: 3, version: 3, updatedAt: new Date(NOON + 1).toISOString() });
    expect(await store.count('/a')).toEqual({
      count: 2,
      version: 3,
      updatedAt: new Date(NOON + 1).toISOString(),
    });
    expect(await store.count('/b')).toEqual({
      count: 1,
      version: 3,
      updatedAt: new Date(NOON).toISOString(),
    });
    await expectAgreement(connection, 3);
  });

  it('lets a read that follows an answer see the write when the sender asked for no numbers', async () => {
    const { store } = await openBoth(await place());
    expect(await store.count('/a')).toMatchObject({ count: 0 });
    for (let views = 1; views <= 5; views += 1) {
      expect(await store.add(pageView({ page: '/a' }), false)).toEqual({
        counted: true,
        count: 0,
        total: views,
        version: views,
      });
      expect(store.count()).toMatchObject({ count: views, version: views });
      expect(await store.count('/a')).toMatchObject({ count: views, version: views });
      expect((await store.topPages()).pages).toMatchObject([{ page: '/a', views }]);
    }
  });

  it('lets a read that follows an answer see the write when another read was under way', async () => {
    const connection = await (await place())();
    const held = deferred();
    const begun = deferred();
    let hold = false;
    const store = await open(
      watched(connection, async (sql) => {
        if (!hold || !sql.startsWith('select')) return;
        hold = false;
        begun.resolve();
        await held.promise;
      }),
    );
    await store.add(pageView({ page: '/a' }), false);
    hold = true;
    const slow = store.count('/a');
    await begun.promise;
    await store.add(pageView({ page: '/a' }), false);
    expect(await store.count('/a')).toMatchObject({ count: 2, version: 2 });
    held.resolve();
    expect(await slow).toMatchObject({ count: 2, version: 2 }); // what is known by now
    expect(await store.count('/a')).toMatchObject({ count: 2, version: 2 });
  });

  it('never moves a date back for a late report', async () => {
    const { store, connection } = await openBoth(await place());
    await store.add(pageView({ at: NOON }), false);
    await store.add(pageView({ at: NOON - 1_000 }), false);
    expect(store.count()).toMatchObject({ count: 2, updatedAt: new Date(NOON).toISOString() });
    expect(await store.count('/')).toMatchObject({ count: 2, updatedAt: new Date(NOON).toISOString() });
    await expectAgreement(connection, 2);
  });

  it('keeps all of a page view', async () => {
    const { store, connection } = await openBoth(await place());
    await store.add(
      pageView({
        id: '00112233445566778899aabbccddeeff',
        at: NOON,
        page: '/a',
        referrer: 'search.example/find',
        campaign: {
          utmSource: 's',
          utmMedium: 'm',
          utmCampaign: 'c',
          utmTerm: 't',
          utmContent: 'o',
          clickId: 'gclid',
        },
      }),
      false,
    );
    expect(
      await rowsOf(
        connection,
        'select *, hex(id) id, typeof(id) type, length(id) bytes from visitor_page_views',
      ),
    ).toEqual([
      expect.objectContaining({
        seq: 1,
        type: 'blob',
        bytes: 16,
        viewed_at: NOON,
        page_identifier: '/a',
        referrer: 'search.example/find',
        utm_source: 's',
        utm_medium: 'm',
        utm_campaign: 'c',
        utm_term: 't',
        utm_content: 'o',
        click_id: 'gclid',
      }),
    ]);
    expect(await rowsOf(connection, 'select hex(id) hex from visitor_page_views')).toEqual([
      { hex: '00112233445566778899AABBCCDDEEFF' },
    ]);
  });

  describe('counts a page view exactly once', () => {
    it('when it is sent again', async () => {
      const { store, connection } = await openBoth(await place());
      const view = pageView({ page: '/a' });
      expect(await store.add(view, true)).toEqual({ counted: true, count: 1, total: 1, version: 1 });
      expect(await store.add(view, true)).toEqual({ counted: false, count: 1, total: 1, version: 1 });
      expect(await store.add(view, false)).toMatchObject({ counted: false, total: 1, version: 1 });
      await expectAgreement(connection, 1);
    });

    it('when it is sent again with another page: the first one stands', async () => {
      const { store, connection } = await openBoth(await place());
      const view = pageView({ page: '/a' });
      await store.add(view, true);
      expect(await store.add({ ...view, page: '/b' }, true)).toEqual({
        counted: false,
        count: 0,
        total: 1,
        version: 1,
      });
      expect(await store.count('/b')).toMatchObject({ count: 0 });
      await expectAgreement(connection, 1);
    });

    it('when it is sent a hundred times at once', async () => {
      const { store, connection } = await openBoth(await place());
      const view = pageView({ page: '/a' });
      const answers = await Promise.all(Array.from({ length: 100 }, () => store.add(view, true)));
      expect(answers.filter(({ counted }) => counted)).toHaveLength(1);
      expect(answers[0]?.counted).toBe(true);
      for (const { count, total, version } of answers)
        expect({ count, total, version }).toEqual({ count: 1, total: 1, version: 1 });
      await expectAgreement(connection, 1);
    });

    it('when it comes again in a batch with others, and each sender gets its own answer', async () => {
      const commits: CommitReport[] = [];
      const { store, connection } = await openBoth(await place(), {
        onCommit: (report) => commits.push(report),
      });
      const send = (...ids: number[]): Promise<Written[]> =>
        Promise.all(ids.map((id) => store.add(pageView({ id: idOf(id), page: `/${id}` }), true)));
      const counted = (answers: Written[]): boolean[] => answers.map((answer) => answer.counted);
      expect(counted(await send(1, 2, 3))).toEqual([true, true, true]);
      expect(counted(await send(2, 4, 1, 5, 4, 5, 6))).toEqual([
        false,
        true,
        false,
        true,
        false,
        false,
        true,
      ]);
      expect(counted(await send(6, 5, 4))).toEqual([false, false, false]);
      expect(counted(await send(7, 7, 7))).toEqual([true, false, false]);
      expect(counted(await send(1, 1, 8))).toEqual([false, false, true]);
      expect(commits.map(({ size }) => size)).toEqual([3, 7, 3, 3, 3]);
      expect(store.count()).toMatchObject({ count: 8, version: 4 });
      await expectAgreement(connection, 8);
    });

    it('when it comes again after the store was closed and opened', async () => {
      const reopen = await place();
      const first = await open(reopen());
      const view = pageView({ page: '/a' });
      await first.add(view, true);
      await first.add(pageView({ page: '/b' }), true);
      await first.close();
      const { store, connection } = await openBoth(reopen);
      expect(store.count()).toMatchObject({ count: 2, version: 2 });
      expect(await store.add(view, true)).toEqual({ counted: false, count: 1, total: 2, version: 2 });
      expect(await store.add(pageView({ page: '/a' }), true)).toEqual({
        counted: true,
        count: 2,
        total: 3,
        version: 3,
      });
      await expectAgreement(connection, 3);
    });
  });

  it('has a version that grows by every commit that counted something, and by no other', async () => {
    const { store } = await openBoth(await place());
    const view = pageView();
    const versions = [(await store.count()).version];
    for (const batch of [[view], [view], [view, pageView()], [view, view], [pageView(), pageView()]]) {
      await Promise.all(batch.map((each) => store.add(each, false)));
      versions.push((await store.count()).version);
    }
    expect(versions).toEqual([0, 1, 1, 2, 2, 3]);
  });

  it('makes one commit of what arrives in one turn, and reports it', async () => {
    const commits: CommitReport[] = [];
    const { store, connection } = await openBoth(await place(), {
      onCommit: (report) => commits.push(report),
    });
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, at) => store.add(pageView({ page: `/${at % 3}` }), true)),
    );
    for (const answer of answers)
      expect(answer).toEqual({ counted: true, count: 100, total: 300, version: 1 });
    expect(commits).toEqual([{ size: 300, ms: expect.any(Number) as number }]);
    await expectAgreement(connection, 300);
  });

  it('takes at most 1,000 in one commit and answers all of more', async () => {
    const commits: CommitReport[] = [];
    const { store, connection } = await openBoth(await place(), {
      onCommit: (report) => commits.push(report),
    });
    const answers = await Promise.all(Array.from({ length: 2_500 }, () => store.add(pageView(), false)));
    expect(answers.every(({ counted }) => counted)).toBe(true);
    expect(commits.map(({ size }) => size)).toEqual([1_000, 1_000, 500]);
    await expectAgreement(connection, 2_500);
  });

  it('refuses what exceeds its capacity, and loses nothing of what it took', async () => {
    const { store, connection } = await openBoth(await place(), { capacity: 5 });
    const views = Array.from({ length: 8 }, () => pageView());
    const answers = await Promise.allSettled(views.map((view) => store.add(view, false)));
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array<string>(5).fill('fulfilled'),
      ...Array<string>(3).fill('rejected'),
    ]);
    for (const answer of answers.slice(5)) expect(answer).toMatchObject({ reason: UNAVAILABLE });
    await expectAgreement(connection, 5);
    const again = await Promise.all(views.slice(3).map((view) => store.add(view, false)));
    expect(again.map(({ counted }) => counted)).toEqual([false, false, true, true, true]);
    await expectAgreement(connection, 8);
  });

  it('tells all senders of a commit that failed to try again, keeps nothing of it, and takes the next', async () => {
    const connection = await (await place())();
    const commits: CommitReport[] = [];
    const store = await open(connection, { onCommit: (report) => commits.push(report) });
    await store.add(pageView({ page: '/a' }), true);
    // The second of the batch breaks the third statement's table, in the middle of the transaction.
    await connection.database.execute(
      `create trigger broken before insert on visitor_counts when new.page_identifier = '/broken' begin select raise(abort, 'broken'); end`,
    );
    const views = [pageView({ page: '/a' }), pageView({ page: '/broken' }), pageView({ page: '/c' })];
    const answers = await Promise.allSettled(views.map((view) => store.add(view, true)));
    for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(commits.at(-1)).toMatchObject({
      size: 3,
      error: { message: expect.stringContaining('broken') as string },
    });
    await expectAgreement(connection, 1);
    expect(store.count()).toMatchObject({ count: 1, version: 1 });
    await connection.database.execute('drop trigger broken');
    const again = await Promise.all(views.map((view) => store.add(view, true)));
    expect(again).toEqual([
      { counted: true, count: 2, total: 4, version: 2 },
      { counted: true, count: 1, total: 4, version: 2 },
      { counted: true, count: 1, total: 4, version: 2 },
    ]);
    await expectAgreement(connection, 4);
  });

  it('refuses writes after it was closed, and commits what waited before', async () => {
    const reopen = await place();
    const store = await open(reopen());
    const waiting = store.add(pageView(), false);
    const closing = store.close();
    expect(await waiting).toMatchObject({ counted: true });
    await closing;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(store.add(pageView(), false)).rejects.toMatchObject(UNAVAILABLE);
    }
    const { store: next, connection } = await openBoth(reopen);
    expect(next.count()).toMatchObject({ count: 1 });
    await expectAgreement(connection, 1);
  });

  it('gives back whatever text it was given', async () => {
    const { store, connection } = await openBoth(await place());
    const views = HOSTILE.map((text, at) =>
      pageView({
        id: idOf(at),
        page: text,
        referrer: text,
        campaign: campaignOf({ utmSource: text, utmTerm: text, clickId: text }),
      }),
    );
    for (const answer of await Promise.all(views.map((view) => store.add(view, true)))) {
      expect(answer).toEqual({ counted: true, count: 1, total: HOSTILE.length, version: 1 });
    }
    const again = await Promise.all(views.map((view) => store.add({ ...view, id: pageView().id }, false)));
    expect(again).toHaveLength(HOSTILE.length);
    for (const page of HOSTILE) expect(await store.count(page)).toMatchObject({ count: 2 });
    expect((await store.topPages()).pages.map(({ page }) => page).sort()).toEqual([...HOSTILE].sort());
    const texts = await rowsOf(
      connection,
      'select page_identifier, referrer, utm_source, utm_term, click_id from visitor_page_views order by seq limit 28',
    );
    expect(texts).toEqual(
      HOSTILE.map((text) => ({
        page_identifier: text,
        referrer: text,
        utm_source: text,
        utm_term: text,
        click_id: text,
      })),
    );
    await expectAgreement(connection, 2 * HOSTILE.length);
  });

  describe('lists the pages', () => {
    it('with the most views first, the newest of equals first, and at most 100', async () => {
      const { store } = await openBoth(await place());
      const views: PageView[] = [];
      for (let page = 1; page <= 110; page += 1) {
        views.push(pageView({ page: `/${page}` }));
        if (page % 10 === 0)
          views.push(...Array.from({ length: page }, () => pageView({ page: `/${page}` })));
      }
      await Promise.all(views.map((view) => store.add(view, false)));
      const { pages, count } = await store.topPages();
      expect(count).toBe(views.length);
      expect(pages).toHaveLength(100);
      expect(pages.slice(0, 13).map(({ page, views: number }) => [page, number])).toEqual([
        ...Array.from({ length: 11 }, (_, at) => [`/${110 - at * 10}`, 111 - at * 10]),
        ['/109', 1],
        ['/108', 1],
      ]);
      expect(pages[0]?.updatedAt).toBe(new Date(NOON).toISOString());
    });

    it('and a thousand readers at once make the store be read once for each number', async () => {
      const asked: string[] = [];
      const store = await open(watched(await (await place())(), (sql) => void asked.push(sql)));
      for (let round = 1; round <= 2; round += 1) {
        await store.add(pageView({ page: '/a' }), false);
        asked.length = 0;
        const answers = await Promise.all(
          Array.from({ length: 1_000 }, async () => [
            store.count(),
            await store.count('/a'),
            await store.topPages(),
          ]),
        );
        for (const [total, page, list] of answers) {
          expect(total).toMatchObject({ count: round, version: round });
          expect(page).toMatchObject({ count: round, version: round });
          expect(list).toMatchObject({ count: round, version: round, pages: [{ page: '/a', views: round }] });
        }
        expect(asked).toHaveLength(2);
      }
    });
  });

  it('equals a simple model, whatever is sent in whatever groups', async () => {
    const reopen = await place();
    const send = fc.record({
      id: fc.nat({ max: 25 }),
      page: fc.constantFrom('/', '/a', '/b', '/ü', "/'"),
      age: fc.nat({ max: 1_000 }),
      wantsCount: fc.boolean(),
    });
    const group = fc.record({
      sends: fc.array(send, { minLength: 1, maxLength: 30 }),
      awaited: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(group, { maxLength: 12 }), fc.boolean(), async (groups, reopened) => {
        const connection = await reopen();
        const store = await open(connection);
        const before = (await store.count()).count;
        const known = new Set<string>();
        const pages = new Map<string, number>();
        const pageBefore = new Map<string, number>();
        for (const page of ['/', '/a', '/b', '/ü', "/'"])
          pageBefore.set(page, (await store.count(page)).count);
        const run = pageView().id.slice(0, 28); // ids of this run alone
        const answers: Promise<Written>[] = [];
        const expected: boolean[] = [];
        for (const { sends, awaited } of groups) {
          for (const { id, page, age, wantsCount } of sends) {
            const name = `${run}${id.toString(16).padStart(4, '0')}`;
            expected.push(!known.has(name));
            if (!known.has(name)) pages.set(page, (pages.get(page) ?? 0) + 1);
            known.add(name);
            answers.push(store.add(pageView({ id: name, page, at: NOON - age }), wantsCount));
          }
          if (awaited) await Promise.all(answers);
          else await new Promise(setImmediate);
        }
        const written = await Promise.all(answers);
        expect(written.map(({ counted }) => counted)).toEqual(expected);
        written.forEach(({ version }, at) =>
          expect(version).toBeGreaterThanOrEqual(written[at - 1]?.version ?? 0),
        );
        await expectAgreement(connection, before + known.size);
        let { store: last, connection: way } = { store, connection };
        if (reopened) {
          await store.close();
          ({ store: last, connection: way } = await openBoth(reopen));
        }
        expect(last.count()).toMatchObject({ count: before + known.size });
        for (const [page, views] of pageBefore) {
          expect(await last.count(page)).toMatchObject({ count: views + (pages.get(page) ?? 0) });
        }
        const list = (await last.topPages()).pages;
        expect(list.reduce((sum, { views }) => sum + views, 0)).toBe(before + known.size);
        expect(list.map(({ views }) => views)).toEqual(list.map(({ views }) => views).sort((a, b) => b - a));
        await expectAgreement(way, before + known.size);
        await last.close();
      }),
      { numRuns: (name === 'sqld' ? 15 : 20) * (process.env['FOOTFALL_LONG'] === '1' ? 10 : 1) },
    );
  });

  describe('regressions', () => {
    it('a list of pages agrees with its total, whatever is committed meanwhile', async () => {
      const { store } = await openBoth(await place());
      const adding: Promise<Written>[] = [];
      for (let turn = 0; turn < 100; turn += 1) {
        for (let at = 0; at < 16; at += 1) adding.push(store.add(pageView({ page: `/${at}` }), false));
        await new Promise(setImmediate);
        const { count, pages } = await store.topPages();
        expect(pages.reduce((sum, { views }) => sum + views, 0)).toBe(count);
      }
      await Promise.all(adding);
    });

    it('a batch of duplicates after another instance’s commit does not leave old numbers behind', async () => {
      const connection = await (await place())();
      const store = await open(connection);
      const view = pageView({ page: '/b' });
      await store.add(view, true);
      await store.add(pageView({ page: '/a' }), true);
      // What another instance does in one commit, without its own connection.
      await connection.database.batch(
        [
          `update visitor_counts set view_count = view_count + 1 where page_identifier = '/a'`,
          `insert into visitor_page_views (seq, id, viewed_at, page_identifier) values (3, x'${idOf(3)}', ${NOON}, '/a')`,
          'update visitor_stats set total_views = 3, version = 3, folded = 3, folded_before = 2',
        ],
        'write',
      );
      expect(await store.add(view, true)).toMatchObject({ counted: false, total: 3, version: 3 });
      expect(await store.count('/a')).toMatchObject({ count: 2, version: 3 });
      await expectAgreement(connection, 3);
    });

    it('a duplicate is answered as one when another instance commits before the answer', async () => {
      const connection = await (await place())();
      const { database } = connection;
      const other = [
        `insert into visitor_counts (page_identifier, view_count, last_updated_at) values ('/c', 1, ${NOON})`,
        `insert into visitor_page_views (seq, id, viewed_at, page_identifier) values (3, x'${idOf(3)}', ${NOON}, '/c')`,
        'update visitor_stats set total_views = 3, version = 3, folded = 3, folded_before = 2',
      ];
      let commits = 0;
      const store = await open({
        ...connection,
        database: {
          ...database,
          execute: (statement) => database.execute(statement),
          transaction: (mode) => database.transaction(mode),
          batch: async (statements, mode) => {
            const results = await database.batch(statements, mode);
            if ((commits += 1) === 2) await database.batch(other, 'write');
            return results;
          },
        },
      });
      const view = pageView({ page: '/a' });
      await store.add(view, false);
      const answers = await Promise.all([store.add(pageView({ page: '/b' }), false), store.add(view, false)]);
      expect(answers.map(({ counted }) => counted)).toEqual([true, false]);
      await expectAgreement(connection, 3);
    });

    it('a commit whose answer was lost counts once when it is sent again', async () => {
      const connection = await (await place())();
      const { database } = connection;
      let losing = false;
      const store = await open({
        ...connection,
        database: {
          ...database,
          execute: (statement) => database.execute(statement),
          transaction: (mode) => database.transaction(mode),
          batch: async (statements, mode) => {
            const results = await database.batch(statements, mode);
            if (losing) throw new Error('lost');
            return results;
          },
        },
      });
      losing = true;
      const views = [pageView({ page: '/a' }), pageView({ page: '/a' })];
      const answers = await Promise.allSettled(views.map((view) => store.add(view, true)));
      for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
      losing = false;
      for (const view of views) {
        expect(await store.add(view, true)).toEqual({ counted: false, count: 2, total: 2, version: 1 });
      }
      expect(store.count()).toMatchObject({ count: 2, version: 1 });
      expect(await store.count('/a')).toMatchObject({ count: 2, version: 1 });
      await expectAgreement(connection, 2);
    });
  });
});
