import type { InStatement } from '@libsql/client/web';
import type { Result } from '../connection/dialect.ts';
import { PAGE } from '../log/names.ts';
import { answered, type Write } from '../log/write.ts';

/*
 * Forgetting deletes page views and visits; what they were counted as stays (docs/decisions/0014). What is to be deleted is
 * read first and then deleted by its ids, unless visits have changed meanwhile.
 */

/** How forgetting reads and writes. */
export interface ForgetConnection {
  readonly read: (statements: InStatement[]) => Promise<Result[]>;
  readonly write: Write;
}

/** Page views, visits and ids of events that a step deletes at most: it holds up a commit for some milliseconds. */
const STEP_VIEWS = 500;
const STEP_VISITS = 200;
const STEP_IDS = 2_000;
const STEP_NAMES = 500;

const DAY_MS = 24 * 60 * 60 * 1000;

/** An event is stored as of up to a day later than it was (decision 0011), which may be the day after. */
const LATE_DAYS = 2;

/** Events are resent within a day of when they happened; their ids are kept for three more. */
const IDS_MS = 96 * 60 * 60 * 1000;

/** `?1` is always the state of visits that was read: where it has changed nothing is deleted. */
export const UNCHANGED = `(select store || ' ' || fold_version from visitor_stats) = ?1`;

export const CHANGED = `
  update visitor_stats set fold_version = fold_version + 1 where ${UNCHANGED}`;

/** The page views stay counted for their pages. `?2`: JSON of their places in the log. */
export const COUNT_VIEWS = `
  update visitor_counts set forgotten = forgotten + gone.views
  from (
    select visitor_values.value as page, count(*) as views
    from json_each(?2) place
    cross join visitor_page_views view on view.seq = place.value
    cross join visitor_values on visitor_values.id = view.page
    group by view.page
  ) gone
  where visitor_counts.page_identifier = gone.page and ${UNCHANGED}`;

export const DELETE_VIEWS = `delete from visitor_page_views where seq in (select value from json_each(?2)) and ${UNCHANGED}`;

/** What was set aside is in the pages' counts and in nothing else. `?2`: JSON of places in the log. */
export const DELETE_SET_ASIDE = [
  `update visitor_counts set forgotten = forgotten + gone.views
  from (
    select page, count(*) as views
    from json_each(?2) place cross join visitor_set_aside aside on aside.seq = place.value
    where page is not null
    group by page
  ) gone
  where visitor_counts.page_identifier = gone.page and ${UNCHANGED}`,
  `delete from visitor_set_aside where seq in (select value from json_each(?2)) and ${UNCHANGED}`,
];

/** Visitors by country stay counted. */
const countCountries = (countries: string): string => `
  insert into visitor_countries (country, visitors, forgotten)
  select country, 0, count(*) from (${countries}) where ${UNCHANGED} group by country
  on conflict (country) do update set forgotten = forgotten + excluded.forgotten`;

const THESE = 'in (select value from json_each(?2))';

/** Devices, `?2`, of which no visit is left. */
const GONE = `
  visitor ${THESE}
  and not exists (select 1 from visitor_session_hours hours where hours.visitor = visitors.visitor)`;

/** @param visits their ids */
export function deleteVisits(visits: readonly number[], version: string): InStatement[] {
  const args = [version, JSON.stringify(visits)];
  return [
    { sql: `delete from visitor_session_hours where session ${THESE} and ${UNCHANGED}`, args },
    { sql: `delete from visitor_sessions where id ${THESE} and ${UNCHANGED}`, args },
  ];
}

/** Devices of which no visit is left stay counted in their country. @param devices those that visits were deleted of */
export function forgetDevices(devices: readonly number[], version: string): InStatement[] {
  const args = [version, JSON.stringify(devices)];
  return [
    { sql: countCountries(`select country from visitors where ${GONE}`), args },
    { sql: `delete from visitors where ${GONE} and ${UNCHANGED}`, args },
  ];
}

/** Until which day everything is forgotten next: once all of those before it are. `?1`: the day to stop at. */
const NEXT_DAY = `
  select kept_from, store || ' ' || fold_version as state, (
    select min(?1, ifnull((
      select min(day) from visitor_hours where day > ifnull((
        select max(day) from visitor_session_hours
        where session = (select id from visitor_sessions order by ended_at limit 1)
      ), ?1)
    ), ?1))
    where kept_from < ?1 and not exists (select 1 from visitor_sessions where ended_at < kept_from)
  ) as day
  from visitor_stats`;

