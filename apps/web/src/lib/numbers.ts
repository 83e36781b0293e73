import { compareVersions, type StoreVersion } from '@footfall/core/store-version';

/** A published number, with the version it belongs to. */
export interface Numbered extends StoreVersion {
  readonly count: number;
}

/** The newer of two states of one number, even where its number is lower: an older state is never shown after a newer one. */
export function newer<T extends Numbered>(known: T, other: T | undefined): T {
  return other !== undefined && isAhead(other, known) ? other : known;
}

/** Whether a state is newer than another; false where there is no other. */
export function isAhead(state: StoreVersion, other: StoreVersion | undefined): boolean {
  return other !== undefined && compareVersions(state, other) > 0;
}
