import {
  DIMENSIONS,
  isTag,
  VISIT_DIMENSIONS,
  type Attributes,
  type Dimension,
  type Engagement,
  type PageView,
  type Registration,
  type CollectedEvent,
} from '@footfall/core';

/**
 * What the tables should hold, computed from the events alone, all at once and as plainly as it can be said: decision
 * 0011 as a program. Every key is a string that says what a row is of.
 */
export interface Numbers {
  /** By dimension, hour and value. */
  readonly hourly: Rows<Counts>;
  /** By dimension, day and value. */
  readonly daily: Rows<Counts>;
  /** By hour. */
  readonly hours: Rows<Hour>;
  /** By page; the totals are under `all`. */
  readonly pages: Rows<Page>;
  /** By country. */
  readonly countries: Rows<Visitors>;
  /** By device. */
  readonly devices: Rows<Device>;
  /** By day, reason and detail. */
  readonly ledger: Rows<Ignored>;
  /** By the id of the first report of each. */
  readonly visits: Rows<VisitRow>;
  /** By the id of the report. */
  readonly log: Rows<LogRow>;
  /** Engagement whose page view has not come, by its id. */
  readonly waiting: Rows<Look>;
}

export type Rows<Row> = ReadonlyMap<string, Row>;

export interface Counts {
  readonly views: number;
  readonly visits: number;
  readonly visitors: number;
}

export interface Hour extends Counts {
  readonly day: string;
  readonly bounces: number;
  readonly visitMs: number;
}

export interface Page {
  readonly views: number;
  readonly lastAt: string;
}

export interface Visitors {
  readonly visitors: number;
}

export interface Device {
  readonly firstAt: string;
  readonly firstHour: string;
  readonly country: string;
}

export interface Ignored {
  readonly reports: number;
}

export interface VisitRow {
  readonly visitor: number;
  readonly prior: number | null;
  readonly startedAt: string;
  readonly enteredAt: string;
  readonly endedAt: string;
  readonly exitedAt: string;
  readonly seenUntil: string;
  readonly hour: string;
  readonly day: string;
  readonly views: number;
  readonly registrations: number;
  readonly engagedMs: number;
  readonly entry: string;
  readonly exit: string;
  readonly facts: string;
  /** Each hour of it with the day, the visitor's key and the page views. */
  readonly hours: string;
  /** The ids of its reports, in order. */
  readonly reports: string;
}

export interface LogRow {
  readonly page: string;
  readonly at: string;
  readonly visitor: number;
  readonly prior: number | null;
  readonly hour: string;
  readonly engagedMs: number;
  readonly scrollPercent: number;
}

export interface Look {
  readonly engagedMs: number;
  readonly scrollPercent: number;
  readonly seenUntil: string;
}

/** The string for a missing value: a visit without a page view has no entry. */
export const NONE = '(none)';

/** An instant as it stands in keys. */
export function timeOf(at: number): string {
  return new Date(at).toISOString();
}

/** A string as it is written in keys. */
export function textOf(text: string | null | undefined): string {
  return text === null || text === undefined ? NONE : JSON.stringify(text);
}

/** All that is known of a visit that begins with an event. */
export function attributesOf({ attributes, campaign }: PageView | Registration): Attributes {
  return {
    ...attributes,
    medium: campaign?.utmMedium ?? '',
    term: campaign?.utmTerm ?? '',
    content: campaign?.utmContent ?? '',
  };
}

/** Attributes as they are written in a row: in the order of `VISIT_DIMENSIONS`. */
export function factsOf(facts: Readonly<Record<string, string>>): string {
  return VISIT_DIMENSIONS.map((fact) => facts[fact]).join('|');
}

/** The hourly or daily rows of one list, as `[views, visits, visitors]`. */
export function listOf(rows: Rows<Counts>, dimension: string): Record<string, number[]> {
  const own = [...rows].filter(
    ([key, { views, visits, visitors }]) =>
      key.startsWith(`${dimension} `) && (views > 0 || visits > 0 || visitors > 0),
  );
  return Object.fromEntries(
    own.map(([key, { views, visits, visitors }]) => [
      key.slice(dimension.length + 1),
      [views, visits, visitors],
    ]),
  );
}

const BOUNCE_MS = 10_000;

