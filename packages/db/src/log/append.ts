import type { InStatement } from '@libsql/client/web';
import {
  VISIT_DIMENSIONS,
  OTHER,
  type Engagement,
  type PageView,
  type Quotas,
  type Registration,
  type CollectedEvent,
  type StoreVersion,
} from '@footfall/core';
import { sql, type Kysely } from 'kysely';
import { committedOf, selectNumbers } from '../read/count-reads.ts';
import type { Tables } from '../keep/schema.ts';
import { requireStore } from '../keep/store-id.ts';
import type { Committed } from './committed.ts';
import { LEDGER } from './ledger.ts';
import { addNames, PAGE, quotasFound, type Names } from './names.ts';
import type { Write } from './write.ts';

/** One event of a batch. */
export interface Entry {
  readonly report: CollectedEvent;
  /** Whether the page's own number is needed in the answer. */
  readonly wantsCount: boolean;
}

/** What became of one event. */
export interface Written extends StoreVersion {
  /** False when it is not counted, or its id had been counted before. */
  readonly counted: boolean;
  /** The page's views after the commit; only where they were asked for, else 0. */
  readonly count: number;
  /** What the page is counted as, where that is not its name; the count is of that. */
  readonly page?: typeof OTHER;
  /** All page views after the commit. */
  readonly total: number;
}

/** What a commit answers. */
export interface Appended {
  readonly written: readonly Written[];
  readonly state: Committed;
  /** The pages whose numbers have changed. */
  readonly touched: ReadonlySet<string>;
  /** Whether it was the batch that made this version. */
  readonly hasChanged: boolean;
  /** Events and engagements that were added to the log. */
  readonly size: number;
}

/** What goes into the log: a page view, or a registration. */
export type LogEvent = PageView | Registration;

/**
 * An event in the tail of the log, as `rowOf` writes it and the fold reads it. A page view has a page, a registration
 * has none.
 */
export type TailRow = readonly [
  at: number,
  hour: number,
  day: number,
  visitor: number,
  previousDayKey: number | null,
  page: string | null,
  /** In the order of `VISIT_DIMENSIONS`; an older version knew fewer, the first ones. */
  attributes: readonly string[],
  referrer: string | null,
  campaign: readonly (string | null)[] | null,
  id: string,
  sender: readonly [address: number, network: number | null] | null,
];

/** Engagement in the tail of the log. */
export type TailEngagement = readonly [id: string, engagedMs: number, scrollPercent: number, at: number];

/** A batch in the tail. */
export type TailBatch = readonly [events: readonly TailRow[], engagements: readonly TailEngagement[]];

/** A batch, taken apart into what the statements take. */
interface Batch {
  /** New events in order; of one id only the first. */
  readonly events: readonly LogEvent[];
  readonly engagements: readonly Engagement[];
  /** Reports that are not counted, by day, reason and detail. */
  readonly ledger: ReadonlyMap<string, number>;
  /** For each entry its place in `events`; undefined where it has none. */
  readonly places: readonly (number | undefined)[];
  readonly wanted: ReadonlySet<string>;
}

/** Appending: one commit of a few statements, whatever the size of the batch. */
export interface Append {
  /** The statements that add a batch to the log and the counters, and read what the answers need. */
  readonly statements: (batch: readonly Entry[]) => InStatement[];
  /**
   * Runs them in one transaction and one round trip; when it fails, nothing of the batch is there.
   * @param known the newest state that is known: in another database than that one's nothing is committed
   * (`isAnotherStore`)
   * @returns what became of each event, in order, and the numbers after it
   */
  readonly commit: (write: Write, batch: readonly Entry[], known?: StoreVersion) => Promise<Appended>;
}

/** The place of an event of the batch in the log, where it is new. */
const SEQ = `(select appended from visitor_stats) + 1 + key`;

/** Argument: JSON `[[id, page, at, day], …]`. An id that is there already is not written again. */
const IDS = `
  insert into visitor_event_ids (seq, id)
  select ${SEQ}, unhex(value ->> 0) from json_each(?) where true
  on conflict (id) do nothing`;

/**
 * Resent events, for the ledger: those of the batch whose ids were there before. It follows `IDS`, whose number of rows
 * says whether there are any. Arguments: how many events there are, the same JSON.
 */
const DUPLICATES = `
  insert into visitor_ledger (day, reason, detail, reports)
  select value ->> 3, 'duplicate', '', 1
  from (select changes() as fresh) cross join json_each(iif(fresh < ?, ?, '[]'))
  where not exists (select 1 from visitor_event_ids where seq = ${SEQ})
  on conflict (day, reason, detail) do update set reports = reports + 1`;

