import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  durationMs,
  isTag,
  NO_VALUE,
  VISIT_DIMENSIONS,
  fold,
  isBounce,
  merge,
  planFold,
  sessionize,
  smallerVisits,
  survivorOf,
  timeoutAt,
  timeoutIn,
  visitOf,
  type Device,
  type Session,
  type SessionTimeouts,
  type StoredVisit,
  type Visit,
  type VisitEvent,
} from '@footfall/core';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const TIMEOUT_MS = 30 * MINUTE_MS;
const FRIDAY = Date.parse('2026-11-20T00:00Z');

/** A page view of `/1` by visitor 2, a number of minutes after Friday's midnight, with some fields replaced. */
function event(minutes: number, changes: Partial<VisitEvent> = {}): VisitEvent {
  const at = FRIDAY + minutes * MINUTE_MS;
  return {
    seq: minutes,
    at,
    hour: at - (at % HOUR_MS),
    day: at - (at % DAY_MS),
    visitor: 2,
    previousDayKey: null,
    page: 1,
    attributes: 1,
    engagedMs: 0,
    seenAt: at,
    ...changes,
  };
}

const visitsIn = (events: readonly VisitEvent[], timeoutMs = TIMEOUT_MS): Visit[] =>
  sessionize([], { events, engagements: [] }, { timeoutMs }).map(({ visit }) => visit);

describe('a visit', () => {
  it.each([
    ['one page view', [event(0)], true],
    ['one page view engaged with for 9.999 s', [event(0, { engagedMs: 9_999 })], true],
    ['one page view engaged with for 10 s', [event(0, { engagedMs: 10_000 })], false],
    ['two page views', [event(0), event(1)], false],
    ['a registration alone', [event(0, { page: null })], true],
    ['a registration and a page view', [event(0, { page: null }), event(1)], true],
  ])('of %s bounces: %3$s', (_, events, bounces) => {
    expect(visitsIn(events).map(isBounce)).toEqual([bounces]);
  });

  it('lasts from its first event to its last activity', () => {
    const [visit] = visitsIn([event(0), event(5, { seenAt: FRIDAY + 7 * MINUTE_MS }), event(6)]);
    expect(durationMs(visit as Visit)).toBe(7 * MINUTE_MS);
  });

  it('goes on after a gap of exactly the timeout, and ends with a longer one', () => {
    expect(visitsIn([event(0), event(30)])).toHaveLength(1);
    expect(visitsIn([event(0), event(30, { at: FRIDAY + TIMEOUT_MS + 1 })])).toHaveLength(2);
  });

  it('has the attributes, entry and hour of its first event, and the exit of its last page view', () => {
    const [visit] = visitsIn([
      event(70, { page: 3, attributes: 3 }),
      event(50, { page: 1, attributes: 1 }),
      event(60, { page: 2, attributes: 2 }),
      event(80, { page: null }),
    ]);
    expect(visit).toMatchObject({
      start: { attributes: 1, hour: FRIDAY },
      entry: { page: 1 },
      exit: { page: 3 },
      end: { at: FRIDAY + 80 * MINUTE_MS },
      views: 3,
      registrations: 1,
    });
  });

  it('of two events at the same millisecond begins with the one that was stored first', () => {
    const [visit] = visitsIn([event(0, { seq: 9, page: 9 }), event(0, { seq: 8, page: 8 })]);
    expect(visit).toMatchObject({ entry: { page: 8 }, exit: { page: 9 } });
  });

  it('that spans midnight stays one: its key is that of its last event', () => {
    const evening = event(-10, { seq: 1, visitor: 2 });
    const night = event(15, { seq: 2, visitor: 4, previousDayKey: 2 });
    for (const events of [
      [evening, night],
      [night, evening],
    ]) {
      expect(visitsIn(events)).toMatchObject([{ views: 2, end: { visitor: 4 }, hours: { size: 2 } }]);
    }
  });

  it('is joined to another by an event between them, and goes on as the larger one', () => {
    const stored = [
      { ...(visitsIn([event(0)])[0] as Visit), id: 1 },
      { ...(visitsIn([event(60), event(61)])[0] as Visit), id: 2 },
    ];
    const between = { events: [event(30, { seq: 100 })], engagements: [] };
    const [session, ...others] = sessionize(stored, between, { timeoutMs: TIMEOUT_MS });
    expect(others).toEqual([]);
    expect(session?.visit).toMatchObject({ views: 4, start: { at: FRIDAY } });
    expect(survivorOf(session?.before ?? [])?.id).toBe(2);
    expect(smallerVisits([session as Session]).map(({ id }) => id)).toEqual([1]);
  });

  it('is not joined to another where both are too large for that: the event belongs to the earlier one', () => {
    const large = (minutes: number) =>
      Array.from({ length: 3 }, (_, n) => event(minutes, { seq: minutes * 10 + n }));
    const stored = [
      { ...(visitsIn(large(0))[0] as Visit), id: 1 },
      { ...(visitsIn(large(60))[0] as Visit), id: 2 },
    ];
    const between = { events: [event(30, { seq: 900 })], engagements: [] };
    const sessions = sessionize(stored, between, { timeoutMs: TIMEOUT_MS, joinEvents: 2 });
    expect(sessions.map(({ before }) => before.map(({ id }) => id))).toEqual([[1]]);
  });

  it('is engaged with for longer without any new event', () => {
    const stored = [{ ...(visitsIn([event(0)])[0] as Visit), id: 7 }];
    const engagement = { visit: 7, gainMs: 12_000, seenAt: FRIDAY + MINUTE_MS };
    const sessions = sessionize(stored, { events: [], engagements: [engagement] }, { timeoutMs: TIMEOUT_MS });
    expect(sessions.map(({ visit }) => visit)).toMatchObject([
      { engagedMs: 12_000, seenAt: FRIDAY + MINUTE_MS, views: 1 },
    ]);
  });
});

