import { channelOf } from '../channel.ts';
import { countryCode, PLACE_BYTES } from '../describe.ts';
import type { ImportedRow, ImportedTotals, Skipped } from '../imported.ts';
import { languageOf } from '../language.ts';
import { NO_CAMPAIGN } from '../campaign.ts';
import { localDate } from '../calendar.ts';
import { sourceLabel, sourceOf } from '../source.ts';
import { plainText } from '../text.ts';
import { EVENT, isTrue, locationIn, referrerIn } from './goatcounter.ts';
import { browserNamed, systemNamed } from './names.ts';
import { dateOf, instantOf, MOST_NAMES } from './table.ts';
import { dayTotals, type Sums } from './totals.ts';
import { tooMany } from './unreadable.ts';
import { sourceWithName, type ReadContext } from './views.ts';

/** The files of GoatCounter's JSON that are read, names before the counts that refer to them. */
export const GOATCOUNTER_FILES = [
  'paths',
  'refs',
  'browsers',
  'systems',
  'locations',
  'languages',
  'hit_stats',
  'browser_stats',
  'system_stats',
  'location_stats',
  'language_stats',
] as const;

export type GoatCounterFile = (typeof GOATCOUNTER_FILES)[number];

/** Reads lines of JSON, file after file. */
export interface LinesReader {
  readonly read: (
    file: GoatCounterFile,
    value: Readonly<Record<string, unknown>>,
    line: number,
  ) => readonly ImportedRow[];
  readonly end: () => readonly ImportedRow[];
}

interface Source {
  readonly source: string;
  readonly channel: string;
}

/** What a line of a file of names is called in the files of counts. */
interface Names {
  /** The identifier; a string that begins with a blank is why it is not counted. */
  readonly paths: Map<string, string>;
  readonly refs: Map<string, Source>;
  readonly browsers: Map<string, string>;
  readonly systems: Map<string, string>;
  readonly locations: Map<string, { readonly country: string; readonly region: string }>;
  readonly languages: Map<string, string>;
}

/**
 * GoatCounter's JSON: visitors of each hour or day and page. They are counted here as one page view each, which is the
 * least that there were; what is not in the file stays 0.
 */
