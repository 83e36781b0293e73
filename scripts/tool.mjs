// `node scripts/tool.mjs <command> [arguments]`: runs a command with Node 24 and pnpm 12 on its PATH, on any Node >= 20.
// Uses this machine's versions if they are new enough; otherwise both come from npm (and stay in its cache).
// The only file that is not TypeScript: it provides the Node that runs TypeScript.
import { execFileSync, spawn, spawnSync } from 'node:child_process';

const NODE = { major: 24, from: 'node@24.21.0' };
const PNPM = { major: 12, from: 'pnpm@12.21.0' };

function isNewEnough(command, { major }) {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return status === 0 && Number.parseInt(stdout.replace('v', ''), 10) >= major;
}

/** The PATH with both on it, from npm's cache if they are there. */
function fetchedPath() {
  try {
    return pathOf(['--offline', '--loglevel=silent'], 'ignore');
  } catch {
    console.log('Fetching Node 24 and pnpm (once) …');
    return pathOf(['--loglevel=error'], 'inherit');
  }
}

function pathOf(options, stderr) {
  const command = ['--yes', ...options, '-p', NODE.from, '-p', PNPM.from, '-c', 'node -p process.env.PATH'];
  const output = execFileSync('npx', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', stderr] });
  return output.trim().split('\n').at(-1);
}

const USAGE = `node scripts/tool.mjs <command> [arguments]

Runs a command with Node 24 and pnpm 12 on its PATH, on any Node from 20 on. This machine's versions are used if they
are new enough; otherwise both are fetched from npm, once.`;

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' };
const [command, ...args] = process.argv.slice(2);
if (command === undefined || command === '--help' || command === '-h') {
  console.log(USAGE);
  process.exit();
}
if (!isNewEnough('node', NODE) || !isNewEnough('pnpm', PNPM)) env.PATH = fetchedPath();

const child = spawn(command, args, { stdio: 'inherit', env });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
