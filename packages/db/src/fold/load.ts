import {
  EVENT_DIMENSIONS,
  TAG_DIMENSIONS,
  OTHER,
  isDeviceKey,
  longestTimeout,
  planFold,
  SESSION_TIMEOUT_MINUTES,
  sessionize,
  smallerVisits,
  type Device,
  type FoldPlan,
  type FoldState,
  type SessionTimeouts,
  type StoredVisit,
  type VisitEngagement,
  type VisitEvent,
} from '@footfall/core';
import type { Result } from '../connection/dialect.ts';
import type { TailBatch, TailEngagement, TailRow } from '../log/append.ts';
import { attributesKey, type Names } from '../log/names.ts';
import type { Write } from '../log/write.ts';

/** Settings of the fold. */
export interface FoldOptions {
  /** The longest gap within a visit, in milliseconds; where it is not given, the owner's setting decides (decision 0066). */
  readonly sessionTimeoutMs?: number | undefined;
}

/** How the fold reads and writes. */
export interface FoldConnection {
  /** Runs statements that only read, all from one snapshot of the database. */
  readonly read: Write;
  readonly write: Write;
}

/** The next part of the log to fold, as it was appended. */
export interface Tail {
  /** The position in the log up to which it is folded before this part, and after it. */
  readonly from: number;
  readonly to: number;
  /** Store id and fold version: while it is the same, no visit has changed and what was loaded is up to date. */
  readonly version: string;
  /** Start of the first day whose page views are stored: an earlier event counts as if it happened then. */
  readonly keptFrom: number;
  /** The session timeouts of its events, by the owner's setting. */
  readonly timeouts: SessionTimeouts;
  readonly events: readonly { readonly seq: number; readonly row: TailRow; readonly page: string | null }[];
  readonly engagements: readonly TailEngagement[];
  /** How many positions of the log it has: those of events, of duplicates and of engagements. */
  readonly size: number;
  /** A batch that cannot be parsed, as it is stored; then this part consists of it alone. */
  readonly unreadable?: string;
  /** Whether the log goes on after this part. */
  readonly hasMore: boolean;
}

/** What is known of the engagement with a page view. */
export interface Engagement {
  readonly engagedMs: number;
  readonly scrollPercent: number;
  readonly seenAt: number;
}

/** An event of the tail with the ids of its page and attributes, and the other columns of its row. */
export interface FoldedEvent extends VisitEvent {
  readonly id: string;
  readonly scrollPercent: number;
  readonly referrer: string | null;
  readonly campaign: readonly (string | null)[] | null;
}

/** All that is needed to fold a part of the log. */
export interface Loaded {
  readonly tail: Tail;
  readonly events: readonly FoldedEvent[];
  readonly plan: FoldPlan;
  readonly state: FoldState;
  /** New engagement with stored page views, by their position in the log. */
  readonly engaged: ReadonlyMap<number, Engagement>;
  /** Ids of page views whose engagement had come before them. */
  readonly arrived: readonly string[];
  /** Engagement whose page view has not come, by id. */
  readonly waiting: ReadonlyMap<string, Engagement>;
  /** The largest id of a visit. */
  readonly lastVisitId: number;
}

const HOUR_MS = 3_600_000;

/** No local day is longer. */
const LONGEST_DAY_MS = 26 * HOUR_MS;

/** The last position of the log that is read: whole batches, at least one. Argument: how far after the end of the first. */
const UP_TO = `(
  select min(seq) + ? from visitor_log_tail where seq > (select folded from visitor_stats)
)`;

/** With the session timeouts of what is not folded: that of the next position and those that follow. */
const STATE = `
  select folded, kept_from, store || ' ' || fold_version as version,
    (select max(seq) from visitor_log_tail) as last,
    (
      select json_group_array(json_array(from_seq, timeout_ms)) from (
        select from_seq, timeout_ms from visitor_session_timeouts
        where from_seq >= (
          select ifnull(max(from_seq), 0) from visitor_session_timeouts
          where from_seq <= (select folded + 1 from visitor_stats)
        )
        order by from_seq
      )
    ) as timeouts
  from visitor_stats`;

/** The batches up to there. */
const TAIL = `
  select json_group_array(json_array(
    seq, iif(json_valid(events), json(events), events), iif(json_valid(others), json(others), null)
  )) as batches
  from (
    select seq, events, others from visitor_log_tail
    where seq > (select folded from visitor_stats) and seq <= ${UP_TO} order by seq
  )`;

