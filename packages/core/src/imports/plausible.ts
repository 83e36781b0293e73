import { NO_CAMPAIGN, type Campaign } from '../campaign.ts';
import { channelOf } from '../channel.ts';
import { countryCode, PLACE_BYTES } from '../describe.ts';
import type { Dimension } from '../dimensions.ts';
import type { ImportedRow, ImportedTotals, Skipped } from '../imported.ts';
import { localDate } from '../calendar.ts';
import { sourceLabel, sourceOf } from '../source.ts';
import { plainText } from '../text.ts';
import { EVENT, REGION_CODES, UNEVEN } from './goatcounter.ts';
import { browserNamed, deviceNamed, systemNamed } from './names.ts';
import { columnsOf, countOf, dateOf, nameLimit, type Cells, type TableReader } from './table.ts';
import { dayTotals, type Sums } from './totals.ts';
import { urlOf } from './umami.ts';
import { campaignOfColumns, sourceWithName, type ReadContext } from './views.ts';

/** The tables of Plausible's export, in the order in which they are read. */
export const PLAUSIBLE_TABLES = [
  'visitors',
  'sources',
  'pages',
  'entry_pages',
  'exit_pages',
  'locations',
  'devices',
  'browsers',
  'operating_systems',
  'custom_events',
  'custom_props',
] as const;

export type PlausibleTable = (typeof PLAUSIBLE_TABLES)[number];

/** The table of a file's name, such as `imported_pages_20240101_20241231.csv`; undefined for any other file. */
export function plausibleTable(name: string): PlausibleTable | undefined {
  const [, table] = /^imported_([a-z_]+?)(?:_\d{8}_\d{8})?\.csv$/.exec(name.split('/').at(-1) ?? '') ?? [];
  return PLAUSIBLE_TABLES.find((known) => known === table);
}

/** What a row counts for: values of dimensions, or the whole site. */
type Counted = readonly { readonly dimension: Dimension | null; readonly value: string }[];

type Cell = (name: string) => string;

/**
 * One table of Plausible's full export: totals of days in the site's time zone, which no other table can be crossed with.
 * Visitors are those of a day.
 */
export function plausibleCsv(table: PlausibleTable, header: Cells, { site, now }: ReadContext): TableReader {
  const columns = columnsOf(header);
  const totals = dayTotals();
  const countName = nameLimit('values');
  const today = localDate(now, site.calendar.timeZone);
  const { valuesOf, visits, notKnown } = TABLES[table];

  function read(cells: Cells, line: number): readonly ImportedRow[] {
    const cell: Cell = (name) => columns.cell(cells, name);
    const skipped = (reason: string, column: string | null): Skipped[] => [
      { kind: 'skipped', reason, line, column },
    ];
    if (!columns.fits(cells)) return skipped(UNEVEN, null);
    if (valuesOf === undefined) return skipped(EVENT, null);
    const date = dateOf(cell('date'));
    if (date === undefined) return skipped('The date cannot be read.', 'date');
    if (date > today) return skipped('The date is in the future.', 'date');
    if (date < '1990') return skipped('The date is before 1990.', 'date');
    const problem = AMOUNTS.find((name) => columns.has(name) && countOf(cell(name) || '0') === undefined);
    if (problem !== undefined) return skipped('A number cannot be read.', problem);
    const counted = valuesOf(cell, site);
    if (typeof counted === 'string') return skipped(counted, null);
    const amount = (name: string): number => countOf(cell(name)) ?? 0;
    const sums: Sums = {
      visitors: amount('visitors'),
      visits: amount(visits),
      views: amount('pageviews'),
      bounces: amount('bounces'),
      seconds: amount('visit_duration'),
    };
    const rows: ImportedTotals[] = [];
    for (const of of counted) {
      if (of.dimension !== null) countName(`${of.dimension} ${of.value}`, line);
      rows.push(...totals.add(date, of, sums));
    }
    return rows;
  }

  return {
    read,
    end: () => [...totals.end(), ...notKnown.map((what) => ({ kind: 'not-known' as const, what }))],
  };
}

/** Columns of amounts, in any table. */
const AMOUNTS = [
  'visitors',
  'visits',
  'pageviews',
  'bounces',
  'visit_duration',
  'entrances',
  'exits',
  'events',
];

interface Table {
  /** Undefined for tables that count no page views; a string is why the row is not taken. */
  readonly valuesOf: ((cell: Cell, site: ReadContext['site']) => Counted | string) | undefined;
  /** The column of the visits. */
  readonly visits: string;
  readonly notKnown: readonly string[];
}

const pageOf =
  (dimension: Dimension, column: string) =>
  (cell: Cell, site: ReadContext['site']): Counted | string => {
    const address = site.addresses.pageAt(urlOf(cell('hostname'), cell(column), ''));
    if (address === undefined) return 'The page is no path.';
    if (address.host !== undefined && !site.hasHost(address.host))
      return 'The page is on a host that is not counted here (SITE_HOSTS).';
    if (site.isIgnoredPage(address.path)) return 'The page is one that is not counted here (IGNORED_PAGES).';
    return [{ dimension, value: address.page }];
  };

const TABLES: Readonly<Record<PlausibleTable, Table>> = {
  visitors: {
    valuesOf: () => [{ dimension: null, value: '' }],
    visits: 'visits',
    notKnown: [
      'The file has totals of days, not page views: its days have no hours, and a filter leaves them out.',
      'Visitors of a day are known, but not who came back on another day.',
    ],
  },
  sources: { valuesOf: sourcesOf, visits: 'visits', notKnown: [] },
  pages: { valuesOf: pageOf('page', 'page'), visits: 'visits', notKnown: [] },
  entry_pages: { valuesOf: pageOf('entry', 'entry_page'), visits: 'entrances', notKnown: [] },
  exit_pages: { valuesOf: pageOf('exit', 'exit_page'), visits: 'exits', notKnown: [] },
  locations: {
    valuesOf: (cell) => [
      { dimension: 'country', value: countryCode(cell('country')) },
      { dimension: 'region', value: plainText(cell('region'), PLACE_BYTES) },
    ],
    visits: 'visits',
    notKnown: ['Cities are numbers in the file, and are not taken.', REGION_CODES],
  },
  devices: {
    valuesOf: (cell) => [{ dimension: 'device', value: deviceNamed(cell('device')) }],
    visits: 'visits',
    notKnown: [],
  },
  browsers: {
    valuesOf: (cell) => [{ dimension: 'browser', value: browserNamed(cell('browser')) }],
    visits: 'visits',
    notKnown: [],
  },
  operating_systems: {
    valuesOf: (cell) => [{ dimension: 'system', value: systemNamed(cell('operating_system')) }],
    visits: 'visits',
    notKnown: [],
  },
  custom_events: { valuesOf: undefined, visits: '', notKnown: [] },
  custom_props: { valuesOf: undefined, visits: '', notKnown: [] },
};

function sourcesOf(cell: Cell, { addresses }: ReadContext['site']): Counted {
  const campaign: Campaign = { ...NO_CAMPAIGN, ...campaignOfColumns(cell) };
  const name = cell('source');
  const referrer = cell('referrer');
  const named = /^direct(?: \/ none)?$/i.test(name) ? undefined : sourceWithName(name);
  const sent = referrer === '' ? undefined : addresses.referrerAt(`https://${referrer}`);
  const source = sourceOf(named ?? sent?.source, campaign);
  return [
    { dimension: 'source', value: sourceLabel(source, campaign) },
    { dimension: 'campaign', value: campaign.utmCampaign ?? '' },
    { dimension: 'channel', value: channelOf(source, campaign) },
  ];
}
