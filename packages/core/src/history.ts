import type { Calendar } from './calendar.ts';
import { NO_CAMPAIGN, type Campaign } from './campaign.ts';
import { channelOf } from './channel.ts';
import type { EventAttributes } from './dimensions.ts';
import { readReferrer } from './referrer.ts';
import type { Engagement, PageView } from './events.ts';
import { sourceAt, sourceLabel, sourceOf } from './source.ts';

/** The size of a generated history. */
export interface HistoryOptions {
  /** The same seed generates the same history. */
  readonly seed: number;
  /** Number of local days; the last is that of `until`. */
  readonly days: number;
  /** Approximate total of page views. */
  readonly views: number;
  readonly pages: number;
  /** Number of people; each visit is by one of them. */
  readonly visitors: number;
  /** The latest time, in epoch milliseconds. */
  readonly until: number;
  readonly identity: 'daily' | 'device';
  readonly timeoutMs: number;
  readonly calendar: Calendar;
}

/** A share of people or visits, with their attributes. */
type Weighted<T> = readonly (readonly [weight: number, value: T])[];

const COUNTRIES: Weighted<readonly [country: string, language: string]> = [
  [24, ['US', 'en']],
  [11, ['DE', 'de']],
  [9, ['GB', 'en']],
  [8, ['FR', 'fr']],
  [7, ['IN', 'en']],
  [5, ['BR', 'pt']],
  [4, ['CA', 'en']],
  [4, ['NL', 'nl']],
  [4, ['JP', 'ja']],
  [3, ['ES', 'es']],
  [3, ['IT', 'it']],
  [3, ['PL', 'pl']],
  [3, ['AU', 'en']],
  [2, ['SE', 'sv']],
  [2, ['CH', 'de']],
  [2, ['BD', 'bn']],
  [2, ['MX', 'es']],
  [1, ['AT', 'de']],
  [1, ['NO', 'no']],
  [1, ['', 'en']],
];

const AGENTS: Weighted<readonly [device: string, browser: string, system: string]> = [
  [30, ['desktop', 'Chrome', 'Windows']],
  [22, ['mobile', 'Chrome', 'Android']],
  [18, ['mobile', 'Safari', 'iOS']],
  [9, ['desktop', 'Safari', 'macOS']],
  [6, ['desktop', 'Firefox', 'Windows']],
  [5, ['desktop', 'Edge', 'Windows']],
  [4, ['desktop', 'Firefox', 'Linux']],
  [3, ['tablet', 'Safari', 'iOS']],
  [2, ['mobile', 'Samsung Internet', 'Android']],
  [1, ['tablet', 'Chrome', 'Android']],
];

/** How a visit arrived, from its first page view. */
interface Arrival
  extends Pick<EventAttributes, 'source' | 'campaign' | 'channel'>, Pick<PageView, 'referrer'> {
  readonly tags: Campaign | undefined;
}

const NEWSLETTER = { utmSource: 'newsletter', utmMedium: 'email', utmCampaign: 'autumn' };
const ADVERT = { utmSource: 'google', utmMedium: 'cpc', utmCampaign: 'autumn' };

const ARRIVALS: Weighted<Arrival> = [
  [36, arrivalOf(undefined)],
  [4, arrivalOf('own')],
  [25, arrivalOf('www.google.com')],
  [6, arrivalOf('www.bing.com')],
  [5, arrivalOf('duckduckgo.com')],
  [3, arrivalOf('chatgpt.com')],
  [4, arrivalOf('www.reddit.com/r/selfhosted')],
  [4, arrivalOf('news.ycombinator.com/item')],
  [3, arrivalOf('t.co')],
  [3, arrivalOf('www.linkedin.com')],
  [3, arrivalOf(undefined, { ...NEWSLETTER, utmContent: 'first link' })],
  [2, arrivalOf('www.google.com', { ...ADVERT, utmTerm: 'visitor counter' })],
  [1, arrivalOf('l.facebook.com', { utmSource: 'facebook', utmMedium: 'paid_social', utmContent: 'video' })],
  [1, arrivalOf(undefined, { utmSource: 'poster', utmMedium: 'qr', utmCampaign: 'fair' })],
  [2, arrivalOf('github.com')],
  [2, arrivalOf('blog.example.org/links')],
];

