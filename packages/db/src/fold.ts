import type { InStatement } from '@libsql/client/web';
import {
  DIMENSIONS,
  FACTS,
  OTHER,
  type Engagement,
  type PageView,
  type Registration,
  type Report,
  type Standing,
} from '@footfall/core';
import type { Kysely } from 'kysely';
import type { Database } from './dialect.ts';
import * as commitSql from './fold-sql.ts';
import { committedOf, readCommitted } from './reads.ts';
import type { Tables } from './schema.ts';
import { requireStore } from './store-id.ts';

/** One report of a batch. */
export interface Entry {
  readonly report: Report;
  /** Whether the page's own number is needed in the answer. */
  readonly wantsCount: boolean;
}

/** What became of one report. */
export interface Written extends Standing {
  /** False when it is not counted, or its id had been counted before. */
  readonly counted: boolean;
  /** The page's views after the commit; only where they were asked for, else 0. */
  readonly count: number;
  /** All page views after the commit. */
  readonly total: number;
}

/** What a commit left behind, read in the same transaction. */
export interface Committed extends Standing {
  readonly total: number;
  readonly updatedAt: number | null;
  /** The numbers of the pages that were asked for. */
  readonly pages: readonly PageNumber[];
  /** Where not all of the batch was new: the places in it of those that were. */
  readonly places: readonly number[] | undefined;
  /** How many of the batch's values were one too many, and are counted together. */
  readonly others: number;
  /** Whether it was the batch that made this version. */
  readonly hasChanged: boolean;
}

/** A page, its views, and when the last of them was. */
export type PageNumber = readonly [page: string, views: number, updatedAt: number];

/** What a fold goes by. */
export interface FoldOptions {
  /** The longest gap within a visit, in milliseconds. */
  readonly sessionTimeoutMs: number;
  /** New values that each dimension may get in an hour; more are counted together. */
  readonly newValuesPerHour: number;
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
   * @param known the newest state that is known: in another database than that one's nothing is committed (`isAnotherStore`)
   * @returns what became of each report, in order, and the numbers after it
   */
  readonly commit: (database: Database, batch: readonly Entry[], known?: Standing) => Promise<Folded>;
}

/** What a commit answers. */
export interface Folded {
  readonly written: readonly Written[];
  readonly state: Committed;
  /** The pages whose numbers have changed. */
  readonly touched: ReadonlySet<string>;
}

/** Combinations of facts, and pages, that are remembered as stored already. */
const REMEMBERED = 50_000;

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
  readonly wanted: ReadonlySet<string>;
}

