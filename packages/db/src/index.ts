export type { Connection, Reader } from './connection/contract.ts';
export type { FoldReport } from './fold/schedule.ts';
export type { Written } from './log/append.ts';
export { requireIntact, requireKnownTables, requireWritable } from './condition.ts';
export { explain } from './explain.ts';
export type { Forgotten } from './forget.ts';
export { readLedger, type Ledger, type NotCounted } from './ledger.ts';
export { migrate, MIGRATIONS } from './migrations.ts';
export type { Count, PageNumbers, TopPages } from './published.ts';
export {
  migrateConnection,
  openStore,
  type CommitReport,
  type DatabaseEvent,
  type Overview,
  type Store,
  type StoreOptions,
} from './store.ts';
export type { StoredSalts } from './salts.ts';
export type { Summary } from './summary.ts';
export { repair, verify, type Difference } from './verify.ts';
