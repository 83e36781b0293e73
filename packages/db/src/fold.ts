import type { InStatement } from '@libsql/client/web';
import type { PageView } from '@footfall/core';
import { sql, type Kysely, type SqlBool } from 'kysely';
import type { Database } from './dialect.ts';
import { committedOf, selectNumbers } from './reads.ts';
import type { Tables } from './schema.ts';

/** One page view of a batch. */
export interface Entry {
  readonly view: PageView;
  /** Whether the page's own number is needed in the answer. */
  readonly wantsCount: boolean;
}

/** What became of one page view. */
export interface Written {
  /** False when its id had been counted before. */
  readonly counted: boolean;
  /** The page's views after the commit; only where they were asked for, else 0. */
  readonly count: number;
  /** All page views after the commit. */
  readonly total: number;
  readonly version: number;
}

/** What a commit left behind, read in the same transaction. */
export interface Committed {
  readonly total: number;
  readonly version: number;
  readonly updatedAt: number | null;
  /** The numbers of the pages that were asked for. */
  readonly pages: readonly PageNumber[];
  /** Where not all of the batch was new: the places in it of those that were. */
  readonly places: readonly number[];
}

/** A page, its views, and when the last of them was. */
export type PageNumber = readonly [page: string, views: number, updatedAt: number];

/** A row of the batch as it travels in the JSON argument. Few page views have a campaign: the others' are not looked into. */
type Row = readonly [
  id: string,
  at: number,
  page: string,
  referrer: string | null,
  country: string | null,
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
  readonly statements: (batch: readonly Entry[]) => InStatement[];
  /**
   * Runs them in one transaction and one round trip; when it fails, nothing of the batch is there.
   * @returns what became of each page view, in order, and the numbers after it
   */
  readonly commit: (database: Database, batch: readonly Entry[]) => Promise<Folded>;
}

/** What a commit answers. */
export interface Folded {
  readonly written: readonly Written[];
  readonly state: Committed;
  /** How many of the batch were new. */
  readonly inserted: number;
}

/** Positions in the list of results. */
const INSERTED = 0;
const READ = 3;

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
      'country',
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
            .select(['key', 'value', sql<string | null>`value ->> 5`.as('campaign')])
            .limit(sql.lit(-1)) // all of them; but it keeps SQLite from looking the campaign up once for each of its parts
            .as('row'),
        )
        .select([
          sql<number>`${folded} + 1 + key`.as('seq'),
          sql<Uint8Array>`unhex(value ->> 0)`.as('id'),
          sql<number>`value ->> 1`.as('viewed_at'),
          sql<string>`value ->> 2`.as('page_identifier'),
          sql<string | null>`value ->> 3`.as('referrer'),
          sql<string | null>`value ->> 4`.as('country'),
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

  // Sequence numbers tell the places in the batch. They are looked up only where some are missing: those are duplicates.
  const committed = db.selectFrom('visitor_page_views').where('seq', '>', sql.ref<number>('folded_before'));
  const places = sql<
    string | null
  >`case when (${committed.select((eb) => eb.fn.countAll().as('views'))}) < ${0} then (${committed.select(sql<string>`json_group_array(seq - folded_before - 1)`.as('places'))}) end`;

  const read = selectNumbers(db).select(places.as('places'));

  const logSql = log.compile().sql;
  const folds = [counts.compile().sql, stats.compile().sql];
  const readSql = read.compile().sql;

  function statements(batch: readonly Entry[]): InStatement[] {
    const wanted = new Set<string>();
    for (const { view, wantsCount } of batch) if (wantsCount) wanted.add(view.page);
    return [
      { sql: logSql, args: [JSON.stringify(batch.map(({ view }) => toRow(view)))] },
      ...folds,
      { sql: readSql, args: [JSON.stringify([...wanted]), BigInt(batch.length)] },
    ];
  }

  async function commit(database: Database, batch: readonly Entry[]): Promise<Folded> {
    const results = await database.batch(statements(batch), 'write');
    const state = committedOf(results[READ]);
    const inserted = results[INSERTED]?.rowsAffected ?? 0;
    const isNew = newOnes(batch.length, inserted, state);
    const counts = new Map(state.pages.map(([page, count]) => [page, count]));
    const written = batch.map(({ view }, at) => ({
      counted: isNew(at),
      count: counts.get(view.page) ?? 0,
      total: state.total,
      version: state.version,
    }));
    return { written, state, inserted };
  }

  return { statements, commit };
}

/** Tells which page views of a batch were new. Where none was, the places are those of an earlier batch. */
function newOnes(size: number, inserted: number, state: Committed): (at: number) => boolean {
  if (inserted === size) return () => true;
  if (inserted === 0) return () => false;
  const places = new Set(state.places);
  return (at) => places.has(at);
}

function toRow(view: PageView): Row {
  const { id, at, page, referrer, country, campaign } = view;
  if (campaign === undefined) return [id, at, page, referrer, country];
  const { utmSource, utmMedium, utmCampaign, utmTerm, utmContent, clickId } = campaign;
  return [id, at, page, referrer, country, [utmSource, utmMedium, utmCampaign, utmTerm, utmContent, clickId]];
}
