import type { OverviewList } from '@footfall/trpc';
import { capitalized, channelName, countryName, languageName, sourceName } from './names.ts';

/** A list of the statistics: the dimension, and how it is shown. */
export interface List {
  readonly key: OverviewList;
  readonly title: string;
  /** Its name on a tab. */
  readonly tab: string;
  /** The heading of the column of values. */
  readonly heading: string;
  readonly nameOf: (value: string) => string;
  /** Pages are counted in views, since a visit has many; everything else in visits. */
  readonly unit: 'views' | 'visits';
  readonly testId: string;
}

const unchanged = (value: string): string => value;

/** The lists, grouped as they are shown. */
export const LIST_GROUPS: readonly { readonly name: string; readonly lists: readonly List[] }[] = [
  {
    name: 'Pages',
    lists: [
      {
        key: 'topPages',
        title: 'Top pages',
        tab: 'Pages',
        heading: 'Page',
        nameOf: unchanged,
        unit: 'views',
        testId: 'page-row',
      },
      {
        key: 'entryPages',
        title: 'Entry pages',
        tab: 'Entry',
        heading: 'Page',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'entry-row',
      },
      {
        key: 'exitPages',
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
        title: 'Sources',
        tab: 'Sources',
        heading: 'Source',
        nameOf: sourceName,
        unit: 'visits',
        testId: 'source-row',
      },
      {
        key: 'channels',
        title: 'Channels',
        tab: 'Channels',
        heading: 'Channel',
        nameOf: channelName,
        unit: 'visits',
        testId: 'channel-row',
      },
      {
        key: 'campaigns',
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
        title: 'Countries',
        tab: 'Countries',
        heading: 'Country',
        nameOf: countryName,
        unit: 'visits',
        testId: 'country-row',
      },
      {
        key: 'languages',
        title: 'Languages',
        tab: 'Languages',
        heading: 'Language',
        nameOf: languageName,
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
        title: 'Browsers',
        tab: 'Browsers',
        heading: 'Browser',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'browser-row',
      },
      {
        key: 'systems',
        title: 'Operating systems',
        tab: 'Systems',
        heading: 'System',
        nameOf: unchanged,
        unit: 'visits',
        testId: 'system-row',
      },
      {
        key: 'devices',
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

/** A list by its key; undefined for an unknown key. */
export function listOf(key: string | null): List | undefined {
  return LIST_GROUPS.flatMap(({ lists }) => lists).find((list) => list.key === key);
}
