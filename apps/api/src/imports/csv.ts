import { Readable } from 'node:stream';
import { FootfallError } from '@footfall/core';
import { unreadable, type Cells } from '@footfall/core/imports';
import { CsvError, parse } from 'csv-parse';
import { parse as parseAll } from 'csv-parse/sync';
import { piped, placeIn, wholeLines, type Bytes, type ImportLimits } from './bytes.ts';

/** How a table is written. */
export interface Dialect {
  readonly delimiter: ',' | ';' | '\t';
  readonly comment: '#' | undefined;
}

export const COMMAS: Dialect = { delimiter: ',', comment: undefined };

/** A row, and the line that it begins with. */
export interface CsvRow {
  readonly cells: Cells;
  readonly line: number;
}

/** Characters of a row: those that people export have some thousand. */
const LONGEST_ROW = 64 * 1024;

function optionsOf({ delimiter, comment }: Dialect) {
  return {
    delimiter,
    max_record_size: LONGEST_ROW,
    relax_column_count: true,
    skip_empty_lines: true,
    ...(comment === undefined ? {} : { comment, comment_no_infix: true }),
  };
}

export interface CsvParts {
  readonly dialect: Dialect;
  /** How an error begins: the name of a file of an archive, or `''`. */
  readonly where: string;
  readonly limits: ImportLimits;
}

/**
 * Reads comma-separated values (RFC 4180) row by row.
 * @throws {FootfallError} BAD_REQUEST with the line and the column
 */
export async function* csvRows(bytes: Bytes, { dialect, where, limits }: CsvParts): AsyncGenerator<CsvRow> {
  async function* text(): AsyncGenerator<Buffer> {
    for await (const lines of wholeLines(bytes, { where, limits })) yield lines.bytes;
  }
  const parser = parse({ ...optionsOf(dialect), info: true });
  let last = 0;
  try {
    for await (const parsed of piped(Readable.from(text(), { objectMode: false }), parser)) {
      const { record: cells, info } = parsed as ParsedRow;
      const line = info.lines > last + 1 ? info.lines - breaksIn(cells) : info.lines;
      last = info.lines;
      yield { cells, line };
    }
  } catch (error) {
    throw csvError(error, where);
  }
}

/** What the parser makes of a row. */
interface ParsedRow {
  readonly record: Cells;
  /** Lines up to the end of the row. */
  readonly info: { readonly lines: number };
}

/** Line breaks within cells: the parser says where a row ends. */
function breaksIn(cells: Cells): number {
  return cells.reduce((sum, cell) => sum + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 0);
}

/** The first rows of text, at most that number of them. */
export function headRows(text: string, dialect: Dialect, most: number): string[][] {
  const parsed = (to: number): string[][] => parseAll(text, { ...optionsOf(dialect), to });
  try {
    return parsed(most);
  } catch {
    // A row of the head may be cut; what is wrong further down is said when it is read.
    try {
      return parsed(1);
    } catch (error) {
      throw csvError(error, '');
    }
  }
}

function csvError(error: unknown, where: string): unknown {
  if (error instanceof FootfallError || !(error instanceof CsvError)) return error;
  const { lines, column } = error as CsvError & {
    readonly lines?: number;
    readonly column?: number | string;
  };
  const place = placeIn(where, lines ?? 1, typeof column === 'number' ? column + 1 : undefined);
  const wrong = WRONG[error.code] ?? 'cannot be read as CSV';
  return unreadable(`${place} ${wrong}.`, error);
}

const WRONG: Readonly<Partial<Record<string, string>>> = {
  CSV_INVALID_CLOSING_QUOTE: 'has characters after a closing quote',
  CSV_MAX_RECORD_SIZE: `is a row of more than ${LONGEST_ROW / 1024} KiB; a quote before it may not be closed`,
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'has characters after a closing quote',
  CSV_QUOTE_NOT_CLOSED: 'has a quote that is not closed until the end of the file',
  INVALID_OPENING_QUOTE: 'has a quote within a cell that does not begin with one',
};
