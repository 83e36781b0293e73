export type { Context, Footfall } from './context.ts';
export {
  appRouter,
  CALLS_PER_BATCH,
  createCaller,
  rpcFailure,
  type AppRouter,
  type ServerCaller,
} from './router.ts';
export { count, countInputSchema, track, trackSilently, type Tracked } from './visitors.ts';