const NEW_EVENTS = 'exists (select 1 from visitor_event_ids where seq > appended)';

/**
 * The batch as it came, for the fold. Arguments: how many events and engagements it has, its JSON, JSON of the pages that
 * may be new, whether there is engagement.
 */
const TAIL = `
  insert into visitor_log_tail (seq, events, others)
  select appended + ?, ?, (
    select nullif(json_group_array(value), '[]') from json_each(?) page
    where not exists (
      select 1 from visitor_values where dimension = ${PAGE} and visitor_values.value = page.value
    )
  )
  from visitor_stats where ${NEW_EVENTS} or ?`;

/**
 * The totals. It follows the counter, whose number of rows is that of the new page views. Arguments: how many page views
 * the batch has, the time of the latest, the JSON of the batch, whether there is engagement, how many events and
 * engagements there are.
 */
const STATS = `
  update visitor_stats set
    last_updated_at = nullif(max(ifnull(last_updated_at, 0), iif(changes() = ?, ?, (
      select ifnull(max(value ->> 2), 0) from json_each(?)
      where value ->> 1 is not null and exists (select 1 from visitor_event_ids where seq = ${SEQ})
    ))), 0),
    total_views = total_views + changes(),
    version = version + (${NEW_EVENTS} or ?),
    appended = appended + ?`;

/** Builds the statements of a commit once. */
export function compileAppend(db: Kysely<Tables>, quotas: Quotas, names: Names): Append {
  const counter = counterSql(db, sql<string>`value ->> 1`);
  const counterOfNew = counterSql(
    db,
    sql<string>`iif(exists (select 1 from visitor_values where dimension = ${sql.lit(PAGE)}
      and visitor_values.value = event.value ->> 1), event.value ->> 1, ${sql.lit(OTHER)})`,
  );
  const read = readCommitted(db, quotas);

  function statementsOf(batch: Batch): { statements: InStatement[]; readAt: number } {
    const { events, engagements, ledger, wanted } = batch;
    const size = BigInt(events.length + engagements.length);
    const statements: InStatement[] = [];
    const { pages: newPages, offers } = names.newPages(viewsOf(events));
    if (offers.length > 0) statements.push(addNames(offers, quotas));
    const keys = JSON.stringify(events.map(keyOf));
    if (events.length > 0) {
      statements.push({ sql: IDS, args: [keys] }, { sql: DUPLICATES, args: [BigInt(events.length), keys] });
    }
    if (size > 0n) {
      const rows = JSON.stringify([events.map(rowOf), engagements.map(engagementOf)]);
      const engaged = engagements.length > 0 ? 1n : 0n;
      const views = viewsOf(events);
      const latest = views.reduce((last, { at }) => Math.max(last, at), 0);
      statements.push(
        { sql: TAIL, args: [size, rows, JSON.stringify(newPages), engaged] },
        { sql: newPages.length > 0 ? counterOfNew : counter, args: [keys] },
        { sql: STATS, args: [BigInt(views.length), BigInt(latest), keys, engaged, size] },
      );
    }
    if (ledger.size > 0) {
      const lines = [...ledger].map(([line, reports]) => [...(JSON.parse(line) as unknown[]), reports]);
      statements.push({ sql: LEDGER, args: [JSON.stringify(lines)] });
    }
    const readAt = statements.length;
    statements.push({
      sql: read,
      args: [
        JSON.stringify([...wanted]),
        size,
        BigInt(events.length),
        size,
        size,
        JSON.stringify(newPages),
        JSON.stringify(offers),
      ],
    });
    return { statements, readAt };
  }

  async function commit(write: Write, entries: readonly Entry[], standing?: StoreVersion): Promise<Appended> {
    const batch = takeApart(entries);
    let state: Committed;
    try {
      const { statements, readAt } = statementsOf(batch);
      const first = standing === undefined ? [] : [requireStore(standing)];
      state = committedOf((await write([...first, ...statements]))[first.length + readAt]);
    } catch (error) {
      names.forget();
      throw error;
    }
    const { events, engagements } = batch;
    const places = state.places === undefined ? undefined : new Set(state.places);
    const isNew = (place: number): boolean => places?.has(place) ?? true;
    const others = new Set(state.others);

    const counted = viewsOf(events).map(({ page }) => page);
    names.learn(
      counted.filter((page) => !others.has(page)),
      state.quotas,
    );
    const touched = new Set<string>();
    for (const [place, event] of events.entries()) {
      if (event.kind !== 'page-view' || !isNew(place)) continue;
      touched.add(others.has(event.page) ? OTHER : event.page);
    }
    const counts = new Map(state.pages.map(([page, count]) => [page, count]));
    const written = entries.map(({ report, wantsCount }, at): Written => {
      const { total, version, store } = state;
      const place = batch.places[at];
      const isCounted = report.kind === 'engagement' || (place !== undefined && isNew(place));
      if (report.kind !== 'page-view') return { counted: isCounted, count: 0, total, version, store };
      const isOther = others.has(report.page);
      const count = wantsCount ? (counts.get(isOther ? OTHER : report.page) ?? 0) : 0;
      return { counted: isCounted, count, total, version, store, ...(isOther && { page: OTHER }) };
    });
    const size = (state.places?.length ?? events.length) + engagements.length;
    return { written, state, touched, hasChanged: size > 0, size };
  }

  return { statements: (batch) => statementsOf(takeApart(batch)).statements, commit };
}

