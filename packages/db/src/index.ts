export type { Connection, Reader } from './connection/contract.ts';
export type { FoldReport } from './fold/schedule.ts';
export type { Written } from './log/append.ts';
export { requireIntact, requireKnownTables, requireWritable } from './keep/condition.ts';
export { explain } from './keep/explain.ts';
export type { Forgotten } from './keep/forget.ts';
export { readLedger, type Ledger, type NotCounted } from './log/ledger.ts';
export { migrate, MIGRATIONS } from './keep/migrations.ts';
export type { Count, PageNumbers, TopPages } from './read/published.ts';
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
export type { Summary } from './read/summary.ts';
export { repair, verify, type Difference } from './keep/verify.ts';
