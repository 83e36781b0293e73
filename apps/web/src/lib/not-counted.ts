import { parseView, unknownParameter, type DashboardView, type Problem } from './dashboard.ts';

/** What the page asks about a browser: its user agent, and the view that it sent. */
export interface Asked {
  readonly userAgent: string;
  readonly url?: string;
  readonly referrer?: string;
  readonly consent?: boolean;
  readonly optedOut?: boolean;
}

/** What an address of `/admin/not-counted` shows. */
export interface NotCountedView {
  readonly period: DashboardView['period'];
  readonly asked: Asked | undefined;
  /** What the address has and the page does not. */
  readonly problems: readonly Problem[];
}

const PERIOD_NAMES = ['period', 'from', 'to'];
const ASKED_NAMES = ['userAgent', 'url', 'referrer', 'consent', 'optedOut'];

/** Reads an address. Nothing unknown is ignored, as on the overview. */
export function parseNotCounted(query: URLSearchParams): NotCountedView {
  const names = [...PERIOD_NAMES, ...ASKED_NAMES];
  const unknown = [...query.keys()].filter((name) => !names.includes(name));
  const ofPeriod = [...query].filter(([name]) => PERIOD_NAMES.includes(name));
  const { view, problems } = parseView(new URLSearchParams(ofPeriod), []);
  return {
    period: view.period,
    asked: askedIn(query),
    problems: [...unknown.map(unknownParameter), ...problems],
  };
}

function askedIn(query: URLSearchParams): Asked | undefined {
  const userAgent = query.get('userAgent')?.trim();
  if (userAgent === undefined) return undefined;
  const [url, referrer] = [query.get('url')?.trim() ?? '', query.get('referrer')?.trim() ?? ''];
  return {
    userAgent,
    ...(url !== '' && { url }),
    ...(referrer !== '' && { referrer }),
    // A form sends a box that is ticked alone.
    consent: !query.has('consent') || query.get('consent') === 'true',
    optedOut: query.get('optedOut') === 'true',
  };
}

/** The fields of a form that keep a period. */
export function periodFields(period: DashboardView['period']): [name: string, value: string][] {
  if (typeof period === 'string') return [['period', period]];
  return [
    ['from', period.from],
    ['to', period.to],
  ];
}

/** The address of the page for a period. */
export const notCountedAddress = (period: DashboardView['period']): string =>
  `/admin/not-counted?${new URLSearchParams(periodFields(period)).toString()}`;

/** The address at which a browser reads what it would be counted as. */
export function browserAddress(
  origin: string,
  { url, referrer }: Pick<Asked, 'url' | 'referrer'> = {},
): string {
  const query = new URLSearchParams({
    ...(url !== undefined && { url }),
    ...(referrer !== undefined && { referrer }),
  }).toString();
  return `${origin}/this-browser${query === '' ? '' : `?${query}`}`;
}
