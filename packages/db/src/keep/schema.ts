import type { Generated } from 'kysely';

/**
 * The tables (docs/design.md, The store). Instants are epoch milliseconds; an `hour` and a `day` are
 * the instants at which an hour and a day of the site's time zone begin.
 */
export interface Tables {
  visitor_counts: VisitorCounts;
  visitor_page_views: VisitorPageViews;
  visitor_event_ids: VisitorEventIds;
  visitor_log_tail: VisitorLogTail;
  visitor_set_aside: VisitorSetAside;
  visitor_stats: VisitorStats;
  visitor_values: VisitorValues;
  visitor_facts: VisitorFacts;
  visitor_new_names: VisitorNewNames;
  visitor_sessions: VisitorSessions;
  visitor_session_hours: VisitorSessionHours;
  visitor_engagements: VisitorEngagements;
  visitors: Visitors;
  visitor_hourly_counts: Counts & { hour: number };
  visitor_daily_counts: Counts & { day: number };
  visitor_hours: VisitorHours;
  visitor_countries: VisitorCountries;
  visitor_forgotten_counts: VisitorForgottenCounts;
  visitor_ledger: VisitorLedger;
  visitor_failures: VisitorFailures;
  visitor_salts: VisitorSalts;
  visitor_device_salt: VisitorDeviceSalt;
  visitor_owner: VisitorOwner;
  visitor_owner_sessions: VisitorOwnerSessions;
  visitor_settings: VisitorSettings;
  visitor_session_timeouts: VisitorSessionTimeouts;
  visitor_owner_recovery: VisitorOwnerRecovery;
  visitor_owner_pending: VisitorOwnerPending;
  visitor_api_keys: VisitorApiKeys;
  visitor_annotations: VisitorAnnotations;
  visitor_shares: VisitorShares;
  visitor_segments: VisitorSegments;
  visitor_passkeys: VisitorPasskeys;
  visitor_passkey_challenges: VisitorPasskeyChallenges;
  visitor_imports: VisitorImports;
  visitor_import_ranges: VisitorImportRanges;
  visitor_imported_counts: VisitorImportedCounts;
  visitor_imported_numbers: VisitorImportedNumbers;
  visitor_starting_numbers: VisitorStartingNumbers;
}

/** One row per page: its counter. */
interface VisitorCounts {
  id: Generated<number>;
  page_identifier: string;
  view_count: number;
  last_updated_at: number;
  /** Those of its page views that are no longer in the log. */
  forgotten: Generated<number>;
}

/** Every text that is counted by, once: rows elsewhere have its id. */
interface VisitorValues {
  id: Generated<number>;
  /** Place in core's `DIMENSIONS`, from 1. Entry and exit pages are pages. */
  dimension: number;
  /** `''` where it is not known. */
  value: string;
  /** The hour in which it was new. */
  since: number;
  /** The last day on which it was used, in days of UTC; null where it is kept for good, as what was counted by is. */
  used: number | null;
}

/** What is known of visits, each combination once; the columns are ids of values. */
interface VisitorFacts {
  id: Generated<number>;
  /** The 16 bytes of core's `combinationKey`. */
  key: Uint8Array;
  /** The last day on which it was used, in days of UTC. */
  used: number;
  country: number;
  region: number;
  city: number;
  language: number;
  source: number;
  campaign: number;
  device: number;
  browser: number;
  system: number;
  channel: number;
  /** 0 where there is none, as in most. */
  medium: number;
  term: number;
  content: number;
}

/** New names that were stored in an hour, by dimension (0: combinations) and sender. Past hours are deleted. */
interface VisitorNewNames {
  hour: number;
  dimension: number;
  /** The keyed hash of an address or a network (core's `Sender`); 0 is everyone. */
  sender: number;
  names: number;
}

/** The ids of events of the last days: what makes a resent event the same page view. */
interface VisitorEventIds {
  /** The event's place in the log. */
  seq: number;
  /** The 16 bytes of its UUID. */
  id: Uint8Array;
}

