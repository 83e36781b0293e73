import type { Setting } from '@footfall/trpc';
import { formats } from '#lib/texts/en/formats.ts';

/** Whether something is as it should be; `unknown` where Footfall cannot know it. */
export type HealthState = 'good' | 'attention' | 'unknown';

/** A line of the list of what is set up. */
export interface HealthLine {
  readonly state: HealthState;
  readonly title: string;
  readonly words: string;
}

interface Known {
  readonly locals: Pick<App.Locals, 'health' | 'clientCountry' | 'settings'>;
  /** This Footfall's public address. */
  readonly origin: string;
}

/** What is known of how this Footfall is set up, one line for each subject. */
export function healthLines({ locals, origin }: Known): readonly HealthLine[] {
  const { proxy } = locals.health() ?? { proxy: 'none' };
  const country = locals.clientCountry();
  const { protocol, hostname } = new URL(origin);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return [
    {
      platform: line('good', 'Addresses', 'The platform says which address a visitor has.'),
      configured: line(
        'good',
        'Proxy',
        'The proxy in front is recognised: its visitors have their own addresses.',
      ),
      unknown: line(
        'attention',
        'Proxy',
        'There is a proxy in front that is not recognised, and all visitors look like one: set CLIENT_IP_HEADER and TRUSTED_PROXIES.',
      ),
      none: line('good', 'Proxy', 'No proxy was seen in front: visitors reach Footfall themselves.'),
    }[proxy],
    country === ''
      ? line(
          'unknown',
          'Countries',
          'The address of this browser has no country, as addresses of private networks have none.',
        )
      : line('good', 'Countries', `Countries are found: this browser is in ${formats.regionName(country)}.`),
    protocol === 'https:'
      ? line('good', 'Encryption', 'The public address is https.')
      : isLocal
        ? line(
            'unknown',
            'Encryption',
            'The public address is this machine’s own. Pages that are https need one that is https, too: set PUBLIC_URL.',
          )
        : line(
            'attention',
            'Encryption',
            'The public address is http: pages that are https cannot load the tracker, and your password is sent in the clear.',
          ),
    locals.settings.hasDatabaseServer
      ? line('unknown', 'Backups', 'They are a matter of the database server, which Footfall cannot ask.')
      : line(
          'unknown',
          'Backups',
          'Footfall cannot see whether somebody makes them: let a timer run “npm run footfall -- backup” every day.',
        ),
  ];
}

const line = (state: HealthState, title: string, words: string): HealthLine => ({ state, title, words });

/** The list of addresses that are not counted, with or without an entry. */
export function addressesWith(
  settings: readonly Setting[],
  { entry, isIgnored }: { readonly entry: string; readonly isIgnored: boolean },
): string {
  const value = settings.find(({ name }) => name === 'IGNORED_ADDRESSES')?.value ?? '';
  const entries = value.split(',').map((each) => each.trim());
  const others = entries.filter((each) => each !== '' && each !== entry);
  return [...others, ...(isIgnored ? [entry] : [])].join(',');
}
