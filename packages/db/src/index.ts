export type { Connection, ReadConnection } from './connection/contract.ts';
export type { FoldReport } from './fold/schedule.ts';
export { Mutex } from './log/mutex.ts';
export type { Written } from './log/append.ts';
export { requireIntact, requireKnownTables, requireWritable } from './keep/condition.ts';
export { explain } from './keep/explain.ts';
export type { During, Forgotten } from './keep/forget-visitors.ts';
export { readLedger, type Ledger, type NotCounted } from './log/ledger.ts';
export type { KeyStore, StoredKey } from './keep/api-keys.ts';
export {
  exportStore,
  readFolded,
  type Cell,
  type ExportedTable,
  type ExportRange,
  type StoreExport,
  type TableName,
} from './keep/export.ts';
export type {
  ImportFile,
  ImportProgress,
  ImportReport,
  ImportRequest,
  ImportStore,
  OlderRows,
  SkippedRows,
  StoredImport,
} from './keep/import.ts';
export {
  readStartingNumbers,
  type StartingCount,
  type StartingNumberStore,
} from './keep/starting-numbers.ts';
export { migrate, MIGRATIONS } from './keep/migrations.ts';
export type { AnnotationStore } from './keep/annotations.ts';
export type { SegmentStore, StoredSegment } from './keep/segments.ts';
export type { ShareStore, StoredShare } from './keep/shares.ts';
export type { OwnerStore, StoredSession } from './keep/owner.ts';
export type { PasskeyStore, StoredPasskey } from './keep/passkeys.ts';
export type { FactorStore, PendingSignIn, StoredFactor } from './keep/second-factor.ts';
export { readSettings, type SettingsStore, type StoredSettings } from './keep/settings.ts';
export type { Count, PageAndTotal, TopPages } from './read/count.ts';
export {
  migrateConnection,
  openStore,
  type CommitReport,
  type DatabaseEvent,
  type Overview,
  type Store,
  type StoreOptions,
} from './store.ts';
export type { StoredSalts } from './log/salts.ts';
export type { StatsSnapshot } from './read/stats.ts';
export { repair, verify, type Difference } from './keep/verify.ts';
