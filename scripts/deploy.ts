/** `npm run deploy`: builds and checks the Worker, and hands it to `wrangler deploy` with whatever arguments are given. */
import { run, step } from './run.ts';

await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
await step('pnpm', '--silent', 'build');
await step('pnpm', '--silent', 'worker');
process.exitCode = await run(
  'pnpm',
  '--dir',
  'apps/api',
  'exec',
  'wrangler',
  'deploy',
  ...process.argv.slice(2),
);
