import {
  DIMENSIONS,
  VISIT_DIMENSIONS,
  type AnalyticsQuery,
  type Dimension,
  type VisitDimension,
} from '@footfall/core';

/** What is summed over a range. */
export interface Sums {
  views: number;
  visits: number;
  /** Visitor-days. */
  visitors: number;
  bounces: number;
  visitMs: number;
}

/** Visitors distinguished over a range, where devices are. */
export interface Distinct {
  readonly visitors: number;
  /** Of these, those that can be known again, and those of them that were first seen in the range. */
  readonly devices: number;
  readonly newDevices: number;
}

/** The numbers of {@link HourColumns} that are two in one: the second one is less than this. */
export const DAY_OFFSETS = 131_072;

/**
 * The hours of visits, column by column; the first hour of each visit first. Without a filter by page, those of one visit stand
 * together; with one, a row is a view of a page.
 */
export interface HourColumns {
  readonly visit: readonly number[];
  /** These are missing where all visits ended before the range. */
  readonly facts?: readonly number[];
  readonly entry?: readonly (number | null)[];
  readonly exit?: readonly (number | null)[];
  /** The page that was viewed, where several are filtered by. */
  readonly page?: readonly number[];
  /** Twice the milliseconds that the visit lasted, and one if it bounced. */
  readonly rates: readonly number[];
  /**
   * `DAY_OFFSETS` times the seconds from where the day begins on which the range before begins to the hour, and the seconds
   * from where the hour's own day begins to the hour.
   */
  readonly time: readonly number[];
  readonly visitor: readonly number[];
  /** Missing where a row is one view. */
  readonly views?: readonly number[];
}

/** The page views of the same visits in the same order; those of one page stand together, the first hour first. */
export interface PageColumns {
  readonly visit: readonly number[];
  readonly page: readonly number[];
  /** Seconds from the hour in which the visit began. */
  readonly hour: readonly number[];
}

/** What is known of visits, column by column: ids of values. */
export type AttributeColumns = Readonly<Record<'id' | VisitDimension, readonly number[]>>;

/** Devices first seen in the range, or in the one before, column by column. */
export interface NewDevices {
  readonly visitor: readonly number[];
  /** Whether in the range. */
  readonly late: readonly number[];
}

/** What an aggregate works with. */
export interface AggregateOptions {
  readonly query: AnalyticsQuery;
  readonly facts: AttributeColumns;
  /** The largest ids there are. */
  readonly newest: { readonly facts: number; readonly value: number };
  /** Whether hours are those of page views, so that a visit may begin before its first row. */
  readonly isByPage: boolean;
  /** Whether bounces and durations are summed by value. */
  readonly isRated?: boolean;
}

/** The bounces of the visits that have a value, and how long they lasted together. */
export interface Rates {
  readonly visits: number;
  readonly bounces: number;
  readonly visitMs: number;
}

/** The numbers of a value: its id, views, visits, visitors. */
export type IdRow = readonly [id: number, views: number, visits: number, visitors: number];

/** A list's row: the value's text, then the same. */
export type ListRow = readonly [value: string, views: number, visits: number, visitors: number];

/** What is known of a range. */
export interface Filtered {
  readonly totals: Sums;
  readonly previous: Sums;
  readonly series: readonly Sums[];
  readonly previousSeries: readonly Sums[];
  /** Of the range, and of the one before; undefined where devices are not distinguished. */
  readonly distinct: readonly [Distinct, Distinct] | undefined;
  /** The first rows first; there may be one more than was asked for. */
  readonly lists: Readonly<Record<Dimension, readonly ListRow[]>>;
}

export function nothing(): Sums {
  return { views: 0, visits: 0, visitors: 0, bounces: 0, visitMs: 0 };
}

/** Numbers by id. */
class Counts {
  readonly #views: Uint32Array;
  readonly #visits: Uint32Array;
  readonly #visitors: Uint32Array;
  /** Empty where they are not asked for. */
  readonly #bounces: Uint32Array;
  readonly #visitMs: Float64Array;

  constructor(newest: number, isRated: boolean) {
    this.#views = new Uint32Array(newest + 1);
    this.#visits = new Uint32Array(newest + 1);
    this.#visitors = new Uint32Array(newest + 1);
    this.#bounces = new Uint32Array(isRated ? newest + 1 : 0);
    this.#visitMs = new Float64Array(isRated ? newest + 1 : 0);
  }

