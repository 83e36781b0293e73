/** The longest engagement of a bounce, in milliseconds (docs/api.md, Admin). */
export const BOUNCE_MS = 10_000;

const HOUR_MS = 60 * 60 * 1000;

/** Most events of the smaller of two visits that are joined: each of its log rows is rewritten (decision 0012). */
export const JOIN_EVENTS = 1_000;

/**
 * A page view, or a registration where it has no page, in the log. Pages and attributes are ids of the store; instants
 * are epoch milliseconds.
 */
export interface VisitEvent {
  /** Its position in the log. */
  readonly seq: number;
  readonly at: number;
  /** The starts of the local hour and the local day of `at`. */
  readonly hour: number;
  readonly day: number;
  /** The visitor's key on that day. */
  readonly visitor: number;
  /** The visitor's key on the previous day, where a visit that began then may still be open. */
  readonly previousDayKey: number | null;
  readonly page: number | null;
  /** The id of its combination of country, source, browser and so on. */
  readonly attributes: number;
  /** How long the page was visible so far, in milliseconds. */
  readonly engagedMs: number;
  /** The last activity: `at`, or when engagement was last reported. */
  readonly seenAt: number;
}

/** An event's position in a visit: by time, then by position in the log. */
interface Position {
  readonly at: number;
  readonly seq: number;
}

/** A visit's start: its attributes are those of its first event. */
interface Start extends Position {
  readonly hour: number;
  readonly day: number;
  readonly previousDayKey: number | null;
  readonly attributes: number;
}

/** A visit's end: its key is that of its last event. */
interface End extends Position {
  readonly visitor: number;
}

/** The first or the last page view. */
interface Viewed extends Position {
  readonly page: number;
}

/** A visit within one local hour. */
export interface VisitHour {
  readonly day: number;
  /** The visitor's key on that day. */
  readonly visitor: number;
  readonly views: number;
}

/**
 * A visit: page views and registrations of one visitor with no gap longer than the session timeout. It is a value that
 * {@link merge} makes from parts, in any order.
 */
export interface Visit {
  readonly start: Start;
  readonly end: End;
  /** The first and the last page view; undefined while there are only registrations. */
  readonly entry: Viewed | undefined;
  readonly exit: Viewed | undefined;
  /** The last activity, epoch milliseconds. */
  readonly seenAt: number;
  readonly views: number;
  readonly registrations: number;
  readonly engagedMs: number;
  /** By the start of the local hour. */
  readonly hours: ReadonlyMap<number, VisitHour>;
}

/** A stored visit. */
export interface StoredVisit extends Visit {
  readonly id: number;
}

/** Engagement with a page view of a stored visit: the visible time added to what was known before. */
export interface VisitEngagement {
  /** The id of the stored visit. */
  readonly visit: number;
  readonly gainMs: number;
  readonly seenAt: number;
}

/** A visit that events made or changed. */
export interface Session {
  readonly visit: Visit;
  /** The stored visits that it replaces; several if an event joined them. */
  readonly before: readonly StoredVisit[];
  readonly events: readonly VisitEvent[];
}

/** Another session timeout, for the events from a position of the log on (docs/decisions/0066). */
export interface TimeoutChange {
  readonly fromSeq: number;
  readonly timeoutMs: number;
}

/** The session timeout where nobody has chosen one, and the longest that can be chosen. */
export const SESSION_TIMEOUT_MINUTES = 30;
export const LONGEST_TIMEOUT_MINUTES = 240;

/** Which session timeout decides about which events. */
export interface SessionTimeouts {
  /** The longest gap within a visit, in milliseconds. */
  readonly timeoutMs: number;
  /** What it is from some positions of the log on, in their order. */
  readonly changes?: readonly TimeoutChange[];
}

/** The session timeout that decides about the event at a position of the log. */
export function timeoutAt({ timeoutMs, changes = [] }: SessionTimeouts, seq: number): number {
  return changes.findLast(({ fromSeq }) => fromSeq <= seq)?.timeoutMs ?? timeoutMs;
}

