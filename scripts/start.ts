/** `npm start`: from a bare clone to a running Footfall. Says only what takes time. */
import { readFile } from 'node:fs/promises';
import { isAnswered } from '../apps/api/src/usage.ts';
import { ROOT, run, runQuietly, step } from './run.ts';

const USAGE = `npm start

Starts Footfall from a bare clone: installs what it needs, builds the site, brings the tables up to date, then serves
site and API on one port. What is installed and built already is not done again.

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
  if (wanted !== installed) console.log('Installing what Footfall needs …');
  await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
}

/** Turborepo says in a line what it has not built before; the rest is of interest only where it fails. */
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
