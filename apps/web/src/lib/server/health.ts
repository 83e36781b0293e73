import type { Setting } from '@footfall/trpc';
import type { Formats } from '@footfall/ui/format';
import type { SetupTexts } from '#lib/texts/en/setup.ts';

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
export function healthLines(
  { locals, origin }: Known,
  texts: SetupTexts['health'],
  { regionName }: Pick<Formats, 'regionName'>,
): readonly HealthLine[] {
  const { proxy } = locals.health() ?? { proxy: 'none' };
  const country = locals.clientCountry();
  const { protocol, hostname } = new URL(origin);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const { addresses, countries, encryption, backups } = texts;
  return [
    proxy === 'platform'
      ? { state: 'good', title: addresses.title, words: addresses.platform }
      : {
          state: proxy === 'unknown' ? 'attention' : 'good',
          title: texts.proxy.title,
          words: texts.proxy[proxy],
        },
    country === ''
      ? { state: 'unknown', title: countries.title, words: countries.none }
      : { state: 'good', title: countries.title, words: countries.found(regionName(country)) },
    protocol === 'https:'
      ? { state: 'good', title: encryption.title, words: encryption.https }
      : isLocal
        ? { state: 'unknown', title: encryption.title, words: encryption.local }
        : { state: 'attention', title: encryption.title, words: encryption.http },
    {
      state: 'unknown',
      title: backups.title,
      words: locals.settings.hasDatabaseServer ? backups.server : backups.file,
    },
  ];
}

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
