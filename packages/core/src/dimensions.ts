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
  'medium',
  'term',
  'content',
] as const;

export type Dimension = (typeof DIMENSIONS)[number];

/**
 * The attributes that are stored with each event; every value is plain text of at most 256 bytes, `''` is unknown. The
 * log stores the values in this order: never reorder, only append.
 */
export const EVENT_DIMENSIONS = [
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
 * What a link says beside the name of its campaign. The log has it among the tags of an event. Most visits have none, which
 * is no value: it is stored as 0, and counted nowhere (decision 0056).
 */
export const TAG_DIMENSIONS = ['medium', 'term', 'content'] as const satisfies Dimension[];

/** The attributes of a visit, from its first event, in the order in which a combination has them: only append. */
export const VISIT_DIMENSIONS = [...EVENT_DIMENSIONS, ...TAG_DIMENSIONS] as const;

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

export type EventAttributes = Readonly<Record<(typeof EVENT_DIMENSIONS)[number], string>>;

/** The id of no value. */
export const NO_VALUE = 0;

const TAGS: ReadonlySet<Dimension> = new Set(TAG_DIMENSIONS);

/** Whether a dimension is what a link says beside the name of its campaign. */
export const isTag = (dimension: Dimension): boolean => TAGS.has(dimension);

/** The value that replaces new ones beyond a site's quota (docs/counting.md). */
export const OTHER = '(other)';
