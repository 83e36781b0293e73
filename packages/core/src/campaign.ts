import { CLICK_IDS, type ClickId } from './click-ids.ts';
import type { TAG_DIMENSIONS } from './dimensions.ts';
import { plainText } from './text.ts';

/** Longest UTM value that is stored, in bytes. */
export const UTM_BYTES = 256;

/** The campaign that led to a visit, from the page's URL. */
export interface Campaign {
  /** `utm_source`, or its substitutes `ref` and `source`. */
  readonly utmSource: string | null;
  readonly utmMedium: string | null;
  readonly utmCampaign: string | null;
  readonly utmTerm: string | null;
  readonly utmContent: string | null;
  /** Name of the known click id in the URL, without its value. */
  readonly clickId: ClickId | null;
}

/** An empty campaign. */
export const NO_CAMPAIGN: Campaign = {
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  utmTerm: null,
  utmContent: null,
  clickId: null,
};

/** What a visit that begins with it has as its medium, term and content; `''` is none. */
export function tagsOf(
  campaign: Campaign | undefined,
): Readonly<Record<(typeof TAG_DIMENSIONS)[number], string>> {
  const { utmMedium, utmTerm, utmContent } = campaign ?? NO_CAMPAIGN;
  return { medium: utmMedium ?? '', term: utmTerm ?? '', content: utmContent ?? '' };
}

/**
 * Reads the five UTM values and the name of a known click id from a page's URL; undefined if there is none.
 * `ref` and `source`, which directories and newsletters add to their links, are read if there is no `utm_source`.
 * @param keptParameters names that distinguish pages of this site, so they are not read as a campaign
 */
export function campaignOf(url: URL, keptParameters: readonly string[] = []): Campaign | undefined {
  if (url.search === '') return;
  const parameters = url.searchParams;
  const value = (name: string): string | null => plainText(parameters.get(name) ?? '', UTM_BYTES) || null;
  const inPlaceOfSource = SOURCE_PARAMETERS.find(
    (name) => !keptParameters.includes(name) && isLabel(parameters.get(name)),
  );
  const campaign: Campaign = {
    utmSource: value('utm_source') ?? (inPlaceOfSource === undefined ? null : value(inPlaceOfSource)),
    utmMedium: value('utm_medium'),
    utmCampaign: value('utm_campaign'),
    utmTerm: value('utm_term'),
    utmContent: value('utm_content'),
    clickId: CLICK_IDS.find((name) => parameters.has(name)) ?? null,
  };
  return Object.values(campaign).every((part) => part === null) ? undefined : campaign;
}

const SOURCE_PARAMETERS = ['ref', 'source'] as const;

/**
 * Whether a value of `ref` or `source` names a source. Sites use these parameters for other purposes too: an e-mail
 * address, a number or a personal code is not a source, and must not be stored.
 */
function isLabel(value: string | null): boolean {
  return value !== null && LABEL.test(value) && !CODE.test(value);
}

const LABEL = /^(?:https?:\/\/)?[\p{L}\d][\p{L}\p{M}\d ._+-]{0,63}\/?$/u;

/** A number of four digits or more, or hexadecimal digits alone. */
const CODE = /\d{4}|^[\da-f-]{8,}$/i;