/** A page view or registration, with its place in the order in which they were stored. */
type Sign = (PageView | Registration) & { readonly place: number; readonly report: CollectedEvent };

interface Visit {
  /** In order. */
  readonly signs: readonly Sign[];
  readonly first: Sign;
  readonly views: readonly PageView[];
  readonly engagedMs: number;
  readonly seenUntil: number;
}

/**
 * Computes all numbers.
 * @param reports in the order in which they were stored
 * @param timeoutOf the longest gap within a visit as it was when a report was stored; or at all times
 */
export function computeNumbers(
  reports: readonly CollectedEvent[],
  timeoutOf: number | ((report: CollectedEvent) => number),
): Numbers {
  const { signs, ledger } = sort(reports);
  const looks = looksOf(reports);
  const ofEach = signs.map(
    (sign) => [sign, typeof timeoutOf === 'number' ? timeoutOf : timeoutOf(sign.report)] as const,
  );
  const visits = visitsOf(ofEach).map((group) => visitOf(group, looks));
  const viewed = new Set(signs.filter(isView).map(({ id }) => id));
  return {
    ...countsOf(visits),
    hours: hoursOf(visits),
    pages: pagesOf(signs.filter(isView)),
    countries: countriesOf(visits),
    devices: devicesOf(visits),
    ledger,
    visits: new Map(visits.map((visit) => [visit.first.id, visitRow(visit)])),
    log: new Map(signs.map((sign) => [sign.id, logRow(sign, looks)])),
    waiting: new Map([...looks].filter(([id]) => !viewed.has(id)).map(([id, look]) => [id, lookRow(look)])),
  };
}

/** Which reports count as page views and registrations, and what becomes of those that do not count. */
function sort(reports: readonly CollectedEvent[]): { signs: Sign[]; ledger: Map<string, Ignored> } {
  const signs = new Map<string, Sign>();
  const ledger = new Map<string, Ignored>();
  const note = (day: number, reason: string, detail: string): void => {
    const line = `${timeOf(day)} ${reason} ${textOf(detail)}`;
    ledger.set(line, { reports: (ledger.get(line)?.reports ?? 0) + 1 });
  };
  for (const report of reports) {
    if (report.kind === 'engagement') continue;
    if (report.kind === 'ignored') note(report.day, report.reason, report.detail);
    else if (signs.has(report.id)) note(report.day, 'duplicate', '');
    else signs.set(report.id, { ...report, place: signs.size, report });
  }
  return { signs: [...signs.values()], ledger };
}

function isView(sign: Sign): sign is Sign & PageView {
  return sign.kind === 'page-view';
}

/** The engagement of each page view, in whatever order it arrived: the maximum of everything. */
function looksOf(reports: readonly CollectedEvent[]): Map<string, Engagement> {
  const looks = new Map<string, Engagement>();
  for (const report of reports) {
    if (report.kind !== 'engagement') continue;
    const { engagedMs = 0, scrollPercent = 0, at = 0 } = looks.get(report.id) ?? {};
    looks.set(report.id, {
      ...report,
      engagedMs: Math.max(engagedMs, report.engagedMs),
      scrollPercent: Math.max(scrollPercent, report.scrollPercent),
      at: Math.max(at, report.at),
    });
  }
  return looks;
}

function inOrder(one: Sign, other: Sign): number {
  return one.at - other.at || one.place - other.place;
}

/**
 * Puts together what belongs together: all that was stored under one timeout at once, then what came under the next one.
 * What was one visit stays one.
 */
function visitsOf(signs: readonly (readonly [sign: Sign, timeoutMs: number])[]): Sign[][] {
  let visits: Sign[][] = [];
  for (let from = 0; from < signs.length;) {
    const [, timeoutMs] = signs[from] as (typeof signs)[number];
    const change = signs.findIndex(([, other], place) => place > from && other !== timeoutMs);
    const to = change === -1 ? signs.length : change;
    const part = signs.slice(from, to).map(([sign]) => sign);
    visits = visitsWith(part, visits, timeoutMs);
    from = to;
  }
  return visits;
}

function isSameVisitor(one: Sign, other: Sign): boolean {
  const [earlier, later] = inOrder(one, other) < 0 ? [one, other] : [other, one];
  return later.visitor === earlier.visitor || later.previousDayKey === earlier.visitor;
}

