import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  combinationKey,
  DIMENSIONS,
  EVENT_DIMENSIONS,
  LISTED_DIMENSIONS,
  type Campaign,
  type Engagement,
  type Attributes,
  type PageView,
  type CollectedEvent,
  type Sender,
} from '@footfall/core';
import type { CommitReport, Connection, Written } from '@footfall/db';
import {
  campaignOf,
  commitElsewhere,
  deferred,
  differencesIn,
  expectAgreement,
  idOf,
  NOON,
  open,
  openBoth,
  pageView,
  PLACES,
  rowsOf,
  watched,
  STORE,
} from './support.ts';

const UNAVAILABLE = { name: 'FootfallError', code: 'SERVICE_UNAVAILABLE', retryAfter: 1 };

/** Strings that would show if a string were ever taken for anything but a string. */
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
  '😀'.repeat(64),
  '</script><img src=x onerror=alert(1)>',
  '<!-- &amp; &#39; ]]>',
  `"'\`;--`,
  '\u202Egnp.exe\u2066\u200F',
];

const HOUR_MS = 3_600_000;
const DAY = NOON - 12 * HOUR_MS;

/** What is counted by a value of a dimension, by name. */
async function countsOf(
  connection: Connection,
  dimension: number,
): Promise<Record<string, readonly [views: unknown, visits: unknown]>> {
  const rows = await rowsOf(
    connection,
    `select named.value name, sum(views) views, sum(visits) visits
    from visitor_daily_counts counts join visitor_values named on named.id = counts.value
    where counts.dimension = ${dimension} group by name having sum(views) <> 0 or sum(visits) <> 0`,
  );
  return Object.fromEntries(rows.map(({ name, views, visits }) => [String(name), [views, visits] as const]));
}

const PAGE = 1;
const SOURCE = 6;
const CAMPAIGN = 7;

/** What was not counted. */
const ledgerOf = (connection: Connection): Promise<Record<string, unknown>[]> =>
  rowsOf(connection, 'select * from visitor_ledger order by day, reason, detail');

const ignored = (
  detail: string,
  reason: 'bot' | 'spam' | 'opted-out' = 'bot',
  day = DAY,
): CollectedEvent => ({
  kind: 'ignored',
  reason,
  detail,
  day,
});

/** The store goes by the database's clock: what is about an hour is not begun at its end. */
async function atLeastTenSecondsOfAnHour(): Promise<void> {
  const left = HOUR_MS - (Date.now() % HOUR_MS);
  if (left < 10_000) await new Promise((resolve) => setTimeout(resolve, left + 100));
}

const SENDER: Sender = { address: 1, network: null };

/** A clock for the store, and a way to make an hour pass there and in the database. */
function hours() {
  let now = 0;
  return {
    elapsed: () => now,
    pass: async ({ database }: Connection): Promise<void> => {
      now += HOUR_MS;
      await database.execute(`update visitor_new_names set hour = hour - ${HOUR_MS}`);
    },
  };
}