/** The counter as the requirement has it (seeds/000): a row per page, raised by one for each new page view. */
function counterSql(db: Kysely<Tables>, page: ReturnType<typeof sql<string>>): string {
  return db
    .insertInto('visitor_counts')
    .columns(['page_identifier', 'view_count', 'last_updated_at'])
    .expression((eb) =>
      eb
        .selectFrom(
          sql<{ key: number; value: string }>`(select key, value from json_each(${''}) limit -1)`.as('event'),
        )
        .select([page.as('page'), sql.lit(1).as('view_count'), sql<number>`value ->> 2`.as('at')])
        .where(sql<boolean>`value ->> 1 is not null
          and exists (select 1 from visitor_event_ids where seq = ${sql.raw(SEQ)})`),
    )
    .onConflict((conflict) =>
      conflict.column('page_identifier').doUpdateSet({
        view_count: sql`view_count + 1`,
        last_updated_at: sql`max(last_updated_at, excluded.last_updated_at)`,
      }),
    )
    .compile().sql;
}

/**
 * The numbers at the end of a commit, with what became of the batch. Arguments: JSON of the pages that are wanted; the
 * size of the batch, how many events it has, twice its size; JSON of the pages that may be new, JSON of those that are offered.
 */
function readCommitted(db: Kysely<Tables>, quotas: Quotas): string {
  const fresh = sql`from visitor_event_ids where seq > appended - ${0}`;
  const places = sql<string | null>`case
    when (select count(*) ${fresh}) < ${0}
    then (select json_group_array(seq - 1 - (appended - ${0})) ${fresh})
  end`;
  const others = sql<string>`(
    select json_group_array(value) from json_each(${''}) page
    where not exists (
      select 1 from visitor_values where dimension = ${sql.lit(PAGE)} and visitor_values.value = page.value
    )
  )`;
  // The offers are the last argument: a placeholder in a raw expression is as good as one of the builder's.
  return selectNumbers(db)
    .select([places.as('places'), others.as('others'), sql.raw(quotasFound(quotas)).as('quotas')])
    .compile().sql;
}

function takeApart(entries: readonly Entry[]): Batch {
  const events: LogEvent[] = [];
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
    return events.push(report) - 1;
  });
  if (wanted.size > 0) wanted.add(OTHER);
  return { events, engagements, ledger, places, wanted };
}

const viewsOf = (events: readonly LogEvent[]): PageView[] =>
  events.filter((event): event is PageView => event.kind === 'page-view');

const pageOf = (event: LogEvent): string | null => (event.kind === 'page-view' ? event.page : null);

function keyOf(event: LogEvent): unknown[] {
  return [event.id, pageOf(event), event.at, event.day];
}

function rowOf(event: LogEvent): TailRow {
  const { id, at, hour, day, visitor, previousDayKey: prior, referrer, campaign, attributes: facts } = event;
  const attributes = VISIT_DIMENSIONS.map((fact) => facts[fact]);
  const tags =
    campaign === undefined
      ? null
      : [
          campaign.utmSource,
          campaign.utmMedium,
          campaign.utmCampaign,
          campaign.utmTerm,
          campaign.utmContent,
          campaign.clickId,
        ];
  const sender = event.sender === undefined ? null : ([event.sender.address, event.sender.network] as const);
  return [at, hour, day, visitor, prior, pageOf(event), attributes, referrer, tags, id, sender];
}

function engagementOf({ id, engagedMs, scrollPercent, at }: Engagement): TailEngagement {
  return [id, engagedMs, scrollPercent, at];
}
