import { compareVersions, type StoreVersion } from '@footfall/core/store-version';

/** A number as it was published, with the state that it is of. */
export interface Numbered extends StoreVersion {
  readonly count: number;
}

/** The newer of two states of one number, whatever the number: nobody is shown an older state after a newer one. */
export function newer<T extends Numbered>(known: T, other: T | undefined): T {
  return other !== undefined && isAhead(other, known) ? other : known;
}

/** Whether a state is newer than another: nothing is where there is none. */
export function isAhead(state: StoreVersion, other: StoreVersion | undefined): boolean {
  return other !== undefined && compareVersions(state, other) > 0;
}
