/** `npm start`: from a bare clone to a running Footfall. */
import { run, step } from './run.ts';

console.log('Installing what Footfall needs …');
await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
console.log('Building …');
await step(
  'pnpm',
  '--silent',
  'exec',
  'turbo',
  'run',
  'build',
  '--output-logs=errors-only',
  '--log-order=grouped',
);
process.exitCode = await run('node', 'apps/api/src/node.ts');
