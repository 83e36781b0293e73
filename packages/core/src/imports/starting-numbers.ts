import type { ImportedRow, Skipped } from '../imported.ts';
import { UNEVEN } from './goatcounter.ts';
import {
  columnName,
  countOf,
  dateOf,
  instantOf,
  MOST_NAMES,
  unguarded,
  type Cells,
  type TableReader,
} from './table.ts';
import { tooMany } from './unreadable.ts';
import type { ReadContext } from './views.ts';

/** Names of a column of pages, and of numbers, in lists that people make. */
const PAGE_NAMES = ['page', 'path', 'url', 'uri', 'address', 'link', 'slug', 'page path', 'key'];
const COUNT_NAMES = [
  'count',
  'views',
  'pageviews',
  'page views',
  'hits',
  'pv',
  'visits',
  'number',
  'total',
  'value',
];
const DATE_NAMES = ['date', 'day', 'updated', 'updated at', 'last_updated_at', 'time'];

/** Words for all pages together, in the column of pages. */
const TOTAL_NAMES = ['total', '(total)', 'all', '*', 'site', 'site_pv', 'sum'];

interface ListColumns {
  readonly page: number;
  readonly count: number;
  readonly date: number | undefined;
}

/** The columns of a list, by its header or, where it has none, by its first row; undefined if it is no list. */
export function listColumns(first: Cells): (ListColumns & { readonly hasHeader: boolean }) | undefined {
  const names = first.map(columnName);
  const find = (known: readonly string[]): number => names.findIndex((name) => known.includes(name));
  const [page, count, date] = [find(PAGE_NAMES), find(COUNT_NAMES), find(DATE_NAMES)];
  if (page >= 0 && count >= 0) {
    return { page, count, date: date < 0 ? undefined : date, hasHeader: true };
  }
  const [path = '', number = '', written = ''] = first.map((cell) => unguarded(cell.trim()));
  const isList =
    (first.length === 2 || (first.length === 3 && dayIn(written) !== undefined)) &&
    (/^(?:\/|https?:\/\/|[\w-]+(?:\.[\w-]+)+(?:\/|$))/i.test(path) ||
      TOTAL_NAMES.includes(path.toLowerCase())) &&
    countOf(number) !== undefined;
  if (!isList) return;
  return { page: 0, count: 1, date: first.length === 3 ? 2 : undefined, hasHeader: false };
}

interface Number {
  count: number;
  /** As it is written, so that one page with two spellings adds up, and one that is listed again does not. */
  readonly rows: Map<string, { date: string; count: number; line: number }>;
}

/**
 * A list of pages with a number each, which another counter had counted.
 * @param first its header, or its first row where it has none, which is read like the others
 */
export function listCsv(first: Cells, { site, now }: ReadContext): TableReader {
  const columns = listColumns(first);
  if (columns === undefined) throw new TypeError('not a list');
  const { page: pageAt, count: countAt, date: dateAt } = columns;
  const width = first.length;
  const numbers = new Map<string | null, Number>();

  function read(cells: Cells, line: number): readonly ImportedRow[] {
    const skipped = (reason: string, column: number | null): Skipped[] => [
      { kind: 'skipped', reason, line, column: column === null ? null : column + 1 },
    ];
    if (cells.every((cell) => cell.trim() === '')) return [];
    if (cells.length !== width) return skipped(UNEVEN, null);
    const written = unguarded(cells[pageAt] ?? '').trim();
    const count = countOf(unguarded(cells[countAt] ?? ''));
    if (count === undefined) return skipped('The number cannot be read.', countAt);
    const date = dateAt === undefined ? '' : dayIn(cells[dateAt] ?? '');
    if (date === undefined) return skipped('The date cannot be read.', dateAt ?? null);
    if (date > new Date(now + DAY_MS).toISOString().slice(0, 10))
      return skipped('The date is in the future.', dateAt ?? null);
    const page = pageIn(written, site);
    if (page === undefined) return skipped('The page is no address and no path.', pageAt);
    return add(page, { written, count, date, line }).map((lost) => ({
      kind: 'skipped',
      reason: 'The page is listed again, later or with a later date.',
      line: lost,
      column: pageAt + 1,
    }));
  }

  /** @returns the line that counts no longer */
  function add(
    page: string | null,
    { written, count, date, line }: { written: string; count: number; date: string; line: number },
  ): number[] {
    let known = numbers.get(page);
    if (known === undefined) {
      if (numbers.size >= MOST_NAMES) throw tooMany('pages', { line, most: MOST_NAMES });
      numbers.set(page, (known = { count: 0, rows: new Map() }));
    }
    const before = known.rows.get(written);
    if (before === undefined) {
      // Hosts and queries make endless spellings of one page; what they count is added all the same.
      if (known.rows.size < MOST_SPELLINGS) known.rows.set(written, { date, count, line });
      known.count += count;
      return [];
    }
    if (before.date > date) return [line];
    known.count += count - before.count;
    const lost = before.line;
    known.rows.set(written, { date, count, line });
    return [lost];
  }

  return {
    read,
    end: () => [
      ...Array.from(numbers, ([page, { count }]) => ({ kind: 'start' as const, page, count })),
      { kind: 'not-known', what: NUMBERS_ONLY },
    ],
  };
}