/** One-day visitors of the days from `?2` to `?3`, by the country of their first visit of the day. */
const COUNTRIES = `
  select facts.country
  from (
    select visit.facts, row_number() over (partition by hours.visitor, hours.day order by started_at) as nth
    from visitor_sessions visit cross join visitor_session_hours hours on hours.session = visit.id
    where not hours.visitor & 1 and visit.hour < ?3 and hours.day >= ?2 and hours.day < ?3
  ) first
  join visitor_facts facts on facts.id = first.facts
  where nth = 1`;

/** Visits that ended before `?1`, with their page views: the first ones. A visit that is listed has all of its own. */
const OLD_VISITS = `
  select json_group_array(json_array(id, seq)) as rows
  from (
    select visit.id, view.seq
    from (
      select id from visitor_sessions where ended_at < ?1 order by ended_at limit ${STEP_VISITS}
    ) visit
    left join visitor_page_views view on view.session = visit.id
    limit ${STEP_VIEWS}
  )`;

/** Page views of before there were visits: they are the first in the log. */
const OLD_VIEWS = `
  select json_group_array(seq) as rows
  from (select seq, session, viewed_at from visitor_page_views order by seq limit ${STEP_VIEWS})
  where session is null and viewed_at < ?1`;

/** A row of what was set aside, where it can be read. */
export const ASIDE = `iif(json_valid(event), event, 'null')`;

/** What was set aside, by when it happened; where that cannot be read, by when it was set aside. */
const OLD_SET_ASIDE = `
  select json_group_array(seq) as rows
  from (
    select seq from visitor_set_aside
    where iif(json_type(${ASIDE}, '$[0]') = 'integer', ${ASIDE} ->> '$[0]', set_aside_at) < ?1
    order by seq limit ${STEP_VIEWS}
  )`;

const DEVICES_OF = `
  select json_group_array(distinct hours.visitor) as rows
  from json_each(?1) visit cross join visitor_session_hours hours on hours.session = visit.value
  where hours.visitor & 1`;

/**
 * Names that have not been used since this day of UTC belong to nothing that is kept: no row of the log is older than the
 * first visit that is.
 */
const UNUSED_SINCE = `
  (select min(kept_from, ifnull((select min(hour) from visitor_sessions), kept_from)) / ${DAY_MS} - ${LATE_DAYS}
    from visitor_stats)`;

/** Combinations of attributes that are not used any more. */
const OLD_COMBINATIONS = `
  select json_group_array(id) as rows
  from (select id from visitor_facts where used < ${UNUSED_SINCE} order by used limit ${STEP_NAMES})`;

/** A page whose first view is not folded yet is not counted by yet, either. */
const NOT_IN_TAIL = `(dimension <> ${PAGE} or not exists (select 1 from visitor_log_tail))`;

/** Values that were theirs alone: what was counted by is kept as long as its counts, for good. */
const OLD_VALUES = `
  select json_group_array(id) as rows
  from (
    select id from visitor_values
    where used < ${UNUSED_SINCE} and not exists (select 1 from visitor_facts where used < ${UNUSED_SINCE})
      and ${NOT_IN_TAIL}
    order by used limit ${STEP_NAMES}
  )`;

/** Parts of the log that are of no import which can be repeated: its ids are needed for that. */
const FREE_PLACES = `
  select ifnull(lag(last) over (order by last), 0) + 1 as first, first - 1 as last from (
    select range.first, range.last
    from visitor_import_ranges range cross join visitor_imports import on import.id = range.import
    where import.held_until > unixepoch() * 1000
    union all
    select folded + 1, folded + 1 from visitor_stats
  )`;

/**
 * Ids of events that nobody sends again. Where the event itself is no longer in the log, or was set aside, the next one
 * says when it came: it came later, and was a day late at most. `?1`: from when on ids are kept.
 */
const OLD_IDS = `
  select json_group_array(seq) filter (where is_old) as rows, count(*) as looked_at
  from (
    select seq, (
      select viewed_at from visitor_page_views view where view.seq >= known.seq order by view.seq limit 1
    ) < ?1 as is_old
    from (
      select known.seq
      from (${FREE_PLACES}) part
      cross join visitor_event_ids known on known.seq between part.first and part.last
      order by known.seq limit ${STEP_IDS}
    ) known
  )`;

/**
 * Deletes some of the page views and visits that ended before a local day: a step of it.
 * @param before where that day begins, epoch milliseconds
 * @returns whether there is more to be deleted
 * @throws {FootfallError} SERVICE_UNAVAILABLE: nothing of the step is done
 */
