import { DIMENSIONS, merge, OTHER, visitOf, type Session, type VisitEvent } from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import { addCounts, addVisits } from '../fold/apply.ts';
import { DIMENSION_OF_PAGES, PAGE } from '../log/names.ts';
import { answered } from '../log/write.ts';
import {
  COUNT_VIEWS,
  DELETE_SET_ASIDE,
  DELETE_VIEWS,
  deleteVisits,
  forgetDevices,
  rowsOf,
  UNCHANGED,
  type ForgetConnection,
} from './forget.ts';
import {
  countedAs,
  DELETE_ENGAGEMENT,
  devicesOf,
  difference,
  firstsOf,
  moveDevices,
  readPersons,
  STATE,
  type Persons,
  type VisitEvents,
} from './forget-visitors.ts';
import { NEW_STORE_ID } from './store-id.ts';

/*
 * Erasing takes page views out of the numbers, too (decision 0050): what they were counted as is computed by core as for
 * the fold, and subtracted. Numbers fall, so the database becomes a later store for those who compare versions.
 */

/** Visitors whose visits a step takes apart, and visitors that are looked for at once. */
const STEP_VISITORS = 100;
const FOUND_VISITORS = 10_000;
const STEP_VIEWS = 2_000;

/** `?1`: the id of the page's value. */
const VISITORS = `
  select json_group_array(visitor) as rows
  from (select distinct visitor from visitor_page_views where page = ?1 and session is not null limit ${FOUND_VISITORS})`;

/** Page views of before there were visits, and those that could not be folded. */
const LONE_VIEWS = `
  select json_group_array(seq) as rows
  from (select seq from visitor_page_views where page = ?1 and session is null limit ${STEP_VIEWS})`;
const ASIDE = `
  select json_group_array(seq) as rows
  from (select seq from visitor_set_aside where page = ?1 limit ${STEP_VIEWS})`;

const PAGE_OF = `select id from visitor_values where dimension = ${PAGE} and value = ?`;

/** Takes page views out of the page's count. `?2`: the page, `?3`: how many. */
const UNCOUNT = `
  update visitor_counts set view_count = view_count - ?3 where page_identifier = ?2 and ${UNCHANGED}`;

/** Takes page views out of the counts of their pages. `?2`: JSON of the ids of their pages, one for each. */
const UNCOUNT_EACH = `
  update visitor_counts set view_count = view_count - gone.views
  from (
    select visitor_values.value as page, count(*) as views
    from json_each(?2) page cross join visitor_values on visitor_values.id = page.value
    group by page.value
  ) gone
  where visitor_counts.page_identifier = gone.page and ${UNCHANGED}`;

/**
 * Last of a step: the totals fall, and it is another store from here on. `?2`: how many page views.
 * The clock of the database may stand still between two steps.
 */
export const RENEW = `
  update visitor_stats set total_views = total_views - ?2, version = version + 1, fold_version = fold_version + 1,
    store = max(store + 1, ${NEW_STORE_ID})
  where ${UNCHANGED}`;

/**
 * Deletes a page: its page views are in no number any more. What of them can no longer be computed, because retention has
 * deleted it, counts for no named page. What was appended has to be folded before.
 * @returns how many page views were deleted
 * @throws {FootfallError} SERVICE_UNAVAILABLE: what was deleted by then stays deleted, and the rest can be afterwards
 */
export async function erasePage(connection: ForgetConnection, page: string): Promise<number> {
  const { read, write } = connection;
  let erased = 0;
  for (;;) {
    const [found] = await answered(read, [{ sql: PAGE_OF, args: [page] }]);
    const id = found?.rows[0]?.['id'];
    const step = id === undefined ? 0 : await eraseVisits(connection, Number(id));
    const lone = await eraseLone(connection, { page, id: Number(id ?? 0) });
    erased += step + lone;
    if (step + lone > 0) continue;
    const [state] = await answered(read, [STATE]);
    const version = state?.rows[0]?.['state'] as string;
    const results = await answered(write, unname(page, Number(id ?? 0), version));
    if (results.at(-1)?.rowsAffected === 1) return erased;
  }
}

