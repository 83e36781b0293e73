import type { InStatement } from '@libsql/client/web';
import type { PageView } from '@footfall/core';
import { sql, type Kysely, type SqlBool } from 'kysely';
import type { Tables } from './schema.ts';

/** What a commit left behind, read in the same transaction. */
export interface Committed {
  readonly total: number;
  readonly version: number;
  readonly updatedAt: number | null;
  /** Where the last commit's page views begin in the log: behind this sequence number. */
  readonly foldedBefore: number;
  /** Where they end. */
  readonly folded: number;
  /** The numbers of the pages that were asked for. */
  readonly pages: readonly PageNumber[];
}

/** A page, its views, and when the last of them was. */
export type PageNumber = readonly [page: string, views: number, updatedAt: number];

/** A row of the batch as it travels in the JSON argument. Few page views have a campaign: the others' are not looked into. */
type Row = readonly [
  id: string,
  at: number,
  page: string,
  referrer: string | null,
  campaign?: readonly [
    utmSource: string | null,
    utmMedium: string | null,
    utmCampaign: string | null,
    utmTerm: string | null,
    utmContent: string | null,
    clickId: string | null,
  ],
];

/** One commit: a fixed list of set-based statements, whatever the size of the batch. */
export interface Fold {
  /** The statements that add page views to the log, fold them into every number, and read what the answers need. */
  readonly statements: (views: readonly PageView[], wantedPages: readonly string[]) => InStatement[];
}

/** Positions in the list of results of {@link Fold.statements}. */
export const INSERTED = 0;
export const READ = 3;

/**
 * Builds and compiles the statements of a commit once.
 *
 * The page views are the log; every number is a fold of it, and `visitor_stats.folded` says how far. So the steps after
 * the first need no list of what is new: it is the rows behind `folded`.
 */
export function compileFold(db: Kysely<Tables>): Fold {
  const folded = db.selectFrom('visitor_stats').select('folded');

  // `key` is the row's place in the batch. Sequence numbers hang on `folded`, not on the table's last row, so that they
  // are never given twice, even when all page views have been forgotten; a duplicate leaves a gap.
  const log = db
    .insertInto('visitor_page_views')
    .columns([
      'seq',
      'id',
      'viewed_at',
      'page_identifier',
      'referrer',
      'utm_source',
      'utm_medium',
      'utm_campaign',
      'utm_term',
      'utm_content',
      'click_id',
    ])
    .expression(
      db
        .selectFrom(
          db
            .selectFrom(sql<{ key: number; value: string }>`json_each(${''})`.as('element'))
            .select(['key', 'value', sql<string | null>`value ->> 4`.as('campaign')])
            .limit(sql.lit(-1)) // all of them; but it keeps SQLite from looking the campaign up once for each of its parts
            .as('row'),
        )
        .select([
          sql<number>`${folded} + 1 + key`.as('seq'),
          sql<Uint8Array>`unhex(value ->> 0)`.as('id'),
          sql<number>`value ->> 1`.as('viewed_at'),
          sql<string>`value ->> 2`.as('page_identifier'),
          sql<string | null>`value ->> 3`.as('referrer'),
          sql<string | null>`campaign ->> 0`.as('utm_source'),
          sql<string | null>`campaign ->> 1`.as('utm_medium'),
          sql<string | null>`campaign ->> 2`.as('utm_campaign'),
          sql<string | null>`campaign ->> 3`.as('utm_term'),
          sql<string | null>`campaign ->> 4`.as('utm_content'),
          sql<string | null>`campaign ->> 5`.as('click_id'),
        ])
        .where(sql<SqlBool>`true`),
    )
    .onConflict((conflict) => conflict.column('id').doNothing());

  const counts = db
    .insertInto('visitor_counts')
    .columns(['page_identifier', 'view_count', 'last_updated_at'])
    .expression(
      db
        .selectFrom('visitor_page_views')
        .select(['page_identifier', sql.lit(1).as('view_count'), 'viewed_at'])
        .where('seq', '>', folded),
    )
    .onConflict((conflict) =>
      conflict.column('page_identifier').doUpdateSet({
        view_count: sql`view_count + 1`,
        last_updated_at: sql`max(last_updated_at, excluded.last_updated_at)`,
      }),
    );

  const unfolded = db
    .selectFrom('visitor_page_views')
    .where('seq', '>', sql.ref<number>('visitor_stats.folded'));
  const stats = db
    .updateTable('visitor_stats')
    .set({
      total_views: sql`total_views + (${unfolded.select((eb) => eb.fn.countAll().as('views'))})`,
      last_updated_at: sql`max(ifnull(last_updated_at, 0), (${unfolded.select((eb) => eb.fn.max('viewed_at').as('at'))}))`,
      version: sql`version + 1`,
      folded: db.selectFrom('visitor_page_views').select((eb) => eb.fn.max('seq').as('seq')),
      folded_before: sql`folded`,
    })
    .where((eb) => eb.exists(unfolded.select(sql.lit(1).as('one'))));

  // One row with the pages as JSON: ten times as fast as many rows.
  const read = db.selectFrom('visitor_stats').select([
    'total_views',
    'version',
    'last_updated_at',
    'folded_before',
    'folded',
    db
      .selectFrom('visitor_counts')
      .select(
        sql<string>`json_group_array(json_array(page_identifier, view_count, last_updated_at))`.as('pages'),
      )
      .where('page_identifier', 'in', sql<string>`(select value from json_each(${''}))`)
      .as('pages'),
  ]);

  const logSql = log.compile().sql;
  const folds = [counts.compile().sql, stats.compile().sql];
  const readSql = read.compile().sql;

  return {
    statements: (views, wantedPages) => [
      { sql: logSql, args: [JSON.stringify(views.map(toRow))] },
      ...folds,
      { sql: readSql, args: [JSON.stringify(wantedPages)] },
    ],
  };
}

function toRow(view: PageView): Row {
  const { id, at, page, referrer, campaign } = view;
  if (campaign === undefined) return [id, at, page, referrer];
  const { utmSource, utmMedium, utmCampaign, utmTerm, utmContent, clickId } = campaign;
  return [id, at, page, referrer, [utmSource, utmMedium, utmCampaign, utmTerm, utmContent, clickId]];
}