/** What is near a report of the same visitor, or between two reports of one visit, joins that visit. */
function visitsWith(signs: readonly Sign[], before: readonly Sign[][], timeoutMs: number): Sign[][] {
  const isNear = (visit: readonly Sign[], sign: Sign): boolean => {
    const times = visit.map(({ at }) => at);
    const isWithin = Math.min(...times) <= sign.at && sign.at <= Math.max(...times);
    return visit.some(
      (other) => isSameVisitor(other, sign) && (isWithin || Math.abs(other.at - sign.at) <= timeoutMs),
    );
  };
  let visits = [...before];
  for (const sign of signs.toSorted(inOrder)) {
    const joined = visits.filter((visit) => isNear(visit, sign));
    const others = visits.filter((visit) => !joined.includes(visit));
    visits = [...others, [...joined.flat(), sign].toSorted(inOrder)];
  }
  return visits;
}

function visitOf(signs: readonly Sign[], looks: ReadonlyMap<string, Engagement>): Visit {
  const views = signs.filter(isView);
  const engagements = views.flatMap(({ id }) => looks.get(id) ?? []);
  return {
    signs,
    first: signs[0] as Sign,
    views,
    engagedMs: sum(engagements.map(({ engagedMs }) => engagedMs)),
    seenUntil: Math.max(...signs.map(({ at }) => at), ...engagements.map(({ at }) => at)),
  };
}

/** A page view or registration that has a value of a dimension. */
interface Line {
  readonly sign: Sign;
  readonly visit: Visit;
  readonly value: string;
}

/** All that have a value, in order. */
function linesOf(dimension: Dimension | 'all', visits: readonly Visit[]): Line[] {
  return visits
    .flatMap((visit) =>
      visit.signs.flatMap((sign) => {
        const value = valueOf(dimension, sign, visit);
        return value === undefined ? [] : [{ sign, visit, value }];
      }),
    )
    .toSorted((one, other) => inOrder(one.sign, other.sign));
}

function valueOf(dimension: Dimension | 'all', sign: Sign, { first, views }: Visit): string | undefined {
  if (dimension === 'all') return '';
  if (dimension === 'page') return isView(sign) ? sign.page : undefined;
  if (dimension === 'entry') return views[0]?.page;
  if (dimension === 'exit') return views.at(-1)?.page;
  const value = attributesOf(first)[dimension];
  return value === '' && isTag(dimension) ? undefined : value;
}

/** For each line what it counts: a visit once per value, a visitor once per local day and value, each at its first. */
function countedOf(lines: readonly Line[]): (Line & Counts)[] {
  const known = new Set<string>();
  const isFirst = (...of: unknown[]): boolean => {
    const key = JSON.stringify(of);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  };
  return lines.map((line) => {
    const { sign, visit, value } = line;
    return {
      ...line,
      views: Number(isView(sign)),
      visits: Number(isFirst('visit', visit.first.id, value)),
      visitors: Number(isFirst('visitor', sign.visitor, sign.day, value)),
    };
  });
}

function countsOf(visits: readonly Visit[]): { hourly: Map<string, Counts>; daily: Map<string, Counts> } {
  const hourly = new Map<string, Counts>();
  const daily = new Map<string, Counts>();
  for (const dimension of DIMENSIONS) {
    for (const line of countedOf(linesOf(dimension, visits))) {
      const { hour, day } = line.sign;
      add(hourly, `${dimension} ${timeOf(hour)} ${textOf(line.value)}`, line);
      add(daily, `${dimension} ${timeOf(day)} ${textOf(line.value)}`, line);
    }
  }
  return { hourly, daily };
}

function add(rows: Map<string, Counts>, key: string, { views, visits, visitors }: Counts): void {
  const row = rows.get(key) ?? { views: 0, visits: 0, visitors: 0 };
  rows.set(key, {
    views: row.views + views,
    visits: row.visits + visits,
    visitors: row.visitors + visitors,
  });
}