describe('a session timeout that changes', () => {
  /** Ten minutes, from position 100 on four hours, from 200 on five minutes. */
  const rules: SessionTimeouts = {
    timeoutMs: 10 * MINUTE_MS,
    changes: [
      { fromSeq: 100, timeoutMs: 4 * HOUR_MS },
      { fromSeq: 200, timeoutMs: 5 * MINUTE_MS },
    ],
  };
  /** Page views by minute and position in the log, as the minutes of each visit. */
  const visitsOf = (...views: readonly (readonly [minutes: number, seq: number])[]): number[][] =>
    sessionize(
      [],
      { events: views.map(([minutes, seq]) => event(minutes, { seq })), engagements: [] },
      rules,
    ).map(({ events }) => events.map(({ at }) => (at - FRIDAY) / MINUTE_MS));

  it.each([
    [0, 10],
    [99, 10],
    [100, 240],
    [199, 240],
    [200, 5],
    [9_999, 5],
  ])('is at position %i of the log %i minutes', (seq, minutes) => {
    expect(timeoutAt(rules, seq)).toBe(minutes * MINUTE_MS);
    expect(timeoutAt({ timeoutMs: 1 }, seq)).toBe(1);
  });

  it.each([
    [
      'a gap is judged by the timeout of what was stored later',
      [
        [0, 1],
        [11, 100],
      ],
      [[0, 11]],
    ],
    [
      'a shorter timeout does not end a visit before its next page view',
      [
        [0, 100],
        [240, 199],
      ],
      [[0, 240]],
    ],
    [
      'a shorter timeout decides about the next page view',
      [
        [0, 199],
        [6, 200],
      ],
      [[0], [6]],
    ],
    [
      'of exactly the timeout a gap is still within the visit',
      [
        [0, 199],
        [5, 200],
      ],
      [[0, 5]],
    ],
    [
      'what were two visits stay two',
      [
        [0, 1],
        [11, 2],
        [300, 100],
      ],
      [[0], [11], [300]],
    ],
    [
      'unless a page view is near both',
      [
        [0, 1],
        [11, 2],
        [40, 100],
      ],
      [[0, 11, 40]],
    ],
    [
      'a page view that comes late belongs to the visit around it',
      [
        [0, 100],
        [240, 101],
        [100, 200],
      ],
      [[0, 240, 100]],
    ],
    [
      'a late page view before a visit',
      [
        [60, 100],
        [54, 200],
        [120, 99],
      ],
      [[60], [54], [120]],
    ],
  ] as const)('%s', (_, views, visits) => {
    const found = visitsOf(...views).map((minutes) => minutes.toSorted((one, other) => one - other));
    expect(found.toSorted()).toEqual(
      visits.map((minutes) => minutes.toSorted((one, other) => one - other)).toSorted(),
    );
  });

  it.each([
    ['30', 30],
    ['1', 1],
    ['240', 240],
    ['0', 30],
    ['241', 30],
    ['', 30],
    ['soon', 30],
    [null, 30],
  ])('%j is %i minutes', (text, minutes) => {
    expect(timeoutIn(text)).toBe(minutes * MINUTE_MS);
  });
});

/** What a store does with a fold, as plainly as it can be said. */
class Tables {
  readonly visits = new Map<number, StoredVisit>();
  readonly devices = new Map<number, Device>();
  /** Counts by what they are of, without those that are 0. */
  readonly numbers = new Map<string, number>();
  #log: { visit: number; page: number | null; hour: number }[] = [];
  #last = 0;

