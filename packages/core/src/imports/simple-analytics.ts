import type { ImportedRow, Skipped } from '../imported.ts';
import { BOT, EVENT, hasBotIn, isTrue, NO_VISITS, UNEVEN } from './goatcounter.ts';
import { contentIds, ownId } from './ids.ts';
import { browserNamed, deviceNamed, systemNamed } from './names.ts';
import { columnsOf, nameLimit, type Cells, type TableReader } from './table.ts';
import { urlOf } from './umami.ts';
import { campaignOfColumns, viewOf, type ReadContext } from './views.ts';

/** The export of Simple Analytics: raw rows, in UTC. */
export function simpleAnalyticsCsv(header: Cells, { site, now }: ReadContext): TableReader {
  const columns = columnsOf(header);
  const idOf = contentIds('simple-analytics');
  const countPage = nameLimit('pages');
  let areVisitsKnown = true;

  function read(cells: Cells, line: number): readonly ImportedRow[] {
    const cell = (name: string): string => columns.cell(cells, name);
    const skipped = (reason: string, column: string | null): Skipped[] => [
      { kind: 'skipped', reason, line, column },
    ];
    if (!columns.fits(cells)) return skipped(UNEVEN, null);
    const datapoint = cell('datapoint');
    if (datapoint !== '' && datapoint !== 'pageview') return skipped(EVENT, 'datapoint');
    const isBot = isTrue(cell('is_robot')) || hasBotIn(cell('user_agent'), site);
    if (isBot && !site.countBots) return skipped(BOT, 'is_robot');

    const system = systemNamed(cell('os_name'));
    const visit = cell('session_id');
    if (visit === '') areVisitsKnown = false;
    const view = viewOf(
      {
        id: ownId(cell('uuid')) ?? idOf(cells),
        time: cell('added_iso'),
        url: urlOf(cell('hostname'), cell('path'), cell('query')),
        visit,
        visitor: '',
        referrer: referrerOf(cell('document_referrer')),
        campaign: campaignOfColumns(cell),
        country: cell('country_code'),
        region: '',
        city: '',
        language: cell('lang_language'),
        device: deviceNamed(cell('device_type'), system),
        browser: browserNamed(cell('browser_name')),
        system,
        engagedMs: Math.min(numberIn(cell('duration_seconds')) * 1000, DAY_MS),
        scrollPercent: Math.min(Math.floor(numberIn(cell('scrolled_percentage'))), 100),
      },
      { line, timeColumn: 'added_iso', pageColumn: 'path' },
      { site, now },
    );
    if (view.kind === 'view') countPage(view.page ?? '', line);
    return [view];
  }

  return {
    read,
    end: () => [
      ...(areVisitsKnown ? [] : [{ kind: 'not-known' as const, what: NO_VISITS }]),
      { kind: 'not-known', what: 'The file has no regions and no cities.' },
      ...(columns.has('duration_seconds')
        ? []
        : [{ kind: 'not-known' as const, what: 'The file has no time spent on pages.' }]),
    ],
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

const numberIn = (cell: string): number => (/^\d{1,9}(?:\.\d{1,9})?$/.test(cell) ? Number(cell) : 0);

/** It leaves the scheme out in some versions. */
const referrerOf = (text: string): string => (text === '' || text.includes('://') ? text : `https://${text}`);
