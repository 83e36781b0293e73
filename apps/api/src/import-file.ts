import type { ImportReport } from '@footfall/db';
import { FootfallError } from '@footfall/core';
import type { ExportManifest } from '@footfall/core/exported';
import type { ImportFormat } from '@footfall/core/imported';
import { quantity } from './quantity.ts';

/** Formats that have totals of days and no page views. */
const TOTALS_OF_DAYS: ReadonlySet<ImportFormat> = new Set(['plausible', 'goatcounter-json']);

/**
 * Lists and charts do not say yet what was imported as totals of days, and a filter leaves it out: so it is not taken.
 * @throws {FootfallError} BAD_REQUEST
 */
export function requirePageViews({ format, title }: Pick<ImportReport, 'format' | 'title'>): void {
  if (TOTALS_OF_DAYS.has(format))
    throw new FootfallError(
      'BAD_REQUEST',
      `The file cannot be imported yet: ${title} has totals of days and no single page views, which charts, lists and filters could not distinguish.`,
    );
}

/** What the settings of a site mean for a file, in sentences. */
export function differencesTo(
  manifest: ExportManifest,
  site: { readonly timeZone: string; readonly identity: string; readonly sessionTimeoutMs: number },
): string[] {
  const names = { timeZone: 'time zone', identity: 'IDENTITY', sessionTimeoutMs: 'session timeout' } as const;
  const differences = Object.entries(names).flatMap(([name, words]) => {
    const [there, here] = [manifest[name as keyof typeof names], site[name as keyof typeof names]];
    return there === here
      ? []
      : [`Its ${words} was ${there}, here it is ${here}: days, visits and visitors may differ.`];
  });
  if ((manifest.sessionTimeoutChanges ?? 0) > 0)
    differences.push(
      'Its session timeout was changed while it counted, here one holds for all: a few visits may differ.',
    );
  return differences;
}

/** A report in lines, for a terminal. */
export function reportLines(report: ImportReport): string[] {
  const { title, from, to, taken, known, older, counts, numbers, startingNumbers, words } = report;
  const count = (number: number, what: string): string[] =>
    number === 0 ? [] : [`  ${quantity(number, what)}`];
  return [
    from === undefined ? title : `${title}: ${from} to ${to}`,
    ...count(taken, 'new page view'),
    ...(known === 0 ? [] : [`  ${quantity(known, 'row')} already here`]),
    ...(older === 0 ? [] : [`  ${quantity(older, 'page view')} of them older than RETENTION_MONTHS`]),
    ...count(counts, 'count without page views'),
    ...count(numbers, 'other number'),
    ...count(startingNumbers, 'starting number'),
    ...(words === 0 ? [] : [`  ${quantity(words, 'setting, segment or annotation')}`]),
    ...report.skipped.map(({ reason, rows, line, column }) => {
      const where =
        line === null ? '' : ` (first: line ${line}${column === null ? '' : `, column ${column}`})`;
      return `  ${quantity(rows, 'row')} left out: ${reason}${where}`;
    }),
    ...report.notKnown.map((what) => `  ${what}`),
  ];
}