/** The end of the log: batches as they were appended, until they are folded into visits. */
interface VisitorLogTail {
  /** The place of the batch's last event; those before it have the places before. */
  seq: number;
  /** JSON, a `TailBatch`. */
  events: string;
  /** JSON of the pages that were one too many and are counted as `(other)`; null where there are none. */
  others: string | null;
}

/** Events that could not be folded: they are in the totals and in their pages' counts, and in nothing else. */
interface VisitorSetAside {
  seq: number;
  /** JSON, a `TailRow` or a `TailEngagement`. */
  event: string;
  page: string | null;
  error: string;
  set_aside_at: number;
}

/** The log: one row per page view, in the order of `seq`. Every published number is a fold of it. */
interface VisitorPageViews {
  seq: number;
  /** Id of the page's value; null in a visit's registration, which is no page view. */
  page: number | null;
  /** The visit it belongs to. Null, with all down to `hour`, in what was counted before there were visits. */
  session: number | null;
  /** The visitor's key on that local day: odd for a device, even for one day's visitor. */
  visitor: number | null;
  facts: number | null;
  hour: number | null;
  /** The visitor's key on the day before, close to local midnight. */
  prior: number | null;
  viewed_at: number;
  /** How long it was looked at, in milliseconds. */
  engaged_ms: number | null;
  scroll_percent: number | null;
  /** When it was last reported as visible. */
  seen_until: number | null;
  /** Host and path. */
  referrer: string | null;
  utm_source: string | null;
  utm_medium: string | null;
  utm_campaign: string | null;
  utm_term: string | null;
  utm_content: string | null;
  /** Name of an advertising network's click id, without its value. */
  click_id: string | null;
}

/** One row per visit: page views and registrations of one visitor, no gap longer than the session timeout. */
interface VisitorSessions {
  id: Generated<number>;
  /** The visitor's key on the day of its last page view or registration. */
  visitor: number;
  /** The `prior` of what it began with. */
  prior: number | null;
  /** First and last of its page views and registrations. */
  started_at: number;
  ended_at: number;
  /** Its first and its last page view. */
  entered_at: number | null;
  exited_at: number | null;
  /** Its last sign of life. */
  seen_until: number;
  /** Hour and day of the beginning. */
  hour: number;
  day: number;
  views: number;
  registrations: number;
  engaged_ms: number;
  /** Ids of pages; null while there is no page view. */
  entry: number | null;
  exit: number | null;
  /** Of what it began with. */
  facts: number;
}

/** The hours of a visit in which something was reported, with the page views of each. */
interface VisitorSessionHours {
  session: number;
  hour: number;
  day: number;
  /** The visitor's key on that day. */
  visitor: number;
  views: number;
}

/** Devices, with the hour each was first seen in: only a key that does not turn can return. */
interface Visitors {
  visitor: number;
  first_at: number;
  first_hour: number;
  /** Of the first visit. */
  country: number;
}

/** Engagement that arrived before its page view: it waits here. */
interface VisitorEngagements {
  id: Uint8Array;
  engaged_ms: number;
  scroll_percent: number;
  seen_until: number;
}

/**
 * Numbers by value. A page view counts in its hour; a visit in the hour in which it first has the value; a visitor once
 * per local day and value, in the hour of the first such page view. (A visit has its facts, entry and exit all along.)
 */
interface Counts {
  dimension: number;
  value: number;
  views: number;
  visits: number;
  visitors: number;
}

/** The same without regard to any value, and what hangs on visits, in the hour in which each began. */
interface VisitorHours {
  hour: number;
  day: number;
  views: number;
  visits: number;
  visitors: number;
  /** Visits of at most one page view that was looked at for less than ten seconds. */
  bounces: number;
  /** How long the visits lasted together, in milliseconds. */
  visit_ms: number;
}

