import {
  DIMENSIONS,
  FootfallError,
  hash47,
  instantsOf,
  isSettledByViews,
  localDate,
  SETTING_NAMES,
  type Calendar,
  type Engagement,
  type PageView,
  type Registration,
  type Visitor,
} from '@footfall/core';
import type {
  ImportedCounts,
  ImportedTotals,
  ImportedView,
  ImportFormat,
  OwnRow,
} from '@footfall/core/imported';
import type { InStatement } from '@libsql/client/web';
import type { Append } from '../log/append.ts';
import { LEDGER } from '../log/ledger.ts';
import { PAGE } from '../log/names.ts';
import { answered, type Write } from '../log/write.ts';
import type { AnnotationStore } from './annotations.ts';
import { rowsOf } from './forget.ts';
import { startingStatements } from './starting-numbers.ts';
import type { SegmentStore } from './segments.ts';
import type { SettingsStore } from './settings.ts';

/*
 * An import (docs/decisions/0060) appends what a file has to the log, a few hundred rows at a time, under ids that the file
 * gives: a repeat finds them there. What are counts and no page views is added to the counts, noted under the import.
 */

/** A file that is imported. */
export interface ImportFile {
  readonly format: ImportFormat;
  /** What it is, for people. */
  readonly title: string;
  /** The same for the same file: an import that was interrupted goes on under it. */
  readonly fingerprint: string;
  /** Which log it is of; the fingerprint, where it is not Footfall's own. */
  readonly origin: string;
  /** The logs that were imported into that one. */
  readonly imported: readonly string[];
  /** Reads it from its beginning, each time. */
  readonly rows: () => AsyncIterable<OwnRow>;
}

/** What to do with page views that are older than the retention. */
export type OlderRows = 'take' | 'leave';

export interface ImportRequest {
  readonly file: ImportFile;
  /** By the settings of this moment, which an import may change before it takes page views. */
  readonly site: () => { readonly calendar: Calendar; readonly sessionTimeoutMs: number };
  /** The first local day that retention keeps; undefined where it deletes nothing. */
  readonly keptFrom: () => number | undefined;
  readonly older?: OlderRows | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Ends it between two steps; what is taken by then stays, and a repeat goes on. */
  readonly signal?: AbortSignal;
}

export interface ImportProgress {
  /** Rows that were read, of all. */
  readonly rows: number;
  readonly of: number;
}

/** What a file brings, or has brought. */
export interface ImportReport {
  readonly format: ImportFormat;
  readonly title: string;
  /** The first and the last local day. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Page views and registrations that are new. */
  readonly taken: number;
  /** Those that were stored before, by this import or another one. */
  readonly known: number;
  /** Those of the new ones that are older than the retention. */
  readonly older: number;
  /** Counts of days or hours, without page views. */
  readonly counts: number;
  /** Lines of the ledger, deleted page views by page, and the like. */
  readonly numbers: number;
  readonly startingNumbers: number;
  /** Settings, segments and annotations. */
  readonly words: number;
  readonly skipped: readonly SkippedRows[];
  readonly notKnown: readonly string[];
  /** All rows that were read. */
  readonly rows: number;
}

/** Rows that are not taken, by their reason. */
export interface SkippedRows {
  readonly reason: string;
  readonly rows: number;
  /** Where the first of them is. */
  readonly line: number | null;
  readonly column: number | string | null;
}

/** An import as it is listed. */
export interface StoredImport {
  readonly id: number;
  readonly format: string;
  readonly title: string;
  readonly beganAt: number;
  /** Undefined where it is not complete. */
  readonly finishedAt: number | undefined;
  /** Until when it can be undone and repeated. */
  readonly heldUntil: number;
  readonly pageViews: number;
  /** Whether it is being taken back, or that was interrupted: then it is taken back again, to its end. */
  readonly isUndone: boolean;
}

export interface ImportStore {
  /** What an import would do. @throws {FootfallError} BAD_REQUEST, CONFLICT, SERVICE_UNAVAILABLE */
  readonly plan: (request: ImportRequest) => Promise<ImportReport>;
  /** Plans it, and does it. The same errors: what is taken by then stays, and a repeat goes on. */
  readonly run: (request: ImportRequest) => Promise<ImportReport>;
  readonly list: () => Promise<readonly StoredImport[]>;
  /**
   * Takes an import back as a whole: the database is a later store then.
   * @returns the page views and registrations that were deleted
   * @throws {FootfallError} NOT_FOUND; CONFLICT where it is too long ago; SERVICE_UNAVAILABLE: it goes on when it is repeated
   */
  readonly undo: (id: number, now: number) => Promise<number>;
}

