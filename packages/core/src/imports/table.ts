import { hash47 } from '../identity.ts';
import type { ImportedRow } from '../imported.ts';
import { tooMany } from './unreadable.ts';

/** The cells of a row of a file. */
export type Cells = readonly string[];

/** Makes rows of an import from those of a table. It is fed in the order of the file. */
export interface TableReader {
  /** @param line from 1, where the row begins */
  readonly read: (cells: Cells, line: number) => readonly ImportedRow[];
  /** What is known only at the end of the table. */
  readonly end: () => readonly ImportedRow[];
}

/** Makes the reader of a table from its header. */
export type TableFormat = (header: Cells) => TableReader;

/** The form of a column's name in which headers are compared. */
export function columnName(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, ' ');
}

/** Reads the cells of a row by the names of their columns: formats grow columns, and nobody promises their order. */
export interface Columns {
  /** Without what marks a cell for spreadsheets; `''` where the column or the cell is missing, and for `\N`. */
  readonly cell: (cells: Cells, name: string) => string;
  readonly has: (name: string) => boolean;
  /** Whether a row has as many cells as the header. */
  readonly fits: (cells: Cells) => boolean;
}

export function columnsOf(header: Cells): Columns {
  const places = new Map<string, number>();
  for (const [at, name] of header.entries()) {
    const known = columnName(name);
    if (known !== '' && !places.has(known)) places.set(known, at);
  }
  return {
    cell: (cells, name) => {
      const at = places.get(name);
      return at === undefined ? '' : cellText(cells[at] ?? '');
    },
    has: (name) => places.has(name),
    fits: (cells) => cells.length === header.length,
  };
}

/** What PostgreSQL writes for null. */
const NULL = String.raw`\N`;

function cellText(written: string): string {
  return written === NULL ? '' : unguarded(written);
}

/** A cell without the mark that keeps spreadsheets from taking it for a formula (`csvOf`). */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && /^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}

/** The number of a cell: digits, also in groups of three; undefined for anything else, and for more than a number holds. */
export function countOf(cell: string): number | undefined {
  const text = cell.trim();
  if (!/^(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})$/.test(text)) return;
  return Number(text.replaceAll(',', ''));
}

/** A date such as `2026-11-20` or `20261120`, as the first; undefined for anything else, and for the 31st of February. */
export function dateOf(cell: string): string | undefined {
  const [, year = '', month = '', day = ''] = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(cell.trim()) ?? [];
  return isDate(Number(year), Number(month), Number(day)) ? `${year}-${month}-${day}` : undefined;
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return month > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/**
 * The instant of a cell such as `2026-11-20T08:15:00Z`, `2026-11-20 08:15:00.123+00` (as PostgreSQL writes it) or
 * `2026-11-20 08:15:00`, which is UTC; undefined for anything else.
 */
export function instantOf(cell: string): number | undefined {
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = ''] = INSTANT.exec(cell) ?? [];
  if (year === undefined || !isDate(Number(year), Number(month), Number(day))) return;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 60) return;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), h, m, s);
  return at + Math.floor(Number(`0${fraction}`) * 1000) - offsetOf(zone);
}

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?( UTC|Z|[+-]\d\d(?::?\d\d)?)?$/;

/** The offset of a zone such as `+02`, `-0330` or `Z`, in milliseconds. */
function offsetOf(zone: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -ms : ms;
}

const encoder = new TextEncoder();
const NO_KEY = new Uint8Array(32);

/** Different pages, or other names, that a file may bring: each is a row of the store for good. */
export const MOST_NAMES = 500_000;

/**
 * Makes a function that counts the different values of a kind.
 * @throws {FootfallError} BAD_REQUEST, from that function, where they are too many
 */
export function nameLimit(what: string, most = MOST_NAMES): (name: string, line: number) => void {
  const known = new Set<number>();
  let last = '';
  return (name, line) => {
    if (name === last) return;
    last = name;
    // Numbers need a tenth of the memory of the names.
    known.add(hash47(encoder.encode(name), NO_KEY));
    if (known.size > most) throw tooMany(what, { line, most });
  };
}
