import type { InStatement } from '@libsql/client/web';
import { fold, survivorOf, type Changes, type CountChange, type Session } from '@footfall/core';
import type { Write } from '../log/write.ts';
import type { Loaded } from './load.ts';

/**
 * Nothing is written if another instance has folded, or visits have been deleted, since the state was loaded. The last
 * argument of every statement is the version of that state (`Tail.version`).
 */
const UNCHANGED = `(select store || ' ' || fold_version from visitor_stats) = ?`;

/** Without the limit SQLite would parse each row once for each of its columns. */
const ROWS = '(select value from json_each(?) limit -1)';

const namesIn = (columns: string): string[] => columns.split(', ');

/** Inserts JSON rows, whose values are in the order of the columns. */
const insert = (table: string, columns: string, conflict = ''): string => `
  insert into ${table} (${columns})
  select ${namesIn(columns)
    .map((_, at) => `value ->> ${at}`)
    .join(', ')} from ${ROWS}
  where ${UNCHANGED}
  ${conflict}`;

const replace = (columns: string): string =>
  namesIn(columns)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ');
const add = (columns: string): string =>
  namesIn(columns)
    .map((column) => `${column} = ${column} + excluded.${column}`)
    .join(', ');

/** The columns of a visit that change while it goes on. */
const GROWING_COLUMNS =
  'visitor, entered_at, ended_at, exited_at, seen_until, views, registrations, engaged_ms, entry, exit';
const VISIT_COLUMNS = `${GROWING_COLUMNS}, prior, started_at, hour, day, facts`;
const VISITS = insert(
  'visitor_sessions',
  `id, ${VISIT_COLUMNS}`,
  `on conflict (id) do update set ${replace(VISIT_COLUMNS)}`,
);

/** Visits with the same start as before: the columns that describe the start, and their indexes, are not written. */
const GROWN_VISITS = `
  update visitor_sessions set ${namesIn(GROWING_COLUMNS)
    .map((column, at) => `${column} = grown.value ->> ${at + 1}`)
    .join(', ')}
  from ${ROWS} grown where visitor_sessions.id = grown.value ->> 0 and ${UNCHANGED}`;

const HOURS_OF_VISITS = insert(
  'visitor_session_hours',
  'session, hour, day, visitor, views',
  'on conflict (session, hour) do update set views = excluded.views',
);

/** The log, in the order in which it was appended. Few page views have engagement or a campaign: those write more columns. */
const LOG_COLUMNS = 'seq, page, session, visitor, facts, hour, prior, viewed_at, referrer';
const RARE_COLUMNS =
  'engaged_ms, scroll_percent, seen_until, utm_source, utm_medium, utm_campaign, utm_term, utm_content, click_id';
const LOG = insert('visitor_page_views', LOG_COLUMNS);
const RARE_LOG = insert('visitor_page_views', `${LOG_COLUMNS}, ${RARE_COLUMNS}`);

const COUNTS = 'views, visits, visitors';
const HOURLY = insert(
  'visitor_hourly_counts',
  `dimension, hour, value, ${COUNTS}`,
  `on conflict (dimension, hour, value) do update set ${add(COUNTS)}`,
);
const DAILY = insert(
  'visitor_daily_counts',
  `dimension, day, value, ${COUNTS}`,
  `on conflict (dimension, day, value) do update set ${add(COUNTS)}`,
);
const SUMS = `${COUNTS}, bounces, visit_ms`;
const HOURS = insert('visitor_hours', `hour, day, ${SUMS}`, `on conflict (hour) do update set ${add(SUMS)}`);

const COUNTRIES = insert(
  'visitor_countries',
  'country, visitors',
  `on conflict (country) do update set ${add('visitors')}`,
);

const DEVICE_COLUMNS = 'first_at, first_hour, country';
const DEVICES = insert(
  'visitors',
  `visitor, ${DEVICE_COLUMNS}`,
  `on conflict (visitor) do update set ${replace(DEVICE_COLUMNS)}`,
);

