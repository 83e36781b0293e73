export type {
  KeyListed,
  OwnerAccount,
  OwnerFactor,
  OwnerKeys,
  OwnerSession,
  PasswordChange,
  SessionListed,
} from './account.ts';
export type { SignedIn, SignInClient } from './sign-in.ts';
export { trackBatch, type TrackedBatch } from './batch.ts';
export type { Context, AppContext, Follow, Live, EventContext, OwnerProof } from './context.ts';
export {
  appRouter,
  CALLS_PER_BATCH,
  createCaller,
  isOwnersProcedure,
  procedureGuards,
  rpcFailure,
  type AppRouter,
  type ServerCaller,
} from './router.ts';
export {
  badgeInputSchema,
  count,
  countInputSchema,
  register,
  track,
  trackSilently,
  type Registered,
  type Tracked,
} from './visitors.ts';
export type { Health, OwnerSettings, Setting } from './owner-settings.ts';
export type { MadeShare, OwnerShares, ShareListed } from './owner-shares.ts';
export type { SettingsPreview, SettingsRead } from './settings.ts';
export {
  sharedReads,
  type AnalyticsReads,
  type OpenedShare,
  type SharedReads,
  type Shares,
  type ShownAnalytics,
} from './shares.ts';
export type { OwnerPasskeys, PasskeyCreation, PasskeyListed, PasskeyRequest } from './passkeys.ts';
export type { SampleData, SampleState } from './sample.ts';
export { importDeskOf } from './imports.ts';
export type { ImportDesk, ImportPiece, ImportStatus, ImportSummary } from './import-desk.ts';
export { MOST_STARTING, setStartingNumber } from './starting-numbers.ts';
export { saltHolder, type SaltHolderOptions } from './salts.ts';
export {
  analytics,
  analyticsList,
  arrivals,
  liveUpdate,
  overview,
  stats,
  sysStats,
  visitorStats,
  visitsUpdate,
  type Arrivals,
  type Overview,
  type OverviewList,
  type Period,
} from './stats.ts';