/** The positions of events that are no duplicates. */
const NEW_IDS = `
  select json_group_array(seq) as seqs from visitor_event_ids
  where seq > (select folded from visitor_stats) and seq <= ${UP_TO}`;

/**
 * Reads the next part of the log that is not folded yet.
 * @param limit maximum number of events and engagements
 * @returns undefined if all of it is folded
 */
export async function readTail(read: Write, limit: number): Promise<Tail | undefined> {
  const args = [BigInt(limit)];
  const [state, tail, ids] = await read([STATE, { sql: TAIL, args }, { sql: NEW_IDS, args }]);
  const row = state?.rows[0];
  if (row === undefined) throw new Error('visitor_stats has no row');
  const from = Number(row['folded']);
  const fresh = new Set(jsonOf<number>(ids, 'seqs'));
  const common = {
    from,
    version: row['version'] as string,
    keptFrom: Number(row['kept_from']),
    timeouts: timeoutsIn(row['timeouts'] as string),
  };
  const events: { seq: number; row: TailRow; page: string | null }[] = [];
  const engagements: TailEngagement[] = [];
  let to = from;
  let size = 0;
  for (const [last, batch, others] of jsonOf<[number, unknown, string[] | null]>(tail, 'batches')) {
    if (!isBatch(batch)) {
      if (size > 0) break;
      const unreadable = typeof batch === 'string' ? batch : JSON.stringify(batch);
      const hasMore = last < Number(row['last']);
      return { ...common, to: last, events, engagements, size: 1, unreadable, hasMore };
    }
    const [rows, engaged] = batch;
    const first = last - rows.length - engaged.length + 1;
    const refused = new Set(others);
    for (let at = Math.max(0, from + 1 - first); at <= last - first && size < limit; at += 1) {
      to = first + at;
      size += 1;
      const event = rows[at];
      if (event === undefined) engagements.push(engaged[at - rows.length] as TailEngagement);
      else if (fresh.has(to)) events.push({ seq: to, row: event, page: pageOf(event, refused) });
    }
  }
  if (to === from) return;
  return { ...common, to, events, engagements, size, hasMore: to < Number(row['last']) };
}

function timeoutsIn(json: string): SessionTimeouts {
  const changes = (JSON.parse(json) as [number, number][]).map(([fromSeq, timeoutMs]) => ({
    fromSeq,
    timeoutMs,
  }));
  return { timeoutMs: SESSION_TIMEOUT_MINUTES * 60_000, changes };
}

function isBatch(batch: unknown): batch is TailBatch {
  return Array.isArray(batch) && Array.isArray(batch[0]) && Array.isArray(batch[1]);
}

/** The page that an event counts for; null where it has none. */
function pageOf(event: TailRow | null, refused: ReadonlySet<string>): string | null {
  const page = event?.[5] ?? null;
  return page !== null && refused.has(page) ? OTHER : page;
}

const ENGAGED_ROWS = `
  json_each(?) given
    cross join visitor_event_ids known on known.id = unhex(given.value)
    cross join visitor_page_views view on view.seq = known.seq and view.page is not null`;

/**
 * The visits that events or engagements may belong to, and all others of the same visitors on the same days.
 * Arguments: JSON `[[key, first hour, last hour], …]`, the same, JSON of the ids that are engaged with.
 */
const VISITS = `
  with found as materialized (
    select hours.session
    from json_each(?) range
    cross join visitor_session_hours hours on hours.visitor = range.value ->> 0
      and hours.hour between range.value ->> 1 and range.value ->> 2
    union
    select visit.id
    from json_each(?) range
    cross join visitor_sessions visit on visit.prior = range.value ->> 0
      and visit.started_at between range.value ->> 1 and range.value ->> 2
    union
    select view.session from ${ENGAGED_ROWS}
  ),
  days as materialized (
    select distinct hours.visitor, hours.day
    from found cross join visitor_session_hours hours on hours.session = found.session
  ),
  visits as materialized (
    select distinct hours.session
    from days
    cross join visitor_session_hours hours on hours.visitor = days.visitor
      and hours.hour between days.day and days.day + ${LONGEST_DAY_MS} and hours.day = days.day
  )
  select json_group_array(json_array(
    visit.id, visit.visitor, visit.prior, visit.started_at, visit.entered_at, visit.ended_at, visit.exited_at,
    visit.seen_until, visit.hour, visit.day, visit.views, visit.registrations, visit.engaged_ms, visit.entry,
    visit.exit, visit.facts, (
      select json_group_array(json_array(hour, day, visitor, views)) from visitor_session_hours hours
      where hours.session = visit.id
    )
  )) as visits
  from visits cross join visitor_sessions visit on visit.id = visits.session`;

