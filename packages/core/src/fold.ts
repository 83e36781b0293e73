import { DIMENSIONS, NO_VALUE, VISIT_DIMENSIONS } from './dimensions.ts';
import {
  durationMs,
  isBefore,
  isBounce,
  sizeOf,
  type Session,
  type StoredVisit,
  type Visit,
} from './visits.ts';

/** The counts of a value in an hour; a change may be negative. */
export interface Counts {
  readonly views: number;
  readonly visits: number;
  readonly visitors: number;
}

/** A change of one value's counts in an hour. */
export interface CountChange extends Counts {
  /** Index in `DIMENSIONS`, from 1. */
  readonly dimension: number;
  readonly hour: number;
  readonly day: number;
  /** The id of the value. */
  readonly value: number;
}

/** A change of an hour's totals. */
export interface HourChange extends Counts {
  readonly hour: number;
  readonly day: number;
  readonly bounces: number;
  readonly visitMs: number;
}

/** When a device was first seen, and in which country (the id of the value). */
export interface Device {
  readonly firstAt: number;
  readonly firstHour: number;
  readonly country: number;
}

/** The changes that result from folding events. */
export interface Changes {
  readonly counts: readonly CountChange[];
  readonly hours: readonly HourChange[];
  /** Unique visitors, by the id of their country. */
  readonly countries: ReadonlyMap<number, number>;
  /** Devices that are new, or were first seen earlier than recorded. */
  readonly devices: ReadonlyMap<number, Device>;
}

/** A lookup of a stored visit: in which hour of a range a page was first viewed in it. */
export interface PageLookup {
  readonly visit: number;
  readonly page: number;
  /** The first and the last hour of the range. */
  readonly from: number;
  readonly to: number;
}

/** The stored data needed to plan a fold. */
export interface PlanState {
  /** The stored visits that have changed, and all other visits of their visitors on the same days. */
  readonly visits: readonly StoredVisit[];
  /** The pages of visits that were merged into a larger one, by the visit's id. */
  readonly joinedPages: ReadonlyMap<number, readonly number[]>;
}

/** Sessions, and the lookups needed to compute their changes. */
export interface FoldPlan extends PlanState {
  readonly sessions: readonly Session[];
  readonly lookups: readonly PageLookup[];
  /** The stored visits of each visitor on each day. */
  readonly days: VisitorDays<StoredVisit>;
  readonly lookupList: LookupList;
}

/** The stored data needed to fold events. */
export interface FoldState {
  /** The values of a combination of attributes, by its id: ids in the order of `VISIT_DIMENSIONS`. */
  readonly attributes: ReadonlyMap<number, readonly number[]>;
  /** The visitors' devices that are already stored. */
  readonly devices: ReadonlyMap<number, Device>;
  /** The results of the plan's lookups, in the same order: an hour, or null if the page was not viewed. */
  readonly pageHours: readonly (number | null)[];
}

/** The stored visits whose pages are needed because they are merged into a larger one. */
export function smallerVisits(sessions: readonly Session[]): StoredVisit[] {
  return sessions.flatMap(({ before }) =>
    before.length < 2 ? [] : before.filter((visit) => visit !== survivorOf(before)),
  );
}

/** Of the stored visits that a session merges, the one that remains: the largest. */
export function survivorOf(before: readonly StoredVisit[]): StoredVisit | undefined {
  return before.reduce<StoredVisit | undefined>(
    (largest, visit) => (largest === undefined || sizeOf(visit) > sizeOf(largest) ? visit : largest),
    undefined,
  );
}

/**
 * Finds the lookups that {@link fold} needs to assign visits and visitors to pages.
 * @param sessions the result of `sessionize`
 */
export function planFold(sessions: readonly Session[], { visits, joinedPages }: PlanState): FoldPlan {
  const list = new LookupList();
  const days = new VisitorDays(visits);
  for (const session of sessions) {
    if (session.before.length > 0) {
      for (const page of pagesOf(session, joinedPages).keys()) {
        for (const visit of session.before) list.add({ visit: visit.id, page, ...rangeOf(visit) });
      }
    }
    for (const { visitor, day, page } of session.events) {
      if (page === null) continue;
      for (const { visit, from, to } of days.of(visitor, day)) {
        list.add({ visit: visit.id, page, from, to });
      }
    }
  }
  return { sessions, visits, joinedPages, days, lookupList: list, lookups: list.lookups };
}

/**
 * Computes the changes that events cause: the counts after them minus those before. Decision 0011 defines what counts in
 * which hour.
 */
export function fold(plan: FoldPlan, state: FoldState): Changes {
  const changes = new ChangeSum(state.attributes);
  for (const { before, visit } of plan.sessions) {
    for (const stored of before) addVisit(changes, stored, -1);
    addVisit(changes, visit, 1);
  }
  addVisitors(changes, plan);
  addPages(changes, plan, state.pageHours);
  const devices = addDevices(changes, plan.sessions, state.devices);
  return { ...changes.result(), devices };
}

