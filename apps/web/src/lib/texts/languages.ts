import type { AccountTexts } from './en/account.ts';
import type { DashboardTexts } from './en/dashboard.ts';
import type { DocsTexts } from './en/docs.ts';
import type { EmbeddedTexts } from './en/embedded.ts';
import type { FirstVisitTexts } from './en/first-visit.ts';
import type { ImportTexts } from './en/import.ts';
import type { InstallTexts } from './en/install.ts';
import type { LiveTexts } from './en/live.ts';
import type { ProblemsTexts } from './en/problems.ts';
import type { NotCountedTexts } from './en/not-counted.ts';
import type { OwnerTexts } from './en/owner.ts';
import type { PrivacyTexts } from './en/privacy.ts';
import type { SentencesTexts } from './en/sentences.ts';
import type { SettingsTexts } from './en/settings.ts';
import type { SetupTexts } from './en/setup.ts';
import type { ShareTexts } from './en/share.ts';
import type { SiteTexts } from './en/site.ts';
import type { StatisticsTexts } from './en/statistics.ts';
import type { StatsTexts } from './en/stats.ts';
import type { Language } from './tags.ts';

/** Texts by area: a page loads those that it shows. English says which there are; the other languages have the same. */
export interface Texts {
  readonly site: SiteTexts;
  readonly statistics: StatisticsTexts;
  readonly stats: StatsTexts;
  readonly problems: ProblemsTexts;
  readonly sentences: SentencesTexts;
  readonly account: AccountTexts;
  readonly setup: SetupTexts;
  readonly embedded: EmbeddedTexts;
  readonly share: ShareTexts;
  readonly owner: OwnerTexts;
  readonly 'not-counted': NotCountedTexts;
  readonly settings: SettingsTexts;
  readonly dashboard: DashboardTexts;
  readonly live: LiveTexts;
  readonly 'first-visit': FirstVisitTexts;
  readonly import: ImportTexts;
  readonly install: InstallTexts;
  readonly docs: DocsTexts;
  readonly privacy: PrivacyTexts;
}

export type Area = keyof Texts;

/* eslint-disable no-restricted-syntax -- not another room: files beside this one, loaded where they are shown */

/** The files of each language. */
const FILES: {
  readonly [L in Language]: { readonly [A in Area]: () => Promise<{ readonly default: Texts[A] }> };
} = {
  en: {
    site: () => import('./en/site.ts'),
    statistics: () => import('./en/statistics.ts'),
    stats: () => import('./en/stats.ts'),
    problems: () => import('./en/problems.ts'),
    sentences: () => import('./en/sentences.ts'),
    account: () => import('./en/account.ts'),
    setup: () => import('./en/setup.ts'),
    embedded: () => import('./en/embedded.ts'),
    share: () => import('./en/share.ts'),
    owner: () => import('./en/owner.ts'),
    'not-counted': () => import('./en/not-counted.ts'),
    settings: () => import('./en/settings.ts'),
    dashboard: () => import('./en/dashboard.ts'),
    live: () => import('./en/live.ts'),
    'first-visit': () => import('./en/first-visit.ts'),
    import: () => import('./en/import.ts'),
    install: () => import('./en/install.ts'),
    docs: () => import('./en/docs.ts'),
    privacy: () => import('./en/privacy.ts'),
  },
  de: {
    site: () => import('./de/site.ts'),
    statistics: () => import('./de/statistics.ts'),
    stats: () => import('./de/stats.ts'),
    problems: () => import('./de/problems.ts'),
    sentences: () => import('./de/sentences.ts'),
    account: () => import('./de/account.ts'),
    setup: () => import('./de/setup.ts'),
    embedded: () => import('./de/embedded.ts'),
    share: () => import('./de/share.ts'),
    owner: () => import('./de/owner.ts'),
    'not-counted': () => import('./de/not-counted.ts'),
    settings: () => import('./de/settings.ts'),
    dashboard: () => import('./de/dashboard.ts'),
    live: () => import('./de/live.ts'),
    'first-visit': () => import('./de/first-visit.ts'),
    import: () => import('./de/import.ts'),
    install: () => import('./de/install.ts'),
    docs: () => import('./de/docs.ts'),
    privacy: () => import('./de/privacy.ts'),
  },
};

/* eslint-enable no-restricted-syntax */

/** What the pages of a route show besides the frame around them: the most exact entry holds. */
const AREAS: Readonly<Record<string, readonly Area[]>> = {
  '/stats': ['statistics', 'stats'],
  '/api/docs': ['docs'],
  '/privacy': ['privacy'],
  '/install': ['install', 'first-visit'],
  '/admin': ['statistics', 'dashboard', 'first-visit'],
  '/admin/live': ['statistics', 'live'],
  '/admin/account': ['account'],
  '/admin/annotations': ['owner'],
  '/admin/data': ['owner'],
  '/admin/import': ['import'],
  '/admin/segments': ['owner'],
  '/admin/sample': ['statistics', 'dashboard', 'owner'],
  '/admin/not-counted': ['statistics', 'not-counted'],
  '/admin/settings': ['settings'],
  '/admin/setup': ['account'],
  '/admin/setup/site': ['settings'],
  '/admin/sign-in': ['account'],
  '/admin/setup/install': ['install', 'first-visit', 'setup'],
  '/admin/share': ['statistics', 'embedded', 'share'],
  '/share': ['statistics', 'dashboard', 'embedded'],
  '/share/[token]/chart': ['statistics', 'embedded'],
  '/stats/chart': ['statistics', 'embedded'],
  '/this-browser': ['statistics', 'not-counted'],
};

/** The areas of a route of SvelteKit; null where there is no page. */
export function areasOf(route: string | null): readonly Area[] {
  for (let path = route ?? ''; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
    const areas = AREAS[path];
    if (areas !== undefined) return ['site', ...areas];
  }
  return ['site'];
}

/** The texts of some areas in a language. */
export async function loadTexts<A extends Area>(
  language: Language,
  areas: readonly A[],
): Promise<Pick<Texts, A>> {
  const loaded = await Promise.all(
    areas.map(async (area): Promise<[A, Texts[A]]> => [area, (await FILES[language][area]()).default]),
  );
  return Object.fromEntries(loaded) as unknown as Pick<Texts, A>;
}
