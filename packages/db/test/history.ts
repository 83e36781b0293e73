import {
  calendar,
  VISIT_DIMENSIONS,
  type Engagement,
  type Attributes,
  type Ignored,
  type Moment,
  type PageView,
  type Registration,
  type CollectedEvent,
  type Visitor,
} from '@footfall/core';
import fc from 'fast-check';
import { attributesOf } from './model.ts';
import { idOf, tagsOf } from './support.ts';

/** The events that a site received, in the order of their arrival. */
export interface History {
  readonly timeZone: string;
  /** The session timeout at first. */
  readonly timeoutMs: number;
  readonly batches: readonly Batch[];
}

/** What one writer receives at once. */
export interface Batch {
  readonly reports: readonly CollectedEvent[];
  /** What the owner changes the session timeout to before it, if they do. */
  readonly timeoutMs?: number | undefined;
  readonly writer: number;
  /** Whether it is to be one commit; else each report is added by itself. */
  readonly together: boolean;
  /** When the next batch comes: at once, a turn of the event loop later, or when all before it is durable. */
  readonly next: 'at once' | 'a turn later' | 'when durable';
}

/** The session timeout under which each report of a history is stored. */
export function timeoutsOf({ timeoutMs, batches }: History): (report: CollectedEvent) => number {
  const timeouts = new Map<CollectedEvent, number>();
  let now = timeoutMs;
  for (const batch of batches) {
    now = batch.timeoutMs ?? now;
    for (const report of batch.reports) timeouts.set(report, now);
  }
  return (report) => timeouts.get(report) ?? NaN;
}

/** The settings of an owner who changes the session timeout. */
export const timeoutSetting = (timeoutMs: number) => ({
  SESSION_TIMEOUT_MINUTES: String(timeoutMs / MINUTE_MS),
});

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Time zones, with instants at which their clocks are changed: by an hour, by half an hour, and at midnight. */
const ZONES: readonly (readonly [timeZone: string, ...changes: string[]])[] = [
  ['UTC', '2026-12-31T00:00Z'],
  ['Europe/London', '2026-03-29T01:00Z', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z', '2026-11-01T06:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z', '2026-10-03T15:30Z'],
  ['Africa/Cairo', '2026-04-23T22:00Z', '2026-10-29T21:00Z'],
];

const CALENDARS = new Map(ZONES.map(([timeZone]) => [timeZone, calendar(timeZone)]));

/** Where a history may begin. */
const BEGINNINGS = ZONES.flatMap(([timeZone, ...changes]) =>
  changes.flatMap((text) => {
    const change = Date.parse(text);
    const { momentOf, nextDay } = calendarOf(timeZone);
    const { day } = momentOf(change);
    return [change, day, nextDay(day)].map((at) => ({ timeZone, at }));
  }),
);

function calendarOf(timeZone: string) {
  return CALENDARS.get(timeZone) ?? calendar(timeZone);
}

/** Two that have another key on each day, and two devices. */
const PEOPLE = 4;
const isDevice = (person: number): boolean => person >= 2;

const PAGES = ['/', '/a', '/b'] as const;

/** How much later something is: a number of session timeouts and milliseconds, from here or from a local midnight or hour. */
interface Gap {
  readonly from: 'here' | 'next hour' | 'next day';
  readonly timeouts: number;
  readonly ms: number;
}

interface SignStep {
  readonly kind: 'page-view' | 'registration';
  readonly person: number;
  /** Since this person's last page view or registration. */
  readonly gap: Gap;
  readonly page: number;
  /** A bit for each fact: of each there are two values. */
  readonly facts: number;
  readonly delay: number;
}

/** One of the page views or registrations again, as it was or not quite. */
interface ResentStep {
  readonly kind: 'resent';
  readonly of: number;
  readonly changes: Partial<Pick<SignStep, 'page' | 'facts' | 'person' | 'kind'>>;
  readonly laterMs: number;
  readonly delay: number;
}

interface EngagementStep {
  readonly kind: 'engagement';
  readonly of: number;
  readonly engagedMs: number;
  readonly scrollPercent: number;
  readonly laterMs: number;
  readonly delay: number;
}

interface IgnoredStep {
  readonly kind: 'ignored';
  readonly reason: Ignored['reason'];
  readonly detail: string;
  readonly after: number;
}

type Step = SignStep | ResentStep | EngagementStep | IgnoredStep;

/** What is sent, before it is known when it comes: then is the visitor's key found. */
interface Sent {
  readonly kind: SignStep['kind'];
  readonly id: string;
  readonly person: number;
  readonly at: number;
  readonly page: number;
  readonly facts: number;
}

/** Close enough that a report between two others decides whether they are one visit, and often close to midnight. */
const gap: fc.Arbitrary<Gap> = fc.oneof(
  { weight: 3, arbitrary: gapOf('here', 0, fc.constantFrom(0, 0, 1, 1_000)) },
  { weight: 4, arbitrary: gapOf('here', 0, fc.integer({ min: 0, max: 40 * MINUTE_MS })) },
  { weight: 3, arbitrary: gapOf('here', 1, fc.constantFrom(-1, 0, 1)) },
  { weight: 3, arbitrary: gapOf('here', 0.6, fc.constantFrom(0, 1)) },
  { weight: 1, arbitrary: gapOf('here', 0, fc.integer({ min: 0, max: 26 * HOUR_MS })) },
  { weight: 2, arbitrary: gapOf('next day', -0.5, fc.integer({ min: 0, max: 10 * MINUTE_MS })) },
  { weight: 1, arbitrary: gapOf('next day', 0, fc.constantFrom(-1, 0, 1)) },
  { weight: 1, arbitrary: gapOf('next day', 1, fc.constantFrom(-1, 0, 1)) },
  { weight: 1, arbitrary: gapOf('next hour', 0, fc.constantFrom(-1, 0)) },
);

function gapOf(from: Gap['from'], timeouts: number, ms: fc.Arbitrary<number>): fc.Arbitrary<Gap> {
  return fc.record({ from: fc.constant(from), timeouts: fc.constant(timeouts), ms });
}

/** Many come at once, some when they change what was known, a few when a salt is about to be gone. */
const delay = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 * HOUR_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: DAY_MS }) },
  { weight: 1, arbitrary: fc.constant(DAY_MS) },
);

