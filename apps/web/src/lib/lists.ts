import type { Analytics, AnalyticsList } from '@footfall/core';
import type { OverviewList } from '@footfall/trpc';
import type { FilterName } from '@footfall/core/filters';
import type { Names } from './names.ts';

/** The owner's lists: all public ones, two whose values may identify a person, and what links say beside their campaign. */
export type ListKey =
  OverviewList | Extract<keyof Analytics, 'regions' | 'cities' | 'mediums' | 'terms' | 'contents'>;

/** A list of the statistics: the dimension, and how it is shown. Its names are in `statistics.lists` of the texts. */
export interface List<Key extends ListKey = OverviewList> {
  readonly key: Key;
  /** The filter that takes a row's value. */
  readonly filter: FilterName;
  readonly nameOf: (value: string, names: Names) => string;
  /** Pages are counted in views, since a visit has many; everything else in visits. */
  readonly unit: 'views' | 'visits';
  readonly testId: string;
  /** Whether values are codes, so that rows are searched by their names. */
  readonly isCoded?: boolean;
}

const unchanged = (value: string): string => value;

/** The groups of lists, by their names in `statistics.groups` of the texts. */
export type GroupName = 'pages' | 'sources' | 'places' | 'locations' | 'technology';

/** The lists, grouped as they are shown. */
export const LIST_GROUPS: readonly { readonly group: GroupName; readonly lists: readonly List[] }[] = [
  {
    group: 'pages',
    lists: [
      {
        key: 'topPages',
        filter: 'page',
        nameOf: unchanged,
        unit: 'views',
        testId: 'page-row',
      },
      {
        key: 'entryPages',
        filter: 'entry',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'entry-row',
      },
      {
        key: 'exitPages',
        filter: 'exit',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'exit-row',
      },
    ],
  },
  {
    group: 'sources',
    lists: [
      {
        key: 'sources',
        filter: 'source',
        nameOf: (value, names) => names.sourceName(value),
        unit: 'visits',
        testId: 'source-row',
      },
      {
        key: 'channels',
        filter: 'channel',
        nameOf: (value, names) => names.channelName(value),
        isCoded: true,
        unit: 'visits',
        testId: 'channel-row',
      },
      {
        key: 'campaigns',
        filter: 'campaign',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'campaign-row',
      },
    ],
  },
  {
    group: 'places',
    lists: [
      {
        key: 'countries',
        filter: 'country',
        nameOf: (value, names) => names.countryName(value),
        isCoded: true,
        unit: 'visits',
        testId: 'country-row',
      },
      {
        key: 'languages',
        filter: 'language',
        nameOf: (value, names) => names.languageName(value),
        isCoded: true,
        unit: 'visits',
        testId: 'language-row',
      },
    ],
  },
  {
    group: 'technology',
    lists: [
      {
        key: 'browsers',
        filter: 'browser',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'browser-row',
      },
      {
        key: 'systems',
        filter: 'os',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'system-row',
      },
      {
        key: 'devices',
        filter: 'device',
        nameOf: (value, names) => names.deviceName(value),
        unit: 'visits',
        testId: 'device-row',
      },
    ],
  },
];

const pick = (...keys: OverviewList[]): List<ListKey>[] => keys.flatMap((key) => listOf(key) ?? []);

/** The lists of the dashboard, grouped as they are shown. */
export const DASHBOARD_GROUPS: readonly {
  readonly group: GroupName;
  readonly lists: readonly List<ListKey>[];
}[] = [
  { group: 'pages', lists: pick('topPages', 'entryPages', 'exitPages') },
  {
    group: 'sources',
    lists: [
      ...pick('channels', 'sources', 'campaigns'),
      {
        key: 'mediums',
        filter: 'medium',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'medium-row',
      },
      {
        key: 'terms',
        filter: 'term',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'term-row',
      },
      {
        key: 'contents',
        filter: 'content',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'content-row',
      },
    ],
  },
  {
    group: 'locations',
    lists: [
      ...pick('countries'),
      {
        key: 'regions',
        filter: 'region',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'region-row',
      },
      {
        key: 'cities',
        filter: 'city',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'city-row',
      },
    ],
  },
  { group: 'technology', lists: pick('browsers', 'systems', 'devices', 'languages') },
];

/** The rows of a list that a search found. */
export interface Found {
  readonly list: ListKey;
  readonly rows: readonly Row[];
  /** Whether the list has, or may have, others. */
  readonly hasMore: boolean;
}

export type Row = AnalyticsList[number];

export const DASHBOARD_LISTS = DASHBOARD_GROUPS.flatMap(({ lists }) => lists);

/** The value of a filter, as its list shows it. */
export function filterValueName(filter: FilterName, value: string, names: Names): string {
  return DASHBOARD_LISTS.find((list) => list.filter === filter)?.nameOf(value, names) ?? value;
}

/** A list by its key; undefined for an unknown key. */
export function listOf(key: string | null): List | undefined {
  return LIST_GROUPS.flatMap(({ lists }) => lists).find((list) => list.key === key);
}