/** Unique visitors ever, each by the country first seen: one day's visitors once a day, devices once. */
interface VisitorCountries {
  country: number;
  visitors: number;
  /** Those of them that can no longer be computed from visits. */
  forgotten: Generated<number>;
}

/** What visits were counted as that were deleted before their time: in the hour, by dimension and value; 0 is all. */
interface VisitorForgottenCounts extends Counts {
  hour: number;
  day: number;
  bounces: Generated<number>;
  visit_ms: Generated<number>;
}

/** A commit that failed: its senders were asked to send again. */
interface VisitorFailures {
  id: Generated<number>;
  failed_at: number;
  reports: number;
  error: string;
}

/** What was not counted on a day, and why. */
interface VisitorLedger {
  day: number;
  reason: string;
  /** The name of the bot or the spam referrer, or the host that is not this site's; else empty. */
  detail: string;
  reports: number;
}

/** What visitors are hashed with on a day; destroyed within 48 hours. */
interface VisitorSalts {
  day: number;
  salt: Uint8Array;
  made_at: number;
}

/** At most one row: what devices are hashed with, for good. */
interface VisitorDeviceSalt {
  id: number;
  salt: Uint8Array;
  made_at: number;
}

/** At most one row: how the owner signs in. */
interface VisitorOwner {
  id: number;
  /** The hash of the password with its salt and parameters; null while none was chosen. */
  password: string | null;
  /** SHA-256 of the token of the setup link, and until when the link is valid. */
  setup_token: Uint8Array | null;
  setup_until: number | null;
  /** The secret of the app that makes codes, in base32; null while there is no second factor. */
  factor_secret: string | null;
  /** The step of time (RFC 6238) of the last code that was used. */
  factor_step: number | null;
  /** Codes that were tried since an instant, without a right one. */
  code_tries: Generated<number>;
  code_tries_since: Generated<number>;
  /** Signs the challenges for passkeys; null before the first one. */
  passkey_secret: Uint8Array | null;
}

/** Recovery codes that were not used yet. */
interface VisitorOwnerRecovery {
  /** SHA-256 of the code. */
  code: Uint8Array;
}

/** Sign-ins whose password was right, and whose code is missing. */
interface VisitorOwnerPending {
  /** SHA-256 of the token in the page's form. */
  token: Uint8Array;
  /** HMAC of the password's hash with the token. */
  proof: Uint8Array;
  until: number;
}

/** Browsers in which the owner is signed in. */
interface VisitorOwnerSessions {
  /** SHA-256 of the token in the browser's cookie. */
  token: Uint8Array;
  /** HMAC of the password's hash with the token: a session of another password is over. */
  proof: Uint8Array;
  created_at: number;
  /** When it was last used, exact to a minute. */
  seen_at: number;
  /** Names of browser and system. */
  browser: string;
  /** Which password it began with: a slow hash. Null in sessions of before there was this column. */
  password: Uint8Array | null;
}

/** Keys of programs that read the owner's statistics or send events. */
interface VisitorApiKeys {
  /** SHA-256 of the key. */
  key: Uint8Array;
  name: string;
  can_read: number;
  can_write: number;
  created_at: number;
  /** When it was last used, exact to a minute; null before the first time. */
  used_at: number | null;
}

/** Private links to the statistics. */
interface VisitorShares {
  /** SHA-256 of the token in the link. */
  token: Uint8Array;
  name: string;
  /** The hash of the password with its salt and parameters; null for a link without one. */
  password: string | null;
  /** The filters that always hold, as JSON. */
  filters: string;
  /** The origins whose pages may embed it, as JSON. */
  origins: string;
  created_at: number;
  expires_at: number | null;
  /** When it was last used, exact to a minute; null before the first time. */
  used_at: number | null;
}

