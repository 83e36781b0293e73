import type { ImportedRow, ImportFormat, Skipped } from '../imported.ts';
import type { Calendar } from '../analytics.ts';
import { localDate } from '../calendar.ts';
import { hash47 } from '../identity.ts';

/** Rows that are not taken, for one reason. */
export interface SkippedRows {
  readonly reason: string;
  readonly rows: number;
  /** The first of them. */
  readonly examples: readonly Pick<Skipped, 'line' | 'column'>[];
}

/** What a file brings, before anything is taken. */
export interface ImportSummary {
  readonly format: ImportFormat;
  readonly title: string;
  /** The first and the last date, in the site's time zone; undefined where no row has one. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Single page views. */
  readonly views: number;
  /** Visits that the file names: undefined where it names none; of days, their sum. */
  readonly visits: number | undefined;
  /** Different pages; `isMore` says that there are more. */
  readonly pages: { readonly count: number; readonly isMore: boolean };
  /** Dates with rows. */
  readonly days: number;
  /** Totals of days, and the page views that they count. */
  readonly totals: { readonly rows: number; readonly views: number; readonly visitors: number };
  /** Starting numbers, and their sum. */
  readonly starts: { readonly rows: number; readonly count: number };
  readonly skipped: readonly SkippedRows[];
  readonly notKnown: readonly string[];
}

/** Adds up the rows of a file in bounded memory. */
export interface Summariser {
  readonly add: (row: ImportedRow) => void;
  readonly summary: () => ImportSummary;
}

/** Bounds of what is remembered. */
const MOST = { values: 500_000, days: 40_000, reasons: 100, examples: 3, notes: 20 };

const NO_KEY = new Uint8Array(32);
const encoder = new TextEncoder();

interface Distinct {
  readonly add: (text: string) => void;
  readonly count: () => { readonly count: number; readonly isMore: boolean };
}

/** Counts different strings, up to a bound. */
function distinct(): Distinct {
  const known = new Set<number>();
  let isMore = false;
  let last: string | undefined;
  return {
    add: (text) => {
      if (text === last) return;
      last = text;
      const hash = hash47(encoder.encode(text), NO_KEY);
      if (known.size < MOST.values) known.add(hash);
      else if (!known.has(hash)) isMore = true;
    },
    count: () => ({ count: known.size, isMore }),
  };
}

/** What a dry run shows of a file. */
export function summarise(
  { format, title }: { readonly format: ImportFormat; readonly title: string },
  calendar: Pick<Calendar, 'momentOf' | 'timeZone'>,
): Summariser {
  const pages = distinct();
  const visits = distinct();
  const days = new Set<number>();
  const dates = new Set<string>();
  const skipped = new Map<string, { rows: number; examples: Pick<Skipped, 'line' | 'column'>[] }>();
  const notKnown = new Set<string>();
  const totals = { rows: 0, views: 0, visitors: 0, visits: 0 };
  const starts = { rows: 0, count: 0 };
  let views = 0;
  let withVisit = 0;
  let lastDay = Number.NaN;

  const OTHERS = 'Other reasons.';

  function skip({ reason, line, column }: Skipped): void {
    const key = skipped.has(reason) || skipped.size < MOST.reasons ? reason : OTHERS;
    let known = skipped.get(key);
    if (known === undefined) skipped.set(key, (known = { rows: 0, examples: [] }));
    known.rows += 1;
    if (known.examples.length < MOST.examples) known.examples.push({ line, column });
  }

  return {
    add: (row) => {
      switch (row.kind) {
        case 'view': {
          views += 1;
          if (row.page !== null) pages.add(row.page);
          if (row.visit !== null || row.visitor !== null) {
            withVisit += 1;
            visits.add(row.visit ?? `visitor ${row.visitor}`);
          }
          const { day } = calendar.momentOf(row.at);
          if (day !== lastDay && days.size < MOST.days) days.add((lastDay = day));
          break;
        }
        case 'totals':
          totals.rows += 1;
          if (row.dimension === 'page') pages.add(row.value);
          if (row.dimension === null) {
            totals.views += row.views;
            totals.visits += row.visits;
            totals.visitors += row.visitors;
          }
          if (dates.size < MOST.days) dates.add(row.date);
          break;
        case 'start':
          starts.rows += 1;
          starts.count += row.count;
          if (row.page !== null) pages.add(row.page);
          break;
        case 'skipped':
          skip(row);
          break;
        case 'not-known':
          if (notKnown.size < MOST.notes) notKnown.add(row.what);
      }
    },
    summary: () => {
      const all = new Set(dates);
      for (const day of days) all.add(localDate(day, calendar.timeZone));
      const ordered = [...all].sort();
      return {
        format,
        title,
        from: ordered[0],
        to: ordered.at(-1),
        views,
        visits: withVisit > 0 ? visits.count().count : totals.visits > 0 ? totals.visits : undefined,
        pages: pages.count(),
        days: all.size,
        totals: { rows: totals.rows, views: totals.views, visitors: totals.visitors },
        starts,
        skipped: Array.from(skipped, ([reason, its]) => ({ reason, ...its })).sort((a, b) => b.rows - a.rows),
        notKnown: [...notKnown],
      };
    },
  };
}

const number = (count: number): string => count.toLocaleString('en');

const counted = (count: number, one: string, many: string): string =>
  `${number(count)} ${count === 1 ? one : many}`;

/** A summary in words, a sentence each. */
export function summarySentences(summary: ImportSummary): string[] {
  const { title, from, to, views, visits, pages, days, totals, starts, skipped, notKnown } = summary;
  const rows = skipped.reduce((sum, { rows: its }) => sum + its, 0);
  const inPages = `${pages.isMore ? 'more than ' : ''}${counted(pages.count, 'page', 'pages')}`;
  const sentences = [`The file is: ${title}.`];
  if (from !== undefined && to !== undefined)
    sentences.push(`It has ${counted(days, 'day', 'days')}, from ${from} to ${to}.`);
  if (views > 0) {
    const its = visits === undefined ? 'without naming visits' : `in ${counted(visits, 'visit', 'visits')}`;
    sentences.push(`${counted(views, 'page view', 'page views')} of ${inPages} are taken, ${its}.`);
  }
  if (totals.rows > 0)
    sentences.push(`Totals of days with ${counted(totals.views, 'page view', 'page views')} are taken.`);
  if (starts.rows > 0)
    sentences.push(
      `${counted(starts.rows, 'starting number', 'starting numbers')} are taken, ${number(starts.count)} together.`,
    );
  if (views + totals.rows + starts.rows === 0) sentences.push('Nothing in it can be taken.');
  if (rows > 0) sentences.push(`${counted(rows, 'row is', 'rows are')} not taken.`);
  return [...sentences, ...notKnown];
}

/** The rows that are not taken, as a table: the reason, their number, and where the first ones are. */
export function skippedTable({ skipped }: ImportSummary): (readonly [string, number, string])[] {
  return skipped.map(({ reason, rows, examples }) => [
    reason,
    rows,
    examples.map(placeOf).filter(Boolean).join('; '),
  ]);
}

/** Where a row is, such as "line 3, column Date"; `''` where that is not known. */
export function placeOf({ line, column }: Pick<Skipped, 'line' | 'column'>): string {
  if (line === null) return '';
  return column === null ? `line ${line}` : `line ${line}, column ${column}`;
}
