import { VERSION } from './version.ts';

/**
 * Handles `--help` and `--version`.
 * @returns whether one of them was given: then there is nothing else to do
 */
export function answersHelp(args: readonly string[], usage: string): boolean {
  if (args.includes('--help') || args.includes('-h')) console.log(usage);
  else if (args.includes('--version')) console.log(VERSION);
  else return false;
  return true;
}

/**
 * The same for a program without other arguments: any other is refused.
 * @returns whether there is nothing else to do; the exit code is set
 */
export function isAnswered(args: readonly string[], usage: string): boolean {
  if (answersHelp(args, usage)) return true;
  const [first] = args;
  if (first === undefined) return false;
  console.error(`"${first}" is unknown.\n\n${usage}`);
  process.exitCode = 2;
  return true;
}