/** A visit as it is read. */
type VisitRow = [
  id: number,
  visitor: number,
  previousDayKey: number | null,
  startedAt: number,
  enteredAt: number | null,
  endedAt: number,
  exitedAt: number | null,
  seenAt: number,
  hour: number,
  day: number,
  views: number,
  registrations: number,
  engagedMs: number,
  entry: number | null,
  exit: number | null,
  attributes: number,
  hours: [hour: number, day: number, visitor: number, views: number][],
];

/** Engagement that came before its page view. Argument: JSON of ids. */
const WAITING = `
  select json_group_array(json_array(given.value, engaged_ms, scroll_percent, seen_until)) as waiting
  from json_each(?) given
  cross join visitor_engagements waiting on waiting.id = unhex(given.value)
  where exists (select 1 from visitor_engagements)`;

/** Stored page views that engagement refers to. Argument: JSON of ids. */
const ENGAGED = `
  select json_group_array(json_array(
    given.value, view.seq, view.session, ifnull(engaged_ms, 0), ifnull(scroll_percent, 0), ifnull(seen_until, 0)
  )) as engaged
  from ${ENGAGED_ROWS}`;

const DEVICES = `
  select json_group_array(json_array(visitor, first_at, first_hour, country)) as devices
  from json_each(?) given cross join visitors on visitors.visitor = given.value`;

const LAST_VISIT = 'select ifnull(max(id), 0) as last from visitor_sessions';

/** Argument: JSON of the ids of visits. */
const JOINED_PAGES = `
  select json_group_array(json_array(session, page)) as pages
  from (
    select distinct view.session, view.page
    from json_each(?) joined cross join visitor_page_views view on view.session = joined.value
    where view.page is not null
  )`;

/** Argument: JSON `[[visit, page, first hour, last hour], …]`. */
const PAGE_HOURS = `
  select json_group_array((
    select min(hour) from visitor_page_views view
    where view.session = asked.value ->> 0 and view.page = asked.value ->> 1
      and view.hour between asked.value ->> 2 and asked.value ->> 3
  )) as hours
  from json_each(?) asked`;

