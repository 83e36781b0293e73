/** `npm run bench`: measures Footfall against bare servers and prints a table. */
import { answersHelp } from '../apps/api/src/usage.ts';
import { run, step } from './run.ts';

const USAGE = `npm run bench [-- what]

Measures Footfall and a bare node:http server in the same run and prints a table. The ratios can be compared between
machines, the times cannot.

  npm run bench                       everything but what follows
  npm run bench -- sqld               only the rows with that word
  npm run bench -- page               the cost for a visitor's browser
  npm run bench -- blocked            the same for a page from which Footfall is blocked
  npm run bench -- history 5000000    a long history, with that number of page views; takes some minutes
  npm run bench -- live 10000         with that number of live connections
  npm run bench -- attack [name]      what one hostile sender does to the others

  --help, -h     shows this
  --version      shows the version`;

if (answersHelp(process.argv.slice(2), USAGE)) process.exit();

await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
await step('pnpm', '--silent', 'build');
process.exitCode = await run('node', 'apps/api/bench/run.ts', ...process.argv.slice(2));
