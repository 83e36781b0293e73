/** `npm test`: everything from a fresh clone. Ends with `N passed, N failed`. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { answersHelp } from '../apps/api/src/usage.ts';
import { SHELL, systemChromium, wholeChromium } from '../e2e/chromium.ts';
import { run } from './run.ts';

const USAGE = `npm test

Runs everything from a fresh clone: tools, browser, dependencies, types, lint, unit and integration tests, end to end
tests. Ends with "N passed, N failed".

  npm run test:long    also what takes longer: thousands of property runs, hundreds of kills, much data

  --help, -h     shows this
  --version      shows the version`;

if (answersHelp(process.argv.slice(2), USAGE)) process.exit();

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs: readonly {
    readonly title: string;
    readonly file: string;
    readonly tests: readonly {
      readonly projectName: string;
      readonly status: string;
      readonly results: readonly { readonly errors: readonly { readonly message?: string }[] }[];
    }[];
  }[];
}

interface PlaywrightReport {
  readonly stats: { readonly expected: number; readonly unexpected: number; readonly flaky: number };
  readonly errors: readonly { readonly message?: string }[];
  readonly suites: readonly PlaywrightSuite[];
}

const isLong = process.argv.includes('--long');
const reports = await mkdtemp(join(tmpdir(), 'footfall-reports-'));
const failures: string[] = []; // said again at the end: a log is often cut before it
let passed = 0;
let failed = 0;

try {
  await browser();
  await must('pnpm', 'install', '--frozen-lockfile', '--reporter=append-only');
  await must('pnpm', 'check'); // also builds its dependencies
  await must('pnpm', 'build');
  await must('pnpm', '--silent', 'worker');
  await unitAndIntegration();
  await endToEnd();
} catch (error) {
  failed += 1;
  console.error(error instanceof Error ? error.message : error);
} finally {
  await rm(reports, { recursive: true, force: true });
  for (const failure of failures) console.log(`\nfailed: ${failure}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

/** The system's Chromium, installed if possible: Playwright's own is not available everywhere. */
async function browser(): Promise<void> {
  if (process.env['PLAYWRIGHT_CHROMIUM_PATH'] !== undefined) return;
  const isComplete = existsSync(SHELL) && wholeChromium() !== undefined;
  if (!isComplete && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends'] as const;
    await run('apt-get', 'update', '-qq');
    if (wholeChromium() === undefined) await must(...install, 'chromium');
    await run(...install, 'chromium-headless-shell'); // not every system has it, and the other one does the same
  }
  if (systemChromium() === undefined)
    console.log('No Chromium found: install it, or set PLAYWRIGHT_CHROMIUM_PATH.');
}

/** A step without which the tests are meaningless. */
async function must(command: string, ...args: string[]): Promise<void> {
  if ((await run(command, ...args)) === 0) return;
  throw new Error(`${[command, ...args].join(' ')} failed`);
}

async function unitAndIntegration(): Promise<void> {
  const file = join(reports, 'vitest.json');
  process.env['FOOTFALL_LONG'] = isLong ? '1' : '0';
  const code = await run(
    'pnpm',
    'exec',
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${file}`,
  );
  const report = JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  // A file that failed to load, or an error outside of tests.
  if (code !== 0 && report.numFailedTests === 0) {
    failed += Math.max(1, report.numFailedTestSuites);
    failures.push('Vitest, outside of its tests: see "Unhandled Errors" or "Failed Suites" above');
  }
  for (const { name, status, message, assertionResults } of report.testResults) {
    const bad = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, failureMessages } of bad)
      note(`${relative('.', name)} › ${fullName}`, failureMessages?.[0]);
    if (status === 'failed' && bad.length === 0) note(relative('.', name), message);
  }
}

/** Keeps a failed test for the end: its name, and the first lines of what it said. */
function note(name: string, message = ''): void {
  const lines = stripVTControlCharacters(message).split('\n', 12);
  failures.push([name, ...lines].join('\n  '));
}

async function endToEnd(): Promise<void> {
  const file = join(reports, 'playwright.json');
  process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] = file;
  const code = await run('pnpm', '--dir', 'e2e', 'exec', 'playwright', 'test', '--reporter=list,json');
  const { stats, errors, suites } = JSON.parse(await readFile(file, 'utf8')) as PlaywrightReport;
  passed += stats.expected;
  failed += stats.unexpected + stats.flaky;
  if (code !== 0 && stats.unexpected + stats.flaky === 0) failed += Math.max(1, errors.length);
  for (const { message } of errors) note('Playwright, outside of its tests', message);
  for (const suite of suites) noteUnexpected(suite);
}

function noteUnexpected(suite: PlaywrightSuite): void {
  for (const { title, file, tests } of suite.specs) {
    for (const { projectName, status, results } of tests) {
      if (status === 'expected' || status === 'skipped') continue;
      note(`[${projectName}] ${file} › ${title}`, results[0]?.errors[0]?.message);
    }
  }
  for (const inner of suite.suites ?? []) noteUnexpected(inner);
}
