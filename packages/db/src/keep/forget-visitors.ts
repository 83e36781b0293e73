import {
  VISIT_DIMENSIONS,
  fold,
  merge,
  planFold,
  visitOf,
  type Changes,
  type Device,
  type Session,
  type Visit,
  type VisitEvent,
} from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import { answered } from '../log/write.ts';
import {
  ASIDE,
  CHANGED,
  COUNT_VIEWS,
  DELETE_SET_ASIDE,
  DELETE_VIEWS,
  deleteVisits,
  forgetDevices,
  rowsOf,
  UNCHANGED,
  type ForgetConnection,
} from './forget.ts';

/** What has been deleted. */
export interface Forgotten {
  readonly visits: number;
  readonly pageViews: number;
}

/** A part of time, epoch milliseconds: from the first on, before the second. */
export interface During {
  readonly from: number;
  readonly until: number;
}

/** The visits of a visitor, and of whom else they are by: one visit may have a key of each of two days. */
const THEIR_VISITS = `
  with recursive person (visitor) as (
    select value from json_each(?)
    union
    select other.visitor from person
    cross join visitor_session_hours hours on hours.visitor = person.visitor
    cross join visitor_session_hours other on other.session = hours.session
  ),
  visits as (
    select distinct hours.session
    from person cross join visitor_session_hours hours on hours.visitor = person.visitor
  )`;

/** Their page views and registrations, as the fold takes them. */
const THEIR_EVENTS = `
  ${THEIR_VISITS}
  select json_group_array(json_array(
    view.session, view.seq, view.viewed_at, view.hour, hours.day, view.visitor, view.prior, view.page, view.facts,
    ifnull(view.engaged_ms, 0), ifnull(view.seen_until, 0)
  )) as rows
  from visits
  cross join visitor_page_views view on view.session = visits.session
  cross join visitor_session_hours hours on hours.session = view.session and hours.hour = view.hour`;

const THEIR_ATTRIBUTES = `
  ${THEIR_VISITS}
  select json_group_array(json_array(id, json_array(
    ${VISIT_DIMENSIONS.join(', ')}
  ))) as rows
  from visitor_facts
  where id in (
    select facts from visits cross join visitor_page_views view on view.session = visits.session
  )`;

/** What was set aside of theirs. Where it cannot be read whose it is, it is deleted with anybody's. */
const THEIR_SET_ASIDE = `
  ${THEIR_VISITS}
  select json_group_array(json_array(seq, is_theirs and page is not null)) filter (where is_theirs or not has_key) as rows
  from (
    select seq, page, ifnull(json_type(event, '$[3]') = 'integer', false) as has_key,
      ifnull(event ->> '$[3]' in (select visitor from person), false)
        or ifnull(event ->> '$[4]' in (select visitor from person), false) as is_theirs
    from (select seq, page, ${ASIDE} as event from visitor_set_aside)
  )`;

export const STATE = `select store || ' ' || fold_version as state, kept_from from visitor_stats`;

const addCounts = (columns: readonly string[]): string => `
  insert into visitor_forgotten_counts (dimension, hour, value, day, ${columns.join(', ')})
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, ${columns.map((_, at) => `value ->> ${at + 4}`).join(', ')}
  from json_each(?2) where ${UNCHANGED}
  on conflict (dimension, hour, value) do update set
    ${columns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')}`;
const ADD_COUNTS = addCounts(['views', 'visits', 'visitors']);
const ADD_HOURS = addCounts(['views', 'visits', 'visitors', 'bounces', 'visit_ms']);

const ADD_COUNTRIES = `
  insert into visitor_countries (country, visitors, forgotten)
  select value ->> 0, 0, value ->> 1 from json_each(?2) where ${UNCHANGED}
  on conflict (country) do update set forgotten = forgotten + excluded.forgotten`;

export const DELETE_ENGAGEMENT = `
  delete from visitor_engagements
  where id in (select known.id from json_each(?2) place cross join visitor_event_ids known on known.seq = place.value)
    and ${UNCHANGED}`;

/** What the log has of some visitors, and of whom else their visits are by. */
export interface Persons {
  /** The state of visits that was read: where it has changed, nothing may be written. */
  readonly version: string;
  readonly keptFrom: number;
  /** All of their visits that are stored, by id. */
  readonly visits: ReadonlyMap<number, VisitEvents>;
  readonly attributes: ReadonlyMap<number, readonly number[]>;
  /** Places in the log of what was set aside of theirs, and whether each is a page view. */
  readonly setAside: readonly (readonly [seq: number, isPageView: 0 | 1])[];
}

