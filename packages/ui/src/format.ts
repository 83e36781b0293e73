const counts = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });
const decimals = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const changes = new Intl.NumberFormat('en', {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});

/** A count as people read it: `1,234`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** A count where there is little room: `1.2K`. */
export function formatCompact(count: number): string {
  return compact.format(count);
}

/** A mean: `2.53`. */
export function formatDecimal(value: number): string {
  return decimals.format(value);
}

/** A share as people read it: `12%`. What is there but would round to nothing is `<1%`. */
export function formatShare(share: number): string {
  return share > 0 && share < 0.005 ? '<1%' : percents.format(share);
}

/** A duration in milliseconds, in its two largest units: `45s`, `3m 20s`, `1h 5m`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** How a number changed: `+12%`, `-3%`, `×14` for tenfold and more, `—` where there was none before. */
export function formatChange(value: number, before: number): string {
  if (before <= 0) return '—';
  const ratio = value / before;
  return ratio >= 10 ? `×${compact.format(ratio)}` : changes.format(ratio - 1).replace('-', '−');
}

/** How a share changed, in points of a hundred, between what is shown of both: `+3 points`. */
export function formatPoints(share: number, before: number): string {
  const points = Math.round(share * 100) - Math.round(before * 100);
  return `${points > 0 ? '+' : points < 0 ? '−' : ''}${Math.abs(points)} ${Math.abs(points) === 1 ? 'point' : 'points'}`;
}

/** An instant as people read it, on a clock that is named: on the server and in every browser the same. */
export function formatTime(iso: string, timeZone: string): string {
  const form = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone });
  return form.format(new Date(iso));
}

/** Controls, and marks that turn the direction of what follows. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Text of unknown origin, with what cannot be seen in it made seen. */
export function plainText(text: string): string {
  return text.replace(UNSEEN, '\ufffd');
}