/** The owner's passkeys: their public halves. */
interface VisitorPasskeys {
  /** The id that the authenticator chose. */
  id: Uint8Array;
  name: string;
  /** As the authenticator sent it (COSE). */
  public_key: Uint8Array;
  /** How often the authenticator says it was used; 0 for those that do not count. */
  counter: number;
  created_at: number;
  /** Null before the first time. */
  used_at: number | null;
}

/** Challenges that were answered, until they end by themselves. */
interface VisitorPasskeyChallenges {
  /** Its SHA-256. */
  challenge: Uint8Array;
  until: number;
}

/** Sets of filters, each under a name. */
interface VisitorSegments {
  id: Generated<number>;
  name: string;
  /** JSON. */
  filters: string;
}

/** What was imported (docs/decisions/0060). */
interface VisitorImports {
  id: Generated<number>;
  /** SHA-256 of what identifies the file: a repeat is the same import. */
  fingerprint: string;
  /** Where its numbers are from: the `origin` of another Footfall, else the fingerprint. */
  origin: string;
  format: string;
  title: string;
  /** What the file's visitors are hashed with; null once it can be undone no more. */
  salt: Uint8Array | null;
  began_at: number;
  /** Null while it is not complete. */
  finished_at: number | null;
  /** Until then its ids are stored, retention deletes nothing of it, and it can be undone. */
  held_until: number;
  /** The first local day that was counted here before it; null where none was. */
  counted_from: number | null;
  /** The local day of its earliest page view. */
  first_day: number | null;
  /** `kept_from` of before it, where that day was later. */
  kept_from_before: number | null;
  /** 1 where nothing had been counted before it, so that it brings settings and the like, too. */
  is_into_empty: number;
  /** Rows of the log that are from it. */
  page_views: Generated<number>;
}

/** Which places in the log are of an import, both ends inclusive. */
interface VisitorImportRanges {
  last: number;
  first: number;
  import: number;
}

/** What an import added to the counts without rows of the log: in the hour, by dimension and value; 0 is all. */
interface VisitorImportedCounts extends Counts {
  import: number;
  hour: number;
  day: number;
  bounces: Generated<number>;
  visit_ms: Generated<number>;
}

/** What an import added to other numbers: of pages, countries and the ledger, and devices that it made known. */
interface VisitorImportedNumbers {
  import: number;
  kind: string;
  name: string;
  number: number;
}

/** What pages had before Footfall counted; the page `''` is all of them. */
interface VisitorStartingNumbers {
  page: string;
  number: number;
}

/** The owner's session timeouts, each for what is appended from a position of the log on (decision 0066). */
interface VisitorSessionTimeouts {
  from_seq: number;
  timeout_ms: number;
}

/** What the owner has set: text, by the name of a variable. */
interface VisitorSettings {
  name: string;
  value: string;
}

/** What happened on a day, in the owner's words. */
interface VisitorAnnotations {
  id: Generated<number>;
  /** The local day, such as `2026-11-20`. */
  date: string;
  text: string;
  /** 1 where everyone may read it. */
  is_public: number;
  /** 1 where Footfall made it by itself. */
  is_automatic: Generated<number>;
}

/** One row: the totals, and how far the log is folded into the counts. */
interface VisitorStats {
  id: number;
  total_views: number;
  last_updated_at: number | null;
  /** Grows with every commit that changes a number. */
  version: number;
  /** The last place of the log that is taken. */
  appended: number;
  /** The last place of the log that is folded into visits and statistics. */
  folded: number;
  /** Grows with every change of visits: by the fold and by forgetting. */
  fold_version: number;
  /** The local day from which on page views and visits are stored; earlier ones are deleted by a background task. */
  kept_from: Generated<number>;
  /** Id of this database: a later one has a higher id (`store-id.ts`). */
  store: Generated<number>;
  /** Grows with every change of `visitor_settings`. */
  settings: Generated<number>;
  /** When a server said last that it runs; null before the first time. */
  seen_at: number | null;
  /** Random, and the same for as long as it counts the same log: exports say where they are from. */
  origin: Generated<string>;
}