/** Page lookups without duplicates. */
class LookupList {
  readonly lookups: PageLookup[] = [];
  /** By visit and page: indexes in `lookups`. */
  readonly #indexes = new Map<number, Map<number, number[]>>();

  add(lookup: PageLookup): void {
    const { visit, page } = lookup;
    let pages = this.#indexes.get(visit);
    if (pages === undefined) this.#indexes.set(visit, (pages = new Map<number, number[]>()));
    const indexes = pages.get(page);
    if (indexes === undefined) pages.set(page, [this.lookups.length]);
    else if (this.indexOf(lookup) === undefined) indexes.push(this.lookups.length);
    else return;
    this.lookups.push(lookup);
  }

  indexOf({ visit, page, from, to }: PageLookup): number | undefined {
    const indexes = this.#indexes.get(visit)?.get(page);
    return indexes?.find((at) => this.lookups[at]?.from === from && this.lookups[at].to === to);
  }
}

/**
 * Adds or removes a visit: its page views count in their hours, the visit in the hour in which it began.
 * @param factor 1 adds, -1 removes
 */
function addVisit(changes: ChangeSum, visit: Visit, factor: 1 | -1): void {
  const { start, entry, exit } = visit;
  for (const [hour, { day, views }] of visit.hours) {
    const sum = changes.at(hour, day);
    const begun = hour === start.hour ? factor : 0;
    addTo(sum.attributes, start.attributes, factor * views, begun, 0);
    if (entry !== undefined) addTo(sum.entries, entry.page, factor * views, begun, 0);
    if (exit !== undefined) addTo(sum.exits, exit.page, factor * views, begun, 0);
    sum.views += factor * views;
    sum.visits += begun;
    if (begun !== 0) {
      if (isBounce(visit)) sum.bounces += begun;
      sum.visitMs += begun * durationMs(visit);
    }
  }
}

/** The part of a visit that is on one day of its visitor. */
interface DayPart<V extends Visit> {
  readonly visit: V;
  readonly visitor: number;
  readonly day: number;
  /** Its first and last hour on that day. */
  from: number;
  to: number;
}

/** The visits of each visitor on each day. */
class VisitorDays<V extends Visit> {
  readonly #parts = new Map<number, DayPart<V>[]>();

  constructor(visits: Iterable<V>) {
    for (const visit of visits) {
      for (const part of partsOf(visit)) {
        const known = this.#parts.get(part.visitor);
        if (known === undefined) this.#parts.set(part.visitor, [part]);
        else known.push(part);
      }
    }
  }