/** Visits that were merged into a larger one. Argument: JSON `[[visit, the larger one], …]`. */
const JOINED = [
  `update visitor_page_views set session = joined.value ->> 1
  from ${ROWS} joined where visitor_page_views.session = joined.value ->> 0 and ${UNCHANGED}`,
  `delete from visitor_session_hours
  where session in (select value ->> 0 from json_each(?)) and ${UNCHANGED}`,
  `delete from visitor_sessions where id in (select value ->> 0 from json_each(?)) and ${UNCHANGED}`,
];

/** Engagement with stored page views. Argument: JSON `[[seq, engaged_ms, scroll_percent, seen_until], …]`. */
const ENGAGED = `
  update visitor_page_views set
    engaged_ms = given.value ->> 1, scroll_percent = given.value ->> 2, seen_until = given.value ->> 3
  from ${ROWS} given where visitor_page_views.seq = given.value ->> 0 and ${UNCHANGED}`;

/** Engagement whose page view has not come yet. Argument: JSON `[[id, engaged_ms, scroll_percent, seen_until], …]`. */
const WAITING = `
  insert into visitor_engagements (id, engaged_ms, scroll_percent, seen_until)
  select unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3 from ${ROWS}
  where ${UNCHANGED}
  on conflict (id) do update set ${replace('engaged_ms, scroll_percent, seen_until')}`;

/** Engagement whose page view has come. Argument: JSON of ids. */
const ARRIVED = `
  delete from visitor_engagements where id in (select unhex(value) from json_each(?)) and ${UNCHANGED}`;

/** The part of the tail that is folded now. Argument: its last position in the log. */
const TAIL = `delete from visitor_log_tail where seq <= ? and ${UNCHANGED}`;

/** It comes last: from here on the loaded state is out of date. Argument: up to where the log is folded. */
const STATS = `
  update visitor_stats set folded = ?, fold_version = fold_version + 1 where ${UNCHANGED}`;

/** Adds a statement for rows, if there are any. */
type AddRows = (sql: string, rows: readonly unknown[]) => void;

/**
 * Writes what a part of the log changes, in one transaction.
 * @returns false if the loaded state was out of date, and nothing was written
 */
export async function apply(write: Write, loaded: Loaded): Promise<boolean> {
  const results = await write(statementsOf(loaded));
  return results.at(-1)?.rowsAffected === 1;
}

/** The statements of {@link apply}, without those that have nothing to write. */
export function statementsOf(loaded: Loaded): InStatement[] {
  const { tail, plan, state } = loaded;
  const { sessions } = plan;
  const changes = fold(plan, state);
  const ids = idsOf(loaded);
  const statements: InStatement[] = [];
  const addRows: AddRows = (sql, rows) => {
    if (rows.length > 0) statements.push({ sql, args: [JSON.stringify(rows), tail.version] });
  };

  const joined = sessions.flatMap((session) =>
    session.before.flatMap(({ id }) => (id === ids.get(session) ? [] : [[id, ids.get(session)]])),
  );
  for (const sql of JOINED) addRows(sql, joined);
  const [grown, others] = [sessions.filter(hasGrown), sessions.filter((session) => !hasGrown(session))];
  addRows(
    GROWN_VISITS,
    grown.map((session) => growthRow(session, ids.get(session) as number)),
  );
  addRows(
    VISITS,
    others.map((session) => visitRow(session, ids.get(session) as number)),
  );
  addRows(
    HOURS_OF_VISITS,
    sessions.flatMap((session) => hourRows(session, ids.get(session) as number)),
  );
  const { plain, rare } = logRows(loaded, ids);
  addRows(LOG, plain);
  addRows(RARE_LOG, rare);
  addRows(
    ENGAGED,
    [...loaded.engaged].map(([seq, known]) => [seq, known.engagedMs, known.scrollPercent, known.seenAt]),
  );
  addRows(
    WAITING,
    [...loaded.waiting].map(([id, known]) => [id, known.engagedMs, known.scrollPercent, known.seenAt]),
  );
  addRows(ARRIVED, loaded.arrived);
  addCounts(addRows, changes);
  statements.push(
    { sql: TAIL, args: [BigInt(tail.to), tail.version] },
    { sql: STATS, args: [BigInt(tail.to), tail.version] },
  );
  return statements;
}

/** The id under which each session is stored: that of the largest visit that it replaces, or a new one. */
function idsOf({ plan: { sessions }, lastVisitId }: Loaded): Map<Session, number> {
  let last = lastVisitId;
  return new Map(sessions.map((session) => [session, survivorOf(session.before)?.id ?? (last += 1)]));
}

