const counts = new Intl.NumberFormat('en');
const percents = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });
const times = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

/** A count as people read it: `1,234`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** A share as people read it: `12%`. What is there but would round to nothing is `<1%`. */
export function formatShare(share: number): string {
  return share > 0 && share < 0.005 ? '<1%' : percents.format(share);
}

/** An instant as people read it, in UTC, so that the server and every browser say the same. */
export function formatTime(iso: string): string {
  return `${times.format(new Date(iso))} UTC`;
}
