import type { Calendar, Interval } from './analytics.ts';
import type { Moment } from './events.ts';

export type { Calendar };

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The farthest that a clock change moves a local midnight: zones have skipped whole days. */
const SEARCHED_MS = 26 * HOUR_MS;

/** Number of cached hours: most events are from this hour or the last day. */
const REMEMBERED = 200;

/** Number of cached offsets: a month of days needs a hundred, and every request needs the same. */
const REMEMBERED_OFFSETS = 2_000;

/** A local hour; every instant from `hour` until `end` is in it, and all of it is in one day. */
interface Hour {
  readonly hour: number;
  readonly end: number;
  readonly day: number;
}

/**
 * The hours, days, weeks and months of a time zone. A day begins at its first instant: if the clock is put forward over
 * midnight, that is not midnight, and if it is put back over midnight, the previous day does not begin again. An hour
 * ends when the clock is changed, so a repeated hour is two hours, and a change by half an hour makes a short one.
 * @param timeZone an IANA name, such as `Europe/Paris`
 * @param weekStart the day on which weeks begin
 * @throws {RangeError} for an unknown zone
 */
export function calendar(timeZone: string, weekStart: WeekStart = 'monday'): Calendar {
  const offsetOf = offsets(timeZone);
  const known = new Map<number, Hour[]>(); // by the UTC hour that they overlap
  let last: Hour = { hour: 0, end: 0, day: 0 };

  function hourAt(at: number): Hour {
    if (at >= last.hour && at < last.end) return last;
    const slot = Math.floor(at / HOUR_MS);
    let hours = known.get(slot);
    let found = hours?.find(({ hour, end }) => at >= hour && at < end);
    if (found === undefined) {
      found = computeHour(at);
      if (hours === undefined) {
        if (known.size >= REMEMBERED) known.clear();
        known.set(slot, (hours = []));
      }
      hours.push(found);
    }
    return (last = found);
  }

  function computeHour(at: number): Hour {
    const offset = offsetOf(at);
    const begin = at - modulo(at + offset, HOUR_MS);
    return {
      hour: offsetOf(begin) === offset ? begin : changeIn(begin, at),
      end: offsetOf(begin + HOUR_MS) === offset ? begin + HOUR_MS : changeIn(at, begin + HOUR_MS),
      day: startOfDay(at),
    };
  }

  /** The first instant with the same offset as `to`; that of `from` is different. */
  function changeIn(from: number, to: number): number {
    const offset = offsetOf(to);
    let before = from;
    let after = to;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetOf(middle) === offset) after = middle;
      else before = middle;
    }
    return after;
  }

  /** The local date of an instant, in days since 1970-01-01. */
  function dateOf(at: number): number {
    return Math.floor((at + offsetOf(at)) / DAY_MS);
  }

  /** The first instant whose local date is this one or later. */
  function startOfDate(date: number): number {
    const midnight = date * DAY_MS;
    const early = midnight - SEARCHED_MS;
    const late = midnight + SEARCHED_MS;
    const before = offsetOf(early);
    const after = offsetOf(late);
    if (before === after) return midnight - after;
    const change = changeIn(early, late);
    return midnight - before < change ? midnight - before : Math.max(change, midnight - after);
  }

  /** A date that has begun continues if the clock is put back into the previous one. */
  function startOfDay(at: number): number {
    const date = dateOf(at);
    const next = startOfDate(date + 1);
    return next <= at ? next : startOfDate(date);
  }

  const dayOf = (at: number): number => hourAt(at).day;

  /** The start of the interval that contains a local date. */
  function startOfInterval(interval: Exclude<Interval, 'hour' | 'day'>, date: number): number {
    if (interval === 'week') return startOfDate(date - modulo(date + SINCE_WEEK_START[weekStart], 7));
    return startOfDate(date - new Date(date * DAY_MS).getUTCDate() + 1);
  }

  return {
    timeZone,
    momentOf: (at): Moment => {
      const { hour, day } = hourAt(at);
      return { at, hour, day };
    },
    nextDay: (day) => startOfDate(dateOf(day) + 1),
    previousDay: (day) => dayOf(day - 1),
    startOf: (interval, at) => {
      if (interval === 'hour') return hourAt(at).hour;
      const day = dayOf(at);
      return interval === 'day' ? day : startOfInterval(interval, dateOf(day));
    },
    next: (interval, start) => {
      if (interval === 'hour') return hourAt(start).end;
      const date = dateOf(dayOf(start));
      if (interval === 'day') return startOfDate(date + 1);
      if (interval === 'week') return startOfInterval('week', date + 7);
      const first = new Date(date * DAY_MS);
      return startOfDate(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1) / DAY_MS);
    },
    daysBefore: (day, days) => startOfDate(dateOf(day) - days),
    yearBefore: (day) => {
      const date = new Date(dateOf(day) * DAY_MS);
      const [year, month] = [date.getUTCFullYear() - 1, date.getUTCMonth()];
      const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
      return startOfDate(Date.UTC(year, month, Math.min(date.getUTCDate(), last)) / DAY_MS);
    },
    timeOn: (day, at) => {
      const date = dateOf(day);
      const onClock = date * DAY_MS + modulo(at + offsetOf(at), DAY_MS);
      // The day's offset at that time is known only when the time is: a first guess is at most an hour off.
      const guess = onClock - offsetOf(day);
      return Math.min(Math.max(onClock - offsetOf(guess), day), startOfDate(date + 1));
    },
  };
}

/** Days on which weeks begin somewhere; with the days from there to 1970-01-01, which was a Thursday. */
const SINCE_WEEK_START = { monday: 3, sunday: 4, saturday: 5 };

export type WeekStart = keyof typeof SINCE_WEEK_START;

export const WEEK_STARTS = Object.keys(SINCE_WEEK_START) as [WeekStart, ...WeekStart[]];

/** Always 0 or more, unlike `%`. */
function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** Returns a function that returns a zone's offset from UTC at an instant, in milliseconds. */
function offsets(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  const read = (at: number): number => {
    const [, sign, hours, minutes, seconds] = OFFSET.exec(format.format(at)) ?? [];
    const ms = ((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0)) * 1000;
    return sign === '-' ? -ms : ms;
  };
  return (at) => {
    let offset = known.get(at);
    if (offset === undefined) {
      offset = read(at);
      if (known.size >= REMEMBERED_OFFSETS) known.clear();
      known.set(at, offset);
    }
    return offset;
  };
}

const OFFSET = /GMT([+-])(\d+):(\d+)(?::(\d+))?$/;

/** The instant that many months earlier, to within a few days, since months differ in length. */
export function monthsBefore(at: number, months: number): number {
  const then = new Date(at);
  return then.setUTCMonth(then.getUTCMonth() - months);
}

/** The date of an instant on a clock, such as `2026-11-20`. */
export function localDate(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone }).format(at);
}
