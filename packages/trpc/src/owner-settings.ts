import type { SettingChanges, SettingName, Site } from '@footfall/core';

/** A setting as its owner reads it. */
export interface Setting {
  /** The name of its variable. */
  readonly name: SettingName;
  /** Its text, from the environment or the store; else the default. */
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
  /**
   * The site as it would be with changes.
   * @throws {FootfallError} BAD_REQUEST as `change` does
   */
  readonly siteWith: (changes: SettingChanges) => { readonly site: Site; readonly retentionMonths: number };
}
