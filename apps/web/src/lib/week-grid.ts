import type { Formats } from '@footfall/ui/format';

/** Page views of a week by weekday (from Monday) and hour of the site's clock. */
export type WeekGrid = readonly (readonly number[])[];

/** An instant of the first day of a week; others follow by days. */
const MONDAY_MS = Date.UTC(2026, 0, 5, 12);
const DAY_MS = 24 * 60 * 60 * 1000;

const WEEK = Array.from({ length: 7 }, (_, day) => new Date(MONDAY_MS + day * DAY_MS));

/** The names of the days, from Monday. */
export function weekdayNames({ dateForm }: Pick<Formats, 'dateForm'>, weekday: 'long' | 'short'): string[] {
  return WEEK.map(dateForm({ weekday, timeZone: 'UTC' }));
}

/** The same as the clock below has them. */
const WEEKDAYS = WEEK.map((day) =>
  new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' }).format(day),
);

/** Sums a series by hours into a week. An hour that occurs twice when the clock is put back is one, as on a clock. */
export function weekGrid(
  series: readonly { readonly start: string; readonly views: number }[],
  timeZone: string,
): WeekGrid {
  const form = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    hour: '2-digit',
    hourCycle: 'h23',
    timeZone,
  });
  const grid = WEEKDAYS.map(() => Array.from({ length: 24 }, () => 0));
  for (const { start, views } of series) {
    if (views === 0) continue;
    const parts = form.formatToParts(new Date(start));
    const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
    const day = grid[WEEKDAYS.findIndex((name) => name === part('weekday'))];
    const hour = Number(part('hour'));
    if (day?.[hour] !== undefined) day[hour] += views;
  }
  return grid;
}
