import { FootfallError } from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import { answered } from '../log/write.ts';
import { eraseEvents, RENEW } from './erase.ts';
import { DELETE_SET_ASIDE, rowsOf, UNCHANGED, type ForgetConnection } from './forget.ts';
import { startingStatements } from './starting-numbers.ts';
import { STATE } from './forget-visitors.ts';

/*
 * Taking an import back: its rows of the log are taken out of the numbers as an erased page's are (decision 0050), then what
 * it added as counts is subtracted, in one transaction. Killed in between, it goes on when it is repeated.
 */

/** Visitors that are looked for at once, and ids that a step deletes. */
const FOUND_VISITORS = 10_000;
const STEP_IDS = 2_000;

const FIND = `
  select held_until, kept_from_before from visitor_imports where id = ?`;

/** Pages whose starting number is still the one that came with it. */
const STARTS = `
  select json_group_array(name) as rows
  from visitor_imported_numbers cross join visitor_starting_numbers known on known.page = name
  where import = ?1 and kind = 'start' and known.number = visitor_imported_numbers.number`;

/** Places in the log that are of the import, `?1`. */
const RANGES = `
  select json_group_array(json_array(first, last)) as rows
  from (select first, last from visitor_import_ranges where import = ?1 order by last)`;

const OF_IMPORT = `
  visitor_import_ranges range cross join visitor_page_views view
    on view.seq between range.first and range.last
  where range.import = ?1`;

const VISITORS = `
  select json_group_array(visitor) as rows
  from (select distinct visitor from ${OF_IMPORT} and session is not null limit ${FOUND_VISITORS})`;

const ASIDE = `
  select json_group_array(json_array(seq, page)) as rows
  from visitor_set_aside aside
  where exists (
    select 1 from visitor_import_ranges range
    where range.import = ?1 and aside.seq between range.first and range.last
  )`;

const IDS = `
  delete from visitor_event_ids where seq in (
    select known.seq from visitor_import_ranges range
    cross join visitor_event_ids known on known.seq between range.first and range.last
    where range.import = ?1 limit ${STEP_IDS}
  )`;

const NUMBER = `select name, number from visitor_imported_numbers where import = ?2 and kind =`;

/** What it added to the counts, and that it was there. `?1`: the state, `?2`: the import. */
const SUBTRACT = [
  ...(['hour', 'day'] as const).map(
    (every) => `
    update visitor_${every === 'hour' ? 'hourly' : 'daily'}_counts as counts
    set views = counts.views - gone.views, visits = counts.visits - gone.visits, visitors = counts.visitors - gone.visitors
    from (
      select dimension, ${every}, value, sum(views) as views, sum(visits) as visits, sum(visitors) as visitors
      from visitor_imported_counts where import = ?2 and dimension > 0 group by dimension, ${every}, value
    ) gone
    where counts.dimension = gone.dimension and counts.${every} = gone.${every} and counts.value = gone.value
      and ${UNCHANGED}`,
  ),
  `update visitor_hours as hours set
    views = hours.views - gone.views, visits = hours.visits - gone.visits, visitors = hours.visitors - gone.visitors,
    bounces = hours.bounces - gone.bounces, visit_ms = hours.visit_ms - gone.visit_ms
    from visitor_imported_counts gone
    where gone.import = ?2 and gone.dimension = 0 and gone.hour = hours.hour and ${UNCHANGED}`,
  `update visitor_counts set view_count = view_count - gone.number, forgotten = forgotten - gone.number
    from (${NUMBER} 'page') gone where gone.name = page_identifier and ${UNCHANGED}`,
  `update visitor_stats set
    total_views = total_views - (select ifnull(sum(number), 0) from (${NUMBER} 'page')) where ${UNCHANGED}`,
  `update visitor_countries set visitors = visitors - gone.number, forgotten = forgotten - gone.number
    from (${NUMBER} 'country') gone
    cross join visitor_values known on known.dimension = 2 and known.value = gone.name
    where visitor_countries.country = known.id and ${UNCHANGED}`,
  `update visitor_countries set visitors = visitor_countries.visitors - gone.visitors
    from (
      select country, count(*) as visitors from visitors
      where visitor in (select cast(name as integer) from (${NUMBER} 'device'))
        and not exists (select 1 from visitor_session_hours hours where hours.visitor = visitors.visitor)
      group by country
    ) gone
    where visitor_countries.country = gone.country and ${UNCHANGED}`,
  `delete from visitors
    where visitor in (select cast(name as integer) from (${NUMBER} 'device'))
      and not exists (select 1 from visitor_session_hours hours where hours.visitor = visitors.visitor)
      and ${UNCHANGED}`,
  `update visitor_ledger as line set reports = line.reports - gone.number
    from (${NUMBER} 'ledger') gone
    where line.day = gone.name ->> 0 and line.reason = gone.name ->> 1 and line.detail = gone.name ->> 2 and ${UNCHANGED}`,
  `delete from visitor_ledger where reports <= 0 and ?2 is not null and ${UNCHANGED}`,
];

