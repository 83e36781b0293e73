import type { Tracked } from '@footfall/trpc/client';

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
