/** What makes a spreadsheet take a field for a formula, or leaves the field it stands in. */
const FORMULA = /^[=+\-@\t\r]/;

/** Rows as comma-separated values (RFC 4180), with the names of their columns. */
export function csvOf(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  return [columns, ...rows].map(csvLine).join('');
}

/** One row of it, with its line break. */
export function csvLine(row: readonly (string | number | null)[]): string {
  return `${row.map(field).join(',')}\r\n`;
}

/** Text is never a formula; a number stays one. */
function field(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