  /** Folds some events into what there is. */
  fold(events: readonly VisitEvent[], timeouts: SessionTimeouts = { timeoutMs: TIMEOUT_MS }): void {
    const visits = [...this.visits.values()];
    const sessions = sessionize(visits, { events, engagements: [] }, timeouts);
    const joinedPages = new Map(
      smallerVisits(sessions).map(({ id }) => [
        id,
        this.#log.flatMap(({ visit, page }) => (visit === id && page !== null ? [page] : [])),
      ]),
    );
    const plan = planFold(sessions, { visits, joinedPages });
    const pageHours = plan.lookups.map(({ visit, page, from, to }) => {
      const own = this.#log.filter((row) => row.visit === visit && row.page === page);
      const hours = own.map(({ hour }) => hour).filter((hour) => hour >= from && hour <= to);
      return hours.length === 0 ? null : Math.min(...hours);
    });
    const changes = fold(plan, { attributes: ATTRIBUTES, devices: this.devices, pageHours });
    for (const { dimension, hour, value, ...counts } of changes.counts) {
      this.#add(`${dimension} ${hour} ${value}`, { ...counts, day: 0 });
    }
    for (const { hour, ...sums } of changes.hours) this.#add(`all ${hour}`, { ...sums, day: 0 });
    for (const [country, visitors] of changes.countries) this.#add(`country ${country}`, { visitors });
    for (const [visitor, device] of changes.devices) this.devices.set(visitor, device);
    for (const session of sessions) this.#put(session);
  }

  #add(key: string, changes: Readonly<Record<string, number>>): void {
    for (const [name, change] of Object.entries(changes)) {
      const sum = (this.numbers.get(`${key} ${name}`) ?? 0) + change;
      if (sum === 0) this.numbers.delete(`${key} ${name}`);
      else this.numbers.set(`${key} ${name}`, sum);
    }
  }

  #put({ visit, before, events }: Session): void {
    const id = survivorOf(before)?.id ?? (this.#last += 1);
    for (const joined of before) {
      this.visits.delete(joined.id);
      this.#log = this.#log.map((row) => (row.visit === joined.id ? { ...row, visit: id } : row));
    }
    this.visits.set(id, { ...visit, id });
    for (const { page, hour } of events) this.#log.push({ visit: id, page, hour });
  }

  /** Everything that can be asked for, whatever the ids of the visits. */
  content() {
    const visits = [...this.visits.values()].map(({ id: _, hours, ...visit }) => ({
      ...visit,
      hours: [...hours].toSorted(([one], [other]) => one - other),
    }));
    return {
      visits: visits.toSorted((one, other) => one.start.seq - other.start.seq),
      numbers: [...this.numbers].toSorted(),
      devices: [...this.devices].toSorted(([one], [other]) => one - other),
    };
  }
}

/** Two values of each attribute, or one and none of a tag: combination n has bit n of each. */
const ATTRIBUTES = new Map(
  Array.from({ length: 8 }, (_, id) => [
    id,
    VISIT_DIMENSIONS.map((fact, at) => {
      const bit = (id >> (at % 3)) & 1;
      return bit === 0 && isTag(fact) ? NO_VALUE : 10 * (at + 1) + bit;
    }),
  ]),
);

/** Events of a few people over three days; each has another key on each day, devices have one. */
const events: fc.Arbitrary<VisitEvent[]> = fc
  .array(
    fc.record({
      minutes: fc.integer({ min: 0, max: 3 * 24 * 60 }),
      // Around midnights and hours most can go wrong.
      near: fc.constantFrom(undefined, 1, 2),
      person: fc.integer({ min: 1, max: 3 }),
      isDevice: fc.boolean(),
      page: fc.constantFrom(null, 1, 2, 3),
      attributes: fc.integer({ min: 0, max: 7 }),
      engagedMs: fc.constantFrom(0, 9_999, 10_000),
    }),
    { maxLength: 30 },
  )
  .map((all) =>
    all.map(({ minutes, near, person, isDevice, page, attributes, engagedMs }, seq) => {
      const at = near === undefined ? minutes : near * 24 * 60 + (minutes % 120) - 60;
      const plain = event(at, { seq, page, attributes, engagedMs: page === null ? 0 : engagedMs });
      const day = (plain.day - FRIDAY) / DAY_MS;
      const key = (of: number): number => 2 * (10 * (of + 1) + person);
      const mayGoOn = !isDevice && plain.at - plain.day <= TIMEOUT_MS;
      return {
        ...plain,
        visitor: isDevice ? 2 * person + 1 : key(day),
        previousDayKey: mayGoOn ? key(day - 1) : null,
      };
    }),
  );

/** The same in any order, in portions. */
const portions = (all: readonly VisitEvent[]) =>
  fc.tuple(
    fc.shuffledSubarray([...all], { minLength: all.length }),
    fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 30, maxLength: 30 }),
  );

