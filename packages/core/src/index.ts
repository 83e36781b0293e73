export { ipv6Groups, plainAddress } from './address.ts';
export { agentReader, type Agent, type Hints } from './agent.ts';
export {
  CODES_PER_HOUR,
  isFactorSecret,
  readCode,
  RECOVERY_CODES,
  SECOND_STEP_MS,
  shownRecoveryCode,
  type Code,
} from './second-factor.ts';
export {
  MOST_PASSKEYS,
  PASSKEY_ALGORITHMS,
  PASSKEY_CHALLENGE_MS,
  passkeySite,
  readPasskeyName,
  type PasskeySite,
} from './passkeys.ts';
export {
  apiKeyOf,
  isApiKey,
  KEY_SCOPES,
  KEY_USED_EVERY_MS,
  MOST_KEYS,
  readKeyWish,
  type KeyScope,
  type KeyWish,
} from './api-keys.ts';
export {
  analyticsInputSchema,
  analyticsQuery,
  analyticsSchema,
  COMPARISONS,
  instantsOf,
  timesSchema,
  INTERVALS,
  LIST_DIMENSIONS,
  listInputSchema,
  listQuery,
  rowsSchema,
  SORTS,
  type Analytics,
  type AnalyticsContext,
  type AnalyticsInput,
  type AnalyticsList,
  type AnalyticsQuery,
  type AnalyticsRows,
  type AnalyticsTotals,
  type ComparedRange,
  type ComparisonName,
  type Identity,
  type Interval,
  type HourRange,
  type ListInput,
  type ListName,
  type ListQuery,
  type NowNumbers,
  type Range,
  type RangeInput,
  type Sort,
} from './analytics.ts';
export {
  ANNOTATION_CHARACTERS,
  BEAT_MS,
  CLOCKS_APART_MS,
  annotationIdSchema,
  annotationRangeSchema,
  annotationsIn,
  annotationSchema,
  editedAnnotationSchema,
  MOST_ANNOTATIONS,
  MOST_AUTOMATIC,
  outageNote,
  settingsNote,
  type Annotation,
  type AnnotationRange,
  type EditedAnnotation,
  type Mark,
  type NewAnnotation,
} from './annotations.ts';
export {
  BADGE_METRICS,
  BADGE_STYLES,
  BADGE_THEMES,
  badgeSvg,
  type Badge,
  type BadgeMetric,
  type BadgeStyle,
  type BadgeTheme,
} from './badge.ts';
export { botFilter } from './bots.ts';
export { calendar, localDate, monthsBefore, WEEK_STARTS, type Calendar } from './calendar.ts';
export {
  MAX_EVENT_AGE_MS,
  countryCode,
  describe,
  describeEvent,
  describeVisit,
  isEngagement,
  pageOfHit,
  type Caller,
  type Location,
  type DescribeContext,
  type CallerLocation,
} from './describe.ts';
export { BUILT_AT, requireClock } from './clock.ts';
export {
  DIMENSIONS,
  EVENT_DIMENSIONS,
  isTag,
  NO_VALUE,
  TAG_DIMENSIONS,
  VISIT_DIMENSIONS,
  LISTED_DIMENSIONS,
  OTHER,
  type Dimension,
  type VisitDimension,
  type Attributes,
  type EventAttributes,
} from './dimensions.ts';
export { FootfallError, HTTP_STATUS, storeUnavailable, type ErrorCode } from './errors.ts';
export {
  batchSchema,
  engagementEventSchema,
  EVENTS_PER_BATCH,
  eventSchema,
  hitSchema,
  refusedInput,
  sentenceOf,
  URL_CHARACTERS,
  viewEventSchema,
  VISITOR_ID_CHARACTERS,
  type Batch,
  type EngagementEvent,
  type Event,
  type Hit,
  visitSchema,
  type VisitHit,
} from './hit.ts';
export type { Device as DeviceName, System as SystemName } from './agent-names.ts';
export {
  conditionsOf,
  isNegative,
  lowerCase,
  meets,
  unknownOf,
  UNKNOWN_COUNTRY,
  type Condition,
} from './conditions.ts';
export { csvOf } from './csv.ts';
export {
  FILTER_KEYS,
  filterKey,
  filterOfKey,
  FILTERS,
  OPERATORS,
  type FilterInput,
  type FilterKey,
  type FilterName,
  type Operator,
} from './filters.ts';
export { forwardedFor } from './forwarded.ts';
export { pageMatcher } from './ignored-pages.ts';
export { timeOrderedId } from './id.ts';
export {
  addressReader,
  authorityOf,
  type AddressReader,
  type PageAddress,
  type ReferrerAddress,
} from './addresses.ts';
export {
  hash128,
  hash47,
  keysOf,
  visitorKeys,
  visitorOf,
  type VisitorKey,
  type Browser,
  type IdentityRules,
} from './identity.ts';
export { languageOf } from './language.ts';
export {
  LEDGER_INTERVALS,
  ledgerInputSchema,
  ledgerOf,
  ledgerQuery,
  type LedgerAnalytics,
  type LedgerInput,
  type LedgerQuery,
  type LedgerSums,
} from './ledger.ts';
export { nearestName } from './nearest.ts';
export { hostOf, NAMELESS, pageIdentifier, PAGE_BYTES, readPageUrl } from './page.ts';
export {
  combinationKey,
  listedAttributes,
  quotasOf,
  senderReader,
  type Quota,
  type Quotas,
} from './quota.ts';
export {
  REASONS,
  type Engagement,
  type Ignored,
  type Moment,
  type PageView,
  type Reason,
  type Registration,
  type CollectedEvent,
  type Salts,
  type Sender,
  type Visitor,
} from './events.ts';
export {
  overviewQuery,
  PERIODS,
  type Comparison,
  type OverviewPeriod,
  type OverviewQuery,
} from './overview.ts';
export { chartAncestors } from './framing.ts';
export { isUncountedPage } from './own-pages.ts';
export {
  isSettingName,
  isSettledByViews,
  SETTING_CHARACTERS,
  SETTING_NAMES,
  settingChangesSchema,
  withChanges,
  type SettingChanges,
  type SettingName,
  type SettingValues,
} from './settings.ts';
export { hostMatcher, siteHosts, type Site, type SiteHosts, type SiteSettings } from './site.ts';
export { campaignOf, tagsOf, type Campaign } from './campaign.ts';
export { CHANNELS, channelOf, channelOfStored, type Channel } from './channel.ts';
export { CLICK_IDS, type ClickId } from './click-ids.ts';
export { readReferrer, type Referrer } from './referrer.ts';
export { DIRECT, sourceAt, sourceLabel, sourceOf, type Source } from './source.ts';
export { SOURCES, type KnownSource, type SourceKind } from './sources.ts';
export { readHostList, spamFilter } from './spam.ts';
export { compareVersions, parseVersionTag, versionTag, type StoreVersion } from './store-version.ts';
export {
  standingSchema,
  statsSchema,
  sysStatsSchema,
  visitorStatsSchema,
  type LiveUpdate,
  type RecentView,
  type RecentViews,
  type Stats,
  type SysStats,
  type VisitorStats,
  type VisitsUpdate,
} from './stats.ts';
export {
  fold,
  isDeviceKey,
  planFold,
  smallerVisits,
  survivorOf,
  type Changes,
  type CountChange,
  type Counts,
  type Device,
  type FoldPlan,
  type FoldState,
  type HourChange,
  type PageLookup,
  type PlanState,
} from './fold.ts';
export {
  checkInputSchema,
  explain,
  explainInputSchema,
  verdictOn,
  type CheckInput,
  type ExplainInput,
  type Verdict,
} from './verdict.ts';
export {
  BOUNCE_MS,
  durationMs,
  isBounce,
  JOIN_EVENTS,
  merge,
  LONGEST_TIMEOUT_MINUTES,
  longestTimeout,
  SESSION_TIMEOUT_MINUTES,
  sessionize,
  timeoutAt,
  timeoutIn,
  visitOf,
  type Session,
  type SessionRules,
  type SessionTimeouts,
  type TimeoutChange,
  type StoredVisit,
  type Visit,
  type VisitEngagement,
  type VisitEvent,
  type VisitHour,
} from './visits.ts';
export {
  MOST_SHARES,
  readShareWish,
  SHARE_USED_EVERY_MS,
  shareIdSchema,
  shareSchema,
  type NewShare,
  type ShareWish,
} from './shares.ts';
export {
  MOST_SEGMENTS,
  renamedSegmentSchema,
  SEGMENT_CHARACTERS,
  segmentIdSchema,
  segmentSchema,
  type NewSegment,
  type Segment,
} from './segments.ts';
export { objection, objectionIn, objectionTo, type Objection } from './objection.ts';
export { englishOf, InvalidEntry, must, refused } from './refused.ts';
export { filtersSchema, storedFilters } from './stored-filters.ts';
export { plainText } from './text.ts';
