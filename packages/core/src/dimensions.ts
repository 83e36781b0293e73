/** What the values of a list are, in the order of their numbers in the store: never reordered, only appended to. */
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
 * What is known of a visit from its first report; every value is plain text of at most 256 bytes, `''` is unknown. In the
 * log values stand in this order: never reordered, only appended to.
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

/** What a value stands under when a site has had too many new ones (docs/counting.md). */
export const OTHER = '(other)';