/** What an import needs of its store. */
export interface ImportParts {
  readonly read: Write;
  readonly write: Write;
  readonly imported: Append['imported'];
  /** Called after each step: the log has grown by that much. */
  readonly onAppended: (events: number) => Promise<void>;
  /** Folds what is appended. */
  readonly fold: () => Promise<void>;
  readonly settings: SettingsStore;
  readonly segments: SegmentStore;
  readonly annotations: AnnotationStore;
  /** How long a step makes way for others, as a share of the time that it took. */
  readonly pause: number;
}

/** Rows of a step: it holds up a commit for some ten milliseconds. */
const STEP = 250;

/** Reasons and notes that a report lists. */
const MOST_REASONS = 100;

/** How long an import can be repeated and undone, in milliseconds (90 days). */
const HOLD_MS = 90 * 24 * 60 * 60 * 1000;

const BEGIN = `
  insert into visitor_imports
    (fingerprint, origin, format, title, salt, began_at, held_until, counted_from, is_into_empty)
  select ?1, ?2, ?3, ?4, randomblob(32), ?5, ?5 + ${HOLD_MS}, (select min(day) from visitor_hours),
    appended = 0 and total_views = 0
  from visitor_stats where true
  on conflict (fingerprint) do nothing`;
const IS_UNDONE = `exists (
  select 1 from visitor_imported_numbers undone where undone.import = found.id and undone.kind = 'undo'
)`;
const FIND = `
  select id, salt, counted_from, is_into_empty, held_until, ${IS_UNDONE} as is_undone,
    exists (select 1 from visitor_imports other where other.origin = found.origin and other.id < found.id) as is_later
  from visitor_imports found where fingerprint = ?`;
const LIST = `
  select id, format, title, began_at, finished_at, held_until, page_views, ${IS_UNDONE} as is_undone
  from visitor_imports found order by id desc limit 1000`;
/** Whether it may go on: another process may be undoing it, or have undone it. */
const GOES_ON = `select 1 from visitor_imports found where id = ? and not ${IS_UNDONE}`;
const FINISH = `
  update visitor_imports set finished_at = ?2, held_until = ?2 + ${HOLD_MS} where id = ?1`;

/** What a plan has in place of a row: it is not begun. */
const PLANNED = `
  select 0 as id, randomblob(32) as salt, (select min(day) from visitor_hours) as counted_from,
    appended = 0 and total_views = 0 as is_into_empty, null as held_until,
    exists (select 1 from visitor_imports where origin = ?1) as is_later
  from visitor_stats`;

const OWN = 'select origin from visitor_stats';

/** Whether all that is counted before `kept_from` was imported as counts: then that day can move. */
const CLOSED = `
  select kept_from, (
    exists (
      select 1 from visitor_hours hours where hour < kept_from and (views, visits) is not (
        select ifnull(sum(views), 0), ifnull(sum(visits), 0) from visitor_imported_counts imported
        where imported.dimension = 0 and imported.hour = hours.hour
      ) and (views <> 0 or visits <> 0)
    )
    or exists (
      select 1 from visitors where first_hour < kept_from
        and visitor not in (select cast(name as integer) from visitor_imported_numbers where kind = 'device')
    )
  ) as is_closed
  from visitor_stats`;

/** Pages that have a starting number, and not by this import. */
const STARTS = `
  select page from visitor_starting_numbers
  where page not in (
    select name from visitor_imported_numbers
    where kind = 'start' and import = (select id from visitor_imports where fingerprint = ?)
  )`;

/** Ids that are stored, with what is known of the engagement with their page views: null where these are not in the log. */
const KNOWN_IDS = `
  select json_group_array(json_array(given.value, view.seq is not null,
    ifnull(view.engaged_ms, 0), ifnull(view.scroll_percent, 0), ifnull(view.seen_until, 0))) as rows
  from json_each(?) given
  cross join visitor_event_ids known on known.id = unhex(given.value)
  left join visitor_page_views view on view.seq = known.seq and view.page is not null`;

/** `?1`: the import, `?2`: the earliest day of the step. */
const OPEN_DAYS = [
  `update visitor_imports set kept_from_before = (select kept_from from visitor_stats)
    where id = ?1 and kept_from_before is null and ?2 < (select kept_from from visitor_stats)`,
  `update visitor_stats set kept_from = ?2, fold_version = fold_version + 1 where kept_from > ?2 and ?1 is not null`,
  `update visitor_imports set first_day = min(ifnull(first_day, ?2), ?2) where id = ?1`,
];

/** `?1`: the import, `?2`: places in the log that the step takes, `?3`: page views and registrations of it. */
const RANGE = [
  `insert into visitor_import_ranges (last, first, import)
    select appended, appended - ?2 + 1, ?1 from visitor_stats where ?3 is not null`,
  'update visitor_imports set page_views = page_views + ?3 where id = ?1 and ?2 is not null',
];