  of(visitor: number, day: number): DayPart<V>[] {
    return (this.#parts.get(visitor) ?? []).filter((part) => part.day === day);
  }
}

/** The days of a visit: one, except for visits over midnight. */
function partsOf<V extends Visit>(visit: V): DayPart<V>[] {
  const parts: DayPart<V>[] = [];
  for (const [hour, { visitor, day }] of visit.hours) {
    const part = parts.find((known) => known.day === day && known.visitor === visitor);
    if (part === undefined) {
      parts.push({ visit, visitor, day, from: hour, to: hour });
    } else {
      part.from = Math.min(part.from, hour);
      part.to = Math.max(part.to, hour);
    }
  }
  return parts;
}

function rangeOf({ hours }: Visit): { from: number; to: number } {
  let [from, to] = [Infinity, -Infinity];
  for (const hour of hours.keys()) {
    if (hour < from) from = hour;
    if (hour > to) to = hour;
  }
  return { from, to };
}

/** Adds visitors. One counts once per local day and value, in the first hour of that day in which the value occurs. */
function addVisitors(changes: ChangeSum, { sessions, visits, days }: FoldPlan): void {
  const changed = new Set<Visit>(sessions.flatMap(({ before }) => before));
  const after = new VisitorDays<Visit>([
    ...visits.filter((visit) => !changed.has(visit)),
    ...sessions.map(({ visit }) => visit),
  ]);
  const seen = new Map<number, number[]>();
  for (const { before, visit } of sessions) {
    for (const { visitor, day } of [...before, visit].flatMap((each) => partsOf<Visit>(each))) {
      const known = seen.get(visitor);
      if (known?.includes(day) === true) continue;
      if (known === undefined) seen.set(visitor, [day]);
      else known.push(day);
      addVisitor(changes, days.of(visitor, day), -1);
      addVisitor(changes, after.of(visitor, day), 1);
    }
  }
}

/**
 * Adds or removes a visitor of a day.
 * @param parts all visits of the visitor on that day
 * @param factor 1 adds, -1 removes
 */
function addVisitor(changes: ChangeSum, parts: readonly DayPart<Visit>[], factor: 1 | -1): void {
  const [first, ...others] = parts.toSorted((one, other) => one.from - other.from);
  if (first === undefined) return;
  const { visitor, day } = first;
  const sum = changes.at(first.from, day);
  sum.visitors += factor;
  const earliest = parts.reduce((one, other) => (other.visit.start.at < one.visit.start.at ? other : one));
  if (!isDeviceKey(visitor)) changes.addCountry(earliest.visit.start.attributes, factor);

  const { attributes } = first.visit.start;
  if (others.every(({ visit }) => visit.start.attributes === attributes)) {
    addTo(sum.attributes, attributes, 0, 0, factor);
  } else {
    for (const index of VISIT_DIMENSIONS.keys()) {
      const firsts = firstHours(parts, ({ start }) => changes.valuesOf(start.attributes)[index]);
      for (const [value, hour] of firsts)
        addTo(changes.at(hour, day).values[index] as Sums, value, 0, 0, factor);
    }
  }
  for (const [value, hour] of firstHours(parts, ({ entry }) => entry?.page)) {
    addTo(changes.at(hour, day).entries, value, 0, 0, factor);
  }
  for (const [value, hour] of firstHours(parts, ({ exit }) => exit?.page)) {
    addTo(changes.at(hour, day).exits, value, 0, 0, factor);
  }
}

/** The hour in which each value of some visits first occurred. */
function firstHours(
  parts: readonly DayPart<Visit>[],
  valueOf: (visit: Visit) => number | undefined,
): Map<number, number> {
  const hours = new Map<number, number>();
  for (const { visit, from } of parts) {
    const value = valueOf(visit);
    if (value !== undefined) hours.set(value, Math.min(from, hours.get(value) ?? from));
  }
  return hours;
}

/** The pages of a session whose first views may have changed, each with the hour of its first event here. */
function pagesOf({ before, events }: Session, joined: PlanState['joinedPages']): Map<number, number> {
  const pages = new Map<number, number>();
  if (before.length > 1) {
    for (const { id } of before) for (const page of joined.get(id) ?? []) pages.set(page, Infinity);
  }
  for (const { page, hour } of events) {
    if (page !== null) pages.set(page, Math.min(hour, pages.get(page) ?? hour));
  }
  return pages;
}

/**
 * Adds the counts of pages. A visit counts for a page in the hour in which it first viewed it, a visitor in the first such
 * hour of the day.
 */
function addPages(changes: ChangeSum, plan: FoldPlan, pageHours: FoldState['pageHours']): void {
  const hourOf = (lookup: PageLookup): number => {
    const index = plan.lookupList.indexOf(lookup);
    return index === undefined ? Infinity : (pageHours[index] ?? Infinity);
  };
  const firsts = new Map<number, VisitorPage[]>();

  for (const session of plan.sessions) {
    const { visit, before, events } = session;
    const dayOf = (hour: number): number => (visit.hours.get(hour) as { day: number }).day;
    for (const [page, hour] of pagesOf(session, plan.joinedPages)) {
      const was = before
        .map((each) => hourOf({ visit: each.id, page, ...rangeOf(each) }))
        .filter((old) => old !== Infinity);
      const first = Math.min(hour, ...was);
      if (was.length === 1 && was[0] === first) continue;
      for (const old of was) addTo(changes.at(old, dayOf(old)).pages, page, 0, -1, 0);
      addTo(changes.at(first, dayOf(first)).pages, page, 0, 1, 0);
    }
    for (const { page, hour, day, visitor } of events) {
      if (page === null) continue;
      addTo(changes.at(hour, day).pages, page, 1, 0, 0);
      let pages = firsts.get(visitor);
      if (pages === undefined) firsts.set(visitor, (pages = []));
      const first = pages.find((known) => known.page === page && known.day === day);
      if (first === undefined) pages.push({ page, day, hour });
      else if (hour < first.hour) first.hour = hour;
    }
  }
  for (const [visitor, pages] of firsts) {
    for (const { page, day, hour } of pages) {
      const parts = plan.days.of(visitor, day);
      const was = Math.min(
        ...parts.map(({ visit, from, to }) => hourOf({ visit: visit.id, page, from, to })),
      );
      if (was <= hour) continue;
      if (was !== Infinity) addTo(changes.at(was, day).pages, page, 0, 0, -1);
      addTo(changes.at(hour, day).pages, page, 0, 0, 1);
    }
  }
}

/** A page that a visitor viewed on a day, with the hour of the first view that is folded now. */
interface VisitorPage {
  readonly page: number;
  readonly day: number;
  hour: number;
}

/** Whether a visitor key is that of a device: it is odd, a key for one day is even. */
export function isDeviceKey(visitor: number): boolean {
  return visitor % 2 === 1;
}

/** Adds devices. Each is a unique visitor once, in the country of its first visit. */
function addDevices(
  changes: ChangeSum,
  sessions: readonly Session[],
  devices: FoldState['devices'],
): Map<number, Device> {
  const firsts = new Map<number, Device>();
  for (const { visit, before } of sessions) {
    const { start, end } = visit;
    if (!isDeviceKey(end.visitor) || !before.every((stored) => isBefore(start, stored.start))) continue;
    const known = firsts.get(end.visitor) ?? devices.get(end.visitor);
    // Of two events at the same millisecond the one stored first is the start of the visit, and so of the device.
    const isOwn = before.some((stored) => stored.start.at === known?.firstAt);
    if (known !== undefined && (isOwn ? known.firstAt < start.at : known.firstAt <= start.at)) continue;
    const country = changes.countryOf(start.attributes);
    firsts.set(end.visitor, { firstAt: start.at, firstHour: start.hour, country });
  }
  for (const [visitor, { country }] of firsts) {
    const known = devices.get(visitor);
    if (known !== undefined) changes.addToCountry(known.country, -1);
    changes.addToCountry(country, 1);
  }
  return firsts;
}

/** Sums of views, visits and visitors by value. */
type Sums = Map<number, { views: number; visits: number; visitors: number }>;

function addTo(sums: Sums, value: number, views: number, visits: number, visitors: number): void {
  const sum = sums.get(value);
  if (sum === undefined) {
    sums.set(value, { views, visits, visitors });
  } else {
    sum.views += views;
    sum.visits += visits;
    sum.visitors += visitors;
  }
}

/** The changes of an hour. */
interface HourSum {
  readonly day: number;
  views: number;
  visits: number;
  visitors: number;
  bounces: number;
  visitMs: number;
  readonly pages: Sums;
  readonly entries: Sums;
  readonly exits: Sums;
  /** By combination of attributes: the change of each of its values. */
  readonly attributes: Sums;
  /** By value, for each of `VISIT_DIMENSIONS`: changes of single values of a combination. */
  readonly values: readonly Sums[];
}

const dimensionOf = (name: (typeof DIMENSIONS)[number]): number => DIMENSIONS.indexOf(name) + 1;

const COUNTRY = VISIT_DIMENSIONS.indexOf('country');

/** Sums changes by hour. The counts of combinations of attributes are spread over their values once, at the end. */
class ChangeSum {
  readonly #attributes: FoldState['attributes'];
  readonly #hours = new Map<number, HourSum>();
  readonly #countries = new Map<number, number>();