export function goatCounterJson({ site, now }: ReadContext): LinesReader {
  const names: Names = {
    paths: new Map(),
    refs: new Map(),
    browsers: new Map(),
    systems: new Map(),
    locations: new Map(),
    languages: new Map(),
  };
  const totals = dayTotals();
  const today = localDate(now, site.calendar.timeZone);
  const localDateOf = datesIn(site.calendar);

  function learn<Value>(
    map: Map<string, Value>,
    { id, value, line, what }: { id: string; value: Value; line: number; what: string },
  ): void {
    if (map.size >= MOST_NAMES && !map.has(id)) throw tooMany(what, { line, most: MOST_NAMES });
    map.set(id, value);
  }

  function read(
    file: GoatCounterFile,
    value: Readonly<Record<string, unknown>>,
    line: number,
  ): readonly ImportedRow[] {
    const text = (...keys: string[]): string => {
      for (const key of keys) {
        const cell = value[key];
        if (typeof cell === 'string') return cell;
        if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
      }
      return '';
    };
    switch (file) {
      case 'paths':
        learn(names.paths, {
          id: text('id'),
          value: isTrue(text('event')) ? ` ${EVENT}` : pageOf(text('path'), site),
          line,
          what: 'pages',
        });
        return [];
      case 'refs':
        learn(names.refs, {
          id: text('id'),
          value: sourceIn(text('ref'), text('ref_scheme'), site),
          line,
          what: 'referrers',
        });
        return [];
      case 'browsers':
        learn(names.browsers, { id: text('id'), value: browserNamed(text('name')), line, what: 'browsers' });
        return [];
      case 'systems':
        learn(names.systems, { id: text('id'), value: systemNamed(text('name')), line, what: 'systems' });
        return [];
      case 'locations': {
        const { country, region } = locationIn(
          [text('country'), text('region')].filter((part) => part !== '').join('-'),
        );
        const named = { country, region: text('region_name') || region };
        learn(names.locations, { id: text('id'), value: named, line, what: 'locations' });
        if (country !== '') names.locations.set(region || country, named);
        return [];
      }
      case 'languages':
        learn(names.languages, {
          id: text('id', 'iso_639_3'),
          value: languageOf(text('iso_639_3', 'code', 'id'), undefined),
          line,
          what: 'languages',
        });
        return [];
      default:
        return count(file, text, line);
    }
  }

  /** A line of counts. */
  function count(
    file: GoatCounterFile,
    text: (...keys: string[]) => string,
    line: number,
  ): readonly ImportedRow[] {
    const skipped = (reason: string, column: string | null): Skipped[] => [
      { kind: 'skipped', reason, line, column },
    ];
    const hour = text('hour');
    const at = file === 'hit_stats' ? instantOf(hour) : undefined;
    const date =
      file === 'hit_stats'
        ? at === undefined
          ? undefined
          : localDateOf(at)
        : dateOf(text('day').slice(0, 10));
    const column = file === 'hit_stats' ? 'hour' : 'day';
    if (date === undefined) return skipped('The date cannot be read.', column);
    if (date > today) return skipped('The date is in the future.', column);
    if (date < '1990') return skipped('The date is before 1990.', column);
    const amount = text('count', 'total');
    if (!/^\d{1,12}$/.test(amount)) return skipped('A number cannot be read.', 'count');
    const page = names.paths.get(text('path_id'));
    if (page === undefined) return skipped('The page is not in paths.jsonl.', 'path_id');
    if (page.startsWith(' ')) return skipped(page.slice(1), 'path_id');
    const views = Number(amount);
    const visitors: Sums = { ...NOTHING, visitors: views, visits: views, views };
    const pageViews: Sums = { ...NOTHING, views };
    const id = (...keys: string[]): string => text('id', ...keys);
    const rows: ImportedTotals[] = [];
    const add = (dimension: ImportedTotals['dimension'], value: string, sums = pageViews): void => {
      rows.push(...totals.add(date, { dimension, value }, sums));
    };
    switch (file) {
      case 'hit_stats': {
        const { source, channel } = names.refs.get(text('ref_id')) ?? UNKNOWN_SOURCE;
        add(null, '');
        add('page', page, visitors);
        add('source', source);
        add('channel', channel);
        break;
      }
      case 'browser_stats':
        add('browser', names.browsers.get(id('browser_id')) ?? '');
        break;
      case 'system_stats':
        add('system', names.systems.get(id('system_id')) ?? '');
        break;
      case 'location_stats': {
        const key = id('location_id', 'location');
        const { country, region } = names.locations.get(key) ?? locationIn(key);
        add('country', countryCode(country));
        add('region', plainText(region, PLACE_BYTES));
        break;
      }
      case 'language_stats': {
        const key = id('language_id', 'language');
        add('language', names.languages.get(key) ?? languageOf(key, undefined));
        break;
      }
      default:
    }
    return rows;
  }

  return {
    read,
    end: () => [
      ...totals.end(),
      {
        kind: 'not-known',
        what: 'The file counts each visitor of a page once: page views beyond that, visits, and visitors of the site are not known.',
      },
      {
        kind: 'not-known',
        what: 'The file has totals of days, not page views: its days have no hours, and a filter leaves them out.',
      },
    ],
  };
}

const NOTHING: Sums = { visitors: 0, visits: 0, views: 0, bounces: 0, seconds: 0 };

const UNKNOWN_SOURCE: Source = { source: '', channel: '' };

/** The local date of an instant; hours come in order, so that most are of the same day. */
function datesIn(calendar: ReadContext['site']['calendar']): (at: number) => string {
  let day = Number.NaN;
  let date = '';
  return (at) => {
    const moment = calendar.momentOf(at);
    if (moment.day !== day) {
      day = moment.day;
      date = localDate(at, calendar.timeZone);
    }
    return date;
  };
}

function pageOf(path: string, { addresses, isIgnoredPage }: ReadContext['site']): string {
  const address = addresses.pageAt(path.startsWith('/') ? path : `/${path}`);
  if (address === undefined) return ' The page is no path.';
  return isIgnoredPage(address.path)
    ? ' The page is one that is not counted here (IGNORED_PAGES).'
    : address.page;
}

function sourceIn(ref: string, scheme: string, site: ReadContext['site']): Source {
  const { referrer, sourceName = '', campaign } = referrerIn(ref, scheme);
  const from = referrer === '' ? undefined : site.addresses.referrerAt(referrer)?.source;
  const its = campaign === undefined ? undefined : { ...NO_CAMPAIGN, ...campaign };
  const source = sourceOf(sourceWithName(sourceName) ?? from, its);
  return { source: sourceLabel(source, its), channel: channelOf(source, its) };
}
