import type { Mark } from '@footfall/core';
import type { ChartMark } from '@footfall/ui';
import type { Formats } from '@footfall/ui/format';
import { todayOf, type DateRange } from './dashboard.ts';

/**
 * Where annotations stand in a chart: at the first interval of their day, else in the one that has the day in it.
 * @param series the intervals of the chart; their starts are ISO 8601
 */
export function marksIn(
  annotations: readonly Mark[],
  series: readonly { readonly start: string }[],
  { timeZone, formats }: { readonly timeZone: string; readonly formats: Formats },
): ChartMark[] {
  const form = formats.dateForm({ day: 'numeric', month: 'short', timeZone: 'UTC' });
  const dayName = (date: string) => form(new Date(`${date}T12:00:00Z`));
  const dates = series.map(({ start }) => todayOf(start, timeZone));
  return annotations
    .map(({ date, text }) => {
      const first = dates.indexOf(date);
      const slot = first === -1 ? dates.findLastIndex((its) => its < date) : first;
      return { slot: Math.max(slot, 0), when: dayName(date), text, date };
    })
    .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))
    .map(({ slot, when, text }) => ({ slot, when, text }));
}

/** Where the owner annotates a local day. */
export const annotationAddress = (date: string): string => `/admin/annotations?date=${date}`;

/** Where the owner annotates a day of a period: its last one, or today while it goes on. */
export const annotationAddressIn = ({ to }: DateRange, today: string): string =>
  annotationAddress(to < today ? to : today);