/** The session timeout that the text of its setting means: the default where this version would not take the text. */
export function timeoutIn(text: string | null): number {
  const minutes = /^\d{1,3}$/.test(text ?? '') ? Number(text) : 0;
  const isValid = minutes >= 1 && minutes <= LONGEST_TIMEOUT_MINUTES;
  return (isValid ? minutes : SESSION_TIMEOUT_MINUTES) * 60_000;
}

/** The longest gap that stored visits may have. */
export function longestTimeout({ timeoutMs, changes = [] }: SessionTimeouts): number {
  return changes.length === 0 ? timeoutMs : Math.max(timeoutMs, LONGEST_TIMEOUT_MINUTES * 60_000);
}

/** The parameters of {@link sessionize}. */
export interface SessionRules extends SessionTimeouts {
  /** {@link JOIN_EVENTS} by default. */
  readonly joinEvents?: number;
}

/** The visit of a single event. */
export function visitOf(event: VisitEvent): Visit {
  const { seq, at, hour, day, visitor, previousDayKey, page, attributes, engagedMs, seenAt } = event;
  const viewed = page === null ? undefined : { at, seq, page };
  return {
    start: { at, seq, hour, day, previousDayKey, attributes },
    end: { at, seq, visitor },
    entry: viewed,
    exit: viewed,
    seenAt: Math.max(at, seenAt),
    views: page === null ? 0 : 1,
    registrations: page === null ? 1 : 0,
    engagedMs,
    hours: new Map([[hour, { day, visitor, views: page === null ? 0 : 1 }]]),
  };
}

/**
 * Merges two parts of a visit: starts are minima, ends are maxima, amounts are sums. It is associative and
 * commutative, so events may arrive late, in any order and in any batches.
 */
export function merge(one: Visit, other: Visit): Visit {
  return {
    start: earlier(one.start, other.start),
    end: later(one.end, other.end),
    entry: one.entry && other.entry ? earlier(one.entry, other.entry) : (one.entry ?? other.entry),
    exit: one.exit && other.exit ? later(one.exit, other.exit) : (one.exit ?? other.exit),
    seenAt: Math.max(one.seenAt, other.seenAt),
    views: one.views + other.views,
    registrations: one.registrations + other.registrations,
    engagedMs: one.engagedMs + other.engagedMs,
    hours: mergeHours(one.hours, other.hours),
  };
}

/** Whether a position is before another one. */
export function isBefore(one: Position, other: Position): boolean {
  return one.at < other.at || (one.at === other.at && one.seq < other.seq);
}

function earlier<T extends Position>(one: T, other: T): T {
  return isBefore(other, one) ? other : one;
}

function later<T extends Position>(one: T, other: T): T {
  return isBefore(one, other) ? other : one;
}

function mergeHours(one: Visit['hours'], other: Visit['hours']): Visit['hours'] {
  const [few, many] = one.size < other.size ? [one, other] : [other, one];
  const hours = new Map(many);
  for (const [hour, part] of few) {
    const known = hours.get(hour);
    hours.set(hour, known === undefined ? part : { ...known, views: known.views + part.views });
  }
  return hours;
}

/** Whether a visit counts as a bounce: at most one page view, with under ten seconds of engagement. */
export function isBounce({ views, engagedMs }: Pick<Visit, 'views' | 'engagedMs'>): boolean {
  return views <= 1 && engagedMs < BOUNCE_MS;
}

/** The duration of a visit: from its first event to its last activity, in milliseconds. */
export function durationMs({ start, seenAt }: Visit): number {
  return seenAt - start.at;
}

/** A session while events are added to it. */
interface Draft {
  visit: Visit;
  before: StoredVisit[];
  events: VisitEvent[];
  isChanged: boolean;
  /** The session that this one was merged into. */
  joined: Draft | undefined;
}

/**
 * Assigns each event to a visit: to the stored visits or other events of the same visitor within the session timeout of
 * its position in the log. An event between two visits joins them.
 * @param stored all visits that the events may belong to
 * @returns the visits that have changed or are new
 */