describe('the fold', () => {
  it('gives the same numbers and visits for any portions of the events in any order', () => {
    fc.assert(
      fc.property(
        events.chain((all) => fc.tuple(fc.constant(all), portions(all))),
        ([all, [shuffled, sizes]]) => {
          const once = new Tables();
          once.fold(all);
          const often = new Tables();
          let from = 0;
          for (const size of sizes) {
            often.fold(shuffled.slice(from, from + size));
            from += size;
          }
          often.fold(shuffled.slice(from));
          expect(often.content()).toEqual(once.content());
        },
      ),
      { numRuns: 500 },
    );
  });

  it('gives the same under timeouts that change, in any order of what was stored under one of them', () => {
    const changes = fc.array(
      fc.record({
        fromSeq: fc.integer({ min: 0, max: 30 }),
        timeoutMs: fc.constantFrom(1, 10, 30, 90, 240).map((minutes) => minutes * MINUTE_MS),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(
        changes.map((all) => all.toSorted((one, other) => one.fromSeq - other.fromSeq)),
        events.chain((all) => fc.tuple(fc.constant(all), portions(all))),
        (changes, [all, [shuffled, sizes]]) => {
          const timeouts = { timeoutMs: TIMEOUT_MS, changes };
          const partOf = ({ seq }: VisitEvent): number =>
            changes.filter(({ fromSeq }) => fromSeq <= seq).length;
          const once = new Tables();
          once.fold(all, timeouts);
          const often = new Tables();
          const ordered = shuffled.toSorted((one, other) => partOf(one) - partOf(other));
          let from = 0;
          for (const size of [...sizes, ordered.length]) {
            // A part of the log knows of the timeouts that apply in it, not of all that ever did.
            const part = ordered.slice(from, from + size);
            const first = Math.min(...part.map(partOf));
            often.fold(part, { ...timeouts, changes: changes.slice(Math.max(0, first - 1)) });
            from += size;
          }
          expect(often.content()).toEqual(once.content());
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has a device in the country of its first event, of two at the same millisecond of the one stored first', () => {
    const first = event(0, { seq: 1, visitor: 3, attributes: 0 });
    const second = event(0, { seq: 2, visitor: 3, attributes: 7 });
    const [at, country] = [FRIDAY, ATTRIBUTES.get(0)?.[0]];
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      const tables = new Tables();
      for (const each of order) tables.fold([each]);
      expect(tables.content().devices).toEqual([[3, { firstAt: at, firstHour: at, country }]]);
      expect(tables.numbers.get(`country ${country} visitors`)).toBe(1);
    }
  });

  it('has every page view in every list once', () => {
    fc.assert(
      fc.property(events, (all) => {
        const tables = new Tables();
        tables.fold(all);
        const views = all.filter(({ page }) => page !== null).length;
        for (let dimension = 1; dimension <= 13; dimension += 1) {
          const rows = [...tables.numbers].filter(
            ([key]) => key.startsWith(`${dimension} `) && key.endsWith(' views'),
          );
          expect(rows.reduce((sum, [, count]) => sum + count, 0)).toBe(views);
        }
        // No value is counted nowhere.
        expect([...tables.numbers.keys()].filter((key) => key.includes(` ${NO_VALUE} `))).toEqual([]);
      }),
    );
  });

  it('changes nothing without events', () => {
    expect(
      fold(planFold([], { visits: [], joinedPages: new Map() }), {
        attributes: new Map(),
        devices: new Map(),
        pageHours: [],
      }),
    ).toEqual({
      counts: [],
      hours: [],
      countries: new Map(),
      devices: new Map(),
    });
  });
});

describe('merge', () => {
  const visits = events.filter((all) => all.length > 2).map((all) => all.map(visitOf));
  const plain = ({ hours, ...visit }: Visit) => ({
    ...visit,
    hours: [...hours].toSorted(([one], [other]) => one - other),
  });

  it('is associative and commutative', () => {
    fc.assert(
      fc.property(visits, ([one, two, three]) => {
        const [a, b, c] = [one as Visit, two as Visit, three as Visit];
        // Parts of one visit: in an hour there is one key.
        const keys = new Map(
          [...a.hours, ...b.hours, ...c.hours].map(([hour, { visitor }]) => [hour, visitor]),
        );
        fc.pre(
          [a, b, c].every(({ hours }) =>
            [...hours].every(([hour, { visitor }]) => keys.get(hour) === visitor),
          ),
        );
        expect(plain(merge(a, merge(b, c)))).toEqual(plain(merge(merge(a, b), c)));
        expect(plain(merge(a, b))).toEqual(plain(merge(b, a)));
      }),
    );
  });
});