const person = fc.constantFrom(0, 0, 0, 1, 2, 2, 3);
const page = fc.nat({ max: PAGES.length - 1 });
const facts = fc.nat({ max: 2 ** VISIT_DIMENSIONS.length - 1 });
const signKind = fc.constantFrom('page-view', 'page-view', 'page-view', 'registration');

const sign: fc.Arbitrary<SignStep> = fc.record({ kind: signKind, person, gap, page, facts, delay });

const resent: fc.Arbitrary<ResentStep> = fc.record({
  kind: fc.constant('resent'),
  of: fc.nat({ max: 40 }),
  changes: fc.record({ page, facts, person, kind: signKind }, { requiredKeys: [] }),
  laterMs: fc.constantFrom(0, 0, -1, 1, HOUR_MS),
  delay,
});

const engagement: fc.Arbitrary<EngagementStep> = fc.record({
  kind: fc.constant('engagement'),
  of: fc.nat({ max: 40 }),
  engagedMs: fc.oneof(fc.constantFrom(0, 5_000, 9_999, 10_000), fc.nat({ max: HOUR_MS })),
  scrollPercent: fc.nat({ max: 100 }),
  laterMs: fc.oneof(fc.constantFrom(-1_000, 0, 1), fc.nat({ max: 3 * HOUR_MS })),
  delay,
});

const ignored: fc.Arbitrary<IgnoredStep> = fc.record({
  kind: fc.constant('ignored'),
  reason: fc.constantFrom('bot', 'spam', 'origin'),
  detail: fc.constantFrom('', 'Googlebot'),
  after: fc.nat({ max: 2 * DAY_MS }),
});

// Without a bias towards what is short: in that nothing happens.
const steps: fc.Arbitrary<Step[]> = fc.noBias(
  fc.array(
    fc.oneof(
      { weight: 14, arbitrary: sign },
      { weight: 2, arbitrary: resent },
      { weight: 4, arbitrary: engagement },
      { weight: 1, arbitrary: ignored },
    ),
    { minLength: 1, maxLength: 40, size: 'max' },
  ),
);

