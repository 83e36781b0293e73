import type { InStatement } from '@libsql/client/web';
import {
  OTHER,
  quotasOf,
  type Engagement,
  type PageView,
  type Quota,
  type Registration,
  type Report,
} from '@footfall/core';
import type { Kysely } from 'kysely';
import type { Database } from './dialect.ts';
import * as commitSql from './fold-sql.ts';
import { NameMemory, type NameKeys, type NamesFound, type Offered } from './names.ts';
import { committedOf, readCommitted } from './reads.ts';
import type { Tables } from './schema.ts';

/** One report of a batch. */
export interface Entry {
  readonly report: Report;
  /** Whether the page's own number is needed in the answer. */
  readonly wantsCount: boolean;
}

/** What became of one report. */
export interface Written {
  /** False when it is not counted, or its id had been counted before. */
  readonly counted: boolean;
  /** The page's views after the commit; only where they were asked for, else 0. */
  readonly count: number;
  /** What the page is counted as, where that is not its name; the count is of that. */
  readonly page?: typeof OTHER;
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
  readonly places: readonly number[] | undefined;
  /** What became of the names that were offered. */
  readonly names: NamesFound;
  /** Whether it was the batch that made this version. */
  readonly hasChanged: boolean;
}

/** A page, its views, and when the last of them was. */
export type PageNumber = readonly [page: string, views: number, updatedAt: number];

/** What a fold goes by. */
export interface FoldOptions {
  /** The longest gap within a visit, in milliseconds. */
  readonly sessionTimeoutMs: number;
  /** New values that each dimension may get in an hour; more are counted together (core's `quotasOf`). */
  readonly newValuesPerHour: number;
  /** A clock that never goes back, in milliseconds. */
  readonly elapsed: () => number;
}

/** One commit: a fixed list of set-based statements, whatever the size of the batch. */
export interface Fold {
  /**
   * The statements that add reports to the log, fold them into every number, and read what the answers need.
   * @param isPlain without what only few batches need; the database ends the commit where this one does
   */
  readonly statements: (batch: readonly Entry[], isPlain: boolean) => InStatement[];
  /**
   * Runs them in one transaction and one round trip; when it fails, nothing of the batch is there.
   * @returns what became of each report, in order, and the numbers after it
   */
  readonly commit: (database: Database, batch: readonly Entry[]) => Promise<Folded>;
}

/** What a commit answers. */
export interface Folded {
  readonly written: readonly Written[];
  readonly state: Committed;
  /** The pages whose numbers have changed. */
  readonly touched: ReadonlySet<string>;
}

type Sign = PageView | Registration;

/** A batch, taken apart into what the statements take. */
interface Batch {
  /** New reports in order; of one id only the first. */
  readonly signs: readonly Sign[];
  readonly engagements: readonly Engagement[];
  /** Reports that are not counted, by day, reason and detail. */
  readonly ledger: ReadonlyMap<string, number>;
  /** For each entry its place in `signs`; undefined where it has none. */
  readonly places: readonly (number | undefined)[];
  /** Pages whose numbers are asked for. */
  readonly wanted: ReadonlySet<string>;
}

/** A batch with what it may be the first to name. */
interface Prepared extends Batch {
  readonly offered: Offered;
  /** Of its pages, also those that it may be the first to name: which of these have a counter says which are stored. */
  readonly asked: ReadonlySet<string>;
}

