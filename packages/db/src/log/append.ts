import type { InStatement } from '@libsql/client/web';
import {
  EVENT_DIMENSIONS,
  OTHER,
  tagsOf,
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
import { addNames, admitNames, PAGE, quotasFound, type Names } from './names.ts';
import type { Write } from './write.ts';

/** One event of a batch. */
export interface Entry {
  readonly event: CollectedEvent;
  /** Whether the answer needs the count of its page. */
  readonly wantsCount: boolean;
}

/** What became of one event. */
export interface Written extends StoreVersion {
  /** False where it is not counted, or its id was counted before. */
  readonly counted: boolean;
  /** The page's views after the commit, where they were requested; else 0. */
  readonly count: number;
  /** Set where the quota had no room for the page: `count` is then that of all such pages. */
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
  /** Whether the batch made a new version of the numbers. */
  readonly hasChanged: boolean;
  /** How many events and engagements were added to the log. */
  readonly size: number;
}

/** An event that the log stores as a visit's: a page view, or a registration. */
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
  /** In the order of `EVENT_DIMENSIONS`; an older version knew fewer, the first ones. */
  attributes: readonly string[],
  referrer: string | null,
  /** The UTM values `source`, `medium`, `campaign`, `term` and `content`, then the name of the click id. */
  campaign: readonly (string | null)[] | null,
  id: string,
  sender: readonly [address: number, network: number | null] | null,
];

/** Engagement in the tail of the log. */
export type TailEngagement = readonly [id: string, engagedMs: number, scrollPercent: number, at: number];

/** A batch in the tail. */
export type TailBatch = readonly [events: readonly TailRow[], engagements: readonly TailEngagement[]];

/** A batch, split into what the statements need. */
interface Batch {
  /** Page views and registrations, in order; of one id only the first. */
  readonly events: readonly LogEvent[];
  readonly engagements: readonly Engagement[];
  /** How many events are not counted, by JSON `[day, reason, detail]`. */
  readonly ledger: ReadonlyMap<string, number>;
  /** The index in `events` of each entry; undefined where it is not in there. */
  readonly indexes: readonly (number | undefined)[];
  /** Pages whose counts are read. */
  readonly wanted: ReadonlySet<string>;
}

/** Appends batches to the log: one commit of a few statements each, whatever the size of the batch. */
export interface Append {
  /** The statements that add a batch to the log and the counters, and read what the answers need. */
  readonly statements: (batch: readonly Entry[]) => InStatement[];
  /**
   * Runs them in one transaction and one round trip; when it fails, nothing of the batch is there.
   * @param known the newest version that was seen: in a database that is another one, or behind it, nothing is committed
   * (`isAnotherStore`)
   * @returns what became of each event, in order, and the numbers after it
   */
  readonly commit: (write: Write, batch: readonly Entry[], known?: StoreVersion) => Promise<Appended>;
  /**
   * The statements that add events whose ids are new, without an answer; names beyond the quotas are taken, and nothing
   * gets into the ledger.
   */
  readonly imported: (events: readonly (LogEvent | Engagement)[]) => InStatement[];
}

/** The position in the log of an event that is new; `key` is its index in the batch. */
const SEQ = `(select appended from visitor_stats) + 1 + key`;

/** The ids of the events that are new. Argument: JSON `[[id, page, at, day], …]`. */
const IDS = `
  insert into visitor_event_ids (seq, id)
  select ${SEQ}, unhex(value ->> 0) from json_each(?) where true
  on conflict (id) do nothing`;

/**
 * Events that were sent before, for the ledger. It follows `IDS`: if that wrote a row for each event, there are none.
 * Arguments: the number of events, the same JSON.
 */
const DUPLICATES = `
  insert into visitor_ledger (day, reason, detail, reports)
  select value ->> 3, 'duplicate', '', 1
  from (select changes() as fresh) cross join json_each(iif(fresh < ?, ?, '[]'))
  where not exists (select 1 from visitor_event_ids where seq = ${SEQ})
  on conflict (day, reason, detail) do update set reports = reports + 1`;

const NEW_EVENTS = 'exists (select 1 from visitor_event_ids where seq > appended)';

