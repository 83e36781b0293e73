import { NO_CAMPAIGN, UTM_BYTES, type Campaign } from '../campaign.ts';
import { channelOf } from '../channel.ts';
import { CLICK_IDS } from '../click-ids.ts';
import { countryCode, isOwn, PLACE_BYTES } from '../describe.ts';
import type { ImportedView, Skipped } from '../imported.ts';
import { languageOf } from '../language.ts';
import type { Site } from '../site.ts';
import { SOURCE_BYTES, sourceLabel, sourceOf, type Source } from '../source.ts';
import { sourceNamed } from '../sources.ts';
import { plainText } from '../text.ts';
import { instantOf } from './table.ts';

/** What a reader needs of the site that a file is imported into. */
export type ImportSite = Pick<
  Site,
  | 'addresses'
  | 'agentOf'
  | 'botOf'
  | 'calendar'
  | 'countBots'
  | 'hasHost'
  | 'isIgnoredPage'
  | 'isOwnHost'
  | 'name'
  | 'spamOf'
>;

export interface ReadContext {
  readonly site: ImportSite;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A page view as a file describes it; what it does not say is `''`. */
export interface WrittenView {
  readonly id: string;
  /** The cell of its time. */
  readonly time: string;
  /** An http(s) URL, or a path. */
  readonly url: string;
  readonly visit: string;
  readonly visitor: string;
  /** As a browser sends it. */
  readonly referrer: string;
  /** The name of the source, where the file has that instead. */
  readonly sourceName?: string;
  /** What the URL does not say of the campaign. */
  readonly campaign?: Partial<Campaign>;
  readonly country: string;
  readonly region: string;
  readonly city: string;
  readonly language: string;
  readonly device: string;
  readonly browser: string;
  readonly system: string;
  readonly engagedMs?: number;
  readonly scrollPercent?: number;
}

/** Where a row stands, and the name of its columns. */
export interface RowPlace {
  readonly line: number;
  readonly timeColumn: string;
  readonly pageColumn: string;
}

/** No counter of websites is older. */
const EARLIEST = Date.UTC(1990, 0, 1);

/** How much earlier a clock may be here than where the file was written. */
const CLOCK_MS = 10 * 60_000;

/** Longest name of a visit or visitor that a file may give, in bytes. */
const NAME_BYTES = 128;

/** Reads the instant of a row, or says why it is not taken. */
export function timeIn(
  cell: string,
  { line, column, now }: { readonly line: number; readonly column: string; readonly now: number },
): number | Skipped {
  const at = instantOf(cell);
  const reason =
    at === undefined
      ? 'The time cannot be read.'
      : at > now + CLOCK_MS
        ? 'The time is in the future.'
        : at < EARLIEST
          ? 'The time is before 1990.'
          : undefined;
  return reason === undefined ? (at as number) : { kind: 'skipped', reason, line, column };
}

/** Makes the page view of a row as it would be counted here, or says why it is not taken. */
export function viewOf(
  written: WrittenView,
  { line, timeColumn, pageColumn }: RowPlace,
  { site, now }: ReadContext,
): ImportedView | Skipped {
  const skipped = (reason: string, column: string | null): Skipped => ({
    kind: 'skipped',
    reason,
    line,
    column,
  });
  const at = timeIn(written.time, { line, column: timeColumn, now });
  if (typeof at !== 'number') return at;
  const address = site.addresses.pageAt(written.url);
  if (address === undefined) return skipped('The page is no address and no path.', pageColumn);
  if (address.host !== undefined && !site.hasHost(address.host))
    return skipped('The page is on a host that is not counted here (SITE_HOSTS).', pageColumn);
  if (site.isIgnoredPage(address.path))
    return skipped('The page is one that is not counted here (IGNORED_PAGES).', pageColumn);

  const from = site.addresses.referrerAt(written.referrer);
  const isInternal = from !== undefined && isOwn(from.referrer, { host: address.host ?? site.name, site });
  const elsewhere = isInternal ? undefined : from;
  if (elsewhere !== undefined && site.spamOf(elsewhere.referrer.host) !== undefined)
    return skipped('The referrer is known spam.', null);

  const campaign = campaignIn(address.campaign, written.campaign);
  const { sourceName = '' } = written;
  const source = sourceOf(
    sourceName === '' ? (isInternal ? 'own' : elsewhere?.source) : sourceWithName(sourceName),
    campaign,
  );
  return {
    kind: 'view',
    id: written.id,
    at,
    page: address.page,
    visit: plainText(written.visit, NAME_BYTES) || null,
    visitor: plainText(written.visitor, NAME_BYTES) || null,
    attributes: {
      country: countryCode(written.country),
      region: plainText(written.region, PLACE_BYTES),
      city: plainText(written.city, PLACE_BYTES),
      language: languageOf(written.language, undefined),
      source: sourceLabel(source, campaign),
      campaign: campaign?.utmCampaign ?? '',
      device: written.device,
      browser: written.browser,
      system: written.system,
      channel: channelOf(source, campaign),
    },
    referrer: elsewhere?.text ?? null,
    campaign,
    engagedMs: written.engagedMs ?? 0,
    scrollPercent: written.scrollPercent ?? 0,
  };
}

/** A source that another counter named by its referrer, as Footfall names it. */
export function sourceWithName(text: string): Source | undefined {
  const name = plainText(text, SOURCE_BYTES);
  if (name === '') return;
  return sourceNamed(name) ?? { name, kind: 'site' };
}

function campaignIn(
  ofUrl: Campaign | undefined,
  ofColumns: Partial<Campaign> | undefined,
): Campaign | undefined {
  const written = Object.entries(ofColumns ?? {}).filter(([, value]) => value !== null);
  if (written.length === 0) return ofUrl;
  return { ...NO_CAMPAIGN, ...ofUrl, ...Object.fromEntries(written) };
}

/** The campaign of columns `utm_…` and of those with the names of click ids. */
export function campaignOfColumns(cell: (name: string) => string): Partial<Campaign> {
  const value = (name: string): string | null => plainText(cell(name), UTM_BYTES) || null;
  return {
    utmSource: value('utm_source'),
    utmMedium: value('utm_medium'),
    utmCampaign: value('utm_campaign'),
    utmTerm: value('utm_term'),
    utmContent: value('utm_content'),
    clickId: CLICK_IDS.find((name) => cell(name.toLowerCase()) !== '') ?? null,
  };
}
