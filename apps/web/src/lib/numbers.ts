/** A number as it was published. A higher version is newer, whatever the number. */
export interface Numbered {
  readonly count: number;
  readonly version: number;
}

/** The newer of two states of one number: nobody is shown an older version after a newer one. */
export function newer<T extends Numbered>(known: T, other: T | undefined): T {
  return other !== undefined && other.version > known.version ? other : known;
}
