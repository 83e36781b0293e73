import type { Campaign } from './campaign.ts';
import type { Attributes } from './dimensions.ts';

/** When something happened, and in which hour and day of the site's time zone; each an instant in epoch milliseconds. */
export interface Moment {
  readonly at: number;
  /** Where the local hour begins. */
  readonly hour: number;
  /** Where the local day begins. */
  readonly day: number;
}

/** Who sent an event, as far as Footfall allows itself to know. */
export interface Visitor {
  /** The visitor's key on that local day: a whole number below 2^47, odd for a device, even for one day's visitor. */
  readonly visitor: number;
  /**
   * The key of the day before, where a visit that began then may still be open: within one session timeout of local
   * midnight. Null elsewhere, for a device, and where that day's salt is gone.
   */
  readonly previousDayKey: number | null;
}

/** Who sent an event, as far as the quotas need it: keyed hashes that lead nowhere without the salt of the day. */
export interface Sender {
  /** A whole number from 1 below 2^47. */
  readonly address: number;
  /** The same of the IPv6 /48; null for an IPv4 address, which has no larger network of one subscriber. */
  readonly network: number | null;
}

interface CountedEvent extends Moment, Visitor {
  /** UUID as 32 lower-case hex digits. */
  readonly id: string;
  /** Host and path of another site, `android-app://` or `ios-app://` with the id of an app, or null. */
  readonly referrer: string | null;
  /** Undefined for most. */
  readonly campaign: Campaign | undefined;
  readonly attributes: Attributes;
  /** Whose share of the quotas new names count for; absent where a server that is trusted sent it. */
  readonly sender?: Sender | undefined;
}

/** One page view, ready to be stored. */
export interface PageView extends CountedEvent {
  readonly kind: 'page-view';
  readonly page: string;
}

/** A visit that was registered without a page view. */
export interface Registration extends CountedEvent {
  readonly kind: 'registration';
}

/** How long a page has been looked at by now, and how far down. */
export interface Engagement {
  readonly kind: 'engagement';
  /** The id of the page view it belongs to. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** All visible time of that page view so far. */
  readonly engagedMs: number;
  /** 0 to 100. */
  readonly scrollPercent: number;
}

/** A well-formed report that is not counted. */
export interface Ignored {
  readonly kind: 'ignored';
  readonly reason: Exclude<Reason, 'duplicate'>;
  /** The bot's or the spam referrer's name, else empty. */
  readonly detail: string;
  /** Where the local day begins in which it came. */
  readonly day: number;
}

/** What a well-formed report is. */
export type CollectedEvent = PageView | Registration | Engagement | Ignored;

/** Why a well-formed report was not counted (docs/api.md, Writing). */
export const REASONS = [
  'duplicate',
  'bot',
  'spam',
  'ignored',
  'opted-out',
  'no-consent',
  'origin',
  'disabled',
] as const;

export type Reason = (typeof REASONS)[number];

/** What visitors are hashed with. Random, kept in the store alone; nothing of it is ever shown. */
export interface Salts {
  /** The salts of the days that may still be asked for, by where the local day begins. */
  readonly days: ReadonlyMap<number, Uint8Array>;
  /** The salt of devices, which does not turn. */
  readonly device: Uint8Array;
}