/** @param from host and path of another site, or `own` for a page of this one */
function arrivalOf(from: string | undefined, changes?: Partial<Campaign>): Arrival {
  const tags = changes === undefined ? undefined : { ...NO_CAMPAIGN, ...changes };
  const site = from === 'own' ? undefined : readReferrer(from && `https://${from}`);
  const source = sourceOf(from === 'own' ? from : site && sourceAt(site), tags);
  return {
    source: sourceLabel(source, tags),
    campaign: tags?.utmCampaign ?? '',
    channel: channelOf(source, tags),
    referrer: from === 'own' ? null : (from ?? null),
    tags,
  };
}

/** Visits that begin in each hour of the day, as weights. */
const HOURS = [2, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 8, 7, 7, 8, 8, 7, 7, 7, 7, 7, 6, 5, 3];

/** By day of the week, from Sunday. */
const WEEKDAYS = [0.7, 1.1, 1.15, 1.15, 1.1, 1, 0.8];

const SECTIONS = ['blog', 'docs', 'guides', 'news'];

const HOUR_MS = 3_600_000;

/** How long before its end the last visit of a history begins at the latest, in milliseconds. */
const LAST_VISIT_MS = 10 * 60_000;

/** Views of an average visit, which follows from the numbers below. */
const VIEWS_PER_VISIT = 2.9;

/**
 * Generates a history that resembles a website's: people of several countries and browsers return, a few pages get
 * most of the views, nights and weekends are quiet, traffic grows slowly. When it ends, somebody has just come.
 * @returns the events of each local day in the order of their times
 */
export function* history(options: HistoryOptions): Iterable<(PageView | Engagement)[]> {
  const { seed, views, visitors, until, calendar } = options;
  const random = randomNumbers(seed);
  const people = Array.from({ length: visitors }, (_, n) => personOf(n, options, random));
  const pages = pagePaths(options.pages);
  const today = calendar.momentOf(until).day;
  const weights = weightsOf(today, options);
  // The last day is not over. By whole hours, so that a history made a moment later is the same.
  const hours = Math.max(1, Math.floor((until - today) / HOUR_MS));
  const over = HOURS.slice(0, hours).reduce((sum, weight) => sum + weight, 0);
  const whole = HOURS.reduce((sum, weight) => sum + weight);
  const total = weights.reduce(
    (sum, [day, weight]) => sum + (day === today ? (weight * over) / whole : weight),
    0,
  );

  let carried: (PageView | Engagement)[] = [];
  for (const [day, weight] of weights) {
    const share = weight / total;
    const visits = Math.round((views * share * (0.95 + 0.1 * random())) / VIEWS_PER_VISIT);
    const end = calendar.nextDay(day);
    const reports = carried;
    for (let visit = 0; visit < visits; visit += 1) {
      const person = people[Math.floor(visitors * random() ** 2)] as Person; // some come often
      const hour = pick(
        HOURS.map((weight, at) => [weight, at] as const),
        random,
      );
      visitOf(person, day + (hour + random()) * HOUR_MS, { pages, random, options, reports });
    }
    if (day === today) {
      const begin = Math.max(day, until - random() * LAST_VISIT_MS);
      visitOf(people[0] as Person, begin, { pages, random, options, reports });
    }
    reports.sort((one, other) => one.at - other.at);
    const cut = reports.findIndex(({ at }) => at >= end || at > until);
    carried = cut === -1 ? [] : reports.splice(cut);
    yield reports;
    if (carried.every(({ at }) => at > until)) carried = [];
  }
}