function hoursOf(visits: readonly Visit[]): Map<string, Hour> {
  const lines = countedOf(linesOf('all', visits));
  const hours = new Map(lines.map(({ sign }) => [sign.hour, sign.day]));
  return new Map(
    [...hours].map(([hour, day]) => {
      const here = lines.filter(({ sign }) => sign.hour === hour);
      const begun = visits.filter(({ first }) => first.hour === hour);
      const row = {
        day: timeOf(day),
        views: sum(here.map(({ views }) => views)),
        visits: sum(here.map((line) => line.visits)),
        visitors: sum(here.map(({ visitors }) => visitors)),
        bounces: begun.filter(({ views, engagedMs }) => views.length <= 1 && engagedMs < BOUNCE_MS).length,
        visitMs: sum(begun.map(({ first, seenUntil }) => seenUntil - first.at)),
      };
      return [timeOf(hour), row];
    }),
  );
}

function pagesOf(views: readonly PageView[]): Map<string, Page> {
  const pageOf = (here: readonly PageView[]): Page => ({
    views: here.length,
    lastAt: here.length === 0 ? NONE : timeOf(Math.max(...here.map(({ at }) => at))),
  });
  const pages = [...new Set(views.map(({ page }) => page))];
  return new Map([
    ['all', pageOf(views)],
    ...pages.map((page) => [textOf(page), pageOf(views.filter((view) => view.page === page))] as const),
  ]);
}

const isDevice = ({ visitor }: Sign): boolean => visitor % 2 === 1;

/** One day's visitors once a day, devices once ever, each by the country of its first visit then. */
function countriesOf(visits: readonly Visit[]): Map<string, Visitors> {
  const seen = new Map<string, string>();
  for (const { sign, visit } of linesOf('all', visits)) {
    const who = isDevice(sign) ? String(sign.visitor) : `${sign.visitor} ${sign.day}`;
    if (!seen.has(who)) seen.set(who, textOf(visit.first.attributes.country));
  }
  const countries = [...seen.values()];
  return new Map(
    countries.map((country) => [
      country,
      { visitors: countries.filter((other) => other === country).length },
    ]),
  );
}

function devicesOf(visits: readonly Visit[]): Map<string, Device> {
  const devices = new Map<string, Device>();
  for (const { sign, visit } of linesOf('all', visits)) {
    if (!isDevice(sign) || devices.has(String(sign.visitor))) continue;
    const country = textOf(visit.first.attributes.country);
    devices.set(String(sign.visitor), { firstAt: timeOf(sign.at), firstHour: timeOf(sign.hour), country });
  }
  return devices;
}

function visitRow({ signs, first, views, engagedMs, seenUntil }: Visit): VisitRow {
  const last = signs.at(-1) as Sign;
  const [entry, exit] = [views[0], views.at(-1)];
  return {
    visitor: last.visitor,
    prior: first.previousDayKey,
    startedAt: timeOf(first.at),
    enteredAt: entry === undefined ? NONE : timeOf(entry.at),
    endedAt: timeOf(last.at),
    exitedAt: exit === undefined ? NONE : timeOf(exit.at),
    seenUntil: timeOf(seenUntil),
    hour: timeOf(first.hour),
    day: timeOf(first.day),
    views: views.length,
    registrations: signs.length - views.length,
    engagedMs,
    entry: textOf(entry?.page),
    exit: textOf(exit?.page),
    facts: factsOf(attributesOf(first)),
    hours: [...new Set(signs.map(({ hour }) => hour))]
      .map((hour) => {
        const here = signs.filter((sign) => sign.hour === hour);
        const { day, visitor } = here[0] as Sign;
        return `${timeOf(hour)} ${timeOf(day)} ${visitor} ${here.filter(isView).length}`;
      })
      .join(', '),
    reports: signs.map(({ id }) => id).join(' '),
  };
}

function logRow(sign: Sign, looks: ReadonlyMap<string, Engagement>): LogRow {
  const look = isView(sign) ? looks.get(sign.id) : undefined;
  return {
    page: isView(sign) ? textOf(sign.page) : NONE,
    at: timeOf(sign.at),
    visitor: sign.visitor,
    prior: sign.previousDayKey,
    hour: timeOf(sign.hour),
    engagedMs: look?.engagedMs ?? 0,
    scrollPercent: look?.scrollPercent ?? 0,
  };
}

function lookRow({ engagedMs, scrollPercent, at }: Engagement): Look {
  return { engagedMs, scrollPercent, seenUntil: timeOf(at) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
