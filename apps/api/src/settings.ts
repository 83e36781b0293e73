import {
  isSettingName,
  isSettledByViews,
  SETTING_NAMES,
  storeUnavailable,
  withChanges,
  type SettingChanges,
  type SettingName,
  type SettingValues,
  type Site,
  englishOf,
  objectionTo,
  refused,
  type Objection,
} from '@footfall/core';
import type { SettingsStore, StoredSettings } from '@footfall/db';
import type { OwnerSettings, Setting } from '@footfall/trpc';
import { defaultOf, type Caching, type Config, type SiteConfig } from './config.ts';
import type { Log } from './http.ts';

/** The settings as they are at this moment. */
export interface CurrentSettings {
  /** The site, compiled once for each version of the settings. */
  readonly now: () => SiteConfig;
  /** For how long caches may show numbers; by the environment where the stored settings were never read. */
  readonly caching: () => Caching;
  /** Grows with each change; belongs to the database's id. */
  readonly version: () => string;
  /** What the owner reads and changes. */
  readonly owner: OwnerSettings;
}

/**
 * Joins the environment's settings and the stored ones (docs/decisions/0044).
 * @param spamOf in place of the bundled list of spam referrers
 */
export function currentSettings(
  { ownerSettings: reader, caching }: Pick<Config, 'ownerSettings' | 'caching'>,
  {
    store,
    spamOf,
    log,
  }: { readonly store: SettingsStore; readonly spamOf?: Site['spamOf'] | undefined; readonly log: Log },
): CurrentSettings {
  let compiled: { readonly of: StoredSettings; readonly site: SiteConfig } | undefined;

  function now(): SiteConfig {
    const stored = store.current();
    // Nothing is counted or shown by the rules of somebody who has chosen others.
    if (stored === undefined) throw storeUnavailable();
    if (compiled?.of === stored) return compiled.site;
    const values = valuesIn(stored);
    for (const name of SETTING_NAMES) {
      const problem = reader.fixed[name] === undefined && problemIn(name, values);
      if (typeof problem === 'object')
        log.error({}, `The stored setting ${englishOf(problem)} It has no effect.`);
    }
    const site = reader.siteWith(values);
    compiled = {
      of: stored,
      site: spamOf === undefined ? site : { ...site, site: { ...site.site, spamOf } },
    };
    return compiled.site;
  }

  const problemIn = (name: SettingName, values: SettingValues): Objection | undefined =>
    reader.problemOf(name, values[name] ?? '');

  function listed(stored: StoredSettings): readonly Setting[] {
    const values = valuesIn(stored);
    return SETTING_NAMES.map((name) => {
      const fixed = reader.fixed[name];
      const problem = fixed === undefined ? problemIn(name, values) : undefined;
      return {
        name,
        value: fixed ?? values[name] ?? defaultOf(name),
        byDefault: defaultOf(name),
        fixed:
          fixed !== undefined ? 'environment' : isSettledByViews(name) && !stored.isEmpty ? 'views' : null,
        ...(problem !== undefined && { problem: englishOf(problem) }),
      };
    });
  }

  return {
    now,
    caching: () => (store.current() === undefined ? caching : now().caching),
    version: () => {
      const stored = store.current();
      return stored === undefined ? '' : `${stored.store} ${stored.version}`;
    },
    owner: {
      list: async () => listed(await store.read()),
      change: async (changes) => {
        requireChanges(changes);
        const stored = await store.change(changes);
        if (stored !== undefined) return listed(stored);
        const name = Object.keys(changes).find((each) => isSettledByViews(each as SettingName)) ?? '';
        throw refused('BAD_REQUEST', objectionTo(name, 'stored-views'));
      },
      siteWith: (changes) => {
        requireChanges(changes);
        const stored = store.current();
        if (stored === undefined) throw storeUnavailable();
        return reader.siteWith(withChanges(valuesIn(stored), changes));
      },
    },
  };

  /** @throws {FootfallError} BAD_REQUEST for the first that is fixed or is no value of its setting */
  function requireChanges(changes: SettingChanges): void {
    for (const name of SETTING_NAMES) {
      const text = changes[name];
      if (text === undefined) continue;
      if (reader.fixed[name] !== undefined) throw refused('BAD_REQUEST', objectionTo(name, 'environment'));
      const problem = reader.problemOf(name, text ?? '');
      if (problem !== undefined) throw refused('BAD_REQUEST', problem);
    }
  }
}

/** The settings that this version knows. */
const valuesIn = ({ values }: StoredSettings): SettingValues =>
  Object.fromEntries(Object.entries(values).filter(([name]) => isSettingName(name)));