export async function forgetBefore({ read, write }: ForgetConnection, before: number): Promise<boolean> {
  const [state] = await answered(read, [{ sql: NEXT_DAY, args: [BigInt(await notImported(read, before))] }]);
  const row = state?.rows[0];
  const version = row?.['state'] as string;
  const keptFrom = Number(row?.['kept_from']);
  const day = row?.['day'] === null ? undefined : Number(row?.['day']);
  const until = [BigInt(day ?? keptFrom)];
  const [visits, views, aside, combinations, values] = await answered(read, [
    { sql: OLD_VISITS, args: until },
    { sql: OLD_VIEWS, args: until },
    { sql: OLD_SET_ASIDE, args: until },
    OLD_COMBINATIONS,
    OLD_VALUES,
  ]);
  const rows = rowsOf<[visit: number, seq: number | null]>(visits);
  const lone = rowsOf<number>(views);
  // The last visit of a full list may have page views that are not in it.
  const last = rows.length === STEP_VIEWS ? rows.at(-1)?.[0] : undefined;
  const ended = [...new Set(rows.map(([visit]) => visit))].filter((visit) => visit !== last);
  const seqs = [...rows.flatMap(([, seq]) => (seq === null ? [] : [seq])), ...lone];
  const [devices] = await answered(read, [{ sql: DEVICES_OF, args: [JSON.stringify(ended)] }]);

  const statements: InStatement[] = [];
  if (day !== undefined) {
    const args = [version, BigInt(keptFrom), BigInt(day)];
    statements.push(
      { sql: countCountries(COUNTRIES), args },
      {
        sql: `delete from visitor_forgotten_counts where hour < ?2 and ${UNCHANGED}`,
        args: [version, BigInt(day)],
      },
      { sql: `update visitor_stats set kept_from = ?2 where ${UNCHANGED}`, args: [version, BigInt(day)] },
    );
  }
  const places = [version, JSON.stringify(seqs)];
  if (seqs.length > 0) {
    statements.push({ sql: COUNT_VIEWS, args: places }, { sql: DELETE_VIEWS, args: places });
  }
  const setAside = rowsOf<number>(aside);
  if (setAside.length > 0) {
    const args = [version, JSON.stringify(setAside)];
    statements.push(...DELETE_SET_ASIDE.map((sql) => ({ sql, args })));
  }
  if (ended.length > 0)
    statements.push(...deleteVisits(ended, version), ...forgetDevices(rowsOf<number>(devices), version));
  for (const [unused, ids] of [
    ['visitor_facts where true', rowsOf<number>(combinations)],
    [`visitor_values where ${NOT_IN_TAIL}`, rowsOf<number>(values)],
  ] as const) {
    if (ids.length === 0) continue;
    statements.push({
      sql: `delete from ${unused} and id ${THESE} and ${UNCHANGED}`,
      args: [version, JSON.stringify(ids)],
    });
  }
  if (statements.length > 0) {
    await answered(write, [...statements, { sql: CHANGED, args: [version] }]);
  }
  return statements.length > 0 || keptFrom < (await notImported(read, before));
}

/** What was imported is stored for as long as it can be undone, however old it is, and so is all that came after it. */
const HELD_FROM = `
  select min(first_day) as day from visitor_imports where held_until > unixepoch() * 1000`;

async function notImported(read: ForgetConnection['read'], before: number): Promise<number> {
  const [held] = await answered(read, [HELD_FROM]);
  const day = held?.rows[0]?.['day'] ?? null;
  return day === null ? before : Math.min(before, Number(day));
}

/**
 * Deletes ids of events that nobody sends again: a step of it.
 * @param now epoch milliseconds
 * @returns whether there are more
 * @throws {FootfallError} SERVICE_UNAVAILABLE: nothing of the step is done
 */
export async function forgetIds({ read, write }: ForgetConnection, now: number): Promise<boolean> {
  const [old] = await answered(read, [{ sql: OLD_IDS, args: [BigInt(now - IDS_MS)] }]);
  const seqs = rowsOf<number>(old);
  if (seqs.length === 0) return false;
  await answered(write, [
    {
      sql: 'delete from visitor_event_ids where seq in (select value from json_each(?))',
      args: [JSON.stringify(seqs)],
    },
  ]);
  return Number(old?.rows[0]?.['looked_at']) === STEP_IDS;
}

export const rowsOf = <T>(result: Result | undefined): T[] =>
  JSON.parse(result?.rows[0]?.['rows'] as string) as T[];
