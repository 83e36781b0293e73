/** Identifies one state of the numbers among all that were ever published. */
export interface StoreVersion {
  /** Id of the database of the numbers: a database that replaces another has a higher one. */
  readonly store: number;
  /** Increases with every change of a number in that database. */
  readonly version: number;
}

/**
 * Compares two states (docs/decisions/0026): the newer one is from the later database or, within one database, has the
 * higher version. A state without a store id, from before those existed, is compared by its version alone.
 * @returns above 0 if the first is newer, below 0 if it is older, 0 if they are the same state
 */
export const compareVersions = (one: StoreVersion, other: StoreVersion): number =>
  one.store - other.store || one.version - other.version;

/** A state's name, for ETags and event ids: the version comes first, for people who read it. */
export function versionTag({ store, version }: StoreVersion): string {
  return `${version}-${store}`;
}

/** The state that {@link versionTag} named; undefined for any other string. */
export function parseVersionTag(tag: string | null | undefined): StoreVersion | undefined {
  const [, version, store] = TAG.exec(tag ?? '') ?? [];
  return version === undefined ? undefined : { store: Number(store), version: Number(version) };
}

/** At most 15 digits of a version and 16 of a store id: both are exact as numbers. */
const TAG = /^(\d{1,15})-(\d{1,16})$/;
