/**
 * `pnpm schemathesis [seconds]`: compares the server's responses with the OpenAPI document, with valid and invalid
 * data (schemathesis.readthedocs.io). Needs `python3` with `venv`; installs into a temporary folder. It is not part
 * of `npm test`: it comes from another registry and takes minutes.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answersHelp } from '../apps/api/src/usage.ts';
import { startServer } from '../e2e/server.ts';

const USAGE = `pnpm schemathesis [seconds [options of schemathesis]]

Sends valid and invalid requests to its own server, and compares the responses with the OpenAPI document. Installs
schemathesis into a temporary folder, which needs python3 and a network. Takes three minutes by default.

  --help, -h     shows this
  --version      shows the version`;

if (answersHelp(process.argv.slice(2), USAGE)) process.exit();

/** Three minutes by default. */
const SECONDS = Number(process.argv[2] ?? 180);

/** Additional time for start and end, in milliseconds. */
const MARGIN_MS = 120_000;

const VERSION = '4.32.5';

const VALID = ['2xx', '3xx', '401', '403', '404', '409', '429', '5xx'];
const INVALID = ['400', '401', '403', '404', '405', '406', '409', '415', '422', '428', '429', '5xx'];

/** Constraints that JSON Schema cannot express and schemathesis therefore does not know. */
const CONFIGURATION = `
[generation]
database = "none"

# A body of valid fields may be over 8 KiB in all, and an invalid one is refused for its size before it is read.
[checks.positive_data_acceptance]
expected-statuses = ${JSON.stringify([...VALID, '413'])}
[checks.negative_data_rejection]
expected-statuses = ${JSON.stringify([...INVALID, '413'])}

# An invalid event is answered with its reason, and the others of its batch are counted.
[[operations]]
include-operation-id = "trackBatch"
checks.negative_data_rejection.expected-statuses = ${JSON.stringify([...INVALID, '413', '200'])}

# A page has views, but no visitors of its own: with another metric it is refused.
[[operations]]
include-operation-id = "badge"
checks.positive_data_acceptance.expected-statuses = ${JSON.stringify([...VALID, '413', '400'])}

# A range must end after it begins, and have at most 2,000 intervals.
[[operations]]
include-operation-id = ["analyticsVisitors", "analyticsList"]
checks.positive_data_acceptance.expected-statuses = ${JSON.stringify([...VALID, '413', '400'])}

# A name must show something, a last day must not be over, and a site must be one.
[[operations]]
include-operation-id = "sharesMake"
checks.positive_data_acceptance.expected-statuses = ${JSON.stringify([...VALID, '413', '400'])}
`;

if (!Number.isInteger(SECONDS) || SECONDS < 1)
  throw new Error('Specify the number of seconds: pnpm schemathesis 180');

const folder = await mkdtemp(join(tmpdir(), 'footfall-schemathesis-'));
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    stop.abort(new Error(`Stopped by ${signal}.`));
  });
}

try {
  await must('python3', '-m', 'venv', folder);
  await must(
    join(folder, 'bin/pip'),
    'install',
    '--quiet',
    '--disable-pip-version-check',
    `schemathesis==${VERSION}`,
  );
  await writeFile(join(folder, 'schemathesis.toml'), CONFIGURATION);
  const key = randomBytes(24).toString('base64url');
  await using server = await startServer({
    env: { COUNT_BOTS: 'true', API_KEYS: key, WRITE_KEYS: key, LOG_LEVEL: 'error' },
  });
  const code = await run(join(folder, 'bin/schemathesis'), [
    'run',
    `${server.url}/api/openapi.json`,
    `--url=${server.url}`,
    `--header=Authorization: Bearer ${key}`,
    `--max-time=${SECONDS}`,
    '--mode=all',
    '--checks=all',
    '--continue-on-failure',
    '--no-color',
    ...process.argv.slice(3),
  ]);
  process.stdout.write(server.stdout() + server.stderr());
  process.exitCode = code;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function must(command: string, ...args: string[]): Promise<void> {
  if ((await run(command, args)) !== 0) throw new Error(`${[command, ...args].join(' ')} failed.`);
}

/** Runs a command in the temporary folder; one that exceeds its time is killed. */
function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, {
    cwd: folder,
    stdio: 'inherit',
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(SECONDS * 1_000 + MARGIN_MS)]),
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(stop.signal.aborted ? (stop.signal.reason as Error) : error);
    });
    child.on('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}