/** What is nothing now: a day without anything does not belong to all time. */
const TIDY = [
  ...['visitor_hourly_counts', 'visitor_daily_counts'].map(
    (table) => `delete from ${table}
      where views = 0 and visits = 0 and visitors = 0 and ?2 is not null and ${UNCHANGED}`,
  ),
  `delete from visitor_hours as hours
    where views = 0 and visits = 0 and visitors = 0 and bounces = 0 and visit_ms = 0 and ?2 is not null
      and not exists (
        select 1 from visitor_hourly_counts counts where counts.dimension between 1 and 20 and counts.hour = hours.hour
      )
      and ${UNCHANGED}`,
  `delete from visitor_countries where visitors = 0 and forgotten = 0 and ?2 is not null and ${UNCHANGED}`,
  `delete from visitor_counts
    where view_count = 0 and forgotten = 0 and ?2 is not null and ${UNCHANGED}
      and page_identifier not in (select page from visitor_starting_numbers)
      and not exists (select 1 from visitor_log_tail)`,
  // When each page was last viewed, as far as the log says; what is forgotten was before that.
  `update visitor_counts set last_updated_at = latest.at
    from (
      select known.value as page, max(view.viewed_at) as at
      from visitor_page_views view cross join visitor_values known on known.id = view.page
      where view.page is not null group by view.page
    ) latest
    where latest.page = page_identifier and last_updated_at > latest.at and forgotten = 0 and ?2 is not null and ${UNCHANGED}`,
  // A page that has a starting number alone was never viewed.
  `update visitor_stats set last_updated_at = (
      select max(last_updated_at) from visitor_counts
      where view_count > ifnull((select number from visitor_starting_numbers where page = page_identifier), 0)
    )
    where ?2 is not null and ${UNCHANGED}`,
];

/** A day that was opened for it is closed again, where nothing else is before it. */
const CLOSE_DAYS = `
  update visitor_stats set kept_from = ifnull((select kept_from_before from visitor_imports where id = ?2), kept_from)
  where ${UNCHANGED}
    and not exists (
      select 1 from visitor_hours, visitor_imports
      where visitor_imports.id = ?2 and hour < visitor_imports.kept_from_before
    )`;

const FORGET = [
  'visitor_imported_counts where import',
  "visitor_imported_numbers where kind <> 'undo' and import",
  "visitor_imported_numbers where kind = 'undo' and import",
  'visitor_import_ranges where import',
  'visitor_imports where id',
].map((rows) => `delete from ${rows} = ?2 and ${UNCHANGED}`);

/** From here on nothing more is taken for it, also by a process that imports it now. */
const MARK = `
  insert or ignore into visitor_imported_numbers (import, kind, name, number)
  select id, 'undo', '', 1 from visitor_imports where id = ?`;

/**
 * Takes an import back as a whole. What was appended has to be folded before, and no import may be under way.
 * @returns the page views and registrations that were deleted
 * @throws {FootfallError} NOT_FOUND; CONFLICT where it is too long ago; SERVICE_UNAVAILABLE: it goes on when it is repeated
 */