/** Histories of some people around a change of the clock and around midnight, sent to a number of writers. */
export function histories(writers: number): fc.Arbitrary<History> {
  const cut = fc.record({
    size: fc.integer({ min: 1, max: 8 }),
    timeoutMs: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(5 * MINUTE_MS, 30 * MINUTE_MS, 150 * MINUTE_MS) },
    ),
    writer: fc.nat({ max: writers - 1 }),
    together: fc.boolean(),
    next: fc.constantFrom('at once', 'a turn later', 'when durable'),
  });
  return fc
    .record({
      beginning: fc.constantFrom(...BEGINNINGS),
      beforeMs: fc.oneof(
        fc.constantFrom(0, 1, 30 * MINUTE_MS),
        fc.integer({ min: -HOUR_MS, max: 3 * HOUR_MS }),
      ),
      timeoutMs: fc.constantFrom(30 * MINUTE_MS, 30 * MINUTE_MS, 5 * MINUTE_MS, 150 * MINUTE_MS),
      steps,
      cuts: fc.array(cut, { minLength: 1, maxLength: 10 }),
    })
    .map(({ beginning: { timeZone, at }, beforeMs, timeoutMs, ...rest }) => {
      const site = { timeoutMs, ...calendarOf(timeZone) };
      const delivered = deliveries(site, at - beforeMs, rest.steps);
      return described({ timeZone, timeoutMs, batches: batchesOf(site, delivered, rest.cuts) });
    });
}

interface Site extends ReturnType<typeof calendar> {
  readonly timeZone: string;
  readonly timeoutMs: number;
}

/** A report and when it comes. */
type Delivered = readonly [comes: number, report: CollectedEvent];

/** The reports in the order in which they come. */
function deliveries(site: Site, begin: number, all: readonly Step[]): Delivered[] {
  const sent = sentOf(site, begin, all);
  const nth = (of: number): Sent | undefined => (sent.length === 0 ? undefined : sent[of % sent.length]);
  let next = 0;
  const delivered = all.map((step): Delivered | undefined => {
    if (step.kind === 'ignored') {
      const { reason, detail, after } = step;
      const comes = begin + after;
      return [comes, { kind: 'ignored', reason, detail, day: site.momentOf(comes).day }];
    }
    if (step.kind === 'engagement') {
      const of = nth(step.of);
      const at = (of?.at ?? begin) + step.laterMs;
      return [at + step.delay, engagementOf(of?.id ?? idOf(1_000), at, step)];
    }
    const what = step.kind === 'resent' ? again(nth(step.of), step) : (sent[next++] as Sent);
    if (what === undefined) return;
    const comes = what.at + step.delay;
    return [comes, signOf(site, what, comes)];
  });
  return delivered.filter((entry) => entry !== undefined).toSorted(([one], [other]) => one - other);
}

/** Page views and registrations, each person's one after the other. */
function sentOf({ timeoutMs, momentOf, nextDay, next }: Site, begin: number, all: readonly Step[]): Sent[] {
  const clocks = new Map<number, number>();
  return all
    .filter((step): step is SignStep => step.kind === 'page-view' || step.kind === 'registration')
    .map(({ gap: { from, timeouts, ms }, delay: _, ...step }, n) => {
      const last = clocks.get(step.person) ?? begin;
      const start =
        from === 'here'
          ? last
          : from === 'next day'
            ? nextDay(momentOf(last).day)
            : next('hour', momentOf(last).hour);
      const at = Math.max(last, start + timeouts * timeoutMs + ms);
      clocks.set(step.person, at);
      return { ...step, id: idOf(n + 1), at };
    });
}

function again(of: Sent | undefined, { changes, laterMs }: ResentStep): Sent | undefined {
  return of && { ...of, ...changes, at: of.at + laterMs };
}

function engagementOf(id: string, at: number, { engagedMs, scrollPercent }: EngagementStep): Engagement {
  return { kind: 'engagement', id, at, engagedMs, scrollPercent };
}

function signOf(site: Site, what: Sent, comes: number): PageView | Registration {
  const moment = site.momentOf(what.at);
  const facts = factsOf(what.facts);
  const common = {
    id: what.id,
    ...moment,
    ...visitorOf(site, what.person, moment, comes),
    referrer: null,
    campaign: tagsOf(facts),
    attributes: facts,
  };
  return what.kind === 'registration'
    ? { kind: 'registration', ...common }
    : { kind: 'page-view', ...common, page: PAGES[what.page] ?? '/' };
}

