import type { Reason, SettingChanges, SettingName } from '@footfall/core';
import type { AppContext } from './context.ts';

/** A setting as its owner reads it. */
export interface Setting {
  /** The name of its variable. */
  readonly name: SettingName;
  /** Its text, whoever wrote it; the default where nobody did. */
  readonly value: string;
  /** `''` where it is empty or depends on other settings. */
  readonly byDefault: string;
  /** What it cannot be changed for: a variable of the environment, or views that are stored; `null` where it can. */
  readonly fixed: 'environment' | 'views' | null;
  /** Why a stored text has no effect: a newer Footfall may refuse what an older one took. */
  readonly problem?: string;
}

/** What a server knows of the way in which a client's requests arrive. */
export interface Health {
  /**
   * Where clients' addresses come from: the platform says them; a configured proxy does; there is a proxy that is not
   * configured; no proxy was seen.
   */
  readonly proxy: 'platform' | 'configured' | 'unknown' | 'none';
  /** Whether the client's address is excluded from counting. */
  readonly isIgnored: boolean;
  /** What excludes the client in IGNORED_ADDRESSES; undefined where its address may be that of others, too. */
  readonly entry: string | undefined;
}

/** The settings of the site, as the owner reads and changes them. */
export interface OwnerSettings {
  /** @throws {FootfallError} SERVICE_UNAVAILABLE */
  readonly list: () => Promise<readonly Setting[]>;
  /**
   * Changes settings, all of them or none.
   * @returns the settings after it
   * @throws {FootfallError} BAD_REQUEST with the sentence that a start would end with; SERVICE_UNAVAILABLE
   */
  readonly change: (changes: SettingChanges) => Promise<readonly Setting[]>;
}

/** The settings, and what they have meant. */
export interface SettingsRead {
  readonly settings: readonly Setting[];
  /** Events of today and the six days before that were not counted, by reason. */
  readonly notCounted: Readonly<Partial<Record<Reason, number>>>;
}

const DAYS = 7;

/** The settings, with what was not counted because of them in the last seven local days. */
export async function settings({ settings: owner, site, store, now }: AppContext): Promise<SettingsRead> {
  let { day } = site.calendar.momentOf(now());
  for (let days = DAYS; days > 1; days -= 1) day = site.calendar.previousDay(day);
  const [list, { reasons }] = await Promise.all([owner.list(), store.notCountedSince(day)]);
  return { settings: list, notCounted: reasons };
}
