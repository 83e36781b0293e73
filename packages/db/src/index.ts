export { migrate, MIGRATIONS } from './migrations.ts';
export type { Count, TopPages } from './numbers.ts';
export {
  migrateConnection,
  openStore,
  type CommitReport,
  type Connection,
  type Store,
  type StoreOptions,
  type Written,
} from './store.ts';
