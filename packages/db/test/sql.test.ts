import { createClient } from '@libsql/client/sqlite3';
import { Kysely } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { join } from 'node:path';
import { LibsqlDialect } from '../src/dialect.ts';
import { compileFold } from '../src/fold.ts';
import type { Tables } from '../src/schema.ts';
import {
  campaignOf,
  filePlace,
  idOf,
  NOON,
  open,
  openBoth,
  pageView,
  rowsOf,
  temporaryFolder,
  watched,
} from './support.ts';

const textOf = (statement: unknown): string =>
  typeof statement === 'string' ? statement : (statement as { sql: string }).sql;

/** A statement on lines that can be read. */
const readable = (sql: string): string =>
  sql.replaceAll(/ (?=(?:select|from|where|on conflict|set|values|order by) )/g, '\n');

describe('the SQL is', () => {
  it('for a commit these four statements, whatever the size of the batch', async () => {
    const client = createClient({ url: `file:${join(await temporaryFolder(), 'a.db')}` });
    onTestFinished(() => client.close());
    const fold = compileFold(new Kysely<Tables>({ dialect: new LibsqlDialect(client) }));
    const one = fold.statements([{ view: pageView(), wantsCount: true }]);
    const many = fold.statements(
      Array.from({ length: 100 }, () => ({ view: pageView(), wantsCount: false })),
    );
    expect(many.map(textOf)).toEqual(one.map(textOf));
    expect(one.map((statement) => readable(textOf(statement)))).toMatchInlineSnapshot(`
      [
        "insert into "visitor_page_views" ("seq", "id", "viewed_at", "page_identifier", "referrer", "country", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "click_id")
      select (select "folded"
      from "visitor_stats") + 1 + key as "seq", unhex(value ->> 0) as "id", value ->> 1 as "viewed_at", value ->> 2 as "page_identifier", value ->> 3 as "referrer", value ->> 4 as "country", campaign ->> 0 as "utm_source", campaign ->> 1 as "utm_medium", campaign ->> 2 as "utm_campaign", campaign ->> 3 as "utm_term", campaign ->> 4 as "utm_content", campaign ->> 5 as "click_id"
      from (select "key", "value", value ->> 5 as "campaign"
      from json_each(?) as "element" limit -1) as "row"
      where true
      on conflict ("id") do nothing",
        "insert into "visitor_counts" ("page_identifier", "view_count", "last_updated_at")
      select "page_identifier", 1 as "view_count", "viewed_at"
      from "visitor_page_views"
      where "seq" > (select "folded"
      from "visitor_stats")
      on conflict ("page_identifier") do update
      set "view_count" = view_count + 1, "last_updated_at" = max(last_updated_at, excluded.last_updated_at)",
        "update "visitor_stats"
      set "total_views" = total_views + ((select count(*) as "views"
      from "visitor_page_views"
      where "seq" > "visitor_stats"."folded")), "last_updated_at" = max(ifnull(last_updated_at, 0), ((select max("viewed_at") as "at"
      from "visitor_page_views"
      where "seq" > "visitor_stats"."folded"))), "version" = version + 1, "folded" = (select max("seq") as "seq"
      from "visitor_page_views"), "folded_before" = folded
      where exists (select 1 as "one"
      from "visitor_page_views"
      where "seq" > "visitor_stats"."folded")",
        "select "total_views", "version", "last_updated_at", (select json_group_array(json_array(page_identifier, view_count, last_updated_at)) as "pages"
      from "visitor_counts"
      where "page_identifier" in (select value
      from json_each(?))) as "pages", case when ((select count(*) as "views"
      from "visitor_page_views"
      where "seq" > "folded_before")) < ? then ((select json_group_array(seq - folded_before - 1) as "places"
      from "visitor_page_views"
      where "seq" > "folded_before")) end as "places"
      from "visitor_stats"",
      ]
    `);
  });

  it('with the page views and the wanted pages as one argument each', async () => {
    const client = createClient({ url: `file:${join(await temporaryFolder(), 'a.db')}` });
    onTestFinished(() => client.close());
    const fold = compileFold(new Kysely<Tables>({ dialect: new LibsqlDialect(client) }));
    const views = [
      pageView({ id: idOf(1), page: "/'" }),
      pageView({ id: idOf(2), page: '/b', country: 'BD', campaign: campaignOf({ utmSource: '"' }) }),
    ];
    const args = fold
      .statements(views.map((view, at) => ({ view, wantsCount: at === 0 })))
      .map((statement) => (typeof statement === 'string' ? [] : (statement as { args: unknown[] }).args));
    expect(args).toEqual([
      [
        JSON.stringify([
          [idOf(1), NOON, "/'", null, null],
          [idOf(2), NOON, '/b', null, 'BD', ['"', null, null, null, null, null]],
        ]),
      ],
      [],
      [],
      [`["/'"]`, 2n],
    ]);
  });

  it('for reads these, and none for a duplicate', async () => {
    const asked: string[] = [];
    const place = await filePlace();
    const store = await open(watched(await place(), (sql) => void asked.push(readable(sql))));
    const view = pageView();
    await store.add(view, false);
    asked.length = 0;
    await store.count('/');
    await store.topPages();
    await store.ping();
    await Promise.all([store.add(view, false), store.add(pageView(), false)]);
    expect(asked.filter((sql) => !sql.startsWith('insert'))).toMatchInlineSnapshot(`
      [
        "select "total_views", "version", "last_updated_at", (select json_group_array(json_array(page_identifier, view_count, last_updated_at)) as "pages"
      from "visitor_counts"
      where "page_identifier" in (select value
      from json_each(?))) as "pages"
      from "visitor_stats"",
        "select "total_views", "version", "last_updated_at"
      from "visitor_stats";
      select "page_identifier", "view_count", "last_updated_at"
      from "visitor_counts"
      order by "view_count" desc, "id" desc limit 100",
        "select "total_views", "version", "last_updated_at"
      from "visitor_stats"",
      ]
    `);
  });

  it('found by an index wherever rows are looked for', async () => {
    const asked: string[] = [];
    const { store, connection } = await openBoth(await filePlace());
    const spying = await open(
      watched(
        { ...connection, close: () => Promise.resolve() },
        (sql) => void asked.push(...sql.split(';\n')),
      ),
    );
    const view = pageView();
    await spying.add(view, true);
    await Promise.all([spying.add(view, true), spying.add(pageView(), true)]);
    await spying.count('/other');
    await spying.topPages();
    await store.ping();
    const plans = await Promise.all(
      asked
        .filter(
          (sql) => /visitor_/.test(sql) && /^(?:insert|update|select)/i.test(sql) && !sql.includes('kysely'),
        )
        .map((sql) => rowsOf(connection, `explain query plan ${sql.replaceAll('?', "'[]'")}`)),
    );
    const scans = plans
      .flat()
      .map(({ detail }) => String(detail))
      .filter((detail) => detail.startsWith('SCAN'));
    expect(plans.length).toBeGreaterThan(6);
    expect([...new Set(scans)].sort()).toEqual([
      'SCAN element VIRTUAL TABLE INDEX 1:',
      'SCAN json_each VIRTUAL TABLE INDEX 1:',
      'SCAN row',
      'SCAN visitor_counts USING INDEX visitor_counts_by_views',
      'SCAN visitor_stats',
    ]);
  });
});
