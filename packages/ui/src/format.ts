const counts = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });
const decimals = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
/** A count as people read it: `1,234`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** A count in a short form: `1.2K`. */
export function formatCompact(count: number): string {
  return compact.format(count);
}

/** A mean: `2.53`. */
export function formatDecimal(value: number): string {
  return decimals.format(value);
}

/** A share as people read it: `12%`. One above 0 that would round to 0% is `<1%`. */
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

/** How a number changed, in words and as the direction of an arrow. */
export interface Change {
  readonly direction: 'up' | 'down' | 'same';
  /** `up 12%`, `down 1 point`, `14 times as many`, `no change`. */
  readonly words: string;
}

const SAME: Change = { direction: 'same', words: 'no change' };

/** Changes below this share, half a percent, are shown as no change. */
const NOTICED = 0.005;

/** How a number changed; tenfold and more is a multiple. */
export function changeOf(value: number, before: number): Change {
  if (before <= 0) return value > 0 ? { direction: 'up', words: 'up' } : SAME;
  if (value >= 10 * before)
    return { direction: 'up', words: `${compact.format(value / before)} times as many` };
  const share = (value - before) / before;
  return changeBy(share, percents.format(Math.abs(share)));
}

/** How a share changed, in percentage points between the rounded values. */
export function changeOfShare(share: number, before: number): Change {
  const points = Math.round(share * 100) - Math.round(before * 100);
  return changeBy(points, `${Math.abs(points)} ${Math.abs(points) === 1 ? 'point' : 'points'}`);
}

function changeBy(difference: number, amount: string): Change {
  if (Math.abs(difference) < NOTICED) return SAME;
  const direction = difference > 0 ? 'up' : 'down';
  return { direction, words: `${direction} ${amount}` };
}

/** A date and time in a time zone, the same on the server and in every browser. */
export function formatTime(iso: string, timeZone: string): string {
  const form = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone });
  return form.format(new Date(iso));
}

/** A time of day in a time zone: `22:44`. */
export function formatTimeOfDay(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone }).format(new Date(iso));
}

/** A date in a time zone: `27 August 2026`. */
export function formatDate(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone }).format(new Date(iso));
}

/** Control characters, and marks that change the direction of text. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** An untrusted string, with its invisible characters made visible. */
export function plainText(value: string): string {
  return value.replace(UNSEEN, '\ufffd');
}