  constructor(attributes: FoldState['attributes']) {
    this.#attributes = attributes;
  }

  at(hour: number, day: number): HourSum {
    let sum = this.#hours.get(hour);
    if (sum === undefined) {
      const zero = { views: 0, visits: 0, visitors: 0, bounces: 0, visitMs: 0 };
      const maps = { pages: new Map(), entries: new Map(), exits: new Map(), attributes: new Map() };
      sum = { day, ...zero, ...maps, values: VISIT_DIMENSIONS.map(() => new Map()) };
      this.#hours.set(hour, sum);
    }
    return sum;
  }

  valuesOf(attributes: number): readonly number[] {
    const values = this.#attributes.get(attributes);
    if (values === undefined) throw new Error(`The combination of attributes ${attributes} is unknown`);
    return values;
  }

  countryOf(attributes: number): number {
    return this.valuesOf(attributes)[COUNTRY] as number;
  }

  addCountry(attributes: number, visitors: number): void {
    this.addToCountry(this.countryOf(attributes), visitors);
  }

  addToCountry(country: number, visitors: number): void {
    this.#countries.set(country, (this.#countries.get(country) ?? 0) + visitors);
  }

  result(): Omit<Changes, 'devices'> {
    const counts: CountChange[] = [];
    const hours: HourChange[] = [];
    for (const [hour, sum] of this.#hours) {
      const { day, views, visits, visitors, bounces, visitMs, pages, entries, exits } = sum;
      hours.push({ hour, day, views, visits, visitors, bounces, visitMs });
      const put = (dimension: number, sums: Sums): void => {
        for (const [value, change] of sums) {
          if (value === NO_VALUE) continue;
          if (change.views === 0 && change.visits === 0 && change.visitors === 0) continue;
          counts.push({ dimension, hour, day, value, ...change });
        }
      };
      put(dimensionOf('page'), pages);
      put(dimensionOf('entry'), entries);
      put(dimensionOf('exit'), exits);
      for (const [index, name] of VISIT_DIMENSIONS.entries()) {
        const sums = sum.values[index] as Sums;
        for (const [id, change] of sum.attributes) {
          addTo(sums, this.valuesOf(id)[index] as number, change.views, change.visits, change.visitors);
        }
        put(dimensionOf(name), sums);
      }
    }
    return { counts, hours, countries: this.#countries };
  }
}
