/** `npm run bench`: measures Footfall against bare servers and prints a table. */
import { run, step } from './run.ts';

await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
await step('pnpm', '--silent', 'build');
process.exitCode = await run('node', 'apps/api/bench/run.ts', ...process.argv.slice(2));
