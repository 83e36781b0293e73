/** `npm start`: from a bare clone to a running Footfall. */
import { run, step } from './run.ts';

await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
await step('pnpm', '--silent', 'build');
process.exitCode = await run('node', 'apps/api/src/node.ts');