/** @param visitors their keys */
export async function readPersons(
  read: ForgetConnection['read'],
  visitors: readonly number[],
): Promise<Persons> {
  const args = [JSON.stringify(visitors)];
  const [state, events, attributes, aside] = await answered(read, [
    STATE,
    { sql: THEIR_EVENTS, args },
    { sql: THEIR_ATTRIBUTES, args },
    { sql: THEIR_SET_ASIDE, args },
  ]);
  return {
    version: state?.rows[0]?.['state'] as string,
    keptFrom: Number(state?.rows[0]?.['kept_from']),
    visits: visitsIn(rowsOf<EventRow>(events)),
    attributes: new Map(rowsOf<[number, number[]]>(attributes)),
    setAside: rowsOf(aside),
  };
}

/**
 * Deletes the page views and visits of a visitor.
 * @param visitors the keys that the visitor may have
 * @param during only the visits that began then; all by default
 * @throws {FootfallError} SERVICE_UNAVAILABLE: nothing is deleted
 */
export async function forgetVisitors(
  { read, write }: ForgetConnection,
  visitors: readonly number[],
  during: During = { from: -Infinity, until: Infinity },
): Promise<Forgotten> {
  for (;;) {
    const persons = await readPersons(read, visitors);
    const { version, visits, setAside } = persons;
    const [gone, left] = [new Map<number, VisitEvents>(), new Map<number, VisitEvents>()];
    for (const [id, each] of visits) {
      const { at } = each.visit.start;
      (at >= during.from && at < during.until ? gone : left).set(id, each);
    }
    if (gone.size + setAside.length === 0) return { visits: 0, pageViews: 0 };

    // A visitor counts once a day: what the others still count as is not forgotten.
    const { counts, hours, countries } = difference(countedAs(persons, visits), countedAs(persons, left));
    const all = [...gone.values()].flatMap(({ events }) => events);
    const places = [version, JSON.stringify(all.map(({ seq }) => seq))];
    const devices = devicesOf(gone);
    const results = await answered(write, [
      { sql: ADD_COUNTS, args: [version, JSON.stringify(counts)] },
      { sql: ADD_HOURS, args: [version, JSON.stringify(hours)] },
      { sql: ADD_COUNTRIES, args: [version, JSON.stringify(countries)] },
      { sql: COUNT_VIEWS, args: places },
      { sql: DELETE_ENGAGEMENT, args: places },
      { sql: DELETE_VIEWS, args: places },
      ...DELETE_SET_ASIDE.map((sql) => ({
        sql,
        args: [version, JSON.stringify(setAside.map(([seq]) => seq))],
      })),
      ...deleteVisits([...gone.keys()], version),
      ...moveDevices(firstsOf(persons, left), { version, counted: 'stay' }),
      ...forgetDevices(devices, version),
      { sql: CHANGED, args: [version] },
    ]);
    if (results.at(-1)?.rowsAffected !== 1) continue; // visits have changed meanwhile
    const pageViews = all.length + setAside.filter(([, isPageView]) => isPageView === 1).length;
    return { visits: gone.size, pageViews };
  }
}

/** The devices among the visitors of visits. */
export function devicesOf(visits: ReadonlyMap<number, VisitEvents>): number[] {
  const visitors = [...visits.values()].flatMap(({ events }) => events.map(({ visitor }) => visitor));
  return [...new Set(visitors)].filter((visitor) => visitor % 2 === 1);
}

/** When each device is first seen in visits, and in which country. */
export function firstsOf(
  { attributes }: Pick<Persons, 'attributes'>,
  visits: ReadonlyMap<number, Pick<VisitEvents, 'visit'>>,
): Map<number, Device> {
  const sessions = [...visits.values()].map(({ visit }) => ({ visit, events: [], before: [] }));
  const state = { attributes, devices: new Map<number, Device>(), pageHours: [] };
  return new Map(fold(planFold(sessions, NO_VISITS), state).devices);
}

const NO_VISITS = { visits: [], joinedPages: new Map<number, number[]>() };

/** Those that are first seen later than they were; what was seen before the first day that is kept, stays. */
const MOVED = `
  json_each(?2) moved
  join visitors device on device.visitor = moved.value ->> 0
  where device.first_hour >= (select kept_from from visitor_stats) and ${UNCHANGED}`;

/**
 * Notes that devices are first seen in another visit than the one that was deleted.
 * @param counted `stay`: their countries' numbers stay, and only what can be computed of them is another
 */
export function moveDevices(
  firsts: ReadonlyMap<number, Device>,
  { version, counted }: { readonly version: string; readonly counted: 'stay' | 'move' },
): InStatement[] {
  const [column, had, has] = counted === 'stay' ? ['forgotten', 1, -1] : ['visitors', -1, 1];
  const rows = [...firsts].map(([visitor, { firstAt, firstHour, country }]) => [
    visitor,
    firstAt,
    firstHour,
    country,
  ]);
  const args = [version, JSON.stringify(rows)];
  return [
    {
      sql: `insert into visitor_countries (country, visitors, forgotten)
        select country, ${counted === 'stay' ? '0, sum(change)' : 'sum(change), 0'} from (
          select device.country as country, ${had} as change from ${MOVED}
          union all
          select moved.value ->> 3, ${has} from ${MOVED}
        ) where true group by country having sum(change) <> 0
        on conflict (country) do update set ${column} = ${column} + excluded.${column}`,
      args,
    },
    {
      sql: `insert into visitors (visitor, first_at, first_hour, country)
        select device.visitor, moved.value ->> 1, moved.value ->> 2, moved.value ->> 3 from ${MOVED}
        on conflict (visitor) do update set
          first_at = excluded.first_at, first_hour = excluded.first_hour, country = excluded.country`,
      args,
    },
  ];
}