/** Builds the statements of a commit once. */
export function compileFold(
  db: Kysely<Tables>,
  { sessionTimeoutMs, newValuesPerHour, elapsed }: FoldOptions,
): Fold {
  const { near, settle, touch, reopen, persons, order } = commitSql.visitStatements(sessionTimeoutMs);
  const quotas = quotasOf(newValuesPerHour);
  const readSql = readCommitted(db, quotas);

  // A commit that fails, for whatever reason, forgets it all.
  const memory = new NameMemory(elapsed);

  function prepare(entries: readonly Entry[]): Prepared {
    const batch = takeApart(entries);
    const offered = memory.offersOf(batch.signs);
    const asked = new Set(batch.wanted);
    for (const { page } of offered.keys) if (page !== null) asked.add(page);
    return { ...batch, offered, asked };
  }

  function statementsOf(
    { signs, engagements, ledger, offered, asked }: Prepared,
    isPlain: boolean,
  ): {
    statements: InStatement[];
    readAt: number;
  } {
    const statements: InStatement[] = [];
    const offers = JSON.stringify(offered.offers);
    if (signs.length > 0 || engagements.length > 0) {
      const reports = JSON.stringify(signs.map((sign, at) => rowOf(sign, offered.keys[at] as NameKeys)));
      const looks = JSON.stringify(
        engagements.map(({ id, engagedMs, scrollPercent, at }) => [id, engagedMs, scrollPercent, at]),
      );
      if (offered.offers.length > 0) {
        const day = BigInt(offered.day);
        statements.push(
          { sql: commitSql.VALUES, args: [day, ...quotaArgs(quotas.values), offers] },
          { sql: commitSql.USED, args: [day, offers] },
          { sql: commitSql.FACTS, args: [day, ...quotaArgs(quotas.combinations), offers] },
        );
      }
      statements.push({ sql: commitSql.REPORTS, args: [reports] });
      if (engagements.length > 0) {
        statements.push(
          { sql: commitSql.ENGAGEMENTS, args: [looks] },
          { sql: commitSql.ENGAGED, args: [looks] },
        );
      }
      const unless = (sql: readonly InStatement[]): readonly InStatement[] => (isPlain ? [] : sql);
      const when = (isNeeded: boolean, sql: string): string[] => (isNeeded ? [sql] : []);
      statements.push(
        ...near,
        ...(isPlain ? [commitSql.PLAIN] : settle),
        ...touch,
        commitSql.BEFORE,
        ...unless(reopen),
        ...when(!isPlain || signs.some(({ prior }) => prior !== null), persons),
        ...order,
        ...commitSql.PAGES,
        commitSql.LOG,
        ...unless([commitSql.MOVED]),
        ...commitSql.VISITS,
        ...unless([{ sql: commitSql.LOOKS, args: [looks] }, ...commitSql.LOOKED]),
        commitSql.AFTER,
        ...commitSql.COUNTS,
        ...when(!isPlain || signs.some(({ visitor }) => visitor % 2 === 1), commitSql.DEVICES),
        { sql: commitSql.DUPLICATES, args: [reports, BigInt(signs.length)] },
        commitSql.STATS,
      );
    }
    if (ledger.size > 0) {
      const lines = [...ledger].map(([line, reports]) => [...(JSON.parse(line) as unknown[]), reports]);
      statements.push({ sql: commitSql.LEDGER, args: [JSON.stringify(lines)] });
    }
    const readAt = statements.length;
    statements.push({
      sql: readSql,
      args: [JSON.stringify([...asked]), BigInt(signs.length), offers, offers],
    });
    if (readAt > 1) statements.push(...(isPlain ? commitSql.CLEAR_PLAIN : commitSql.CLEAR));
    return { statements, readAt };
  }

  async function commit(database: Database, entries: readonly Entry[]): Promise<Folded> {
    const batch = prepare(entries);
    const written = async (isPlain: boolean): Promise<Committed> => {
      const { statements, readAt } = statementsOf(batch, isPlain);
      return committedOf((await database.batch(statements, 'write'))[readAt]);
    };
    let state: Committed;
    try {
      state = await (batch.engagements.length > 0
        ? written(false)
        : written(true).catch((error: unknown) => {
            if (!isNotPlain(error)) throw error;
            return written(false);
          }));
    } catch (error) {
      memory.forget();
      throw error;
    }
    const places = state.places === undefined ? undefined : new Set(state.places);
    const isNew = (place: number): boolean => places?.has(place) ?? true;
    const counts = new Map(state.pages.map(([page, count]) => [page, count]));
    memory.learn(batch, state.names, counts);

    const answers = entries.map(({ report, wantsCount }, at): Written => {
      const place = batch.places[at];
      const { total, version } = state;
      const counted = report.kind === 'engagement' || (place !== undefined && isNew(place));
      if (report.kind !== 'page-view') return { counted, count: 0, total, version };
      // Of an event that was counted before under another page it is not known that it was `(other)`.
      const hasNoCounter = batch.asked.has(report.page) && !counts.has(report.page);
      const isOther = hasNoCounter && (counted || counts.has(OTHER));
      const count = wantsCount ? (counts.get(isOther ? OTHER : report.page) ?? 0) : 0;
      return { counted, count, total, version, ...(isOther ? { page: OTHER } : {}) };
    });
    const touched = new Set(
      batch.signs.flatMap((sign, place) => (sign.kind === 'page-view' && isNew(place) ? [sign.page] : [])),
    );
    if (touched.size > 0) touched.add(OTHER);
    const pages = state.pages.filter(([page]) => batch.wanted.has(page));
    return { written: answers, state: { ...state, pages }, touched };
  }

  return { statements: (batch, isPlain) => statementsOf(prepare(batch), isPlain).statements, commit };
}

/** Whether it was the commit's own condition that ended it. */
function isNotPlain(error: unknown): boolean {
  return error instanceof Error && error.message.includes('fold_plain');
}

function takeApart(entries: readonly Entry[]): Batch {
  const signs: Sign[] = [];
  const engagements: Engagement[] = [];
  const ledger = new Map<string, number>();
  const ids = new Set<string>();
  const wanted = new Set<string>();
  const note = (...line: [day: number, reason: string, detail: string]): void => {
    const key = JSON.stringify(line);
    ledger.set(key, (ledger.get(key) ?? 0) + 1);
  };
  const places = entries.map(({ report, wantsCount }) => {
    if (report.kind === 'ignored') {
      note(report.day, report.reason, report.detail);
      return;
    }
    if (report.kind === 'engagement') {
      engagements.push(report);
      return;
    }
    if (report.kind === 'page-view' && wantsCount) wanted.add(report.page);
    if (ids.has(report.id)) {
      note(report.day, 'duplicate', '');
      return;
    }
    ids.add(report.id);
    return signs.push(report) - 1;
  });
  if (wanted.size > 0) wanted.add(OTHER);
  return { signs, engagements, ledger, places, wanted };
}

function quotaArgs({ all, network, address }: Quota): bigint[] {
  return [all, network, address].map(BigInt);
}

/** A report as it travels in the JSON argument. Few have a campaign: the others' are not looked into. */
function rowOf(sign: Sign, { own, listed }: NameKeys): unknown[] {
  const { id, at, hour, day, visitor, prior, referrer, campaign } = sign;
  const page = sign.kind === 'page-view' ? sign.page : null;
  const row = [id, at, hour, day, visitor, prior, page, own, listed, referrer];
  if (campaign === undefined) return row;
  const { utmSource, utmMedium, utmCampaign, utmTerm, utmContent, clickId } = campaign;
  return [...row, [utmSource, utmMedium, utmCampaign, utmTerm, utmContent, clickId]];
}
