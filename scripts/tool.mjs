// `node scripts/tool.mjs <command> [arguments]`: runs a command with Node 24 and pnpm 12 on its PATH, on any Node >= 20.
// What the machine has is used when it is new enough; else both come from npm (and stay in its cache).
// The one file that is no TypeScript: it is what brings a Node that reads TypeScript.
import { execFileSync, spawn, spawnSync } from 'node:child_process';

const NODE = { major: 24, from: 'node@24.21.0' };
const PNPM = { major: 12, from: 'pnpm@12.21.0' };

function isNewEnough(command, { major }) {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return status === 0 && Number.parseInt(stdout.replace('v', ''), 10) >= major;
}

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' };
if (!isNewEnough('node', NODE) || !isNewEnough('pnpm', PNPM)) {
  console.log('Fetching Node 24 and pnpm (once) …');
  const told = execFileSync(
    'npx',
    ['--yes', '--loglevel=error', '-p', NODE.from, '-p', PNPM.from, '-c', 'node -p process.env.PATH'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  env.PATH = told.trim().split('\n').at(-1);
}

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: 'inherit', env });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