const NUMBERS_ONLY =
  'The file has numbers only: when the pages were viewed, and by how many visitors, is not known.';

const MOST_SPELLINGS = 8;
const DAY_MS = 24 * 60 * 60 * 1000;

function dayIn(cell: string): string | undefined {
  const text = cell.trim();
  const at = instantOf(text);
  return text === ''
    ? ''
    : (dateOf(text) ?? (at === undefined ? undefined : new Date(at).toISOString().slice(0, 10)));
}

/** The page of a cell, null for all pages; undefined if it is none. */
function pageIn(written: string, { addresses, hasHost }: ReadContext['site']): string | null | undefined {
  if (TOTAL_NAMES.includes(written.toLowerCase())) return null;
  const isHost = /^[\w-]+(?:\.[\w-]+)+\//.test(written);
  const address = addresses.pageAt(isHost ? `https://${written}` : written);
  if (address === undefined || (address.host !== undefined && !hasHost(address.host))) return;
  return address.page;
}

/** The columns of GA4's "Pages and screens" with pages, most specific first. */
const GA4_PAGES = [
  'page path and screen class',
  'page path + query string and screen class',
  'page path',
  'full page url',
];

/** Whether a row is the header of a table of GA4. */
export function isGa4Header(cells: Cells): boolean {
  const names = cells.map(columnName);
  return names.includes('views') && GA4_PAGES.some((name) => names.includes(name));
}

/** GA4's "Pages and screens": between comments, a table whose column "Views" counts pages. */
export function ga4Csv({ site }: ReadContext): TableReader {
  const numbers = new Map<string, number>();
  let columns: { readonly page: number; readonly views: number; readonly width: number } | undefined;

  function read(cells: Cells, line: number): readonly ImportedRow[] {
    if (isGa4Header(cells)) {
      const names = cells.map(columnName);
      const page = GA4_PAGES.map((name) => names.indexOf(name)).find((at) => at >= 0) ?? 0;
      columns = { page, views: names.indexOf('views'), width: cells.length };
      return [];
    }
    // Other tables of the same file, such as the days of its chart.
    if (columns === undefined || cells.length !== columns.width) return [];
    const written = unguarded(cells[columns.page] ?? '').trim();
    const count = countOf(unguarded(cells[columns.views] ?? ''));
    const skipped = (reason: string, column: number): Skipped[] => [
      { kind: 'skipped', reason, line, column: column + 1 },
    ];
    if (count === undefined) return skipped('The number cannot be read.', columns.views);
    if (written === '' || written === '(not set)') return skipped('The row names no page.', columns.page);
    const page = pageIn(written.startsWith('/') || written.includes('/') ? written : `/${written}`, site);
    if (page === undefined || page === null)
      return skipped('The page is no address and no path.', columns.page);
    if (!numbers.has(page) && numbers.size >= MOST_NAMES) throw tooMany('pages', { line, most: MOST_NAMES });
    numbers.set(page, (numbers.get(page) ?? 0) + count);
    return [];
  }

  return {
    read,
    end: () => [
      ...Array.from(numbers, ([page, count]) => ({ kind: 'start' as const, page, count })),
      { kind: 'not-known', what: NUMBERS_ONLY },
    ],
  };
}