/**
 * The keys of someone, as the salts allow that are there when the report comes: those of that day and of the day before.
 * Where the salt is gone, the newest stands for it.
 */
function visitorOf(
  { timeoutMs, momentOf, previousDay }: Site,
  who: number,
  { at, day }: Moment,
  comes: number,
): Visitor {
  if (isDevice(who)) return { visitor: 2 * who + 1, previousDayKey: null };
  const today = momentOf(comes).day;
  const hasSalt = (of: number): boolean => of === today || of === previousDay(today);
  const before = previousDay(day);
  return {
    visitor: keyOn(hasSalt(day) ? day : today, who),
    previousDayKey: at - day <= timeoutMs && hasSalt(before) ? keyOn(before, who) : null,
  };
}

/** A key that says nothing by its size, as a hash: of a later day it may be smaller. */
function keyOn(day: number, who: number): number {
  const mixed = Math.imul(day / MINUTE_MS, 0x9e3779b1) >>> 0;
  return 2 * (mixed * PEOPLE + who);
}

/** Each fact has one value or none: the same text everywhere, so that a mixed-up list shows. */
function factsOf(bits: number): Attributes {
  return Object.fromEntries(
    VISIT_DIMENSIONS.map((fact, n) => [fact, (bits >> n) % 2 === 1 ? 'x' : '']),
  ) as Record<(typeof VISIT_DIMENSIONS)[number], string>;
}

type Cut = Omit<Batch, 'reports'> & { readonly size: number };

/** Batches as they are cut, but none goes on over midnight: then a salt is destroyed, with the keys that it made. */
function batchesOf({ momentOf }: Site, delivered: readonly Delivered[], cuts: readonly Cut[]): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0; from < delivered.length;) {
    const { size, ...how } = cuts[batches.length % cuts.length] as Cut;
    const dayAt = (place: number): number | undefined =>
      delivered[place] && momentOf(delivered[place][0]).day;
    const turn = delivered.findIndex((_, place) => place > from && dayAt(place) !== dayAt(from));
    const to = Math.min(from + size, turn === -1 ? delivered.length : turn);
    const reports = delivered.slice(from, to).map(([, report]) => report);
    batches.push({ ...how, ...(to === turn && { next: 'when durable' }), reports });
    from = to;
  }
  return batches;
}

/** A history that says what it is in lines that can be read, when a test fails. */
function described(history: History): History {
  const { timeZone, timeoutMs, batches } = history;
  const text = (): string =>
    [
      `${timeZone}, timeout ${timeoutMs / MINUTE_MS} min`,
      ...batches.flatMap(({ reports, timeoutMs: changed, writer, together, next }) => [
        ...(changed === undefined ? [] : [`timeout ${changed / MINUTE_MS} min from here on`]),
        `writer ${writer}${together ? ', in one commit' : ''}; the next ${next}:`,
        ...reports.map((report) => `  ${line(report)}`),
      ]),
    ].join('\n');
  return Object.defineProperty(history, fc.toStringMethod, { value: text });
}

const short = (id: string): string => id.replace(/^0+/, '');

function line(report: CollectedEvent): string {
  const time = (at: number): string => new Date(at).toISOString();
  if (report.kind === 'ignored') return `ignored ${report.reason} "${report.detail}" ${time(report.day)}`;
  if (report.kind === 'engagement') {
    const { id, at, engagedMs, scrollPercent } = report;
    return `engagement with ${short(id)} until ${time(at)}: ${engagedMs} ms, ${scrollPercent} %`;
  }
  const { id, at, visitor, previousDayKey: prior } = report;
  const what =
    report.kind === 'page-view' ? `view ${short(id)} of ${report.page}` : `registration ${short(id)}`;
  const facts = attributesOf(report);
  const known = VISIT_DIMENSIONS.map((fact) => (facts[fact] === '' ? '-' : fact[0])).join('');
  const day = `hour ${time(report.hour)}, day ${time(report.day)}`;
  return `${what} at ${time(at)} (${day}) by ${visitor}, prior ${prior}, ${known}`;
}