/** A step of rows without page views: done once. `?1`: the import, `?2`: its number. */
const IS_NEW_STEP = `not exists (
  select 1 from visitor_imported_numbers where import = ?1 and kind = 'step' and name = ?2
)`;
const NOTE_STEP = `insert into visitor_imported_numbers (import, kind, name, number) values (?1, 'step', ?2, 1)`;

/** `?3`: JSON `[[dimension, value], …]`. */
const ADD_VALUES = `
  insert or ignore into visitor_values (dimension, value, since)
  select value ->> 0, value ->> 1, 0 from json_each(?3) where ${IS_NEW_STEP}`;

const VALUE_OF = `ifnull((
  select id from visitor_values known
  where known.dimension = iif(given.value ->> 0 in (${DIMENSIONS.indexOf('entry') + 1}, ${DIMENSIONS.indexOf('exit') + 1}), ${PAGE}, given.value ->> 0)
    and known.value = given.value ->> 3
), 0)`;
const AMOUNTS = ['views', 'visits', 'visitors', 'bounces', 'visit_ms'];
const add = (names: readonly string[]): string =>
  names.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');
const amounts = (names: readonly string[]): string =>
  names.map((name) => `sum(given.value ->> ${AMOUNTS.indexOf(name) + 4})`).join(', ');

/** `?3`: JSON `[[dimension, hour, day, value, views, visits, visitors, bounces, visit_ms], …]`; 0 is all of the hour. */
const ADD_COUNTS = [
  `insert into visitor_imported_counts (import, dimension, hour, value, day, ${AMOUNTS.join(', ')})
    select ?1, given.value ->> 0, given.value ->> 1, ${VALUE_OF} as its, given.value ->> 2, ${amounts(AMOUNTS)}
    from json_each(?3) given where ${IS_NEW_STEP}
    group by given.value ->> 0, given.value ->> 1, its
    on conflict (import, dimension, hour, value) do update set ${add(AMOUNTS)}`,
  `insert into visitor_hourly_counts (dimension, hour, value, views, visits, visitors)
    select given.value ->> 0, given.value ->> 1, ${VALUE_OF} as its, ${amounts(AMOUNTS.slice(0, 3))}
    from json_each(?3) given where given.value ->> 0 > 0 and ${IS_NEW_STEP}
    group by given.value ->> 0, given.value ->> 1, its
    on conflict (dimension, hour, value) do update set ${add(AMOUNTS.slice(0, 3))}`,
  `insert into visitor_daily_counts (dimension, day, value, views, visits, visitors)
    select given.value ->> 0, given.value ->> 2, ${VALUE_OF} as its, ${amounts(AMOUNTS.slice(0, 3))}
    from json_each(?3) given where given.value ->> 0 > 0 and ${IS_NEW_STEP}
    group by given.value ->> 0, given.value ->> 2, its
    on conflict (dimension, day, value) do update set ${add(AMOUNTS.slice(0, 3))}`,
  // Each hour has a row here, which says which day it is of.
  `insert into visitor_hours (hour, day, ${AMOUNTS.join(', ')})
    select given.value ->> 1, given.value ->> 2, ${AMOUNTS.map((_, at) => `sum(iif(given.value ->> 0 = 0, given.value ->> ${at + 4}, 0))`).join(', ')}
    from json_each(?3) given where ${IS_NEW_STEP}
    group by given.value ->> 1
    on conflict (hour) do update set ${add(AMOUNTS)}`,
];

/** `?3`: JSON `[[kind, name, number], …]`, for the undo. */
const NOTE_NUMBERS = `
  insert into visitor_imported_numbers (import, kind, name, number)
  select ?1, value ->> 0, value ->> 1, value ->> 2 from json_each(?3) where ${IS_NEW_STEP}
  on conflict (import, kind, name) do update set number = number + excluded.number`;

/** Page views that are counted for their pages and are in no log. `?3`: JSON `[[page, views, last_at], …]`. */
const ADD_PAGES = [
  `insert into visitor_counts (page_identifier, view_count, forgotten, last_updated_at)
    select value ->> 0, value ->> 1, value ->> 1, value ->> 2 from json_each(?3) where ${IS_NEW_STEP}
    on conflict (page_identifier) do update set view_count = view_count + excluded.view_count,
      forgotten = forgotten + excluded.forgotten, last_updated_at = max(last_updated_at, excluded.last_updated_at)`,
  `update visitor_stats set version = version + 1,
      total_views = total_views + (select ifnull(sum(value ->> 1), 0) from json_each(?3)),
      last_updated_at = max(ifnull(last_updated_at, 0), (
        select ifnull(max(value ->> 2), 0) from json_each(?3) where value ->> 1 <> 0
      ))
    where ${IS_NEW_STEP} and exists (select 1 from json_each(?3))`,
];

