import type { Campaign } from './campaign.ts';
import type { ClickId } from './click-ids.ts';
import { readReferrer, type Referrer } from './referrer.ts';
import { sourceAtHost, sourceNamed, sourceOfApp, withoutWww, type SourceKind } from './sources.ts';
import { cutToBytes } from './text.ts';

/** The source of a visit. */
export interface Source {
  /** Plain text of at most 256 bytes. */
  readonly name: string;
  /** `site` is any other website, `label` a name that only a campaign uses. */
  readonly kind: SourceKind | 'label' | 'direct' | 'internal';
}

/** The name of the source of a direct visit. */
export const DIRECT = 'direct';

const NOTHING: Source = { name: DIRECT, kind: 'direct' };
const OWN_SITE: Source = { name: DIRECT, kind: 'internal' };

/**
 * The source of a visit: the source that the campaign names, otherwise the network whose advertisement was clicked,
 * otherwise the referrer. Known ones have their usual name (`Google`, `Hacker News`), others the name they use themselves.
 * @param referrer the source of another site or an app (`sourceAt`), or `own` for a page of this one
 */
export function sourceOf(referrer: Source | 'own' | undefined, campaign: Campaign | undefined): Source {
  const { utmSource = null, clickId = null } = campaign ?? {};
  if (utmSource !== null) return sourceCalled(utmSource);
  const network = clickId === null ? undefined : sourceNamed(CLICK_NETWORKS[clickId]);
  if (network !== undefined && isPaid(campaign)) return network;
  if (referrer === undefined || referrer === 'own') {
    return network ?? (referrer === 'own' ? OWN_SITE : NOTHING);
  }
  return referrer;
}

/** The name of a source in the owner's list: paid visits are listed separately, as `Google (paid)`. */
export function sourceLabel(source: Source, campaign: Campaign | undefined): string {
  if (source.name === DIRECT || !(source.kind === 'ads' || isPaid(campaign))) return source.name;
  return cutToBytes(source.name, SOURCE_BYTES - PAID.length).trimEnd() + PAID;
}

/** The suffix of the label of a paid source. */
export const PAID = ' (paid)';

/** Longest label of a source, in bytes. */
export const SOURCE_BYTES = 256;

/** Whether a click was paid for, according to the page's URL. */
export function isPaid(campaign: Campaign | undefined): boolean {
  if (campaign === undefined) return false;
  const { utmMedium, clickId } = campaign;
  return (clickId !== null && !UNPAID_CLICK_IDS.includes(clickId)) || PAID_MEDIUM.test(utmMedium ?? '');
}

/** How campaigns mark that they are paid: by the click, the view, the action, or in words. */
const PAID_MEDIUM = /^(?:cp[acmv]|pp[cv]|sem|ads?|retargeting|remarketing|paid.*|.*[-_ ]paid)$/i;

/** The source of a referrer. Takes only its host or its app into account. */
export function sourceAt({ scheme, host }: Referrer): Source {
  if (scheme !== 'http') return sourceOfApp(host) ?? { name: host, kind: 'site' };
  return sourceAtHost(host) ?? (host.includes('.') ? undefined : sourceNamed(host)) ?? unknownSite(host);
}

/** The source that a campaign names: a host, an e-mail address, or a name. */
function sourceCalled(text: string): Source {
  const referrer = text.includes('://') ? readReferrer(text) : undefined;
  if (referrer !== undefined) return sourceAt(referrer);
  const name = text.toLowerCase();
  const known = sourceAtHost(name) ?? sourceNamed(name);
  if (known !== undefined) return known;
  if (name.startsWith('www.')) return unknownSite(name);
  return { name: text, kind: HOST.test(name) ? 'site' : 'label' };
}

const unknownSite = (host: string): Source => ({ name: withoutWww(host), kind: 'site' });

const HOST = /^[\p{L}\d-]+(?:\.[\p{L}\d-]+)*\.[\p{L}-]{2,}$/u;

/** The network whose advertisements each click id marks. */
const CLICK_NETWORKS = {
  gclid: 'Google',
  gbraid: 'Google',
  wbraid: 'Google',
  dclid: 'Google',
  msclkid: 'Bing',
  fbclid: 'Facebook',
  ttclid: 'TikTok',
  twclid: 'X',
  li_fat_id: 'LinkedIn',
  yclid: 'Yandex',
  epik: 'Pinterest',
  rdt_cid: 'Reddit',
  ScCid: 'Snapchat',
} as const satisfies Readonly<Record<ClickId, string>>;

/** Click ids that are also on links nobody paid for. */
const UNPAID_CLICK_IDS: readonly ClickId[] = ['fbclid'];
