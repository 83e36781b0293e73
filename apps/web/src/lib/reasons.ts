import type { Tracked } from '@footfall/trpc/client';

/** Why a view was not counted, as the visitor reads it. Developers see these first, when they test their site. */
export const REASONS: Record<NonNullable<Tracked['reason']>, string> = {
  duplicate: 'This view was counted before, so it is not counted again.',
  bot: 'This browser looks like a bot (for example an automated test browser), so this view was not counted. COUNT_BOTS=true counts such browsers.',
  spam: 'The page that led here is known for referrer spam, so this view was not counted.',
  ignored: 'The owner of this site has excluded this page or this address, so this view was not counted.',
  'opted-out':
    'This browser asks not to be tracked (Do Not Track or Global Privacy Control), so this view was not counted. RESPECT_DNT=false counts such browsers.',
  'no-consent':
    'This site counts only visitors who have agreed to it, so this view was not counted. REQUIRE_CONSENT=false counts everyone.',
  origin: 'This host isn’t in SITE_HOSTS, so this view was not counted. Add it there to count its pages.',
  disabled: 'Counting is switched off, so this view was not counted. TRACKING_ENABLED=true switches it on.',
};

/** The reasons as the owner's ledger lists them, and what each is. */
export const REASON_NAMES: Record<NonNullable<Tracked['reason']>, { name: string; words: string }> = {
  bot: { name: 'Bots', words: 'Crawlers, programs and automated browsers, by their user agents.' },
  spam: { name: 'Referrer spam', words: 'Views that claim to come from a site known for referrer spam.' },
  origin: {
    name: 'Other hosts',
    words: 'Pages of hosts that are not this site’s: copies, translations, Footfall’s own pages.',
  },
  ignored: {
    name: 'Excluded',
    words: 'Pages and addresses that you have excluded, and these pages of yours.',
  },
  'opted-out': {
    name: 'Asked not to be tracked',
    words:
      'Browsers with Do Not Track or Global Privacy Control. The script sends nothing from most of them.',
  },
  'no-consent': { name: 'Without consent', words: 'Visitors who have not agreed to be counted.' },
  duplicate: {
    name: 'Sent again',
    words: 'Views that arrived a second time, for example after a lost connection. They were counted once.',
  },
  disabled: { name: 'Counting off', words: 'Views that came while counting was switched off.' },
};

/** Shown while an event waits to be sent again. */
export const WAITING =
  'The server did not answer, so this view is not counted yet. It is sent again automatically.';
