/** `npm start`: from a fresh clone to a running server. Prints only steps that take time. */
import { readFile } from 'node:fs/promises';
import { isAnswered } from '../apps/api/src/usage.ts';
import { ROOT, run, runQuietly, step } from './run.ts';

const USAGE = `npm start

Starts Footfall from a fresh clone: installs dependencies, builds the site, migrates the tables, then serves
site and API on one port. Steps that are up to date are skipped.

It is configured by environment variables (docs/configuration.md), such as
  PORT=8080 SITE_HOSTS=example.com npm start

npm start -- --help        shows this
npm start -- --version     shows the version`;

if (!isAnswered(process.argv.slice(2), USAGE)) {
  await install();
  await build();
  process.exitCode = await run('node', 'apps/api/src/node.ts');
}

async function install(): Promise<void> {
  const read = (file: string): Promise<string> => readFile(ROOT + file, 'utf8').catch(() => '');
  const [wanted, installed] = await Promise.all([
    read('pnpm-lock.yaml'),
    read('node_modules/.pnpm/lock.yaml'),
  ]);
  if (wanted !== installed) console.log('Installing dependencies …');
  await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
}

/** Turborepo prints a line for what it builds; the rest matters only if it fails. */
async function build(): Promise<void> {
  const turbo = [
    '--silent',
    'exec',
    'turbo',
    'run',
    'build',
    '--output-logs=new-only',
    '--log-order=grouped',
  ];
  let [output, isBuilding] = ['', false];
  const code = await runQuietly(['pnpm', ...turbo], (text) => {
    output += text;
    if (isBuilding || !output.includes('cache miss')) return;
    isBuilding = true;
    console.log('Building …');
  });
  if (code === 0) return;
  console.error(output);
  process.exit(code);
}