export async function undoImport(connection: ForgetConnection, id: number, now: number): Promise<number> {
  const { read, write } = connection;
  const own = [BigInt(id)];
  const [found] = await answered(read, [{ sql: FIND, args: own }]);
  const row = found?.rows[0];
  if (row === undefined) throw new FootfallError('NOT_FOUND', `There is no import ${id}.`);
  if (Number(row['held_until']) < now)
    throw new FootfallError('CONFLICT', 'It was imported more than 90 days ago, and can be undone no more.');

  await answered(write, [{ sql: MARK, args: own }]);
  const [started] = await answered(read, [{ sql: STARTS, args: own }]);
  const starts = rowsOf<string>(started);
  if (starts.length > 0) {
    const cleared = starts.map((page) => [page, 0] as const);
    await answered(write, [
      ...startingStatements(cleared, now),
      { sql: "delete from visitor_imported_numbers where import = ? and kind = 'start'", args: own },
    ]);
  }

  const [listed] = await answered(read, [{ sql: RANGES, args: own }]);
  const ranges = rowsOf<[first: number, last: number]>(listed);
  let erased = 0;
  for (;;) {
    const [visitors] = await answered(read, [{ sql: VISITORS, args: own }]);
    const keys = rowsOf<number>(visitors);
    if (keys.length === 0) break;
    erased += await eraseEvents(connection, keys, ({ seq }) => isIn(ranges, seq));
  }
  for (;;) {
    const [state, aside] = await answered(read, [STATE, { sql: ASIDE, args: own }]);
    const version = state?.rows[0]?.['state'] as string;
    const statements = asideStatements(rowsOf(aside), version);
    const withImport = (sql: string): InStatement => ({ sql, args: [version, ...own] });
    const results = await answered(write, [
      ...statements,
      ...SUBTRACT.map(withImport),
      withImport(CLOSE_DAYS),
      ...TIDY.map(withImport),
      ...FORGET.slice(0, 2).map(withImport),
      { sql: RENEW, args: [version, 0n] },
    ]);
    if (results.at(-1)?.rowsAffected === 1) break;
  }
  // Until its ids are gone it is listed: killed in between, it can be undone again.
  for (;;) {
    const [deleted] = await answered(write, [{ sql: IDS, args: own }]);
    if ((deleted?.rowsAffected ?? 0) < STEP_IDS) break;
  }
  const [state] = await answered(read, [STATE]);
  const version = state?.rows[0]?.['state'] as string;
  await answered(
    write,
    FORGET.slice(2).map((sql) => ({
      sql: sql.replace(` and ${UNCHANGED}`, ' and ?1 is not null'),
      args: [version, ...own],
    })),
  );
  return erased;
}

/** What could not be folded is in the pages' counts and in the totals. */
function asideStatements(
  rows: readonly [seq: number, page: string | null][],
  version: string,
): InStatement[] {
  if (rows.length === 0) return [];
  const pages = rows.flatMap(([, page]) => page ?? []);
  return [
    {
      sql: `update visitor_counts set view_count = view_count - gone.views
        from (select value as page, count(*) as views from json_each(?2) group by value) gone
        where gone.page = page_identifier and ${UNCHANGED}`,
      args: [version, JSON.stringify(pages)],
    },
    {
      sql: `update visitor_stats set total_views = total_views - ?2 where ${UNCHANGED}`,
      args: [version, BigInt(pages.length)],
    },
    { sql: DELETE_SET_ASIDE[1] as string, args: [version, JSON.stringify(rows.map(([seq]) => seq))] },
  ];
}

function isIn(ranges: readonly (readonly [first: number, last: number])[], seq: number): boolean {
  let [low, high] = [0, ranges.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] as readonly [number, number];
    if (seq < first) high = middle - 1;
    else if (seq > last) low = middle + 1;
    else return true;
  }
  return false;
}
