/** The countries of the world as paths, made by `world.ts` when the site is built. */
declare module 'virtual:world' {
  export const width: number;
  export const height: number;
  /** ISO code (or a name of no country, with a hyphen) and path of each. */
  export const shapes: readonly (readonly [code: string, path: string])[];
}