/** The local days, and the number of visits on each. */
function weightsOf(today: number, { days, calendar }: HistoryOptions): [day: number, weight: number][] {
  const weights: [day: number, weight: number][] = [];
  for (let nth = days - 1, day = today; nth >= 0; nth -= 1, day = calendar.previousDay(day)) {
    const weekday = new Date(day + 12 * HOUR_MS).getUTCDay();
    const growth = 0.8 + (0.4 * (nth + 0.5)) / days;
    weights.unshift([day, (WEEKDAYS[weekday] ?? 1) * growth]);
  }
  return weights;
}

/** A generated visitor. */
interface Person {
  readonly attributes: Omit<EventAttributes, keyof Arrival>;
  /** The visitor's key on a local day. */
  readonly keyOn: (day: number) => number;
}

function personOf(n: number, { seed, identity }: HistoryOptions, random: () => number): Person {
  const [country, language] = pick(COUNTRIES, random);
  const [device, browser, system] = pick(AGENTS, random);
  const keyOn = (day: number): number =>
    identity === 'device' && n % 10 !== 0 // some block recognition
      ? 2 * keyOf(seed, n, 0) + 1
      : 2 * keyOf(seed, n, day);
  return { attributes: { country, region: '', city: '', language, device, browser, system }, keyOn };
}

function visitOf(
  person: Person,
  begin: number,
  to: {
    readonly pages: readonly string[];
    readonly random: () => number;
    readonly options: HistoryOptions;
    readonly reports: (PageView | Engagement)[];
  },
): void {
  const { pages, random, reports } = to;
  const { calendar, timeoutMs } = to.options;
  const { referrer, tags, ...arrival } = pick(ARRIVALS, random);
  const attributes: EventAttributes = { ...person.attributes, ...arrival };
  let at = Math.floor(begin);
  let isFirst = true;
  do {
    const { hour, day } = calendar.momentOf(at);
    const visitor = person.keyOn(day);
    const isDevice = visitor % 2 === 1;
    const id = idOf(at, random);
    reports.push({
      kind: 'page-view',
      id,
      at,
      hour,
      day,
      visitor,
      previousDayKey: !isDevice && at - day <= timeoutMs ? person.keyOn(calendar.previousDay(day)) : null,
      page: pages[Math.floor((pages.length + 1) ** random() - 1)] ?? '/',
      referrer: isFirst ? referrer : null,
      campaign: isFirst ? tags : undefined,
      attributes,
    });
    const engagedMs = Math.floor(-Math.log(1 - random()) * 40_000);
    if (random() < 0.7) {
      const scrollPercent = Math.floor(100 * random());
      reports.push({ kind: 'engagement', id, at: at + engagedMs, engagedMs, scrollPercent });
    }
    at += engagedMs + 1_000;
    isFirst = false;
  } while (random() < 1 - 1 / VIEWS_PER_VISIT);
}

function pagePaths(many: number): string[] {
  return Array.from({ length: many }, (_, n) =>
    n === 0 ? '/' : `/${SECTIONS[n % SECTIONS.length]}/page-${n}`,
  );
}

function pick<T>(from: Weighted<T>, random: () => number): T {
  let left = random() * from.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, value] of from) {
    left -= weight;
    if (left < 0) return value;
  }
  return (from.at(-1) as readonly [number, T])[1];
}

/** An id that begins with its time (RFC 9562, version 7), as 32 hex digits. */
function idOf(at: number, random: () => number): string {
  const digits = (many: number): string =>
    Math.floor(random() * 16 ** many)
      .toString(16)
      .padStart(many, '0');
  return `${at.toString(16).padStart(12, '0')}7${digits(3)}8${digits(7)}${digits(8)}`;
}

/** A key below 2^46 derived from three numbers: half of it from the person, half from the day too. */
function keyOf(seed: number, n: number, day: number): number {
  const half = (from: number): number => Math.floor(randomNumbers(from)() * 2 ** 23);
  const person = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b);
  return half(person) * 2 ** 23 + half(person ^ Math.imul(day / 60_000 + 1, 0xc2b2ae35));
}

/** Pseudo-random numbers from 0 to 1 derived from a seed: a counter, well mixed (as in SplitMix). */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