/** Builds the statements of a commit once. */
export function compileFold(db: Kysely<Tables>, { sessionTimeoutMs, newValuesPerHour }: FoldOptions): Fold {
  const { near, settle, touch, reopen, persons, order } = commitSql.visitStatements(sessionTimeoutMs);
  const readSql = readCommitted(db);

  // Only a hint: what is remembered is not sent again. A commit that fails, for whatever reason, forgets it all, and so does
  // one in another database.
  const known = new Set<string>();
  let knownIn: number | undefined;

  function statementsOf(
    { signs, engagements, ledger, wanted }: Batch,
    isPlain: boolean,
  ): {
    statements: InStatement[];
    readAt: number;
  } {
    const statements: InStatement[] = [];
    if (signs.length > 0 || engagements.length > 0) {
      const reports = JSON.stringify(signs.map(rowOf));
      const looks = JSON.stringify(
        engagements.map(({ id, engagedMs, scrollPercent, at }) => [id, engagedMs, scrollPercent, at]),
      );
      const { values, facts } = unknownOf(signs, known);
      if (values.length > 0) {
        statements.push({ sql: commitSql.VALUES, args: [JSON.stringify(values), BigInt(newValuesPerHour)] });
      }
      if (facts.length > 0) {
        const args = [JSON.stringify(facts)];
        statements.push(...commitSql.FACTS.map((sql) => ({ sql, args })));
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
    statements.push({ sql: readSql, args: [JSON.stringify([...wanted]), BigInt(signs.length)] });
    if (readAt > 1) statements.push(...(isPlain ? commitSql.CLEAR_PLAIN : commitSql.CLEAR));
    return { statements, readAt };
  }

  async function commit(database: Database, entries: readonly Entry[], standing?: Standing): Promise<Folded> {
    if (standing?.store !== knownIn) known.clear();
    knownIn = standing?.store;
    const batch = takeApart(entries);
    const first = standing === undefined ? [] : [requireStore(standing)];
    const written = async (isPlain: boolean): Promise<Committed> => {
      const { statements, readAt } = statementsOf(batch, isPlain);
      return committedOf((await database.batch([...first, ...statements], 'write'))[first.length + readAt]);
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
      known.clear();
      throw error;
    }
    const places = state.places === undefined ? undefined : new Set(state.places);
    const isNew = (place: number): boolean => places?.has(place) ?? true;
    if (known.size > REMEMBERED) known.clear();
    if (state.others === 0) {
      for (const name of namesOf(batch.signs.filter((_sign, place) => isNew(place)))) known.add(name);
    }

    const counts = new Map(state.pages.map(([page, count]) => [page, count]));
    const answers = entries.map(({ report, wantsCount }, at) => {
      const place = batch.places[at];
      return {
        counted: report.kind === 'engagement' || (place !== undefined && isNew(place)),
        count:
          wantsCount && report.kind === 'page-view' ? (counts.get(report.page) ?? counts.get(OTHER) ?? 0) : 0,
        total: state.total,
        version: state.version,
        store: state.store,
      };
    });
    const touched = new Set(
      batch.signs.flatMap((sign, place) => (sign.kind === 'page-view' && isNew(place) ? [sign.page] : [])),
    );
    if (touched.size > 0) touched.add(OTHER);
    return { written: answers, state, touched };
  }

  return { statements: (batch, isPlain) => statementsOf(takeApart(batch), isPlain).statements, commit };
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

/** What a combination of facts is found by: no value has a line break. */
function keyOf({ facts }: Sign): string {
  return FACTS.map((fact) => facts[fact]).join('\n');
}

/** What is remembered of reports: their facts, and their pages (which begin with a space to be told apart). */
function* namesOf(signs: readonly Sign[]): Iterable<string> {
  for (const sign of signs) {
    yield keyOf(sign);
    if (sign.kind === 'page-view') yield ` ${sign.page}`;
  }
}

const PAGE = DIMENSIONS.indexOf('page') + 1;

/** The texts and combinations of facts that may be new to the store. */
function unknownOf(
  signs: readonly Sign[],
  known: ReadonlySet<string>,
): { values: unknown[]; facts: unknown[] } {
  const values = new Map<string, [dimension: number, value: string]>();
  const facts = new Map<string, unknown[]>();
  const add = (dimension: number, value: string): void => {
    values.set(`${dimension} ${value}`, [dimension, value]);
  };
  for (const sign of signs) {
    if (sign.kind === 'page-view' && !known.has(` ${sign.page}`)) add(PAGE, sign.page);
    const key = keyOf(sign);
    if (known.has(key) || facts.has(key)) continue;
    facts.set(key, [key, ...FACTS.map((fact) => sign.facts[fact])]);
    for (const fact of FACTS) add(DIMENSIONS.indexOf(fact) + 1, sign.facts[fact]);
  }
  return { values: [...values.values()], facts: [...facts.values()] };
}

/** A report as it travels in the JSON argument. Few have a campaign: the others' are not looked into. */
function rowOf(sign: Sign): unknown[] {
  const { id, at, hour, day, visitor, prior, referrer, campaign } = sign;
  const page = sign.kind === 'page-view' ? sign.page : null;
  const row = [id, at, hour, day, visitor, prior, page, keyOf(sign), referrer];
  if (campaign === undefined) return row;
  const { utmSource, utmMedium, utmCampaign, utmTerm, utmContent, clickId } = campaign;
  return [...row, [utmSource, utmMedium, utmCampaign, utmTerm, utmContent, clickId]];
}
