/** Page views of a week by weekday (from Monday) and hour of the site's clock. */
export type WeekGrid = readonly (readonly number[])[];

export const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;

/** Sums a series by hours into a week. An hour that occurs twice when the clock is put back is one, as on a clock. */
export function weekGrid(
  series: readonly { readonly start: string; readonly views: number }[],
  timeZone: string,
): WeekGrid {
  const form = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
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
