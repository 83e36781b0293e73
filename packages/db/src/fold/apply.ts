import type { InStatement } from '@libsql/client/web';
import { fold, survivorOf, type Changes, type CountChange, type Session } from '@footfall/core';
import type { Write } from '../log/write.ts';
import type { Loaded } from './load.ts';

/**
 * What was loaded is written as long as it is right: another instance may have been faster, or visits may have been
 * forgotten meanwhile. Every statement's last argument is the state that was loaded.
 */
const UNCHANGED = `(select store || ' ' || fold_version from visitor_stats) = ?`;

/** Without a limit SQLite would take each row apart once for each of its columns. */
const ROWS = '(select value from json_each(?) limit -1)';

const listed = (columns: string): string[] => columns.split(', ');

/** The columns of a table from JSON rows, in their order. */
const insert = (table: string, columns: string, conflict = ''): string => `
  insert into ${table} (${columns})
  select ${listed(columns)
    .map((_, at) => `value ->> ${at}`)
    .join(', ')} from ${ROWS}
  where ${UNCHANGED}
  ${conflict}`;

const replace = (columns: string): string =>
  listed(columns)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ');
const add = (columns: string): string =>
  listed(columns)
    .map((column) => `${column} = ${column} + excluded.${column}`)
    .join(', ');

const GROWTH =
  'visitor, entered_at, ended_at, exited_at, seen_until, views, registrations, engaged_ms, entry, exit';
const VISIT = `${GROWTH}, prior, started_at, hour, day, facts`;
const VISITS = insert('visitor_sessions', `id, ${VISIT}`, `on conflict (id) do update set ${replace(VISIT)}`);

/** Visits that began when they did before: the indexes on what they were when they began stay as they are. */
const GROWN_VISITS = `
  update visitor_sessions set ${listed(GROWTH)
    .map((column, at) => `${column} = grown.value ->> ${at + 1}`)
    .join(', ')}
  from ${ROWS} grown where visitor_sessions.id = grown.value ->> 0 and ${UNCHANGED}`;

const HOURS_OF_VISITS = insert(
  'visitor_session_hours',
  'session, hour, day, visitor, views',
  'on conflict (session, hour) do update set views = excluded.views',
);

/** The log, in the order in which it was appended. Most page views have neither engagement nor a campaign yet. */
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

const DEVICE = 'first_at, first_hour, country';
const DEVICES = insert(
  'visitors',
  `visitor, ${DEVICE}`,
  `on conflict (visitor) do update set ${replace(DEVICE)}`,
);

/** Visits that are a part of a larger one now. Argument: JSON `[[visit, the larger one], …]`. */
const JOINED = [
  `update visitor_page_views set session = joined.value ->> 1
  from ${ROWS} joined where visitor_page_views.session = joined.value ->> 0 and ${UNCHANGED}`,
  `delete from visitor_session_hours
  where session in (select value ->> 0 from json_each(?)) and ${UNCHANGED}`,
  `delete from visitor_sessions where id in (select value ->> 0 from json_each(?)) and ${UNCHANGED}`,
];

/** Argument: JSON `[[place in the log, engaged_ms, scroll_percent, seen_until], …]`. */
const ENGAGED = `
  update visitor_page_views set
    engaged_ms = look.value ->> 1, scroll_percent = look.value ->> 2, seen_until = look.value ->> 3
  from ${ROWS} look where visitor_page_views.seq = look.value ->> 0 and ${UNCHANGED}`;

/** Argument: JSON `[[id, engaged_ms, scroll_percent, seen_until], …]`. */
const WAITING = `
  insert into visitor_engagements (id, engaged_ms, scroll_percent, seen_until)
  select unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3 from ${ROWS}
  where ${UNCHANGED}
  on conflict (id) do update set ${replace('engaged_ms, scroll_percent, seen_until')}`;

/** Argument: JSON of ids. */
const ARRIVED = `
  delete from visitor_engagements where id in (select unhex(value) from json_each(?)) and ${UNCHANGED}`;