/** Takes the page out of the visits of all visitors that were found, a hundred at a time. */
async function eraseVisits(connection: ForgetConnection, id: number): Promise<number> {
  const [found] = await answered(connection.read, [{ sql: VISITORS, args: [BigInt(id)] }]);
  return eraseEvents(connection, rowsOf<number>(found), ({ page }) => page === id);
}

/**
 * Takes events out of the visits of visitors, and of every number, a hundred visitors at a time.
 * @param visitors their keys
 * @returns how many were deleted
 */
export async function eraseEvents(
  { read, write }: ForgetConnection,
  visitors: readonly number[],
  isErased: (event: VisitEvent) => boolean,
): Promise<number> {
  let erased = 0;
  for (let at = 0; at < visitors.length;) {
    const persons = await readPersons(read, visitors.slice(at, at + STEP_VISITORS));
    const { statements, events } = without(persons, isErased);
    const results = events === 0 ? [] : await answered(write, statements);
    if (events > 0 && results.at(-1)?.rowsAffected !== 1) continue; // visits have changed meanwhile
    erased += events;
    at += STEP_VISITORS;
  }
  return erased;
}

/** The statements that take events out of visits. */
function without(
  persons: Persons,
  isErased: (event: VisitEvent) => boolean,
): { readonly statements: InStatement[]; readonly events: number } {
  const { version, keptFrom, visits } = persons;
  const changed = new Map([...visits].filter(([, { events }]) => events.some(isErased)));
  const after = new Map(visits);
  for (const [visit, { events }] of changed) {
    const left = visitWith(events.filter((event) => !isErased(event)));
    if (left === undefined) after.delete(visit);
    else after.set(visit, left);
  }
  const gone = [...changed.values()].flatMap(({ events }) => events.filter(isErased));
  // Those of days that retention has closed are in counts that nobody can compute again: they stay counted there.
  const [old, counted] = [
    gone.filter(({ hour }) => hour < keptFrom),
    gone.filter(({ hour }) => hour >= keptFrom),
  ];
  const { counts, hours, countries } = difference(countedAs(persons, after), countedAs(persons, visits));

  const statements: InStatement[] = [];
  const put = (sql: string, rows: readonly unknown[]): void => {
    if (rows.length > 0) statements.push({ sql, args: [JSON.stringify(rows), version] });
  };
  const ids = [...changed.keys()];
  const placesOf = (events: typeof gone) => [version, JSON.stringify(events.map(({ seq }) => seq))];
  statements.push(
    { sql: COUNT_VIEWS, args: placesOf(old) },
    { sql: DELETE_ENGAGEMENT, args: placesOf(gone) },
    { sql: DELETE_VIEWS, args: placesOf(gone) },
    ...deleteVisits(ids, version),
  );
  addVisits(
    put,
    ids.flatMap((visit): [Session, number][] => {
      const left = after.get(visit);
      return left === undefined ? [] : [[{ ...left, before: [] }, visit]];
    }),
  );
  addCounts(put, {
    counts: counts.map(
      ([dimension = 0, hour = 0, value = 0, day = 0, views = 0, visits = 0, visitors = 0]) => ({
        dimension,
        hour,
        value,
        day,
        views,
        visits,
        visitors,
      }),
    ),
    hours: hours.map(
      ([, hour = 0, , day = 0, views = 0, visits = 0, visitors = 0, bounces = 0, visitMs = 0]) => ({
        hour,
        day,
        views,
        visits,
        visitors,
        bounces,
        visitMs,
      }),
    ),
    countries: new Map(countries.map(([country = 0, visitors = 0]) => [country, visitors])),
    devices: new Map(),
  });
  const devices = devicesOf(changed);
  const firsts = firstsOf(persons, after);
  statements.push(
    ...moveDevices(firsts, { version, counted: 'move' }),
    ...eraseDevices(
      devices.filter((device) => !firsts.has(device)),
      version,
    ),
    ...forgetDevices(devices, version),
    { sql: UNCOUNT_EACH, args: [version, JSON.stringify(counted.flatMap(({ page }) => page ?? []))] },
    { sql: RENEW, args: [version, BigInt(counted.filter(({ page }) => page !== null).length)] },
  );
  return { statements, events: gone.length };
}

