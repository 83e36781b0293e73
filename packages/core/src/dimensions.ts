/** The values of each list, in the order of their numbers in the store: never reorder, only append. */
export const DIMENSIONS = [
  'page',
  'country',
  'region',
  'city',
  'language',
  'source',
  'campaign',
  'device',
  'browser',
  'system',
  'entry',
  'exit',
  'channel',
] as const;

export type Dimension = (typeof DIMENSIONS)[number];

/**
 * The attributes of a visit, from its first event; every value is plain text of at most 256 bytes, `''` is unknown. The
 * log stores the values in this order: never reorder, only append.
 */
export const VISIT_DIMENSIONS = [
  'country',
  'region',
  'city',
  'language',
  'source',
  'campaign',
  'device',
  'browser',
  'system',
  'channel',
] as const satisfies Dimension[];

/**
 * Attributes whose values come from lists (countries of ISO 3166, devices, browsers and systems of `agent.ts`, `CHANNELS`):
 * no sender can make up new ones, so they need no quota.
 */
export const LISTED_DIMENSIONS = [
  'country',
  'device',
  'browser',
  'system',
  'channel',
] as const satisfies VisitDimension[];

export type VisitDimension = (typeof VISIT_DIMENSIONS)[number];

export type Attributes = Readonly<Record<VisitDimension, string>>;

/** The value that replaces new ones beyond a site's quota (docs/counting.md). */
export const OTHER = '(other)';
