import type { ImportedRow, Skipped } from '../imported.ts';
import { BOT, EVENT, REGION_CODES, UNEVEN } from './goatcounter.ts';
import { contentIds, ownId } from './ids.ts';
import { browserNamed, deviceNamed, systemNamed } from './names.ts';
import { columnsOf, nameLimit, type Cells, type TableReader } from './table.ts';
import { campaignOfColumns, viewOf, type ReadContext } from './views.ts';

/** The type of a page view in `event_type`. */
const VIEW = '1';

/** Umami's table `website_event`, as Umami Cloud exports it, or joined with `session` by psql: raw rows, in UTC. */
export function umamiCsv(header: Cells, { site, now }: ReadContext): TableReader {
  const columns = columnsOf(header);
  const idOf = contentIds('umami');
  const countPage = nameLimit('pages');
  let areRegionsCodes = false;
  let areVisitsKnown = true;

  function read(cells: Cells, line: number): readonly ImportedRow[] {
    const cell = (name: string): string => columns.cell(cells, name);
    const skipped = (reason: string, column: string | null): Skipped[] => [
      { kind: 'skipped', reason, line, column },
    ];
    if (!columns.fits(cells)) return skipped(UNEVEN, null);
    if (cell('event_type') !== VIEW) return skipped(EVENT, 'event_type');
    const browser = cell('browser');
    if (browser === 'searchbot' && !site.countBots) return skipped(BOT, 'browser');

    const country = cell('country');
    const region = cell('region');
    if (region !== '') areRegionsCodes = true;
    const system = systemNamed(cell('os'));
    const visit = cell('visit_id');
    const visitor = cell('session_id');
    if (visit === '' && visitor === '') areVisitsKnown = false;
    const view = viewOf(
      {
        id: ownId(cell('event_id')) ?? idOf(cells),
        time: cell('created_at'),
        url: urlOf(cell('hostname'), cell('url_path'), cell('url_query')),
        visit,
        visitor,
        referrer: referrerOf(cell('referrer_domain'), cell('referrer_path')),
        campaign: campaignOfColumns(cell),
        country,
        region: region.includes('-') || region === '' || country === '' ? region : `${country}-${region}`,
        city: cell('city'),
        language: cell('language'),
        device: deviceNamed(cell('device'), system),
        browser: browserNamed(browser),
        system,
      },
      { line, timeColumn: 'created_at', pageColumn: 'url_path' },
      { site, now },
    );
    if (view.kind === 'view') countPage(view.page ?? '', line);
    return [view];
  }

  return {
    read,
    end: () => [
      ...(areVisitsKnown
        ? []
        : [
            {
              kind: 'not-known' as const,
              what: 'Rows without a visit are visits of their own: the file does not say which belong together.',
            },
          ]),
      ...(areRegionsCodes ? [{ kind: 'not-known' as const, what: REGION_CODES }] : []),
      { kind: 'not-known', what: 'The file has no time spent on pages.' },
    ],
  };
}

/** The URL of a page from its parts; the path alone where the host is missing. */
export function urlOf(host: string, path: string, query: string): string {
  const at = path.startsWith('/') ? path : `/${path}`;
  const search = query === '' || query.startsWith('?') ? query : `?${query}`;
  return host === '' ? at + search : `https://${host}${at}${search}`;
}

function referrerOf(domain: string, path: string): string {
  if (domain === '') return '';
  return domain.includes('://') ? domain : `https://${domain}${path.startsWith('/') ? path : ''}`;
}
