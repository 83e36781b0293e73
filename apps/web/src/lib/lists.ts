import type { Analytics, AnalyticsList } from '@footfall/core';
import type { OverviewList } from '@footfall/trpc';
import type { FilterName } from '@footfall/core/filters';
import { plainText } from '@footfall/ui/format';
import { FILTER_LABELS, operatorWords, type Filter } from './dashboard.ts';
import { formats } from './texts/en/formats.ts';
import { capitalized, channelName, countryName, languageName, sourceName } from './names.ts';

/** The owner's lists: all public ones, and two whose values may identify a person. */
export type ListKey = OverviewList | Extract<keyof Analytics, 'regions' | 'cities'>;

/** A list of the statistics: the dimension, and how it is shown. */
export interface List<Key extends ListKey = OverviewList> {
  readonly key: Key;
  /** The filter that takes a row's value. */
  readonly filter: FilterName;
  readonly title: string;
  /** Its name on a tab. */
  readonly tab: string;
  /** The heading of the column of values. */
  readonly heading: string;
  readonly nameOf: (value: string) => string;
  /** Pages are counted in views, since a visit has many; everything else in visits. */
  readonly unit: 'views' | 'visits';
  readonly testId: string;
  /** Whether values are codes, so that rows are searched by their names. */
  readonly isCoded?: boolean;
}

const unchanged = (value: string): string => value;

/** The lists, grouped as they are shown. */
export const LIST_GROUPS: readonly { readonly name: string; readonly lists: readonly List[] }[] = [
  {
    name: 'Pages',
    lists: [
      {
        key: 'topPages',
        filter: 'page',
        title: 'Top pages',
        tab: 'Pages',
        heading: 'Page',
        nameOf: unchanged,
        unit: 'views',
        testId: 'page-row',
      },
      {
        key: 'entryPages',
        filter: 'entry',
        title: 'Entry pages',
        tab: 'Entry',
        heading: 'Page',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'entry-row',
      },
      {
        key: 'exitPages',
        filter: 'exit',
        title: 'Exit pages',
        tab: 'Exit',
        heading: 'Page',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'exit-row',
      },
    ],
  },
  {
    name: 'Where visits came from',
    lists: [
      {
        key: 'sources',
        filter: 'source',
        title: 'Sources',
        tab: 'Sources',
        heading: 'Source',
        nameOf: sourceName,
        unit: 'visits',
        testId: 'source-row',
      },
      {
        key: 'channels',
        filter: 'channel',
        title: 'Channels',
        tab: 'Channels',
        heading: 'Channel',
        nameOf: channelName,
        isCoded: true,
        unit: 'visits',
        testId: 'channel-row',
      },
      {
        key: 'campaigns',
        filter: 'campaign',
        title: 'Campaigns',
        tab: 'Campaigns',
        heading: 'Campaign',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'campaign-row',
      },
    ],
  },
  {
    name: 'Places',
    lists: [
      {
        key: 'countries',
        filter: 'country',
        title: 'Countries',
        tab: 'Countries',
        heading: 'Country',
        nameOf: countryName,
        isCoded: true,
        unit: 'visits',
        testId: 'country-row',
      },
      {
        key: 'languages',
        filter: 'language',
        title: 'Languages',
        tab: 'Languages',
        heading: 'Language',
        nameOf: languageName,
        isCoded: true,
        unit: 'visits',
        testId: 'language-row',
      },
    ],
  },
  {
    name: 'Technology',
    lists: [
      {
        key: 'browsers',
        filter: 'browser',
        title: 'Browsers',
        tab: 'Browsers',
        heading: 'Browser',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'browser-row',
      },
      {
        key: 'systems',
        filter: 'os',
        title: 'Operating systems',
        tab: 'Systems',
        heading: 'System',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'system-row',
      },
      {
        key: 'devices',
        filter: 'device',
        title: 'Devices',
        tab: 'Devices',
        heading: 'Device',
        nameOf: capitalized,
        unit: 'visits',
        testId: 'device-row',
      },
    ],
  },
];

const pick = (...keys: OverviewList[]): List<ListKey>[] => keys.flatMap((key) => listOf(key) ?? []);

/** The lists of the dashboard, grouped as they are shown. */
export const DASHBOARD_GROUPS: readonly {
  readonly name: string;
  /** Its name on a tab of a phone. */
  readonly short: string;
  readonly lists: readonly List<ListKey>[];
}[] = [
  { name: 'Pages', short: 'Pages', lists: pick('topPages', 'entryPages', 'exitPages') },
  {
    name: 'Where visits came from',
    short: 'Sources',
    lists: pick('channels', 'sources', 'campaigns'),
  },
  {
    name: 'Locations',
    short: 'Places',
    lists: [
      ...pick('countries'),
      {
        key: 'regions',
        filter: 'region',
        title: 'Regions',
        tab: 'Regions',
        heading: 'Region',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'region-row',
      },
      {
        key: 'cities',
        filter: 'city',
        title: 'Cities',
        tab: 'Cities',
        heading: 'City',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'city-row',
      },
    ],
  },
  { name: 'Technology', short: 'Technology', lists: pick('browsers', 'systems', 'devices', 'languages') },
];

const EMPTY: Readonly<Partial<Record<ListKey, string>>> = {
  campaigns: 'None in this period. Links with utm_campaign in their address fill this list.',
  regions: 'None in this period. A proxy or a location database must say regions.',
  cities: 'None in this period. A proxy or a location database must say cities.',
};

/** The rows of a list that a search found. */
export interface Found {
  readonly list: ListKey;
  readonly rows: readonly Row[];
  /** Whether the list has, or may have, others. */
  readonly hasMore: boolean;
}

export type Row = AnalyticsList[number];

/** A number of views or visits in words: `1 visit`. */
export const amountOf = (count: number, unit: List['unit']): string =>
  `${formats.formatCount(count)} ${count === 1 ? ONE[unit] : unit}`;

const ONE = { views: 'view', visits: 'visit' } as const;

/** Why a list is empty. */
export const emptyWords = (key: ListKey): string => EMPTY[key] ?? 'None in this period.';

export const DASHBOARD_LISTS = DASHBOARD_GROUPS.flatMap(({ lists }) => lists);

/** The value of a filter, as its list shows it. */
export function filterValueName(filter: FilterName, value: string): string {
  return DASHBOARD_LISTS.find((list) => list.filter === filter)?.nameOf(value) ?? value;
}

/** What a filter asks for, in words: `Country is Germany`. */
export function filterText(filter: Filter): string {
  const { name, operator, values } = filter;
  const isExact = operator === 'is' || operator === 'not';
  const shown = values.map((value) => plainText(isExact ? filterValueName(name, value) : value));
  return [
    FILTER_LABELS[name],
    operatorWords(filter),
    ...(operator === 'set' ? [] : [shown.join(' or ')]),
  ].join(' ');
}

/** A list by its key; undefined for an unknown key. */
export function listOf(key: string | null): List | undefined {
  return LIST_GROUPS.flatMap(({ lists }) => lists).find((list) => list.key === key);
}