/**
 * The batch as it was sent, for the fold. Arguments: the number of events and engagements, their JSON, JSON of the pages
 * that may be new, whether there is engagement.
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
 * The totals. It follows the counter, which wrote a row for each new page view. Arguments: the number of page views, the
 * time of the latest one, JSON as of `IDS`, whether there is engagement, the number of events and engagements.
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

/** Compiles the statements of a commit, once. */
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
      const hasEngagement = engagements.length > 0 ? 1n : 0n;
      const views = viewsOf(events);
      const latest = views.reduce((last, { at }) => Math.max(last, at), 0);
      statements.push(
        { sql: TAIL, args: [size, rows, JSON.stringify(newPages), hasEngagement] },
        { sql: newPages.length > 0 ? counterOfNew : counter, args: [keys] },
        { sql: STATS, args: [BigInt(views.length), BigInt(latest), keys, hasEngagement, size] },
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

  async function commit(write: Write, entries: readonly Entry[], known?: StoreVersion): Promise<Appended> {
    const batch = split(entries);
    let state: Committed;
    try {
      const { statements, readAt } = statementsOf(batch);
      const first = known === undefined ? [] : [requireStore(known)];
      state = committedOf((await write([...first, ...statements]))[first.length + readAt]);
    } catch (error) {
      names.forget();
      throw error;
    }
    const { events, engagements } = batch;
    const added = state.added === undefined ? undefined : new Set(state.added);
    const isNew = (index: number): boolean => added?.has(index) ?? true;
    const others = new Set(state.others);

    const counted = viewsOf(events).map(({ page }) => page);
    names.learn(
      counted.filter((page) => !others.has(page)),
      state.quotas,
    );
    const touched = new Set<string>();
    for (const [index, event] of events.entries()) {
      if (event.kind !== 'page-view' || !isNew(index)) continue;
      touched.add(others.has(event.page) ? OTHER : event.page);
    }
    const counts = new Map(state.pages.map(([page, count]) => [page, count]));
    const written = entries.map(({ event, wantsCount }, at): Written => {
      const { total, version, store } = state;
      const index = batch.indexes[at];
      const isCounted = event.kind === 'engagement' || (index !== undefined && isNew(index));
      if (event.kind !== 'page-view') return { counted: isCounted, count: 0, total, version, store };
      const isOther = others.has(event.page);
      const count = wantsCount ? (counts.get(isOther ? OTHER : event.page) ?? 0) : 0;
      return { counted: isCounted, count, total, version, store, ...(isOther && { page: OTHER }) };
    });
    const size = (state.added?.length ?? events.length) + engagements.length;
    return { written, state, touched, hasChanged: size > 0, size };
  }

  function imported(events: readonly (LogEvent | Engagement)[]): InStatement[] {
    const batch = split(events.map((event) => ({ event, wantsCount: false })));
    const { statements, readAt } = statementsOf(batch);
    return [
      ...admitNames(
        batch.events.map((event) => ({
          page: pageOf(event),
          at: event.at,
          attributes: { ...event.attributes, ...tagsOf(event.campaign) },
        })),
      ),
      ...statements.slice(0, readAt).filter((statement) => (statement as { sql: string }).sql !== DUPLICATES),
    ];
  }

  return { statements: (batch) => statementsOf(split(batch)).statements, commit, imported };
}

/** The page views of each page: a row per page, raised by one for each new page view. */
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
 * The numbers at the end of a commit, and what became of the batch. Arguments: JSON of the pages whose counts are read;
 * the number of events and engagements, that of events, and the first twice more; JSON of the pages that may be new; JSON
 * of the offers.
 */
function readCommitted(db: Kysely<Tables>, quotas: Quotas): string {
  const fresh = sql`from visitor_event_ids where seq > appended - ${0}`;
  const added = sql<string | null>`case
    when (select count(*) ${fresh}) < ${0}
    then (select json_group_array(seq - 1 - (appended - ${0})) ${fresh})
  end`;
  const others = sql<string>`(
    select json_group_array(value) from json_each(${''}) page
    where not exists (
      select 1 from visitor_values where dimension = ${sql.lit(PAGE)} and visitor_values.value = page.value
    )
  )`;
  // The builder does not count the placeholder in raw SQL: it stands last, as the offers do among the arguments.
  return selectNumbers(db)
    .select([added.as('added'), others.as('others'), sql.raw(quotasFound(quotas)).as('quotas')])
    .compile().sql;
}

function split(entries: readonly Entry[]): Batch {
  const events: LogEvent[] = [];
  const engagements: Engagement[] = [];
  const ledger = new Map<string, number>();
  const ids = new Set<string>();
  const wanted = new Set<string>();
  const addToLedger = (...line: [day: number, reason: string, detail: string]): void => {
    const key = JSON.stringify(line);
    ledger.set(key, (ledger.get(key) ?? 0) + 1);
  };
  const indexes = entries.map(({ event, wantsCount }) => {
    if (event.kind === 'ignored') {
      addToLedger(event.day, event.reason, event.detail);
      return;
    }
    if (event.kind === 'engagement') {
      engagements.push(event);
      return;
    }
    if (event.kind === 'page-view' && wantsCount) wanted.add(event.page);
    if (ids.has(event.id)) {
      addToLedger(event.day, 'duplicate', '');
      return;
    }
    ids.add(event.id);
    return events.push(event) - 1;
  });
  if (wanted.size > 0) wanted.add(OTHER);
  return { events, engagements, ledger, indexes, wanted };
}

const viewsOf = (events: readonly LogEvent[]): PageView[] =>
  events.filter((event): event is PageView => event.kind === 'page-view');

const pageOf = (event: LogEvent): string | null => (event.kind === 'page-view' ? event.page : null);

function keyOf(event: LogEvent): unknown[] {
  return [event.id, pageOf(event), event.at, event.day];
}

function rowOf(event: LogEvent): TailRow {
  const { id, at, hour, day, visitor, previousDayKey, referrer, campaign } = event;
  const attributes = EVENT_DIMENSIONS.map((name) => event.attributes[name]);
  const campaignTags =
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
  return [
    at,
    hour,
    day,
    visitor,
    previousDayKey,
    pageOf(event),
    attributes,
    referrer,
    campaignTags,
    id,
    sender,
  ];
}

function engagementOf({ id, engagedMs, scrollPercent, at }: Engagement): TailEngagement {
  return [id, engagedMs, scrollPercent, at];
}