  /** Adds what others say of one of theirs. */
  add(id: number, others: Counts, theirs: number): void {
    this.view(id, others.#views[theirs] as number);
    this.#visits[id] = (this.#visits[id] as number) + (others.#visits[theirs] as number);
    this.#visitors[id] = (this.#visitors[id] as number) + (others.#visitors[theirs] as number);
    this.#rate(id, others.#bounces[theirs] ?? 0, others.#visitMs[theirs] ?? 0);
  }

  view(id: number, views: number): void {
    this.#views[id] = (this.#views[id] as number) + views;
  }

  visit(id: number, bounces: number, visitMs: number): void {
    this.#visits[id] = (this.#visits[id] as number) + 1;
    this.#rate(id, bounces, visitMs);
  }

  #rate(id: number, bounces: number, visitMs: number): void {
    if (this.#bounces.length === 0) return;
    this.#bounces[id] = (this.#bounces[id] as number) + bounces;
    this.#visitMs[id] = (this.#visitMs[id] as number) + visitMs;
  }

  rates(id: number): Rates {
    return {
      visits: this.#visits[id] ?? 0,
      bounces: this.#bounces[id] ?? 0,
      visitMs: this.#visitMs[id] ?? 0,
    };
  }

  countVisitor(id: number): void {
    this.#visitors[id] = (this.#visitors[id] as number) + 1;
  }

  has(id: number): boolean {
    return this.#views[id] !== 0 || this.#visits[id] !== 0 || this.#visitors[id] !== 0;
  }

  #row(id: number): IdRow {
    return [id, this.#views[id] ?? 0, this.#visits[id] ?? 0, this.#visitors[id] ?? 0];
  }

  /** The rows of a list, with one to spare, in the order of {@link listSql}. */
  list(ids: Iterable<number>, { by, limit }: { by: 'views' | 'visits'; limit: number }): IdRow[] {
    const [first, second] = by === 'views' ? ([1, 2] as const) : ([2, 1] as const);
    const counted = Array.from(ids).filter((id) => id !== NONE && this.has(id));
    return counted
      .map((id) => this.#row(id))
      .sort((a, b) => b[first] - a[first] || b[second] - a[second] || b[3] - a[3] || a[0] - b[0])
      .slice(0, limit + 1);
  }

  /** The same of all ids. */
  listAll(options: { by: 'views' | 'visits'; limit: number }): IdRow[] {
    return this.list(this.#views.keys(), options);
  }
}

/** Where what happens in an hour counts. */
interface Bucket {
  /** Of the range, or of the one before. */
  readonly total: Sums;
  /** Of the interval. */
  readonly part: Sums;
  /** Whether the hour lies in the range. */
  readonly isIn: boolean;
  /** The visitors seen in the range, or in the one before. */
  readonly seen: Seen;
}

/** Visitors distinguished. */
interface Seen {
  readonly visitors: Set<number>;
  devices: number;
  newDevices: number;
}

function nobody(): Seen {
  return { visitors: new Set(), devices: 0, newDevices: 0 };
}

/** Somebody's hour in a visit, until the day is over. */
interface Unit {
  readonly at: number;
  readonly facts: number;
  readonly entry: number;
  readonly exit: number;
  /** The hour in which its visit began. */
  readonly began: number;
  /** The page views of its visit: these, from one row to before another. */
  readonly pages: PageColumns | undefined;
  readonly begin: number;
  readonly end: number;
  /** Another one of the same visitor and day. */
  readonly other: Unit | undefined;
}

/** An id that nothing has. */
const NONE = 0;

/**
 * Counts filtered visits by the rules of docs/decisions/0011, some days at a time. It does in memory what a database can do
 * only by sorting, and that took ten times as long.
 */
export class Aggregate {
  readonly totals = nothing();
  readonly previous = nothing();
  readonly series: readonly Sums[];
  readonly previousSeries: readonly Sums[];
  readonly #query: AnalyticsQuery;
  readonly #facts: AttributeColumns;
  /** Where facts stand in the columns, by their id. */
  readonly #placeOfFacts: Uint32Array;
  readonly #byFacts: Counts;
  /** Of the values in facts: an id belongs to one dimension only. */
  readonly #byValue: Counts;
  readonly #byPage: Counts;
  readonly #byEntry: Counts;
  readonly #byExit: Counts;
  readonly #places = new Map<number, Bucket>();
  readonly #elsewhere: Bucket = { total: nothing(), part: nothing(), isIn: false, seen: nobody() };
  readonly #seen = nobody();
  readonly #seenBefore = nobody();
  readonly #isByPage: boolean;
  readonly #visits = new Set<number>();
  /** By day and visitor. */
  readonly #days = new Map<number, Map<number, Unit>>();

  constructor({ query, facts, newest, isByPage, isRated = false }: AggregateOptions) {
    this.#query = query;
    this.#facts = facts;
    this.#isByPage = isByPage;
    this.#placeOfFacts = new Uint32Array(newest.facts + 1);
    facts.id.forEach((id, place) => {
      this.#placeOfFacts[id] = place;
    });
    this.#byFacts = new Counts(facts.id.length, isRated);
    this.#byValue = new Counts(newest.value, isRated);
    this.#byPage = new Counts(newest.value, isRated);
    this.#byEntry = new Counts(newest.value, isRated);
    this.#byExit = new Counts(newest.value, isRated);
    this.series = query.starts.map(nothing);
    this.previousSeries = query.previousStarts.map(nothing);
  }

  /**
   * Counts visits.
   * @param pages their page views, where pages are to be counted
   */
  add(hours: HourColumns, pages?: PageColumns): void {
    const isDevice = this.#query.identity === 'device';
    let began = 0;
    let begin = 0;
    let end = 0;
    let visitBefore = NONE;
    for (let row = 0; row < hours.visit.length; row += 1) {
      const visit = hours.visit[row] as number;
      const time = hours.time[row] as number;
      const at = Math.floor(time / DAY_OFFSETS);
      const place = this.#placeAt(at);
      const facts =
        hours.facts === undefined ? NONE : (this.#placeOfFacts[hours.facts[row] as number] as number);
      const entry = hours.entry?.[row] ?? NONE;
      const exit = hours.exit?.[row] ?? NONE;
      const views = hours.views === undefined ? 1 : (hours.views[row] as number);
      const visitor = hours.visitor[row] as number;

      place.total.views += views;
      place.part.views += views;
      if (place.isIn) {
        this.#byFacts.view(facts, views);
        this.#byEntry.view(entry, views);
        this.#byExit.view(exit, views);
      }
      const last = visitBefore;
      visitBefore = visit;
      if (visit !== last && this.#isFirst(visit)) {
        const bounces = (hours.rates[row] as number) % 2;
        const visitMs = ((hours.rates[row] as number) - bounces) / 2;
        addRates(place.total, bounces, visitMs);
        addRates(place.part, bounces, visitMs);
        if (place.isIn) {
          this.#byFacts.visit(facts, bounces, visitMs);
          this.#byEntry.visit(entry, bounces, visitMs);
          this.#byExit.visit(exit, bounces, visitMs);
        }
        began = this.#isByPage ? 0 : at;
        begin = end;
        if (pages !== undefined) end = this.#addPages(hours, { row, began }, { pages, begin });
      }
      if (isDevice) addDistinct(place.seen, visitor);
      const visitors = this.#visitorsOf(at - (time - at * DAY_OFFSETS));
      const other = visitors.get(visitor);
      visitors.set(visitor, { at, facts, entry, exit, began, pages, begin, end, other });
    }
  }

  /** Counts the page views of a visit, whose first hour is in a row. @returns where those of the next begin */
  #addPages(
    hours: HourColumns,
    { row: its, began }: { row: number; began: number },
    { pages, begin }: { pages: PageColumns; begin: number },
  ): number {
    const id = hours.visit[its];
    const bounces = (hours.rates[its] as number) % 2;
    const visitMs = ((hours.rates[its] as number) - bounces) / 2;
    let row = begin;
    for (; pages.visit[row] === id; row += 1) {
      if (!this.#placeAt(began + (pages.hour[row] as number)).isIn) continue;
      const page = pages.page[row] as number;
      this.#byPage.view(page, 1);
      if (row === begin || pages.page[row - 1] !== page) this.#byPage.visit(page, bounces, visitMs);
    }
    return row;
  }

  /** Whether a visit was not counted yet: the views of a page may stand apart. */
  #isFirst(visit: number): boolean {
    if (!this.#isByPage) return true;
    const before = this.#visits.size;
    return this.#visits.add(visit).size > before;
  }

  #visitorsOf(day: number): Map<number, Unit> {
    let visitors = this.#days.get(day);
    if (visitors === undefined) this.#days.set(day, (visitors = new Map<number, Unit>()));
    return visitors;
  }

  #placeAt(hour: number): Bucket {
    let place = this.#places.get(hour);
    if (place === undefined) this.#places.set(hour, (place = this.#placeOf(hour)));
    return place;
  }

  #placeOf(hour: number): Bucket {
    const { from, to, previous, starts, previousStarts } = this.#query;
    const at = previous.day + hour * 1000;
    if (at < previous.from || at >= to) return this.#elsewhere;
    if (at >= from) {
      const interval = starts.findLastIndex((start) => start <= at);
      return { total: this.totals, part: this.series[interval] as Sums, isIn: true, seen: this.#seen };
    }
    const part = this.previousSeries[previousStarts.findLastIndex((start) => start <= at)] as Sums;
    // Of what has no counterpart yet in a range that goes on, only the series shows something.
    if (at >= previous.to) return { ...this.#elsewhere, part };
    return { ...this.#elsewhere, total: this.previous, part, seen: this.#seenBefore };
  }

  /** Counts the visitors of the days that began before an instant: no more of their visits come. */
  close(before: number): void {
    const seconds = (before - this.#query.previous.day) / 1000;
    for (const [day, visitors] of this.#days) {
      if (day >= seconds) continue;
      this.#days.delete(day);
      for (const unit of visitors.values()) this.#addVisitor(unit);
    }
  }

  #addVisitor(unit: Unit): void {
    if (unit.other !== undefined) return this.#addReturning(unit);
    const place = this.#placeAt(unit.at);
    place.total.visitors += 1;
    place.part.visitors += 1;
    if (!place.isIn) return;
    this.#byFacts.countVisitor(unit.facts);
    this.#byEntry.countVisitor(unit.entry);
    this.#byExit.countVisitor(unit.exit);
    eachPage(unit, (page) => {
      this.#byPage.countVisitor(page);
    });
  }

  /** Somebody with several hours or visits on a day counts once for each value, in the first hour that has it. */
  #addReturning(last: Unit): void {
    const units: Unit[] = [];
    for (let unit: Unit | undefined = last; unit !== undefined; unit = unit.other) units.push(unit);
    units.sort((a, b) => a.at - b.at);
    const places = units.map(({ at }) => this.#placeAt(at));
    const [first] = places as [Bucket];
    first.total.visitors += 1;
    first.part.visitors += 1;

    const see = (counts: Counts, ids: readonly number[]): void => {
      for (const [nth, id] of ids.entries()) {
        if (places[nth]?.isIn === true && ids.indexOf(id) === nth) counts.countVisitor(id);
      }
    };
    const entries = units.map(({ entry }) => entry);
    const exits = units.map(({ exit }) => exit);
    const facts = units.map((unit) => unit.facts);
    see(this.#byEntry, entries);
    see(this.#byExit, exits);
    if (facts.every((its) => its === facts[0])) {
      see(this.#byFacts, facts.slice(0, 1));
    } else {
      for (const fact of VISIT_DIMENSIONS) {
        const ids = this.#facts[fact];
        see(
          this.#byValue,
          facts.map((place) => ids[place] as number),
        );
      }
    }
    const pages = new Set<number>();
    for (const [nth, unit] of units.entries()) {
      eachPage(unit, (page) => {
        if (pages.has(page)) return;
        pages.add(page);
        if (places[nth]?.isIn === true) this.#byPage.countVisitor(page);
      });
    }
  }

  /** The lists, each with one row to spare. */
  lists(page: number | undefined, limit = this.#query.limit): Record<Dimension, IdRow[]> {
    const { views, visits, visitors } = this.totals;
    const of = (dimension: Dimension): IdRow[] => {
      if (dimension === 'entry') return this.#byEntry.listAll({ by: 'visits', limit });
      if (dimension === 'exit') return this.#byExit.listAll({ by: 'visits', limit });
      if (dimension !== 'page')
        return this.#byValue.list(new Set(this.#facts[dimension]), { by: 'visits', limit });
      if (page === undefined) return this.#byPage.listAll({ by: 'views', limit });
      return visits + visitors + views === 0 ? [] : [[page, views, visits, visitors]];
    };
    return Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, of(dimension)])) as Record<
      Dimension,
      IdRow[]
    >;
  }

  /** The rates of the values of a dimension. */
  ratesOf(dimension: Dimension, page: number | undefined): (id: number) => Rates {
    const { visits, bounces, visitMs } = this.totals;
    if (dimension === 'page' && page !== undefined) return () => ({ visits, bounces, visitMs });
    const counts =
      dimension === 'page'
        ? this.#byPage
        : dimension === 'entry'
          ? this.#byEntry
          : dimension === 'exit'
            ? this.#byExit
            : this.#byValue;
    return (id) => counts.rates(id);
  }

  /** Passes on to the values of a dimension what was counted by facts: once, before the lists. */
  rollUp(fact: VisitDimension): void {
    for (const [place, id] of this.#facts[fact].entries()) {
      if (this.#byFacts.has(place)) this.#byValue.add(id, this.#byFacts, place);
    }
  }

  /** Adds devices that were first seen in the range or in the one before. */
  addNewDevices({ visitor: visitors, late }: NewDevices): void {
    for (const [row, visitor] of visitors.entries()) {
      const seen = late[row] === 1 ? this.#seen : this.#seenBefore;
      if (seen.visitors.has(visitor)) seen.newDevices += 1;
    }
  }

  /** Who was seen in the range, and in the one before. */
  distinct(): [Distinct, Distinct] {
    const of = ({ visitors, ...devices }: Seen): Distinct => ({ visitors: visitors.size, ...devices });
    return [of(this.#seen), of(this.#seenBefore)];
  }
}

function addRates(sums: Sums, bounces: number, visitMs: number): void {
  sums.visits += 1;
  sums.bounces += bounces;
  sums.visitMs += visitMs;
}

/** The same rows in the order of their hours. */
export function inOrderOfHours(hours: HourColumns): HourColumns {
  const { time } = hours;
  if (time.every((at, row) => row === 0 || at >= (time[row - 1] as number))) return hours;
  const rows = time.map((_, row) => row).sort((a, b) => (time[a] as number) - (time[b] as number) || a - b);
  return inOrder(hours, rows);
}

/** The same rows, those of each visit, which stand together, in the order of their hours. */
export function visitsInOrderOfHours(hours: HourColumns): HourColumns {
  const { visit, time } = hours;
  const rows = visit.map((_, row) => row);
  for (let begin = 0, row = 1; row <= visit.length; row += 1) {
    if (visit[row] === visit[begin]) continue;
    if (row - begin > 1) {
      const its = rows.slice(begin, row).sort((a, b) => (time[a] as number) - (time[b] as number) || a - b);
      for (const [nth, from] of its.entries()) rows[begin + nth] = from;
    }
    begin = row;
  }
  return inOrder(hours, rows);
}

function inOrder(hours: HourColumns, rows: readonly number[]): HourColumns {
  return Object.fromEntries(
    Object.entries(hours).map(([name, column]: [string, readonly unknown[]]) => [
      name,
      rows.map((row) => column[row]),
    ]),
  ) as unknown as HourColumns;
}

function addDistinct(seen: Seen, visitor: number): void {
  const before = seen.visitors.size;
  seen.visitors.add(visitor);
  if (seen.visitors.size > before) seen.devices += visitor % 2;
}

/** Calls back once for each page that was viewed in a visit in that hour. */
function eachPage({ at, began, pages, begin, end }: Unit, onPage: (page: number) => void): void {
  if (pages === undefined) return;
  let last = NONE;
  for (let row = begin; row < end; row += 1) {
    const page = pages.page[row] as number;
    if (page === last || pages.hour[row] !== at - began) continue;
    last = page;
    onPage(page);
  }
}