/** Whether a session replaces one stored visit that has the same start. */
function hasGrown({ visit, before }: Session): boolean {
  return before.length === 1 && before[0]?.start === visit.start;
}

function growthRow({ visit }: Session, id: number): unknown[] {
  const { end, entry, exit, seenAt, views, registrations, engagedMs } = visit;
  return [
    id,
    end.visitor,
    entry?.at ?? null,
    end.at,
    exit?.at ?? null,
    seenAt,
    views,
    registrations,
    engagedMs,
    entry?.page ?? null,
    exit?.page ?? null,
  ];
}

function visitRow(session: Session, id: number): unknown[] {
  const { start } = session.visit;
  return [...growthRow(session, id), start.previousDayKey, start.at, start.hour, start.day, start.attributes];
}

/** The hours of a visit that are not stored yet, or with other page views. */
function hourRows({ visit, before }: Session, id: number): unknown[][] {
  const survivor = survivorOf(before);
  return [...visit.hours].flatMap(([hour, { day, visitor, views }]) =>
    survivor?.hours.get(hour)?.views === views ? [] : [[id, hour, day, visitor, views]],
  );
}

function logRows({ events, plan: { sessions } }: Loaded, ids: ReadonlyMap<Session, number>) {
  const visitOf = new Map<number, number>();
  for (const session of sessions) {
    for (const { seq } of session.events) visitOf.set(seq, ids.get(session) as number);
  }
  const plain: unknown[][] = [];
  const rare: unknown[][] = [];
  for (const event of events) {
    const { seq, page, visitor, attributes, hour, previousDayKey, at, referrer, campaign } = event;
    const row = [seq, page, visitOf.get(seq), visitor, attributes, hour, previousDayKey, at, referrer];
    const isEngaged = event.engagedMs > 0 || event.scrollPercent > 0 || event.seenAt > at;
    const engagement = isEngaged ? [event.engagedMs, event.scrollPercent, event.seenAt] : [null, null, null];
    if (isEngaged || campaign !== null) rare.push([...row, ...engagement, ...(campaign ?? [])]);
    else plain.push(row);
  }
  return { plain, rare };
}

/** Adds visits that are not stored, each under an id. */
export function addVisits(addRows: AddRows, visits: readonly (readonly [Session, number])[]): void {
  addRows(
    VISITS,
    visits.map(([session, id]) => visitRow(session, id)),
  );
  addRows(
    HOURS_OF_VISITS,
    visits.flatMap(([session, id]) => hourRows(session, id)),
  );
}

/** Adds changes of counts. */
export function addCounts(addRows: AddRows, { counts, hours, countries, devices }: Changes): void {
  addRows(
    HOURLY,
    counts.map(({ dimension, hour, value, views, visits, visitors }) => [
      dimension,
      hour,
      value,
      views,
      visits,
      visitors,
    ]),
  );
  addRows(DAILY, dailyRows(counts));
  addRows(
    HOURS,
    hours.map(({ hour, day, views, visits, visitors, bounces, visitMs }) => [
      hour,
      day,
      views,
      visits,
      visitors,
      bounces,
      visitMs,
    ]),
  );
  addRows(
    COUNTRIES,
    [...countries].filter(([, visitors]) => visitors !== 0),
  );
  addRows(
    DEVICES,
    [...devices].map(([visitor, { firstAt, firstHour, country }]) => [visitor, firstAt, firstHour, country]),
  );
}

/** The changes of days: the sums of those of their hours. */
function dailyRows(counts: readonly CountChange[]): unknown[][] {
  const days = new Map<string, [number, number, number, number, number, number]>();
  for (const { dimension, day, value, views, visits, visitors } of counts) {
    const key = `${dimension} ${day} ${value}`;
    const sum = days.get(key);
    if (sum === undefined) {
      days.set(key, [dimension, day, value, views, visits, visitors]);
    } else {
      sum[3] += views;
      sum[4] += visits;
      sum[5] += visitors;
    }
  }
  return [...days.values()].filter(([, , , ...change]) => change.some((number) => number !== 0));
}
