/**
 * `npm run deploy`: migrates the store's tables, then uploads the Worker with the variables of this environment.
 * Arguments after `--` are passed to `wrangler deploy`; with `--dry-run` nothing is changed.
 */
import { fileURLToPath } from 'node:url';
import { answersHelp } from '../apps/api/src/usage.ts';
import { makeEdgeFiles } from './edge-files.ts';
import { run, step } from './run.ts';

const USAGE = `npm run deploy [-- options of wrangler deploy]

Migrates the store's tables, then uploads the Worker with the variables of this environment. PUBLIC_URL,
DATABASE_URL and DATABASE_AUTH_TOKEN must be set; the token, passwords and keys of the Worker are set with
"wrangler secret put".

  npm run deploy -- --dry-run    changes nothing

  --help, -h     shows this
  --version      shows the version`;

if (answersHelp(process.argv.slice(2), USAGE)) process.exit();

/** Variables of a Worker. Token, password and keys are secrets and are set with `wrangler secret put`. */
const VARIABLES = [
  'PUBLIC_URL',
  'DATABASE_URL',
  'SITE_HOSTS',
  'MERGE_HOSTS',
  'COUNT_OWN_PAGES',
  'KEEP_PARAMETERS',
  'IGNORED_PAGES',
  'IGNORED_ADDRESSES',
  'SCRIPT_NAME',
  'SITE_TIME_ZONE',
  'WEEK_START',
  'SESSION_TIMEOUT_MINUTES',
  'IDENTITY',
  'ANONYMIZE_IP',
  'NEW_PAGES_PER_HOUR',
  'RETENTION_MONTHS',
  'AUTOMATIC_ANNOTATIONS',
  'TRACKING_ENABLED',
  'COUNT_BOTS',
  'RESPECT_DNT',
  'REQUIRE_CONSENT',
  'STATS_PUBLIC',
  'SITE_NAME',
  'CACHE_STRATEGY',
  'CDN_ENABLED',
];

const args = process.argv.slice(2);
const variables = VARIABLES.flatMap((name) => {
  const value = process.env[name] ?? '';
  return value === '' ? [] : ['--var', `${name}:${value}`];
});

await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
await step('pnpm', '--silent', 'build');
await step('pnpm', '--silent', 'worker');
const files = fileURLToPath(new URL('../apps/web/build/workerd/files', import.meta.url));
const uploaded = fileURLToPath(new URL('../apps/web/build/workerd/uploaded', import.meta.url));
await makeEdgeFiles(files, uploaded, {
  publicUrl: (process.env['PUBLIC_URL'] || 'http://localhost').replace(/\/+$/, ''),
  scriptName: process.env['SCRIPT_NAME'] || 'footfall',
  statsPublic: process.env['STATS_PUBLIC'] !== 'false',
});
if (!args.includes('--dry-run')) {
  for (const name of ['PUBLIC_URL', 'DATABASE_URL', 'DATABASE_AUTH_TOKEN']) {
    if ((process.env[name] ?? '') !== '') continue;
    console.error(`${name} must be set, for the Worker and for the migration of the tables.`);
    process.exit(1);
  }
  await step('node', 'apps/api/src/cli.ts', 'migrate');
}
process.exitCode = await run(
  'pnpm',
  '--dir',
  'apps/api',
  'exec',
  'wrangler',
  'deploy',
  '--assets',
  uploaded,
  ...variables,
  ...args,
);