/** Reads all that is needed to fold a part of the log, and assigns its events to visits. */
export async function load(
  tail: Tail,
  { connection, names }: { readonly connection: FoldConnection; readonly names: Names },
  { sessionTimeoutMs }: FoldOptions,
): Promise<Loaded> {
  const { read } = connection;
  const timeouts = sessionTimeoutMs === undefined ? tail.timeouts : { timeoutMs: sessionTimeoutMs };
  const named = tail.events.map(({ row }) => {
    const [at] = momentOf(row, tail.keptFrom);
    const { 10: sender } = row;
    return {
      attributes: attributesOf(row),
      at,
      sender: sender === null ? undefined : { address: sender[0], network: sender[1] },
    };
  });
  const pages = tail.events.flatMap(({ page }) => page ?? []);
  const { pageIds, attributes } = await names.resolve({ pages, named }, connection);

  const engagedIds = tail.engagements.map(([id]) => id);
  const eventIds = tail.events.map(({ row: { 9: id } }) => id);
  const devices = tail.events.map(({ row: { 3: visitor } }) => visitor).filter(isDeviceKey);
  const ranges = JSON.stringify(rangesOf(tail, longestTimeout(timeouts)));
  const [visitRows, waitingRows, engagedRows, deviceRows, lastVisit] = await read([
    { sql: VISITS, args: [ranges, ranges, distinct(engagedIds)] },
    { sql: WAITING, args: [distinct([...eventIds, ...engagedIds])] },
    { sql: ENGAGED, args: [distinct(engagedIds)] },
    { sql: DEVICES, args: [distinct(devices)] },
    LAST_VISIT,
  ]);

  const engagement = engagementOf(tail, {
    waited: jsonOf(waitingRows, 'waiting'),
    stored: jsonOf(engagedRows, 'engaged'),
  });
  const events = tail.events.map(({ seq, row, page }): FoldedEvent => {
    const [, , , visitor, previousDayKey, , , referrer, campaign, id] = row;
    const values = attributesOf(row);
    const [at, hour, day] = momentOf(row, tail.keptFrom);
    const own = page === null ? undefined : engagement.byId.get(id);
    return {
      seq,
      at,
      hour,
      day,
      visitor,
      previousDayKey,
      page: page === null ? null : (pageIds.get(page) ?? unknown(page)),
      attributes: (attributes.get(attributesKey(values)) ?? unknown(values.join(' '))).id,
      engagedMs: own?.engagedMs ?? 0,
      scrollPercent: own?.scrollPercent ?? 0,
      seenAt: Math.max(at, own?.seenAt ?? 0),
      id,
      referrer,
      campaign,
    };
  });
  const visits = jsonOf<VisitRow>(visitRows, 'visits').map(visitIn);
  const sessions = sessionize(visits, { events, engagements: engagement.gains }, timeouts);

  const joined = smallerVisits(sessions).map(({ id }) => id);
  const joinedPages = joined.length === 0 ? new Map<number, number[]>() : await readJoined(read, joined);
  const plan = planFold(sessions, { visits, joinedPages });
  const { lookups } = plan;
  const [hours] =
    lookups.length === 0
      ? []
      : await read([
          {
            sql: PAGE_HOURS,
            args: [JSON.stringify(lookups.map(({ visit, page, from, to }) => [visit, page, from, to]))],
          },
        ]);
  const stored = visits.map((visit) => visit.start.attributes);
  const state: FoldState = {
    attributes: await names.valuesOf([...stored, ...events.map((event) => event.attributes)], read),
    devices: new Map(
      jsonOf<[number, number, number, number]>(deviceRows, 'devices').map(
        ([visitor, firstAt, firstHour, country]): [number, Device] => [
          visitor,
          { firstAt, firstHour, country },
        ],
      ),
    ),
    pageHours: hours === undefined ? [] : jsonOf<number | null>(hours, 'hours'),
  };
  return {
    tail,
    events,
    plan,
    state,
    engaged: engagement.stored,
    arrived: events.flatMap(({ id, page }) => (page !== null && engagement.waited.has(id) ? [id] : [])),
    waiting: engagement.waiting,
    lastVisitId: Number(lastVisit?.rows[0]?.['last']),
  };
}

/** The time at which an event counts. One before `keptFrom` moves there: counts of earlier days cannot be computed again. */
function momentOf([at, hour, day]: TailRow, keptFrom: number): [at: number, hour: number, day: number] {
  return at < keptFrom ? [keptFrom, keptFrom, keptFrom] : [at, hour, day];
}

/** The number of attributes of events that were stored before there were channels. */
const FEWEST_ATTRIBUTES = EVENT_DIMENSIONS.indexOf('channel');

/** Where an event's tags have the dimensions that are read from them. */
const PLACE_OF_TAG = { medium: 1, term: 3, content: 4 } as const satisfies Record<
  (typeof TAG_DIMENSIONS)[number],
  number
>;

/**
 * The attributes of an event, in the order of `VISIT_DIMENSIONS`. What was not known when an event was stored is
 * unknown ('').
 * @throws where an attribute is not a string: such values must not get into the caches of names
 */
function attributesOf({ 6: attributes, 8: tags }: TailRow): readonly string[] {
  const values: unknown = attributes;
  const tagged: unknown[] = TAG_DIMENSIONS.map((name) => tags?.[PLACE_OF_TAG[name]] ?? '');
  const isWhole =
    Array.isArray(values) &&
    values.length >= FEWEST_ATTRIBUTES &&
    values.length <= EVENT_DIMENSIONS.length &&
    [values, tagged].every((all) => all.every((value: unknown) => typeof value === 'string'));
  if (!isWhole) throw new TypeError('An event has no text for each attribute.');
  return [...EVENT_DIMENSIONS.map((_, at) => attributes[at] ?? ''), ...(tagged as string[])];
}