describe.each(PLACES)('a store on %s', (name, place) => {
  it('begins with nothing counted', async () => {
    const { store, connection } = await openBoth(await place());
    const nothing = { count: 0, version: 0, store: STORE, updatedAt: null };
    expect(store.count()).toEqual(nothing);
    expect(await store.count('/')).toEqual(nothing);
    expect(await store.topPages()).toEqual({ ...nothing, pages: [] });
    expect(store.waiting()).toBe(0);
    await store.ping();
    await expectAgreement({ store, connection }, 0);
  });

  it('counts a page view, and every read after the answer sees it', async () => {
    const { store, connection } = await openBoth(await place());
    expect(await store.add(pageView({ page: '/a' }), true)).toEqual({
      counted: true,
      count: 1,
      total: 1,
      version: 1,
      store: STORE,
    });
    expect(await store.add(pageView({ page: '/b' }), true)).toEqual({
      counted: true,
      count: 1,
      total: 2,
      version: 2,
      store: STORE,
    });
    expect(await store.add(pageView({ page: '/a', at: NOON + 1 }), true)).toEqual({
      counted: true,
      count: 2,
      total: 3,
      version: 3,
      store: STORE,
    });
    expect(store.count()).toEqual({
      count: 3,
      version: 3,
      store: STORE,
      updatedAt: new Date(NOON + 1).toISOString(),
    });
    expect(await store.count('/a')).toEqual({
      count: 2,
      version: 3,
      store: STORE,
      updatedAt: new Date(NOON + 1).toISOString(),
    });
    expect(await store.count('/b')).toEqual({
      count: 1,
      version: 3,
      store: STORE,
      updatedAt: new Date(NOON).toISOString(),
    });
    await expectAgreement({ store, connection }, 3);
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
        store: STORE,
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
    await expectAgreement({ store, connection }, 2);
  });

  it('keeps all of a page view', async () => {
    const { store, connection } = await openBoth(await place());
    const facts = {
      country: 'FR',
      region: 'FR-IDF',
      city: 'Paris',
      language: 'fr',
      source: 'Google',
      campaign: 'spring',
      device: 'mobile',
      browser: 'Safari',
      system: 'iOS',
      channel: 'paid search',
    };
    await store.add(
      pageView({
        id: '00112233445566778899aabbccddeeff',
        at: NOON,
        page: '/a',
        visitor: 2 ** 47 - 1,
        previousDayKey: 2 ** 47 - 2,
        referrer: 'search.example/find',
        campaign: {
          utmSource: 's',
          utmMedium: 'm',
          utmCampaign: 'c',
          utmTerm: 't',
          utmContent: 'o',
          clickId: 'gclid',
        },
        facts,
      }),
      false,
    );
    await store.fold();
    expect(
      await rowsOf(
        connection,
        `select log.*, typeof(known.id) type, length(known.id) bytes, value page_identifier,
          lower(hex(key)) key, hours.day
        from visitor_page_views log
        join visitor_event_ids known on known.seq = log.seq
        join visitor_values on visitor_values.id = page
        join visitor_facts on visitor_facts.id = facts
        join visitor_session_hours hours on hours.session = log.session and hours.hour = log.hour`,
      ),
    ).toEqual([
      expect.objectContaining({
        seq: 1,
        type: 'blob',
        bytes: 16,
        viewed_at: NOON,
        hour: NOON,
        day: NOON - 12 * 3_600_000,
        session: 1,
        visitor: 2 ** 47 - 1,
        prior: 2 ** 47 - 2,
        page_identifier: '/a',
        key: combinationKey([...EVENT_DIMENSIONS.map((fact) => facts[fact]), 'm', 't', 'o']),
        referrer: 'search.example/find',
        utm_source: 's',
        utm_medium: 'm',
        utm_campaign: 'c',
        utm_term: 't',
        utm_content: 'o',
        click_id: 'gclid',
      }),
    ]);
    expect(await rowsOf(connection, 'select hex(id) hex from visitor_event_ids')).toEqual([
      { hex: '00112233445566778899AABBCCDDEEFF' },
    ]);
    const names = Object.keys(facts);
    expect(
      await rowsOf(
        connection,
        `select ${names.map((name) => `(select value from visitor_values where id = ${name}) ${name}`).join(', ')}
        from visitor_facts where id = (select facts from visitor_page_views)`,
      ),
    ).toEqual([facts]);
  });

  describe('counts a page view exactly once', () => {
    it('when it is sent again', async () => {
      const { store, connection } = await openBoth(await place());
      const view = pageView({ page: '/a' });
      expect(await store.add(view, true)).toEqual({
        counted: true,
        count: 1,
        total: 1,
        version: 1,
        store: STORE,
      });
      expect(await store.add(view, true)).toEqual({
        counted: false,
        count: 1,
        total: 1,
        version: 1,
        store: STORE,
      });
      expect(await store.add(view, false)).toMatchObject({ counted: false, total: 1, version: 1 });
      await expectAgreement({ store, connection }, 1);
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
        store: STORE,
      });
      expect(await store.count('/b')).toMatchObject({ count: 0 });
      await expectAgreement({ store, connection }, 1);
    });

    it('when it is sent a hundred times at once', async () => {
      const { store, connection } = await openBoth(await place());
      const view = pageView({ page: '/a' });
      const answers = await Promise.all(Array.from({ length: 100 }, () => store.add(view, true)));
      expect(answers.filter(({ counted }) => counted)).toHaveLength(1);
      expect(answers[0]?.counted).toBe(true);
      for (const { count, total, version } of answers)
        expect({ count, total, version }).toEqual({ count: 1, total: 1, version: 1 });
      await expectAgreement({ store, connection }, 1);
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
      await expectAgreement({ store, connection }, 8);
    });

    it('when it comes again after the store was closed and opened', async () => {
      const reopen = await place();
      const first = await open(reopen());
      const view = pageView({ page: '/a' });
      await first.add(view, true);
      await first.add(pageView({ page: '/b' }), true);
      await first.close();
      const { store, connection } = await openBoth(reopen);
      const version = 2; // two page views; the fold when it was closed made none
      expect(store.count()).toMatchObject({ count: 2, version });
      expect(await store.add(view, true)).toEqual({
        counted: false,
        count: 1,
        total: 2,
        version,
        store: STORE,
      });
      expect(await store.add(pageView({ page: '/a' }), true)).toEqual({
        counted: true,
        count: 2,
        total: 3,
        version: version + 1,
        store: STORE,
      });
      await expectAgreement({ store, connection }, 3);
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
      expect(answer).toEqual({ counted: true, count: 100, total: 300, version: 1, store: STORE });
    expect(commits).toEqual([{ size: 300, ms: expect.any(Number) as number }]);
    await expectAgreement({ store, connection }, 300);
  });

  it('takes at most 1,000 in one commit and answers all of more', async () => {
    const commits: CommitReport[] = [];
    const { store, connection } = await openBoth(await place(), {
      onCommit: (report) => commits.push(report),
    });
    const answers = await Promise.all(Array.from({ length: 2_500 }, () => store.add(pageView(), false)));
    expect(answers.every(({ counted }) => counted)).toBe(true);
    expect(commits.map(({ size }) => size)).toEqual([1_000, 1_000, 500]);
    await expectAgreement({ store, connection }, 2_500);
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
    await expectAgreement({ store, connection }, 5);
    const again = await Promise.all(views.slice(3).map((view) => store.add(view, false)));
    expect(again.map(({ counted }) => counted)).toEqual([false, false, true, true, true]);
    await expectAgreement({ store, connection }, 8);
  });

  it('asks all senders of a commit that failed to send again, stores nothing of it, and takes the next', async () => {
    const connection = await (await place())();
    const commits: CommitReport[] = [];
    const store = await open(connection, { onCommit: (report) => commits.push(report) });
    await store.add(pageView({ page: '/a' }), true);
    // The second of the batch breaks a statement in the middle of the transaction.
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
    expect(store.count()).toMatchObject({ count: 1, version: 1 });
    await expectAgreement({ store, connection }, 1);
    const { version: folded } = await store.count();
    await connection.database.execute('drop trigger broken');
    const again = await Promise.all(views.map((view) => store.add(view, true)));
    const version = folded + 1;
    expect(again).toEqual([
      { counted: true, count: 2, total: 4, version, store: STORE },
      { counted: true, count: 1, total: 4, version, store: STORE },
      { counted: true, count: 1, total: 4, version, store: STORE },
    ]);
    await expectAgreement({ store, connection }, 4);
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
    await expectAgreement({ store, connection }, 1);
  });

  it('gives back whatever text it was given', async () => {
    const { store, connection } = await openBoth(await place());
    const views = HOSTILE.map((text, at) =>
      pageView({
        id: idOf(at),
        page: text,
        referrer: text,
        campaign: campaignOf({ utmSource: text, utmTerm: text, clickId: text as Campaign['clickId'] }),
      }),
    );
    for (const answer of await Promise.all(views.map((view) => store.add(view, true)))) {
      expect(answer).toEqual({ counted: true, count: 1, total: HOSTILE.length, version: 1, store: STORE });
    }
    const again = await Promise.all(views.map((view) => store.add({ ...view, id: pageView().id }, false)));
    expect(again).toHaveLength(HOSTILE.length);
    for (const page of HOSTILE) expect(await store.count(page)).toMatchObject({ count: 2 });
    expect((await store.topPages()).pages.map(({ page }) => page).sort()).toEqual([...HOSTILE].sort());
    await store.fold();
    const strings = await rowsOf(
      connection,
      `select value page_identifier, referrer, utm_source, utm_term, click_id
      from visitor_page_views join visitor_values on visitor_values.id = page order by seq limit ${HOSTILE.length}`,
    );
    expect(strings).toEqual(
      HOSTILE.map((text) => ({
        page_identifier: text,
        referrer: text,
        utm_source: text,
        utm_term: text,
        click_id: text,
      })),
    );
    await expectAgreement({ store, connection }, 2 * HOSTILE.length);
  });

  describe('counts new values beyond the quota of an hour as others', () => {
    it('pages: the answer says the counter of the others, and pages that are known have their own', async () => {
      await atLeastTenSecondsOfAnHour();
      const { store, connection } = await openBoth(await place(), { newValuesPerHour: 3 });
      const send = async (...pages: string[]): Promise<number[]> =>
        (await Promise.all(pages.map((page) => store.add(pageView({ page }), true)))).map(
          ({ count }) => count,
        );
      expect(await send('/1', '/2')).toEqual([1, 1]);
      expect(await send('/3', '/4', '/1', '/5', '/3')).toEqual([2, 2, 2, 2, 2]);
      expect(await send('/6')).toEqual([3]);
      expect(await send('/1', '/6')).toEqual([3, 4]);
      expect(await store.add(pageView({ page: '/7' }), true)).toMatchObject({
        counted: true,
        page: '(other)',
        count: 5,
        total: 11,
      });
      expect(await store.add(pageView({ page: '/1' }), true)).not.toHaveProperty('page');
      const own = { '/1': 4, '/2': 1, '/3': 2 };
      for (const [page, count] of Object.entries({ ...own, '(other)': 5, '/4': 0, '/7': 0 }))
        expect(await store.count(page)).toMatchObject({ count });
      expect(
        Object.fromEntries((await store.topPages()).pages.map(({ page, views }) => [page, views])),
      ).toEqual({ ...own, '(other)': 5 });
      await store.fold();
      const counts = await countsOf(connection, PAGE);
      expect(Object.fromEntries(Object.entries(counts).map(([page, [views]]) => [page, views]))).toEqual({
        ...own,
        '(other)': 5,
      });
      await expectAgreement({ store, connection }, 12);
    });

    it('sources and campaigns, each with a quota of its own; a visit with one too many keeps what comes from lists', async () => {
      await atLeastTenSecondsOfAnHour();
      const { store, connection } = await openBoth(await place(), { newValuesPerHour: 2 });
      let visitor = 0;
      const visit = (source: string, campaign: string): PageView =>
        pageView({ visitor: (visitor += 2), facts: { source, campaign } });
      await store.addAll([visit('a', 'x'), visit('b', 'x')]);
      await store.addAll([visit('c', 'y'), visit('d', 'z'), visit('a', 'z')]);
      await store.addAll([visit('b', 'y'), visit('e', 'x')]);
      await store.fold();
      expect(await countsOf(connection, SOURCE)).toEqual({ a: [1, 1], b: [2, 2], '(other)': [4, 4] });
      expect(await countsOf(connection, CAMPAIGN)).toEqual({ x: [2, 2], y: [1, 1], '(other)': [4, 4] });
      for (const listed of LISTED_DIMENSIONS)
        expect(await countsOf(connection, DIMENSIONS.indexOf(listed) + 1)).toEqual({
          [pageView().attributes[listed]]: [7, 7],
        });
      await expectAgreement({ store, connection }, 7);
    });

    it('media, terms and contents, each with a quota of its own; a visit without them needs none', async () => {
      await atLeastTenSecondsOfAnHour();
      const { store, connection } = await openBoth(await place(), { newValuesPerHour: 1 });
      let visitor = 0;
      const visit = (facts: Partial<Attributes>): PageView => pageView({ visitor: (visitor += 2), facts });
      await store.addAll([visit({ medium: 'a' }), visit({ term: 'x' }), visit({ content: 'y' })]);
      await store.fold();
      await store.addAll([visit({ medium: 'b' }), visit({ medium: 'a', term: 'z' }), visit({})]);
      await store.fold();
      expect(await countsOf(connection, 14)).toEqual({ a: [1, 1], '(other)': [2, 2] });
      expect(await countsOf(connection, 15)).toEqual({ x: [1, 1], '(other)': [1, 1] });
      expect(await countsOf(connection, 16)).toEqual({ y: [1, 1] });
      expect(await differencesIn(connection)).toEqual([]);
      await expectAgreement({ store, connection }, 6);
    });

    it('combinations of attributes, though each of their values is known', async () => {
      await atLeastTenSecondsOfAnHour();
      const { elapsed, pass } = hours();
      const { store, connection } = await openBoth(await place(), { newValuesPerHour: 3, elapsed });
      const names = ['a', 'b', 'c'];
      const visits = names.flatMap((source, x) =>
        names.flatMap((campaign, y) =>
          names.map((city, z) =>
            pageView({ visitor: 2 + 2 * (9 * x + 3 * y + z), facts: { source, campaign, city } }),
          ),
        ),
      );
      for (const visit of visits) await store.add(visit, false);
      await store.fold();
      expect(await rowsOf(connection, 'select count(*) n from visitor_facts')).toEqual([{ n: 15 + 1 }]);
      expect(await countsOf(connection, SOURCE)).toEqual({ a: [9, 9], b: [6, 6], '(other)': [12, 12] });
      // Those that are known are counted under their names all along, and the others from the next hour on.
      await store.addAll(
        visits.slice(0, 9).map((visit, n) => ({ ...visit, id: idOf(n), visitor: 100 + 2 * n })),
      );
      await store.fold();
      expect(await countsOf(connection, SOURCE)).toEqual({ a: [18, 18], b: [6, 6], '(other)': [12, 12] });
      await pass(connection);
      await store.addAll(
        visits.slice(18).map((visit, n) => ({ ...visit, id: idOf(50 + n), visitor: 200 + 2 * n })),
      );
      await store.fold();
      expect(await countsOf(connection, SOURCE)).toEqual({
        a: [18, 18],
        b: [6, 6],
        c: [9, 9],
        '(other)': [12, 12],
      });
      await expectAgreement({ store, connection }, 45);
    });

    it('what comes from lists has none: devices, browsers, systems and countries are always distinguished', async () => {
      await atLeastTenSecondsOfAnHour();
      const { store, connection } = await openBoth(await place(), { newValuesPerHour: 1 });
      const names = ['AA', 'BB', 'CC', 'DD', 'EE', 'FF'];
      await store.addAll(
        names.map((country, n) =>
          pageView({
            visitor: 2 + 2 * n,
            facts: { country, city: country, browser: country },
            sender: SENDER,
          }),
        ),
      );
      await store.fold();
      for (const dimension of ['country', 'browser'] as const)
        expect(await countsOf(connection, DIMENSIONS.indexOf(dimension) + 1)).toEqual(
          Object.fromEntries(names.map((name) => [name, [1, 1]])),
        );
      await expectAgreement({ store, connection }, 6);
    });

    it('for that hour alone: in the next one there is room for new ones, also for those that were too many', async () => {
      await atLeastTenSecondsOfAnHour();
      const { elapsed, pass } = hours();
      const { store, connection } = await openBoth(await place(), { newValuesPerHour: 1, elapsed });
      let visitor = 0;
      const visit = (name: string, facts: Partial<Attributes> = {}): PageView =>
        pageView({ page: `/${name}`, visitor: (visitor += 2), facts: { source: name, ...facts } });
      await store.addAll([visit('a'), visit('b'), visit('c')]);
      await store.fold();
      await pass(connection);
      expect(await store.add(visit('b', { campaign: 'other facts' }), true)).toMatchObject({ count: 1 });
      expect(await store.add(visit('c', { campaign: 'other facts' }), true)).toMatchObject({ count: 3 });
      await store.fold();
      expect(await countsOf(connection, PAGE)).toEqual({ '/a': [1, 1], '/b': [1, 1], '(other)': [3, 3] });
      expect(await countsOf(connection, SOURCE)).toEqual({ a: [1, 1], b: [1, 1], '(other)': [3, 3] });
      await expectAgreement({ store, connection }, 5);
    });

    it('and what has become known since is counted under its name, whatever else is known of the visit', async () => {
      await atLeastTenSecondsOfAnHour();
      const { elapsed, pass } = hours();
      const { store, connection } = await openBoth(await place(), { newValuesPerHour: 1, elapsed });
      let visitor = 0;
      const visit = (source: string, browser = 'Firefox'): PageView =>
        pageView({ visitor: (visitor += 2), facts: { source, browser } });
      await store.addAll([visit('a'), visit('b')]); // b is one too many
      await store.fold();
      await pass(connection);
      await store.add(visit('b', 'Safari'), false); // now there is room
      await store.fold();
      expect(await countsOf(connection, SOURCE)).toEqual({ a: [1, 1], b: [1, 1], '(other)': [1, 1] });
      await store.add(visit('b'), false);
      await store.fold();
      expect(await countsOf(connection, SOURCE)).toEqual({ a: [1, 1], b: [2, 2], '(other)': [1, 1] });
      await expectAgreement({ store, connection }, 4);
    });

    it('and a page that came too early with a duplicate has its own counter when there is room', async () => {
      await atLeastTenSecondsOfAnHour();
      const { elapsed, pass } = hours();
      const { store, connection } = await openBoth(await place(), { newValuesPerHour: 1, elapsed });
      const view = pageView({ page: '/a' });
      await store.add(view, false);
      await store.add({ ...view, page: '/b' }, false); // a duplicate, and no room for its page
      await pass(connection);
      expect(await store.add(pageView({ page: '/b' }), true)).toMatchObject({ counted: true, count: 1 });
      expect(await store.count('/b')).toMatchObject({ count: 1 });
    });
  });

  describe('keeps a ledger of what is not counted', () => {
    it('by day, reason and detail, and none of it changes a number', async () => {
      const { store, connection } = await openBoth(await place());
      await store.add(pageView(), true);
      const reports = [
        ignored('a bot'),
        ignored('another'),
        ignored('a bot'),
        ignored('a bot', 'spam'),
        ignored('', 'opted-out'),
        ignored('a bot', 'bot', DAY + 24 * HOUR_MS),
      ];
      const answer = { counted: false, count: 0, total: 1, version: 1, store: STORE };
      expect(await store.addAll(reports)).toEqual(reports.map(() => answer));
      expect(await store.add(ignored('a bot'), true)).toEqual(answer);
      expect(await ledgerOf(connection)).toEqual([
        { day: DAY, reason: 'bot', detail: 'a bot', reports: 3 },
        { day: DAY, reason: 'bot', detail: 'another', reports: 1 },
        { day: DAY, reason: 'opted-out', detail: '', reports: 1 },
        { day: DAY, reason: 'spam', detail: 'a bot', reports: 1 },
        { day: DAY + 24 * HOUR_MS, reason: 'bot', detail: 'a bot', reports: 1 },
      ]);
      await expectAgreement({ store, connection }, 1);
    });

    it('also of duplicates, within a batch and later, of page views and of registrations', async () => {
      const { store, connection } = await openBoth(await place());
      const [one, other] = [pageView({ page: '/a' }), pageView({ page: '/b' })];
      const registration: CollectedEvent = { ...pageView(), kind: 'registration' };
      const counted = async (...reports: CollectedEvent[]): Promise<boolean[]> =>
        (await store.addAll(reports)).map((written) => written.counted);
      expect(await counted(one, one, registration)).toEqual([true, false, true]);
      expect(await counted(other, one, registration, other, one)).toEqual([true, false, false, false, false]);
      expect(await counted(one)).toEqual([false]);
      expect(await counted(ignored('a bot'), one, pageView())).toEqual([false, false, true]);
      expect(await ledgerOf(connection)).toEqual([
        { day: DAY, reason: 'bot', detail: 'a bot', reports: 1 },
        { day: DAY, reason: 'duplicate', detail: '', reports: 7 },
      ]);
      await expectAgreement({ store, connection }, 3);
    });

    it('with at most 1,000 details of a day and reason; more are counted together', async () => {
      const { store, connection } = await openBoth(await place());
      const lines = async (reason: string): Promise<[number, number, unknown]> => {
        const ledger = (await ledgerOf(connection)).filter((line) => line['reason'] === reason);
        return [
          ledger.filter(({ detail }) => detail !== '(other)').length,
          ledger.reduce((sum, { reports }) => sum + Number(reports), 0),
          ledger.find(({ detail }) => detail === '(other)')?.['reports'],
        ];
      };
      const named = (from: number, to: number): CollectedEvent[] =>
        Array.from({ length: to - from }, (__, at) => ignored(`bot ${from + at}`));
      await store.addAll(named(0, 999));
      await store.addAll(named(999, 1_000));
      expect(await lines('bot')).toEqual([1_000, 1_000, undefined]);
      await store.addAll(named(1_000, 1_500));
      expect(await lines('bot')).toEqual([1_000, 1_500, 500]);
      await store.addAll([...named(0, 10), ...named(1_000, 1_003)]); // what is known keeps its line
      expect(await lines('bot')).toEqual([1_000, 1_513, 503]);
      await store.addAll([ignored('bot 0', 'spam'), ignored('bot 2000', 'bot', DAY + 24 * HOUR_MS)]);
      expect(await lines('spam')).toEqual([1, 1, undefined]); // each reason and each day has its own thousand
      expect(await lines('bot')).toEqual([1_001, 1_514, 503]);
    });

    it('with at most 1,000 details of a day and reason, also when they come in one batch', async () => {
      const { store, connection } = await openBoth(await place());
      await store.addAll(Array.from({ length: 1_500 }, (__, at) => ignored(`bot ${at}`)));
      const ledger = await ledgerOf(connection);
      expect(ledger.reduce((sum, { reports }) => sum + Number(reports), 0)).toBe(1_500);
      expect(ledger.length).toBeLessThanOrEqual(1_001);
    });
  });

  it('returns every string of a visit, or of an event that is not counted, unchanged', async () => {
    const { store, connection } = await openBoth(await place());
    const facts = (text: string): Attributes => ({
      country: text,
      region: text,
      city: text,
      language: text,
      source: text,
      campaign: text,
      device: text,
      browser: text,
      system: text,
      channel: text,
      medium: text,
      term: text,
      content: text,
    });
    const strings = [...HOSTILE, ''];
    await store.addAll(strings.map((text, at) => pageView({ visitor: 2 * at, facts: facts(text) })));
    await store.addAll(strings.map((text) => ignored(text)));
    await store.fold();
    for (const dimension of [2, 3, 4, 5, 6, 7, 8, 9, 10, 13]) {
      expect(await countsOf(connection, dimension)).toEqual(
        Object.fromEntries(strings.map((text) => [text, [1, 1]])),
      );
    }
    for (const dimension of [14, 15, 16]) {
      expect(await countsOf(connection, dimension)).toEqual(
        Object.fromEntries(HOSTILE.map((text) => [text, [1, 1]])),
      );
    }
    expect((await ledgerOf(connection)).map(({ detail }) => detail).sort()).toEqual([...strings].sort());
    await expectAgreement({ store, connection }, strings.length);
  });

  describe('adds several reports in one commit', () => {
    it('whatever they are, and says in their order what became of each', async () => {
      const commits: CommitReport[] = [];
      const { store, connection } = await openBoth(await place(), {
        onCommit: (report) => commits.push(report),
      });
      const view = pageView({ page: '/a' });
      const answered = { count: 0, total: 2, version: 1, store: STORE };
      expect(
        await store.addAll([
          ignored('a bot'),
          view,
          { kind: 'engagement', id: view.id, at: NOON + 1_000, engagedMs: 1_000, scrollPercent: 10 },
          view,
          { ...pageView({ visitor: 4 }), kind: 'registration' },
          pageView({ page: '/b' }),
        ]),
      ).toEqual([false, true, true, false, true, true].map((counted) => ({ counted, ...answered })));
      expect(await store.addAll([])).toEqual([]);
      expect(commits[0]).toMatchObject({ size: 6 });
      expect(await store.count('/a')).toMatchObject({ count: 1, version: 1 });
      await expectAgreement({ store, connection }, 2);
    });

    it('together with what others add in the same turn', async () => {
      const commits: CommitReport[] = [];
      const { store, connection } = await openBoth(await place(), {
        onCommit: (report) => commits.push(report),
      });
      await Promise.all([
        store.add(pageView(), false),
        store.addAll([pageView(), pageView()]),
        store.addAll(Array.from({ length: 997 }, () => pageView())),
        store.addAll([pageView(), pageView()]),
      ]);
      expect(commits.map(({ size }) => size)).toEqual([1_000, 2]);
      await expectAgreement({ store, connection }, 1_002);
    });

    it('or none of them, when one breaks it', async () => {
      const { store, connection } = await openBoth(await place());
      await store.add(pageView(), false);
      await connection.database.execute(
        `create trigger broken before insert on visitor_log_tail when instr(new.events, 'broken') begin select raise(abort, 'broken'); end`,
      );
      const known: Engagement = { kind: 'engagement', id: idOf(9), at: NOON, engagedMs: 1, scrollPercent: 1 };
      const reports = [
        pageView({ id: idOf(1), page: '/a' }),
        pageView({ id: idOf(2), page: '/b', referrer: 'broken', facts: { source: 'new' } }),
        known,
        ignored('a bot'),
        pageView({ id: idOf(3), page: '/c' }),
      ];
      await expect(store.addAll(reports)).rejects.toMatchObject(UNAVAILABLE);
      expect(await ledgerOf(connection)).toEqual([]);
      for (const table of ['visitor_event_ids', 'visitor_log_tail'])
        expect(await rowsOf(connection, `select count(*) many from ${table}`)).toEqual([{ many: 1 }]);
      await expectAgreement({ store, connection }, 1);
      expect(await rowsOf(connection, 'select * from visitor_engagements')).toEqual([]);
      expect(
        await rowsOf(connection, `select * from visitor_values where value in ('/a', '/b', 'new')`),
      ).toEqual([]);
      await connection.database.execute('drop trigger broken');
      expect((await store.addAll(reports)).map(({ counted }) => counted)).toEqual([
        true,
        true,
        true,
        false,
        true,
      ]);
      await expectAgreement({ store, connection }, 4);
    });

    it('and refuses them together when they exceed its capacity', async () => {
      const { store, connection } = await openBoth(await place(), { capacity: 5 });
      const first = store.addAll([pageView(), pageView(), pageView()]);
      await expect(store.addAll([pageView(), pageView(), pageView()])).rejects.toMatchObject(UNAVAILABLE);
      expect(store.waiting()).toBe(3);
      await first;
      await expectAgreement({ store, connection }, 3);
    });
  });

  describe('keeps engagement', () => {
    const engagement = (id: string, engagedMs: number, scrollPercent = 50): Engagement => ({
      kind: 'engagement',
      id,
      at: NOON + engagedMs,
      engagedMs,
      scrollPercent,
    });
    const engagedOf = (connection: Connection): Promise<Record<string, unknown>[]> =>
      rowsOf(
        connection,
        `select lower(hex(known.id)) id, log.engaged_ms, scroll_percent, log.seen_until,
          visit.engaged_ms visit_ms, visit.seen_until visit_until
        from visitor_page_views log
        join visitor_event_ids known on known.seq = log.seq
        join visitor_sessions visit on visit.id = log.session
        order by log.seq`,
      );
    const waitingOf = (connection: Connection): Promise<Record<string, unknown>[]> =>
      rowsOf(
        connection,
        'select lower(hex(id)) id, engaged_ms, scroll_percent from visitor_engagements order by id',
      );

    it('of a page view that it does not know until it comes, even if the store was closed in between', async () => {
      const reopen = await place();
      const { store: first, connection: before } = await openBoth(reopen);
      await first.add(pageView({ id: idOf(1), visitor: 8 }), false);
      const answer = { counted: true, count: 0, total: 1, store: STORE };
      expect(await first.add(engagement(idOf(2), 12_000, 30), false)).toEqual({ ...answer, version: 2 });
      expect(await first.add(engagement(idOf(2), 5_000, 80), false)).toEqual({ ...answer, version: 3 });
      expect(await first.add(engagement(idOf(3), 1_000), false)).toEqual({ ...answer, version: 4 });
      await expectAgreement({ store: first, connection: before }, 1);
      expect(await waitingOf(before)).toEqual([
        { id: idOf(2), engaged_ms: 12_000, scroll_percent: 80 },
        { id: idOf(3), engaged_ms: 1_000, scroll_percent: 50 },
      ]);
      await first.close();

      const { store, connection } = await openBoth(reopen);
      expect(await store.add(pageView({ id: idOf(2), page: '/a' }), true)).toMatchObject({
        counted: true,
        count: 1,
        total: 2,
      });
      await expectAgreement({ store, connection }, 2);
      expect(await engagedOf(connection)).toEqual([
        {
          id: idOf(1),
          engaged_ms: null,
          scroll_percent: null,
          seen_until: null,
          visit_ms: 0,
          visit_until: NOON,
        },
        {
          id: idOf(2),
          engaged_ms: 12_000,
          scroll_percent: 80,
          seen_until: NOON + 12_000,
          visit_ms: 12_000,
          visit_until: NOON + 12_000,
        },
      ]);
      expect(await waitingOf(connection)).toEqual([{ id: idOf(3), engaged_ms: 1_000, scroll_percent: 50 }]);
      // Looked at for over ten seconds: no bounce, and a visit that lasts.
      expect(await rowsOf(connection, 'select visits, bounces, visit_ms from visitor_hours')).toEqual([
        { visits: 2, bounces: 1, visit_ms: 12_000 },
      ]);
    });

    it.each([
      ['before', true],
      ['after', false],
    ])('that comes in one batch with its page view, %s it', async (__, isFirst) => {
      const { store, connection } = await openBoth(await place());
      const [view, looks] = [pageView({ id: idOf(1) }), engagement(idOf(1), 3_000)];
      expect(
        (await store.addAll(isFirst ? [looks, view] : [view, looks])).map(({ counted }) => counted),
      ).toEqual([true, true]);
      await expectAgreement({ store, connection }, 1);
      expect(await engagedOf(connection)).toMatchObject([
        { engaged_ms: 3_000, seen_until: NOON + 3_000, visit_ms: 3_000, visit_until: NOON + 3_000 },
      ]);
      expect(await waitingOf(connection)).toEqual([]);
    });

    it('as the maximum that arrived, however often and in whatever order, and moves the version where a number moved', async () => {
      const { store, connection } = await openBoth(await place());
      await store.add(pageView({ id: idOf(1) }), false);
      await store.add(engagement(idOf(1), 4_000, 90), false);
      await store.addAll([engagement(idOf(1), 9_000, 20), engagement(idOf(1), 6_000, 30)]);
      await store.fold(); // what comes now meets what is stored
      expect(await store.add(engagement(idOf(1), 2_000, 10), false)).toMatchObject({ total: 1 });
      await expectAgreement({ store, connection }, 1);
      expect(await engagedOf(connection)).toMatchObject([
        { engaged_ms: 9_000, scroll_percent: 90, seen_until: NOON + 9_000, visit_ms: 9_000 },
      ]);
      expect(await waitingOf(connection)).toEqual([]);
      expect(await rowsOf(connection, 'select bounces, visit_ms from visitor_hours')).toEqual([
        { bounces: 1, visit_ms: 9_000 },
      ]);
      expect(store.count()).toMatchObject({ count: 1, updatedAt: new Date(NOON).toISOString() });
    });
  });

  it('counts a registration as a visit and not as a page view', async () => {
    const { store, connection } = await openBoth(await place());
    const registration: CollectedEvent = { ...pageView(), kind: 'registration' };
    expect(await store.add(registration, true)).toEqual({
      counted: true,
      count: 0,
      total: 0,
      version: 1,
      store: STORE,
    });
    expect(store.count()).toEqual({ count: 0, version: 1, store: STORE, updatedAt: null });
    expect(await store.topPages()).toMatchObject({ count: 0, pages: [] });
    await expectAgreement({ store, connection }, 0);
    expect(await rowsOf(connection, 'select views, visits, visitors from visitor_hours')).toEqual([
      { views: 0, visits: 1, visitors: 1 },
    ]);
    expect(await store.add(pageView({ page: '/a', at: NOON + 1 }), true)).toMatchObject({
      count: 1,
      total: 1,
    });
    await expectAgreement({ store, connection }, 1);
    expect(await rowsOf(connection, 'select views, visits, visitors from visitor_hours')).toEqual([
      { views: 1, visits: 1, visitors: 1 },
    ]);
  });

  describe('folds what was added into visits and statistics', () => {
    const visitsOf = async (connection: Connection): Promise<unknown> =>
      (await rowsOf(connection, 'select count(*) visits from visitor_sessions'))[0]?.['visits'];

    it('at the next read of them, and a second read finds nothing to do', async () => {
      const folds: number[] = [];
      const { store, connection } = await openBoth(await place(), {
        onFold: ({ events }) => folds.push(events),
      });
      await store.addAll([pageView({ visitor: 2 }), pageView({ visitor: 4 })]);
      expect(await visitsOf(connection)).toBe(0);
      expect(store.unfolded()).toMatchObject({ events: 2 });
      expect((await store.stats(NOON)).stats).toMatchObject({ totalVisitors: 2, activeUsers: 2 });
      await store.stats(NOON);
      expect(folds).toEqual([2]);
      expect(store.unfolded()).toEqual({ events: 0, ageMs: 0 });
      await store.add(pageView({ visitor: 6 }), false);
      expect((await store.stats(NOON)).stats).toMatchObject({ totalVisitors: 3, activeUsers: 3 });
    });

    it('a moment later where nobody reads', async () => {
      const { store, connection } = await openBoth(await place(), { schedule: {} });
      await store.add(pageView(), false);
      await vi.waitFor(async () => expect(await visitsOf(connection)).toBe(1), { timeout: 10_000 });
      await expectAgreement({ connection }, 1);
    });

    it('when it is closed, and what was left by another process before it answers', async () => {
      const reopen = await place();
      const first = await openBoth(reopen);
      await first.store.add(pageView(), false);
      await first.store.close();
      const elsewhere = await reopen();
      expect(await visitsOf(elsewhere)).toBe(1);
      await commitElsewhere(elsewhere, pageView({ visitor: 4 }), pageView({ visitor: 6 }));
      expect(await visitsOf(elsewhere)).toBe(1);
      await elsewhere.close();
      const { connection } = await openBoth(reopen);
      expect(await visitsOf(connection)).toBe(3);
      await expectAgreement({ connection }, 3);
    });
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
        // A shared store's version is polled besides.
        expect(asked.filter((sql) => sql.includes('visitor_counts'))).toHaveLength(2);
      }
    });
  });

  it('equals a simple model, whatever is sent in whatever groups', async () => {
    const reopen = await place();
    const send = fc.record({
      id: fc.nat({ max: 25 }),
      page: fc.constantFrom('/', '/a', '/b', '/ü', "/'"),
      age: fc.nat({ max: 4 * HOUR_MS }),
      visitor: fc.integer({ min: 2, max: 5 }),
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
          for (const { id, page, age, visitor, wantsCount } of sends) {
            const name = `${run}${id.toString(16).padStart(4, '0')}`;
            expected.push(!known.has(name));
            if (!known.has(name)) pages.set(page, (pages.get(page) ?? 0) + 1);
            known.add(name);
            answers.push(store.add(pageView({ id: name, page, visitor, at: NOON - age }), wantsCount));
          }
          if (awaited) await Promise.all(answers);
          else await new Promise(setImmediate);
        }
        const written = await Promise.all(answers);
        expect(written.map(({ counted }) => counted)).toEqual(expected);
        written.forEach(({ version }, at) =>
          expect(version).toBeGreaterThanOrEqual(written[at - 1]?.version ?? 0),
        );
        await expectAgreement({ store, connection }, before + known.size);
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
        await expectAgreement({ store: last, connection: way }, before + known.size);
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
      await commitElsewhere(connection, pageView({ page: '/a' }));
      expect(await store.add(view, true)).toMatchObject({ counted: false, total: 3, version: 3 });
      expect(await store.count('/a')).toMatchObject({ count: 2, version: 3 });
      await expectAgreement({ store, connection }, 3);
    });

    it('a duplicate is answered as one when another instance commits before the answer', async () => {
      const connection = await (await place())();
      const { database } = connection;
      let commits = 0;
      const store = await open({
        ...connection,
        database: {
          ...database,
          execute: (statement) => database.execute(statement),
          transaction: (mode) => database.transaction(mode),
          batch: async (statements, mode) => {
            const results = await database.batch(statements, mode);
            if ((commits += 1) === 2) await commitElsewhere(connection, pageView({ page: '/c' }));
            return results;
          },
        },
      });
      const view = pageView({ page: '/a' });
      await store.add(view, false);
      const answers = await Promise.all([store.add(pageView({ page: '/b' }), false), store.add(view, false)]);
      expect(answers.map(({ counted }) => counted)).toEqual([true, false]);
      await expectAgreement({ store, connection }, 3);
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
        expect(await store.add(view, true)).toEqual({
          counted: false,
          count: 2,
          total: 2,
          version: 1,
          store: STORE,
        });
      }
      expect(store.count()).toMatchObject({ count: 2, version: 1 });
      expect(await store.count('/a')).toMatchObject({ count: 2, version: 1 });
      await expectAgreement({ store, connection }, 2);
    });
  });
});
