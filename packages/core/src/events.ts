import type { Campaign } from './campaign.ts';
import type { EventAttributes } from './dimensions.ts';

/** When something happened, with its hour and day in the site's time zone; each an instant in epoch milliseconds. */
export interface Moment {
  readonly at: number;
  /** The start of the local hour. */
  readonly hour: number;
  /** The start of the local day. */
  readonly day: number;
}

/** The pseudonymous identity of a visitor. */
export interface Visitor {
  /** The visitor's key on that local day: a whole number below 2^47, odd for a device, even for one day's visitor. */
  readonly visitor: number;
  /**
   * The visitor's key on the previous day, where a visit that began then may still be open: within one session timeout
   * of local midnight. Null at other times, for a device, and if that day's salt is deleted.
   */
  readonly previousDayKey: number | null;
}

/** The sender of an event, for the quotas: keyed hashes that are meaningless without the salt of the day. */
export interface Sender {
  /** A whole number from 1 below 2^47. */
  readonly address: number;
  /** The same for the IPv6 /48; null for an IPv4 address, where one address is a subscriber's whole network. */
  readonly network: number | null;
}

interface CountedEvent extends Moment, Visitor {
  /** UUID as 32 lower-case hex digits. */
  readonly id: string;
  /** Host and path of another site, `android-app://` or `ios-app://` with the id of an app, or null. */
  readonly referrer: string | null;
  /** Undefined for most visits. */
  readonly campaign: Campaign | undefined;
  readonly attributes: EventAttributes;
  /** The sender whose share of the quotas new names use; absent for a trusted server. */
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

/** How long a page has been visible so far, and how far it was scrolled. */
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

/** A well-formed event that is not counted. */
export interface Ignored {
  readonly kind: 'ignored';
  readonly reason: Exclude<Reason, 'duplicate'>;
  /** The name of the bot or the spam referrer, or the host that is not this site's; else empty. */
  readonly detail: string;
  /** The start of the local day in which it was received. */
  readonly day: number;
}

/** The result of describing a well-formed event. */
export type CollectedEvent = PageView | Registration | Engagement | Ignored;

/** Why a well-formed event was not counted (docs/api.md, Writing). */
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

/** Secrets for hashing visitors. Random, stored only in the database, and never shown. */
export interface Salts {
  /** The salts of the days that are still in use, by the start of the local day. */
  readonly days: ReadonlyMap<number, Uint8Array>;
  /** The salt of devices, which does not rotate. */
  readonly device: Uint8Array;
}
