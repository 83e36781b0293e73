import type { Dimension } from '../dimensions.ts';
import type { ImportedTotals } from '../imported.ts';

/** The numbers of totals. */
export type Sums = Pick<ImportedTotals, 'visitors' | 'visits' | 'views' | 'bounces' | 'seconds'>;

/** Values of a day that are added up before they are handed on. */
const MOST_VALUES = 20_000;

interface Open extends Omit<ImportedTotals, keyof Sums> {
  visitors: number;
  visits: number;
  views: number;
  bounces: number;
  seconds: number;
}

/**
 * Adds up the totals of a day by value: tables have several rows for one, such as those of a source with each of its
 * referrers. Totals of a date are complete when the next date begins, in the order of the file.
 */
export interface DayTotals {
  /** @returns the totals of the date before, where another one begins */
  readonly add: (
    date: string,
    of: { readonly dimension: Dimension | null; readonly value: string },
    sums: Sums,
  ) => readonly ImportedTotals[];
  /** The rest. */
  readonly end: () => readonly ImportedTotals[];
}

export function dayTotals(): DayTotals {
  let open = new Map<string, Open>();
  let day = '';

  function taken(): readonly ImportedTotals[] {
    const rows = [...open.values()];
    open = new Map();
    return rows;
  }

  return {
    add: (date, { dimension, value }, sums) => {
      const done = date === day && open.size < MOST_VALUES ? [] : taken();
      day = date;
      const key = `${dimension ?? ''} ${value}`;
      const known = open.get(key);
      if (known === undefined) open.set(key, { kind: 'totals', date, dimension, value, ...sums });
      else {
        known.visitors += sums.visitors;
        known.visits += sums.visits;
        known.views += sums.views;
        known.bounces += sums.bounces;
        known.seconds += sums.seconds;
      }
      return done;
    },
    end: taken,
  };
}