/** `?3`: JSON `[[country, visitors], …]`. */
const ADD_COUNTRIES = `
  insert into visitor_countries (country, visitors, forgotten)
  select known.id, given.value ->> 1, given.value ->> 1
  from json_each(?3) given cross join visitor_values known on known.dimension = 2 and known.value = given.value ->> 0
  where ${IS_NEW_STEP}
  on conflict (country) do update set visitors = visitors + excluded.visitors, forgotten = forgotten + excluded.forgotten`;

/** `?3`: JSON `[[visitor, first_at, first_hour, country], …]`: those that are not known, or were first seen later. */
const ADD_DEVICES = [
  `insert into visitor_imported_numbers (import, kind, name, number)
    select ?1, 'device', given.value ->> 0, 1 from json_each(?3) given
    where not exists (select 1 from visitors known where known.visitor = given.value ->> 0)`,
  `insert into visitor_countries (country, visitors)
    select known.id, count(*)
    from json_each(?3) given cross join visitor_values known on known.dimension = 2 and known.value = given.value ->> 3
    where not exists (select 1 from visitors known where known.visitor = given.value ->> 0)
    group by known.id
    on conflict (country) do update set visitors = visitors + excluded.visitors`,
  `insert into visitors (visitor, first_at, first_hour, country)
    select given.value ->> 0, given.value ->> 1, given.value ->> 2, known.id
    from json_each(?3) given cross join visitor_values known on known.dimension = 2 and known.value = given.value ->> 3
    where true
    on conflict (visitor) do nothing`,
];

/** What is known of an import while it runs. */
interface Running {
  readonly id: number;
  readonly salt: Uint8Array;
  readonly countedFrom: number | undefined;
  readonly isIntoEmpty: boolean;
  /** Whether another export of the same log was imported before: what is deleted there came with that one. */
  readonly isLater: boolean;
  /** Days before this one are closed: their page views cannot be taken. */
  readonly closedBefore: number;
  /** Pages that had a starting number before. */
  readonly starts: ReadonlySet<string>;
  /** The sum of the lines of each page that has one by this import. */
  readonly sums: Map<string, number>;
}

/** A report while it grows. */
class ReportDraft {
  readonly skipped = new Map<string, { rows: number; line: number | null; column: number | string | null }>();
  readonly notKnown = new Set<string>();
  first = Infinity;
  last = -Infinity;
  taken = 0;
  known = 0;
  older = 0;
  counts = 0;
  numbers = 0;
  startingNumbers = 0;
  words = 0;
  rows = 0;

  skip(reason: string, line: number | null = null, column: number | string | null = null): void {
    const known = this.skipped.get(reason);
    if (known !== undefined) known.rows += 1;
    else if (this.skipped.size < MOST_REASONS || reason === OTHER_REASONS)
      this.skipped.set(reason, { rows: 1, line, column });
    else this.skip(OTHER_REASONS);
  }

  at(day: number): void {
    this.first = Math.min(this.first, day);
    this.last = Math.max(this.last, day);
  }

  report({ format, title }: ImportFile, timeZone: string): ImportReport {
    const { first, last, taken, known, older, counts, numbers, startingNumbers, words, rows } = this;
    const isEmpty = first > last;
    return {
      format,
      title,
      from: isEmpty ? undefined : localDate(first, timeZone),
      to: isEmpty ? undefined : localDate(last, timeZone),
      taken,
      known,
      older,
      counts,
      numbers,
      startingNumbers,
      words,
      skipped: Array.from(this.skipped, ([reason, found]) => ({ reason, ...found })).sort(
        (one, other) => other.rows - one.rows,
      ),
      notKnown: [...this.notKnown],
      rows,
    };
  }
}

const OTHER_REASONS = 'Other reasons.';

/** Ids that a plan has seen, of which only eight bytes are remembered: one in a billion billion pairs is the same. */
class SeenIds {
  readonly #seen = new Set<string>();

