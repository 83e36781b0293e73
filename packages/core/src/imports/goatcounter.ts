import type { Campaign } from '../campaign.ts';
import type { ImportedRow, Skipped } from '../imported.ts';
import { contentIds } from './ids.ts';
import { browserNamed, deviceNamed, systemNamed } from './names.ts';
import { columnsOf, nameLimit, type Cells, type TableReader } from './table.ts';
import { viewOf, type ReadContext } from './views.ts';

/**
 * GoatCounter's CSV, version 2: each row is a page view or an event, in UTC. Its own screens count the rows with
 * `FirstVisit`; all of them are page views here, and its sessions are the visits.
 */
export function goatCounterCsv(header: Cells, { site, now }: ReadContext): TableReader {
  const columns = columnsOf(header.map((name) => name.replace(/^\d+(?=Path$)/i, '')));
  const idOf = contentIds('goatcounter');
  const countPage = nameLimit('pages');
  let areVisitsKnown = true;
  let areLocationsCodes = false;

  function read(cells: Cells, line: number): readonly ImportedRow[] {
    const cell = (name: string): string => columns.cell(cells, name);
    const skipped = (reason: string, column: string | null): Skipped[] => [
      { kind: 'skipped', reason, line, column },
    ];
    if (!columns.fits(cells)) return skipped(UNEVEN, null);
    if (isTrue(cell('event'))) return skipped(EVENT, 'Event');
    const bot = cell('bot');
    const userAgent = cell('useragent');
    const isBot = (bot !== '' && bot !== '0' && bot !== 'false') || hasBotIn(userAgent, site);
    if (isBot && !site.countBots) return skipped(BOT, 'Bot');

    const path = cell('path');
    const { country, region } = locationIn(cell('location'));
    if (region !== '') areLocationsCodes = true;
    const agent = userAgent === '' ? undefined : site.agentOf(userAgent, {});
    const system = agent?.system || systemNamed(cell('system'));
    const session = cell('session');
    if (session === '' || /^[0-]+$/.test(session)) areVisitsKnown = false;
    const view = viewOf(
      {
        id: idOf(cells),
        time: cell('date'),
        url: path.startsWith('/') || path.includes('://') ? path : `/${path}`,
        visit: /^[0-]*$/.test(session) ? '' : session,
        visitor: '',
        ...referrerIn(cell('referrer'), cell('referrer scheme')),
        country,
        region,
        city: '',
        language: '',
        device: agent?.device ?? deviceNamed('', systemNamed(system)),
        browser: agent?.browser || browserNamed(cell('browser')),
        system,
      },
      { line, timeColumn: 'Date', pageColumn: 'Path' },
      { site, now },
    );
    if (view.kind === 'view') countPage(view.page ?? '', line);
    return [view];
  }

  return {
    read,
    end: () => [
      ...(areVisitsKnown ? [] : [{ kind: 'not-known' as const, what: NO_VISITS }]),
      ...(areLocationsCodes ? [{ kind: 'not-known' as const, what: REGION_CODES }] : []),
      { kind: 'not-known', what: 'The file has no cities, no languages and no time spent on pages.' },
    ],
  };
}

/** Reasons and notes that several formats have. */
export const UNEVEN = 'The row has more or fewer cells than the header.';
export const EVENT = 'It is an event, not a page view.';
export const BOT = 'It is from a bot.';
export const NO_VISITS =
  'Rows without a session are visits of their own: the file does not say which belong together.';
export const REGION_CODES = 'Regions stay codes, such as US-TX: the file does not name them.';

export const isTrue = (cell: string): boolean => /^(?:1|true|t|yes)$/i.test(cell);

export function hasBotIn(userAgent: string, { botOf }: Pick<ReadContext['site'], 'botOf'>): boolean {
  return userAgent !== '' && botOf(userAgent) !== undefined;
}

/** `US-TX` is Texas: the region stays a code, which is what the file says. */
export function locationIn(location: string): { readonly country: string; readonly region: string } {
  const [, country = '', region] = /^([A-Z]{2})(?:-([A-Z\d]{1,3}))?$/i.exec(location) ?? [];
  return { country, region: region === undefined ? '' : location.toUpperCase() };
}

/** What a row says of where the visitor came from, by the kind of its referrer. */
export function referrerIn(
  text: string,
  scheme: string,
): { readonly referrer: string; readonly sourceName?: string; readonly campaign?: Partial<Campaign> } {
  if (text === '') return { referrer: '' };
  switch (scheme) {
    case 'h':
      return { referrer: text.includes('://') ? text : `https://${text}` };
    case 'g':
      return { referrer: '', sourceName: text };
    case 'c':
      return { referrer: '', campaign: { utmSource: text } };
    default:
      return { referrer: text };
  }
}