/** The visitor keys and hours in which to look for the visits that events belong to. */
function rangesOf({ events, keptFrom }: Tail, timeoutMs: number): [key: number, from: number, to: number][] {
  const ranges = new Map<string, [number, number, number]>();
  for (const { row } of events) {
    const [, , , visitor, previousDayKey] = row;
    const [, , day] = momentOf(row, keptFrom);
    for (const key of previousDayKey === null ? [visitor] : [visitor, previousDayKey]) {
      ranges.set(`${key} ${day}`, [key, day - timeoutMs - HOUR_MS, day + LONGEST_DAY_MS + timeoutMs]);
    }
  }
  return [...ranges.values()];
}

/**
 * Combines the engagement of the tail with what is stored. Each engagement is the sum so far: the largest one counts,
 * whatever the order.
 * @returns `byId`: the result for each id; `stored`: that of stored page views, by position in the log; `gains`: what is
 * added to stored visits; `waiting`: that without a page view so far; `waited`: ids that were waiting before
 */
function engagementOf(
  { events, engagements }: Tail,
  read: {
    readonly waited: readonly [id: string, engagedMs: number, scrollPercent: number, seenAt: number][];
    readonly stored: readonly [
      id: string,
      seq: number,
      visit: number,
      engagedMs: number,
      scrollPercent: number,
      seenAt: number,
    ][];
  },
) {
  const byId = new Map<string, Engagement>();
  for (const [id, engagedMs, scrollPercent, seenAt] of [...read.waited, ...engagements]) {
    byId.set(id, largest(byId.get(id), { engagedMs, scrollPercent, seenAt }));
  }
  const stored = new Map<number, Engagement>();
  const gains: VisitEngagement[] = [];
  const settled = new Set(events.flatMap(({ row, page }) => (page === null ? [] : [row[9]])));
  for (const [id, seq, visit, engagedMs, scrollPercent, seenAt] of read.stored) {
    const now = largest(byId.get(id), { engagedMs, scrollPercent, seenAt });
    stored.set(seq, now);
    gains.push({ visit, gainMs: now.engagedMs - engagedMs, seenAt: now.seenAt });
    settled.add(id);
  }
  const waiting = new Map([...byId].filter(([id]) => !settled.has(id)));
  return { byId, stored, gains, waiting, waited: new Set(read.waited.map(([id]) => id)) };
}

function largest(one: Engagement | undefined, other: Engagement): Engagement {
  if (one === undefined) return other;
  return {
    engagedMs: Math.max(one.engagedMs, other.engagedMs),
    scrollPercent: Math.max(one.scrollPercent, other.scrollPercent),
    seenAt: Math.max(one.seenAt, other.seenAt),
  };
}

/** Of two events at the same millisecond, a stored one comes before one of the tail. */
const STORED_FIRST = { seq: 0 };

function visitIn(row: VisitRow): StoredVisit {
  const [id, visitor, previousDayKey, startedAt, enteredAt, endedAt, exitedAt, seenAt, ...rest] = row;
  const [hour, day, views, registrations, engagedMs, entry, exit, attributes, hours] = rest;
  return {
    id,
    start: { ...STORED_FIRST, at: startedAt, hour, day, previousDayKey, attributes },
    end: { ...STORED_FIRST, at: endedAt, visitor },
    entry: entry === null ? undefined : { ...STORED_FIRST, at: enteredAt as number, page: entry },
    exit: exit === null ? undefined : { ...STORED_FIRST, at: exitedAt as number, page: exit },
    seenAt,
    views,
    registrations,
    engagedMs,
    hours: new Map(hours.map(([at, of, by, count]) => [at, { day: of, visitor: by, views: count }])),
  };
}

async function readJoined(read: Write, visits: readonly number[]): Promise<Map<number, number[]>> {
  const [result] = await read([{ sql: JOINED_PAGES, args: [JSON.stringify(visits)] }]);
  const pages = new Map<number, number[]>();
  for (const [visit, page] of jsonOf<[number, number]>(result, 'pages')) {
    pages.set(visit, [...(pages.get(visit) ?? []), page]);
  }
  return pages;
}

/** JSON of values without duplicates. */
function distinct(values: readonly unknown[]): string {
  return JSON.stringify([...new Set(values)]);
}

function jsonOf<T>(result: Result | undefined, column: string): T[] {
  return JSON.parse(result?.rows[0]?.[column] as string) as T[];
}

function unknown(name: string): never {
  throw new Error(`The store has no id of ${JSON.stringify(name)}`);
}