  /** @returns whether it is new */
  add(id: string): boolean {
    const short = id.slice(0, 16);
    if (this.#seen.has(short)) return false;
    this.#seen.add(short);
    return true;
  }
}

/** An event of a row, and the engagement with it. */
interface Made {
  readonly event: PageView | Registration;
  readonly engagement: Engagement | undefined;
}

/** Makes the way to import into a store: one import at a time. */
export function importer(parts: ImportParts): Pick<ImportStore, 'plan' | 'run' | 'list'> {
  const { read, write } = parts;
  let isRunning = false;

  async function requireOther({ origin, imported }: ImportFile): Promise<void> {
    const [own] = await answered(read, [OWN]);
    const here = own?.rows[0]?.['origin'] as string;
    if (origin === here || imported.includes(here))
      throw new FootfallError(
        'CONFLICT',
        'This export has the numbers of this very database: they are here already. To go back to an earlier state, restore a backup.',
      );
  }

  async function begin(request: ImportRequest, isPlan: boolean): Promise<Running> {
    const { file, now } = request;
    const { fingerprint, origin, format, title } = file;
    if (!isPlan)
      await answered(write, [{ sql: BEGIN, args: [fingerprint, origin, format, title, BigInt(now())] }]);
    const [found, planned, closed, starts] = await answered(isPlan ? read : write, [
      { sql: FIND, args: [fingerprint] },
      { sql: PLANNED, args: [origin] },
      CLOSED,
      { sql: STARTS, args: [fingerprint] },
    ]);
    const row = found?.rows[0] ?? planned?.rows[0];
    const days = closed?.rows[0];
    if (row === undefined || days === undefined) throw new Error('visitor_stats has no row');
    if (Number(row['is_undone'] ?? 0) === 1) throw new FootfallError('CONFLICT', UNDONE);
    const salt = row['salt'];
    if (salt === null)
      throw new FootfallError(
        'CONFLICT',
        'This file was imported more than 90 days ago, and is here already.',
      );
    const countedFrom = row['counted_from'];
    return {
      id: Number(row['id']),
      salt: new Uint8Array(salt as ArrayBuffer),
      countedFrom: countedFrom === null ? undefined : Number(countedFrom),
      isIntoEmpty: Number(row['is_into_empty']) === 1,
      isLater: Number(row['is_later']) === 1,
      sums: new Map(),
      starts: new Set((starts?.rows ?? []).map((start) => start['page'] as string)),
      closedBefore: Number(days['is_closed']) === 1 ? Number(days['kept_from']) : -Infinity,
    };
  }

  async function requireGoingOn(id: number): Promise<void> {
    const [found] = await answered(write, [{ sql: GOES_ON, args: [BigInt(id)] }]);
    if (found?.rows.length !== 1) throw new FootfallError('CONFLICT', UNDONE);
  }

  /** Goes through a file. @param isPlan whether nothing is written */
  async function pass(request: ImportRequest, { isPlan, of }: { isPlan: boolean; of: number }) {
    const { file, signal, now } = request;
    const running = await begin(request, isPlan);
    const draft = new ReportDraft();
    const seen = isPlan ? new SeenIds() : undefined;
    const views: ImportedView[] = [];
    const others: OwnRow[] = [];
    const changes: Record<string, string> = {};
    let steps = 0;
    let isSet = false;

    /** Settings come first in a file: days and visits depend on them. */
    const set = async (): Promise<void> => {
      if (isSet) return;
      isSet = true;
      if (isPlan || Object.keys(changes).length === 0) return;
      const stored = await parts.settings.read();
      const wanted = Object.entries(changes).filter(
        ([name]) => stored.isEmpty || !isSettledByViews(name as (typeof SETTING_NAMES)[number]),
      );
      await parts.settings.change(Object.fromEntries(wanted));
    };

    const takeStep = async (): Promise<void> => {
      signal?.throwIfAborted();
      if (!isPlan) await requireGoingOn(running.id);
      await set();
      const began = performance.now();
      if (views.length > 0) await takeViews(views.splice(0), { request, running, draft, seen, isPlan });
      if (others.length > 0) {
        steps += 1;
        await takeOthers(others.splice(0), { request, running, draft, isPlan, step: steps });
      }
      if (!isPlan) request.onProgress?.({ rows: draft.rows, of });
      const ms = performance.now() - began; // also a plan holds up everything else while it reads
      await new Promise((resolve) => setTimeout(resolve, ms * parts.pause));
    };

    for await (const row of file.rows()) {
      draft.rows += 1;
      switch (row.kind) {
        case 'skipped':
          draft.skip(row.reason, row.line, row.column);
          break;
        case 'not-known':
          if (draft.notKnown.size < MOST_REASONS) draft.notKnown.add(row.what);
          break;
        case 'setting':
          if (!running.isIntoEmpty) draft.skip(NOT_EMPTY);
          else if (!(SETTING_NAMES as readonly string[]).includes(row.name)) draft.skip(UNKNOWN_SETTING);
          else {
            draft.words += 1;
            changes[row.name] = row.value;
          }
          break;
        case 'view':
          if (others.length > 0) await takeStep();
          views.push(row);
          break;
        default:
          if (views.length > 0) await takeStep();
          others.push(row);
      }
      if (views.length + others.length >= STEP) await takeStep();
    }
    await takeStep();
    if (!isPlan) {
      await parts.fold();
      await answered(write, [{ sql: FINISH, args: [BigInt(running.id), BigInt(now())] }]);
    }
    return draft.report(file, request.site().calendar.timeZone);
  }

  async function takeViews(
    views: readonly ImportedView[],
    {
      request,
      running,
      draft,
      seen,
      isPlan,
    }: {
      request: ImportRequest;
      running: Running;
      draft: ReportDraft;
      seen: SeenIds | undefined;
      isPlan: boolean;
    },
  ): Promise<void> {
    const [stored] = await answered(isPlan ? read : write, [
      { sql: KNOWN_IDS, args: [JSON.stringify(views.map(({ id }) => id))] },
    ]);
    const known = new Map(
      rowsOf<[id: string, isView: 0 | 1, engagedMs: number, scrollPercent: number, seenAt: number]>(
        stored,
      ).map(([id, ...its]) => [id, its]),
    );
    const site = request.site();
    const keptFrom = request.keptFrom();
    const events: (PageView | Registration | Engagement)[] = [];
    const ids = new Set<string>();
    let earliest = Infinity;
    for (const view of views) {
      const { event, engagement } = madeOf(view, { ...site, salt: running.salt });
      const isOlder = keptFrom !== undefined && event.day < keptFrom;
      if (known.has(view.id) || ids.has(view.id) || seen?.add(view.id) === false) {
        draft.known += 1;
        draft.at(event.day);
        const [isView, engagedMs = 0, scrollPercent = 0, seenAt = 0] = known.get(view.id) ?? [];
        const isNewer =
          engagement !== undefined &&
          (engagement.engagedMs > engagedMs ||
            engagement.scrollPercent > scrollPercent ||
            engagement.at > Math.max(seenAt, view.at));
        if (isView === 1 && isNewer) events.push(engagement);
      } else if (event.at > request.now() + CLOCK_MS) draft.skip(IN_FUTURE);
      else if (event.at < EARLIEST) draft.skip(TOO_EARLY);
      else if (event.day < running.closedBefore) draft.skip(CLOSED_DAY);
      else if (isOlder && request.older === 'leave') draft.skip(OLDER);
      else {
        ids.add(view.id);
        draft.taken += 1;
        if (isOlder) draft.older += 1;
        draft.at(event.day);
        earliest = Math.min(earliest, event.day);
        events.push(event);
        if (engagement !== undefined) events.push(engagement);
      }
    }
    if (isPlan || events.length === 0) return;
    const id = BigInt(running.id);
    const args = [id, BigInt(events.length), BigInt(ids.size)];
    const days = ids.size === 0 ? [] : OPEN_DAYS.map((sql) => ({ sql, args: [id, BigInt(earliest)] }));
    const range = ids.size === 0 ? [] : RANGE.map((sql) => ({ sql, args }));
    await answered(write, [...days, ...parts.imported(events), ...range]);
    await parts.onAppended(events.length);
  }

  /** Everything that is no page view. */
  async function takeOthers(
    rows: readonly OwnRow[],
    {
      request,
      running,
      draft,
      isPlan,
      step,
    }: { request: ImportRequest; running: Running; draft: ReportDraft; isPlan: boolean; step: number },
  ): Promise<void> {
    const starts = new Map<string, number>();
    const numbers: unknown[][] = [];
    /** Of several lines of one page the sum counts. */
    const addStart = (page: string, count: number): void => {
      const sum = (running.sums.get(page) ?? 0) + count;
      running.sums.set(page, sum);
      starts.set(page, sum);
      numbers.push(['start', page, count]);
    };
    if (!(await isNewStep(running.id, step, isPlan))) {
      for (const row of rows) if (row.kind === 'start') addStart(row.page ?? '', row.count);
      draft.known += rows.filter(({ kind }) => kind !== 'name').length;
      return;
    }
    const { calendar } = request.site();
    const counts: unknown[][] = [];
    const pages = new Map<string, [views: number, lastAt: number]>();
    const countries = new Map<string, number>();
    const devices: unknown[][] = [];
    const ledger: unknown[][] = [];
    const values = new Map<string, readonly [number, string]>();

    const addCounts = (row: ImportedCounts | (ImportedTotals & { hour: number })): void => {
      const { dimension, value, views, visits, visitors, bounces } = row;
      const { hour, day } = calendar.momentOf(row.hour);
      const number = dimension === null ? 0 : DIMENSIONS.indexOf(dimension) + 1;
      if (dimension !== null) {
        const own = dimension === 'entry' || dimension === 'exit' ? PAGE : number;
        values.set(`${own} ${value}`, [own, value]);
      }
      const visitMs = row.kind === 'counts' ? row.visitMs : row.seconds * 1000;
      counts.push([number, hour, day, value, views, visits, visitors, bounces, visitMs]);
      draft.counts += 1;
      draft.at(day);
    };
    const addPage = (page: string, views: number, lastAt: number): void => {
      const known = pages.get(page);
      pages.set(page, [views + (known?.[0] ?? 0), Math.max(lastAt, known?.[1] ?? 0)]);
    };
    const addCountry = (country: string, visitors: number): void => {
      values.set(`2 ${country}`, [2, country]);
      countries.set(country, visitors + (countries.get(country) ?? 0));
    };

    for (const row of rows) {
      switch (row.kind) {
        case 'totals': {
          const { from, until } = instantsOf({ from: row.date, to: row.date }, calendar);
          if (running.countedFrom !== undefined && from >= running.countedFrom) draft.skip(COUNTED_HERE);
          else if (from > request.now()) draft.skip(IN_FUTURE);
          else {
            addCounts({ ...row, hour: from });
            if (row.dimension === 'page') addPage(row.value, row.views, until - 1);
            if (row.dimension === 'country') addCountry(row.value, row.visitors);
          }
          break;
        }
        case 'counts':
          if (running.isLater) draft.skip(CAME_BEFORE);
          else addCounts(row);
          break;
        case 'name':
          if (running.isIntoEmpty) {
            const number = DIMENSIONS.indexOf(row.dimension) + 1;
            values.set(`${number} ${row.value}`, [number, row.value]);
          }
          break;
        case 'page':
          if (row.views === 0) {
            if (running.isIntoEmpty) addPage(row.page, 0, row.lastAt);
          } else if (running.isLater) draft.skip(CAME_BEFORE);
          else {
            draft.numbers += 1;
            addPage(row.page, row.views, row.lastAt);
          }
          break;
        case 'country':
          if (running.isLater) draft.skip(CAME_BEFORE);
          else {
            draft.numbers += 1;
            addCountry(row.country, row.visitors);
          }
          break;
        case 'device': {
          draft.numbers += 1;
          values.set(`2 ${row.country}`, [2, row.country]);
          devices.push([row.visitor, row.firstAt, calendar.momentOf(row.firstAt).hour, row.country]);
          break;
        }
        case 'ledger':
          if (!running.isIntoEmpty) draft.skip(NOT_EMPTY);
          else {
            const { day } = calendar.momentOf(row.day);
            draft.numbers += 1;
            ledger.push([day, row.reason, row.detail, row.events]);
            numbers.push(['ledger', JSON.stringify([day, row.reason, row.detail]), row.events]);
          }
          break;
        case 'segment':
        case 'annotation':
          if (!running.isIntoEmpty) draft.skip(NOT_EMPTY);
          else {
            draft.words += 1;
            if (!isPlan) await addWord(row);
          }
          break;
        case 'start':
          if (running.starts.has(row.page ?? '')) draft.skip(HAS_START);
          else if (!Number.isSafeInteger(row.count) || row.count < 1 || row.count > MOST_START)
            draft.skip(NO_NUMBER);
          else {
            draft.startingNumbers += 1;
            addStart(row.page ?? '', row.count);
          }
          break;
        default:
      }
    }
    if (isPlan) return;
    const pageRows = Array.from(pages, ([page, its]) => [page, ...its]);
    const countryRows = [...countries];
    for (const [page, [views]] of pages) if (views !== 0) numbers.push(['page', page, views]);
    for (const [country, visitors] of countries) numbers.push(['country', country, visitors]);
    const statements: InStatement[] = [];
    const put = (sql: string, given: readonly unknown[]): void => {
      const args = [BigInt(running.id), String(step), JSON.stringify(given)];
      if (given.length > 0) statements.push({ sql, args });
    };
    put(ADD_VALUES, [...values.values()]);
    for (const sql of ADD_COUNTS) put(sql, counts);
    for (const sql of ADD_PAGES) put(sql, pageRows);
    put(ADD_COUNTRIES, countryRows);
    for (const sql of ADD_DEVICES) put(sql, devices);
    put(NOTE_NUMBERS, numbers);
    if (statements.length === 0 && ledger.length === 0) return;
    if (starts.size > 0) statements.push(...startingStatements([...starts], request.now()));
    if (ledger.length > 0) statements.push({ sql: LEDGER, args: [JSON.stringify(ledger)] });
    const earliest = Math.min(...counts.map(([, , day]) => Number(day)));
    if (Number.isFinite(earliest)) {
      statements.push({ sql: OPEN_DAYS[2] as string, args: [BigInt(running.id), BigInt(earliest)] });
    }
    await answered(write, [...statements, { sql: NOTE_STEP, args: [BigInt(running.id), String(step)] }]);
    await parts.onAppended(0);
  }

  async function isNewStep(id: number, step: number, isPlan: boolean): Promise<boolean> {
    const [found] = await answered(isPlan ? read : write, [
      { sql: `select ${IS_NEW_STEP} as is_new`, args: [BigInt(id), String(step)] },
    ]);
    return Number(found?.rows[0]?.['is_new']) === 1;
  }

  async function addWord(row: Extract<OwnRow, { kind: 'segment' | 'annotation' }>): Promise<void> {
    if (row.kind === 'segment') {
      await parts.segments.save({ name: row.name, filters: row.filters });
      return;
    }
    const { date, text, isPublic, isAutomatic } = row;
    const listed = await parts.annotations.list();
    if (listed.some((other) => other.date === date && other.text === text)) return;
    if (isAutomatic) await parts.annotations.note({ date, text });
    else await parts.annotations.add({ date, text, isPublic });
  }

  async function plan(request: ImportRequest): Promise<ImportReport> {
    await requireOther(request.file);
    return pass(request, { isPlan: true, of: 0 });
  }

  return {
    plan,
    run: async (request) => {
      if (isRunning) throw new FootfallError('CONFLICT', 'Another import is under way.');
      isRunning = true;
      try {
        const planned = await plan(request);
        if (planned.older > 0 && request.older === undefined) throw new FootfallError('CONFLICT', ASK_OLDER);
        return await pass(request, { isPlan: false, of: planned.rows });
      } finally {
        isRunning = false;
      }
    },
    list: async () => {
      const [listed] = await answered(read, [LIST]);
      return (listed?.rows ?? []).map((row) => ({
        id: Number(row['id']),
        format: row['format'] as string,
        title: row['title'] as string,
        beganAt: Number(row['began_at']),
        finishedAt: row['finished_at'] === null ? undefined : Number(row['finished_at']),
        heldUntil: Number(row['held_until']),
        pageViews: Number(row['page_views']),
        isUndone: Number(row['is_undone']) === 1,
      }));
    },
  };
}

/** How far the clock that an export was made by may be ahead, in milliseconds. */
const CLOCK_MS = 10 * 60_000;

/** The largest starting number. */
const MOST_START = 1e12;

/** There was no web before. */
const EARLIEST = Date.UTC(1990, 0, 1);

const NOT_EMPTY =
  'Settings, segments, annotations and the ledger are taken only where nothing was counted before.';
const UNKNOWN_SETTING = 'This version does not have the setting.';
const IN_FUTURE = 'It is in the future.';
const TOO_EARLY = 'It is from before 1990.';
const CLOSED_DAY =
  'Retention has deleted page views of later days here, so that none can be added to this one.';
const OLDER = 'It is older than RETENTION_MONTHS.';
const COUNTED_HERE = 'Its day is counted here already.';
const CAME_BEFORE = 'Deleted page views of this site came with an earlier import.';
const HAS_START = 'The page has a starting number already.';
const NO_NUMBER = 'It has no whole number from 1 to 1,000,000,000,000.';
const UNDONE =
  'This import is being undone, or was undone meanwhile. Undo it to its end (import --list says whether it is still there), then import the file again.';
const ASK_OLDER =
  'Some page views are older than RETENTION_MONTHS. Say whether to take them (they are stored for 90 days, then only their numbers) or to leave them out; or raise RETENTION_MONTHS first.';

/** A row as the log takes it. */
function madeOf(
  view: ImportedView,
  { calendar, sessionTimeoutMs, salt }: { calendar: Calendar; sessionTimeoutMs: number; salt: Uint8Array },
): Made {
  const { id, at, page, attributes, referrer, campaign, engagedMs, scrollPercent } = view;
  const moment = calendar.momentOf(at);
  const seenAt = view.seenUntil ?? at + engagedMs;
  const counted = {
    id,
    ...moment,
    ...(view.keys ?? keysIn(view, { day: moment.day, calendar, sessionTimeoutMs, salt })),
    referrer,
    campaign,
    attributes,
  };
  const event: PageView | Registration =
    page === null ? { kind: 'registration', ...counted } : { kind: 'page-view', ...counted, page };
  const isEngaged = page !== null && (engagedMs > 0 || scrollPercent > 0 || seenAt > at);
  return {
    event,
    engagement: isEngaged ? { kind: 'engagement', id, at: seenAt, engagedMs, scrollPercent } : undefined,
  };
}

/** One day's keys, as of visitors who are counted here: of the visitor that the file names, else of the visit, else its own. */
function keysIn(
  { id, at, visit, visitor }: ImportedView,
  {
    day,
    calendar,
    sessionTimeoutMs,
    salt,
  }: { day: number; calendar: Calendar; sessionTimeoutMs: number; salt: Uint8Array },
): Visitor {
  const who = visitor === null ? (visit === null ? ['view', id] : ['visit', visit]) : ['visitor', visitor];
  const keyOn = (of: number): number => hash47(encoder.encode(JSON.stringify([...who, of])), salt);
  return {
    visitor: keyOn(day),
    previousDayKey: at - day <= sessionTimeoutMs ? keyOn(calendar.previousDay(day)) : null,
  };
}

const encoder = new TextEncoder();