/** The visit of some events; undefined of none. */
function visitWith(events: VisitEvents['events']): VisitEvents | undefined {
  const [first, ...others] = events;
  if (first === undefined) return;
  return { visit: others.map(visitOf).reduce(merge, visitOf(first)), events };
}

/** Devices of which no visit is left are no visitors of their countries any more; of a closed day they stay counted. */
function eraseDevices(devices: readonly number[], version: string): InStatement[] {
  const args = [version, JSON.stringify(devices)];
  const these = `visitor in (select value from json_each(?2))
    and first_hour >= (select kept_from from visitor_stats) and ${UNCHANGED}`;
  return [
    {
      sql: `update visitor_countries set visitors = visitor_countries.visitors - gone.visitors
        from (select country, count(*) as visitors from visitors where ${these} group by country) gone
        where visitor_countries.country = gone.country`,
      args,
    },
    { sql: `delete from visitors where ${these}`, args },
  ];
}

async function eraseLone(
  { read, write }: ForgetConnection,
  { page, id }: { readonly page: string; readonly id: number },
): Promise<number> {
  const [state, lone, aside] = await answered(read, [
    STATE,
    { sql: LONE_VIEWS, args: [BigInt(id)] },
    { sql: ASIDE, args: [page] },
  ]);
  const version = state?.rows[0]?.['state'] as string;
  const [views, setAside] = [rowsOf<number>(lone), rowsOf<number>(aside)];
  const pageViews = views.length + setAside.length;
  if (pageViews === 0) return 0;
  const results = await answered(write, [
    { sql: DELETE_VIEWS, args: [version, JSON.stringify(views)] },
    { sql: DELETE_SET_ASIDE[1] as string, args: [version, JSON.stringify(setAside)] },
    { sql: UNCOUNT, args: [version, page, BigInt(pageViews)] },
    { sql: RENEW, args: [version, BigInt(pageViews)] },
  ]);
  return results.at(-1)?.rowsAffected === 1 ? pageViews : 0;
}