export function sessionize(
  stored: readonly StoredVisit[],
  { events, engagements }: { events: readonly VisitEvent[]; engagements: readonly VisitEngagement[] },
  rules: SessionRules,
): Session[] {
  const drafts: Draft[] = [];
  const byKey = new Map<number, Draft[]>();
  const byId = new Map<number, Draft>();
  const add = (draft: Draft): void => {
    drafts.push(draft);
    for (const key of keysOf(draft.visit)) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [draft]);
      else if (!known.includes(draft)) known.push(draft);
    }
  };
  for (const visit of stored) {
    const draft: Draft = { visit, before: [visit], events: [], isChanged: false, joined: undefined };
    byId.set(visit.id, draft);
    add(draft);
  }

  const longestMs = longestTimeout(rules);
  for (const event of events) {
    const reach = { timeoutMs: timeoutAt(rules, event.seq), longestMs };
    const near = candidates(byKey, event).filter(({ visit }) => isNear(visit, event, reach));
    const own = joinAll(near, rules);
    const part = visitOf(event);
    if (own === undefined) {
      add({ visit: part, before: [], events: [event], isChanged: true, joined: undefined });
      continue;
    }
    own.visit = merge(own.visit, part);
    own.events.push(event);
    own.isChanged = true;
    for (const key of keysOf(part)) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [own]);
      else if (!known.includes(own)) known.push(own);
    }
  }

  for (const { visit: id, gainMs, seenAt } of engagements) {
    const draft = byId.get(id);
    if (draft === undefined) continue;
    const own = currentOf(draft);
    const { visit } = own;
    own.visit = {
      ...visit,
      engagedMs: visit.engagedMs + gainMs,
      seenAt: Math.max(visit.seenAt, seenAt),
    };
    own.isChanged = true;
  }
  return drafts.filter(({ joined, isChanged }) => joined === undefined && isChanged);
}

/** The keys by which events find a visit. */
function keysOf({ start, hours }: Visit): number[] {
  const keys = Array.from(hours.values(), ({ visitor }) => visitor);
  return start.previousDayKey === null ? keys : [...keys, start.previousDayKey];
}

function candidates(byKey: ReadonlyMap<number, readonly Draft[]>, event: VisitEvent): Draft[] {
  const keys = event.previousDayKey === null ? [event.visitor] : [event.visitor, event.previousDayKey];
  return [...new Set(keys.flatMap((key) => byKey.get(key) ?? []).map(currentOf))];
}

function currentOf(draft: Draft): Draft {
  let current = draft;
  while (current.joined !== undefined) current = current.joined;
  return current;
}

/** Whether an event belongs to a visit: it is of the same visitor, and within one timeout of it. */
function isNear(
  { start, end, hours }: Visit,
  event: VisitEvent,
  { timeoutMs, longestMs }: { readonly timeoutMs: number; readonly longestMs: number },
): boolean {
  const { at, visitor, previousDayKey } = event;
  if (end.at < at - timeoutMs || start.at > at + timeoutMs) return false;
  // A visit that began after midnight also has the key of the previous day, which an earlier event has.
  if (start.previousDayKey === visitor && start.at > at) return true;
  // Within a visit the events around it may be as far away as a timeout of before allowed.
  const reachMs = start.at <= at && at <= end.at ? longestMs : timeoutMs;
  for (const [hour, own] of hours) {
    if (own.visitor !== visitor && own.visitor !== previousDayKey) continue;
    if (hour >= at - reachMs - HOUR_MS && hour <= at + reachMs) return true;
  }
  return false;
}

/** Merges sessions into the earliest one, except where both have many events; returns that one. */
function joinAll(drafts: readonly Draft[], { joinEvents = JOIN_EVENTS }: SessionRules): Draft | undefined {
  if (drafts.length < 2) return drafts[0];
  const [first, ...others] = drafts.toSorted((one, other) =>
    isBefore(one.visit.start, other.visit.start) ? -1 : 1,
  );
  const own = first as Draft;
  for (const other of others) {
    if (Math.min(sizeOf(own.visit), sizeOf(other.visit)) > joinEvents) continue;
    own.visit = merge(own.visit, other.visit);
    own.before.push(...other.before);
    for (const event of other.events) own.events.push(event);
    own.isChanged = true;
    other.joined = own;
  }
  return own;
}

/** How many events a visit has. */
export function sizeOf({ views, registrations }: Visit): number {
  return views + registrations;
}
