import type { Identity } from './analytics.ts';

/** The version of the format: raised when an older Footfall could not read it. */
export const EXPORT_FORMAT = 'footfall-export/1';

/** `manifest.json` of an export, its last entry. */
export interface ExportManifest {
  readonly format: string;
  /** The version of Footfall that wrote it. */
  readonly footfall: string;
  readonly exportedAt: string;
  /** The log that it is of: one database has the same in every export. */
  readonly origin: string;
  /** The origins of what had been imported there. */
  readonly imported: readonly string[];
  readonly site: string;
  readonly timeZone: string;
  readonly identity: Identity;
  readonly sessionTimeoutMs: number;
  /** How often it was changed among the page views; absent in exports of before. */
  readonly sessionTimeoutChanges?: number | undefined;
  /** The hours that it is of: from the first on, before the second, without a bound where one is null. Null is all time. */
  readonly range: { readonly from: string | null; readonly until: string | null } | null;
  readonly totalViews: number;
  /** By name. */
  readonly files: Record<string, { rows: number; bytes: number; sha256: string }>;
}

type Cell = string | number | null;

/** Columns of instants: in files they are ISO 8601 in UTC. */
const INSTANTS: ReadonlySet<string> = new Set([
  'at',
  'hour',
  'day',
  'began_at',
  'ended_at',
  'seen_until',
  'last_at',
  'first_at',
]);

/** A row with its instants as text. */
export function timesAsText(columns: readonly string[], row: readonly Cell[]): Cell[] {
  return row.map((cell, at) =>
    typeof cell === 'number' && INSTANTS.has(columns[at] ?? '') ? new Date(cell).toISOString() : cell,
  );
}

/** A row as a line of JSON; what is null is left out. */
export function exportedLine(columns: readonly string[], row: readonly Cell[]): string {
  const cells = timesAsText(columns, row).flatMap((cell, at) => (cell === null ? [] : [[columns[at], cell]]));
  return `${JSON.stringify(Object.fromEntries(cells))}\n`;
}

/** A line with its instants as epoch milliseconds. It says nothing of what the line has. */
export function lineOf(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('no object');
  return Object.fromEntries(
    Object.entries(value).map(([name, cell]: [string, unknown]) => [
      name,
      INSTANTS.has(name) && typeof cell === 'string' ? Date.parse(cell) : cell,
    ]),
  );
}