/** The counts of the page that are left go to the one that stands for all without a name, and the name is deleted. */
function unname(page: string, id: number, version: string): InStatement[] {
  const args = [version, page, BigInt(id)];
  const dimensions = `dimension in (${DIMENSION_OF_PAGES.join(', ')})`;
  const isIt = `${dimensions} and value = ?3 and ?2 is not '${OTHER}' and ${UNCHANGED}`;
  const other = `(select id from visitor_values where dimension = ${PAGE} and value = '${OTHER}')`;
  const move = (table: string, moment: string, extra = ''): InStatement[] => [
    {
      sql: `insert into ${table} (dimension, ${moment}, value, ${extra}views, visits, visitors)
        select dimension, ${moment}, ${other}, ${extra}views, visits, visitors from ${table}
        where ${isIt} and (views <> 0 or visits <> 0 or visitors <> 0)
        on conflict (${extra.startsWith('import') ? 'import, ' : ''}dimension, ${moment}, value) do update set
          views = views + excluded.views, visits = visits + excluded.visits, visitors = visitors + excluded.visitors`,
      args,
    },
    { sql: `delete from ${table} where ${isIt}`, args },
  ];
  return [
    {
      sql: `insert or ignore into visitor_values (dimension, value, since)
        select ${PAGE}, '${OTHER}', 0 where ${UNCHANGED}`,
      args: [version],
    },
    ...move('visitor_hourly_counts', 'hour'),
    ...move('visitor_daily_counts', 'day'),
    ...move('visitor_forgotten_counts', 'hour', 'day, '),
    ...move('visitor_imported_counts', 'hour', 'import, day, '),
    // An import that is undone later subtracts them where they are then.
    {
      sql: `insert into visitor_imported_numbers (import, kind, name, number)
        select import, kind, '${OTHER}', number from visitor_imported_numbers
        where kind = 'page' and name = ?2 and ?2 is not '${OTHER}' and ?3 is not null and ${UNCHANGED}
        on conflict (import, kind, name) do update set number = number + excluded.number`,
      args,
    },
    {
      sql: `delete from visitor_imported_numbers
        where kind = 'page' and name = ?2 and ?2 is not '${OTHER}' and ?3 is not null and ${UNCHANGED}`,
      args,
    },
    {
      sql: `insert into visitor_counts (page_identifier, view_count, last_updated_at, forgotten)
        select '${OTHER}', view_count, last_updated_at, forgotten from visitor_counts
        where page_identifier = ?2 and ?2 is not '${OTHER}' and view_count > 0 and ${UNCHANGED}
        on conflict (page_identifier) do update set view_count = view_count + excluded.view_count,
          forgotten = forgotten + excluded.forgotten`,
      args: [version, page],
    },
    {
      sql: `delete from visitor_counts
        where page_identifier = ?2 and ?2 is not '${OTHER}' and ${UNCHANGED}`,
      args: [version, page],
    },
    {
      sql: `delete from visitor_values where id = ?3 and dimension = ${PAGE} and value = ?2 and ?2 is not '${OTHER}'
        and ${UNCHANGED}`,
      args,
    },
    { sql: RENEW, args: [version, 0n] },
  ];
}

/** Everything that was counted, and what it was counted by, but for its names; the owner's account stays. */
const TABLES = [
  'visitor_log_tail',
  'visitor_page_views',
  'visitor_event_ids',
  'visitor_engagements',
  'visitor_set_aside',
  'visitor_session_hours',
  'visitor_sessions',
  'visitors',
  'visitor_hourly_counts',
  'visitor_daily_counts',
  'visitor_hours',
  'visitor_forgotten_counts',
  'visitor_countries',
  'visitor_counts',
  'visitor_facts',
  'visitor_new_names',
  'visitor_ledger',
  'visitor_failures',
  'visitor_salts',
  'visitor_device_salt',
  'visitor_imports',
  'visitor_import_ranges',
  'visitor_imported_counts',
  'visitor_imported_numbers',
  'visitor_starting_numbers',
];

/** The numbers of the dimensions whose names have a quota, or had one when their tables were made. */
const WITH_OTHERS = DIMENSIONS.flatMap((name, at) =>
  name === 'entry' || name === 'exit' || name === 'channel' ? [] : [at + 1],
);

/** What is one name too many is counted as `(other)`, so that has to be there before a quota is used up. */
const DELETE_VALUES = [
  `delete from visitor_values where value <> '${OTHER}'`,
  `insert or ignore into visitor_values (dimension, value, since)
    select value, '${OTHER}', 0 from json_each('${JSON.stringify(WITH_OTHERS)}')`,
];

/**
 * Deletes everything that was counted. It is an empty log from then on, which agrees with itself.
 * @throws {FootfallError} SERVICE_UNAVAILABLE: nothing is deleted
 */
export async function eraseAll({ write }: Pick<ForgetConnection, 'write'>): Promise<void> {
  await answered(write, [
    ...TABLES.map((table) => `delete from ${table}`),
    ...DELETE_VALUES,
    `update visitor_stats set total_views = 0, last_updated_at = null, version = version + 1, folded = appended,
      fold_version = fold_version + 1, kept_from = 0, store = max(store + 1, ${NEW_STORE_ID}),
      origin = lower(hex(randomblob(16)))`,
  ]);
}
