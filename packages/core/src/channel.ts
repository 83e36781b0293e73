import mediums from '../lists/mediums.json' with { type: 'json' };
import { NO_CAMPAIGN, type Campaign } from './campaign.ts';
import { DIRECT, isPaid, PAID, sourceOf, type Source } from './source.ts';
import { folded, sourceNamed } from './sources.ts';

/** The kinds of traffic sources. */
export const CHANNELS = [
  'direct',
  'search',
  'social',
  'AI assistant',
  'mail',
  'referral',
  'paid search',
  'paid social',
  'campaign',
  'internal',
] as const;

export type Channel = (typeof CHANNELS)[number];

/**
 * The channel of a visit, the first of these that applies:
 * 1. paid (by the click id, the medium, or because an advertising network sent it): search or social by the medium
 *    or the source, otherwise `campaign`;
 * 2. the channel of the medium, except `organic` and `referral`, which are less specific than a known source;
 * 3. the channel of the known source;
 * 4. `campaign`, if the URL names a medium or a campaign, or a source that is not a site;
 * 5. `referral` for another site, `internal` for this one, `direct` for neither.
 */
export function channelOf(source: Source, campaign: Campaign | undefined): Channel {
  const medium = MEDIUMS.get(folded(campaign?.utmMedium ?? ''));
  const known = CHANNEL_OF_KIND[source.kind];
  if (source.kind === 'ads' || isPaid(campaign)) return paidChannel(source, medium);
  if (medium !== undefined && (known === undefined || !GENERAL.includes(medium))) return medium;
  if (known !== undefined) return known;
  if (source.kind === 'label') {
    return medium === undefined && MEDIUMS.get(folded(source.name)) === 'mail' ? 'mail' : 'campaign';
  }
  if ((campaign?.utmMedium ?? campaign?.utmCampaign ?? null) !== null) return 'campaign';
  return source.kind === 'direct' || source.kind === 'internal' ? source.kind : 'referral';
}

/**
 * The channel of a visit that was stored without one, from its stored attributes: `''` if they do not determine it. A
 * medium decides most campaigns and is not stored. `direct` includes `internal`, as it does among sources.
 * @param source as `sourceLabel` writes it
 * @param campaign the name of the campaign, `''` for none
 */
export function channelOfStored(source: string, campaign: string): Channel | '' {
  const utmSource = source.endsWith(PAID) ? source.slice(0, -PAID.length) : source;
  const its = source === DIRECT ? DIRECT_SOURCE : sourceOf(undefined, { ...NO_CAMPAIGN, utmSource });
  if (source.endsWith(PAID)) {
    const channel = paidChannel(its, undefined);
    return channel === 'campaign' ? '' : channel;
  }
  if (campaign !== '') return '';
  const channel = channelOf(its, undefined);
  return channel === 'campaign' ? '' : channel;
}

const DIRECT_SOURCE: Source = { name: DIRECT, kind: 'direct' };

function paidChannel(source: Source, medium: Channel | undefined): Channel {
  if (medium === 'paid search' || medium === 'paid social') return medium;
  // An advertising network of a search engine is named as the engine.
  const kind = source.kind === 'ads' ? sourceNamed(source.name)?.kind : source.kind;
  const known = kind === undefined ? undefined : CHANNEL_OF_KIND[kind];
  return known === 'search' || known === 'social' ? `paid ${known}` : 'campaign';
}

/** Mediums that only say that the visit was not paid. */
const GENERAL: readonly Channel[] = ['search', 'referral'];

/** For kinds that are not listed here the campaign decides. */
const CHANNEL_OF_KIND: Readonly<Partial<Record<Source['kind'], Channel>>> = {
  search: 'search',
  ai: 'AI assistant',
  social: 'social',
  video: 'social',
  chat: 'social',
  mail: 'mail',
};

/** Channels by what campaigns write in `utm_medium`. */
const MEDIUMS: ReadonlyMap<string, Channel> = new Map(
  Object.entries(mediums.mediums).flatMap(([channel, words]) =>
    words.split(' ').map((word): [string, Channel] => [word, channel as Channel]),
  ),
);