/** Argument: up to where the log is folded now. */
const TAIL = `delete from visitor_log_tail where seq <= ? and ${UNCHANGED}`;

/** It comes last: from here on what was loaded is no longer right. */
const STATS = `
  update visitor_stats set folded = ?, fold_version = fold_version + 1 where ${UNCHANGED}`;

/** Adds a statement for rows, if there are any. */
type Put = (sql: string, rows: readonly unknown[]) => void;

/**
 * Writes what a part of the log changes, in one transaction.
 * @returns false where what was loaded is no longer right, and nothing was written
 */
export async function apply(write: Write, loaded: Loaded): Promise<boolean> {
  const results = await write(statementsOf(loaded));
  return results.at(-1)?.rowsAffected === 1;
}

/** The statements of {@link apply}; without those that have nothing to write. */
export function statementsOf(loaded: Loaded): InStatement[] {
  const { tail, plan, state } = loaded;
  const { sessions } = plan;
  const changes = fold(plan, state);
  const ids = idsOf(loaded);
  const version = tail.state;
  const statements: InStatement[] = [];
  const put: Put = (sql, rows) => {
    if (rows.length > 0) statements.push({ sql, args: [JSON.stringify(rows), version] });
  };

  const joined = sessions.flatMap((session) =>
    session.before.flatMap(({ id }) => (id === ids.get(session) ? [] : [[id, ids.get(session)]])),
  );
  for (const sql of JOINED) put(sql, joined);
  const [grown, others] = [sessions.filter(hasGrown), sessions.filter((session) => !hasGrown(session))];
  put(
    GROWN_VISITS,
    grown.map((session) => growthRow(session, ids.get(session) as number)),
  );
  put(
    VISITS,
    others.map((session) => visitRow(session, ids.get(session) as number)),
  );
  put(
    HOURS_OF_VISITS,
    sessions.flatMap((session) => hourRows(session, ids.get(session) as number)),
  );
  const { plain, rare } = logRows(loaded, ids);
  put(LOG, plain);
  put(RARE_LOG, rare);
  put(
    ENGAGED,
    [...loaded.engaged].map(([seq, look]) => [seq, look.engagedMs, look.scrollPercent, look.seenAt]),
  );
  put(
    WAITING,
    [...loaded.waiting].map(([id, look]) => [id, look.engagedMs, look.scrollPercent, look.seenAt]),
  );
  put(ARRIVED, loaded.arrived);
  putCounts(put, changes);
  statements.push(
    { sql: TAIL, args: [BigInt(tail.to), version] },
    { sql: STATS, args: [BigInt(tail.to), version] },
  );
  return statements;
}

/** The id under which each session is stored: that of the largest visit it was, or a new one. */
function idsOf({ plan: { sessions }, lastVisit }: Loaded): Map<Session, number> {
  let last = lastVisit;
  return new Map(sessions.map((session) => [session, survivorOf(session.before)?.id ?? (last += 1)]));
}

/** Whether a session is one stored visit that began as it did before. */
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

/** The hours of a visit that are not stored as they are. */
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

/** Writes visits that are not stored, each under an id. */
export function putVisits(put: Put, visits: readonly (readonly [Session, number])[]): void {
  put(
    VISITS,
    visits.map(([session, id]) => visitRow(session, id)),
  );
  put(
    HOURS_OF_VISITS,
    visits.flatMap(([session, id]) => hourRows(session, id)),
  );
}

/** Writes changes of counts. */
export function putCounts(put: Put, { counts, hours, countries, devices }: Changes): void {
  put(
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
  put(DAILY, dailyRows(counts));
  put(
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
  put(
    COUNTRIES,
    [...countries].filter(([, visitors]) => visitors !== 0),
  );
  put(
    DEVICES,
    [...devices].map(([visitor, { firstAt, firstHour, country }]) => [visitor, firstAt, firstHour, country]),
  );
}

/** Hours add up to days. */
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
