import { spawn, type ChildProcess } from 'node:child_process';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** The root of the project. */
export const ROOT = new URL('..', import.meta.url).pathname;

/**
 * Runs a command in the project's root with this process's input and output, and forwards signals to it.
 * @returns its exit code; 1 if a signal ended it
 */
export function run(command: string, ...args: string[]): Promise<number> {
  return ended(spawn(command, args, { stdio: 'inherit', cwd: ROOT }));
}

/**
 * The same, with the output passed to a function.
 * @param onOutput called with each chunk
 */
export function runQuietly(
  commandLine: readonly string[],
  onOutput: (text: string) => void,
): Promise<number> {
  const [command = '', ...args] = commandLine;
  const child = spawn(command, args, { stdio: ['inherit', 'pipe', 'pipe'], cwd: ROOT });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onOutput);
  return ended(child);
}

/** Forwards signals to a process until it has ended. */
function ended(child: ChildProcess): Promise<number> {
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      for (const signal of SIGNALS) process.off(signal, pass);
      resolve(code ?? 1);
    });
  });
}

/** The same for a required step: its failure ends this process. */
export async function step(command: string, ...args: string[]): Promise<void> {
  const code = await run(command, ...args);
  if (code !== 0) process.exit(code);
}
