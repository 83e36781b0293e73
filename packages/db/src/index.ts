export type { Written } from './fold.ts';
export { migrate, MIGRATIONS } from './migrations.ts';
export type { Count, PageNumbers, TopPages } from './published.ts';
export {
  migrateConnection,
  openStore,
  type CommitReport,
  type Connection,
  type Store,
  type StoreOptions,
} from './store.ts';