type EventRow = [
  visit: number,
  seq: number,
  at: number,
  hour: number,
  day: number,
  visitor: number,
  previousDayKey: number | null,
  page: number | null,
  attributes: number,
  engagedMs: number,
  seenAt: number,
];

/** A visit with its events. */
export interface VisitEvents {
  visit: Visit;
  readonly events: VisitEvent[];
}

function visitsIn(rows: readonly EventRow[]): Map<number, VisitEvents> {
  const visits = new Map<number, VisitEvents>();
  for (const [id, seq, at, hour, day, visitor, previousDayKey, page, attributes, engagedMs, seenAt] of rows) {
    const event = { seq, at, hour, day, visitor, previousDayKey, page, attributes, engagedMs, seenAt };
    const known = visits.get(id);
    if (known === undefined) {
      visits.set(id, { visit: visitOf(event), events: [event] });
    } else {
      known.visit = merge(known.visit, visitOf(event));
      known.events.push(event);
    }
  }
  return visits;
}

/** Rows of counts with their keys, whose last numbers are amounts. */
type Row = readonly number[];

/** What visits are counted as: rows of `visitor_forgotten_counts`, and countries. */
export interface CountedAs {
  /** Dimension, hour, value, day; views, visits, visitors. */
  readonly counts: readonly Row[];
  /** The same for 0, all of an hour, with bounces and lengths. */
  readonly hours: readonly Row[];
  /** Country; visitors. */
  readonly countries: readonly Row[];
}

/** What visits are counted as, from the day on that is kept. */
export function countedAs(
  { attributes, keptFrom }: Pick<Persons, 'attributes' | 'keptFrom'>,
  visits: ReadonlyMap<number, VisitEvents>,
): CountedAs {
  const sessions = [...visits.values()].map(({ visit, events }) => ({ visit, events, before: [] }));
  const { counts, hours } = changesOf(sessions, attributes);
  const kept = sessions.map(({ visit, ...session }) => ({
    ...session,
    events: [],
    visit: { ...visit, hours: new Map([...visit.hours].filter(([, { day }]) => day >= keptFrom)) },
  }));
  return {
    counts: counts
      .filter(({ hour }) => hour >= keptFrom)
      .map((count) => [
        count.dimension,
        count.hour,
        count.value,
        count.day,
        count.views,
        count.visits,
        count.visitors,
      ]),
    hours: hours
      .filter(({ hour }) => hour >= keptFrom)
      .map((sum) => [0, sum.hour, 0, sum.day, sum.views, sum.visits, sum.visitors, sum.bounces, sum.visitMs]),
    countries: [...changesOf(kept, attributes).countries],
  };
}

/** One less the other, without what is the same in both. */
export function difference(one: CountedAs, other: CountedAs): CountedAs {
  return {
    counts: rowsLess(one.counts, other.counts, KEYS),
    hours: rowsLess(one.hours, other.hours, KEYS),
    countries: rowsLess(one.countries, other.countries, 1),
  };
}

/** How many numbers of a row of counts are its key. */
const KEYS = 4;

function rowsLess(one: readonly Row[], other: readonly Row[], keys: number): Row[] {
  const sums = new Map<string, number[]>();
  const addAll = (rows: readonly Row[], sign: 1 | -1): void => {
    for (const row of rows) {
      const key = row.slice(0, keys).join(' ');
      const sum = sums.get(key) ?? row.map((part, at) => (at < keys ? part : 0));
      sums.set(
        key,
        sum.map((part, at) => (at < keys ? part : part + sign * (row[at] ?? 0))),
      );
    }
  };
  addAll(one, 1);
  addAll(other, -1);
  return [...sums.values()].filter((row) => row.slice(keys).some((amount) => amount !== 0));
}

/** Devices are counted in their country for good: here none is new. */
function changesOf(
  sessions: readonly Session[],
  attributes: ReadonlyMap<number, readonly number[]>,
): Changes {
  const known = { firstAt: -Infinity, firstHour: 0, country: 0 };
  const devices = new Map(sessions.map(({ visit }) => [visit.end.visitor, known]));
  return fold(planFold(sessions, { visits: [], joinedPages: new Map() }), {
    attributes,
    devices,
    pageHours: [],
  });
}
