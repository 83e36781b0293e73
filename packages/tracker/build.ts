/** Builds `dist/footfall.js`, the script that website owners put on their pages, and fails where it weighs too much. */
import { mkdir, writeFile } from 'node:fs/promises';
import { brotliCompressSync, constants } from 'node:zlib';
import { rolldown } from 'rolldown';

/** The most that a visitor's page pays for the tracker, in bytes after brotli (DESIGN, Promise 7). */
export const BUDGET_BYTES = 1024;

/** Bundles the tracker into one classic script. */
export async function bundle(): Promise<string> {
  await using build = await rolldown({
    input: `${import.meta.dirname}/src/footfall.ts`,
    platform: 'browser',
    tsconfig: `${import.meta.dirname}/tsconfig.json`,
    transform: { target: 'es2019' },
    // Of core only what is used here: not the schema that its index also exports.
    treeshake: { moduleSideEffects: false },
  });
  const { output } = await build.generate({ format: 'iife', minify: true, comments: false });
  return output[0].code;
}

/**
 * The size of a script after brotli at its best, in bytes.
 * @throws where it is above the budget.
 */
export function weigh(script: string, budget = BUDGET_BYTES): number {
  const bytes = brotliCompressSync(script, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  if (bytes > budget) throw new Error(`footfall.js is ${bytes} bytes after brotli; its budget is ${budget}.`);
  return bytes;
}

if (import.meta.main) {
  const script = await bundle();
  const bytes = weigh(script);
  await mkdir(`${import.meta.dirname}/dist`, { recursive: true });
  await writeFile(`${import.meta.dirname}/dist/footfall.js`, script);
  console.log(`footfall.js: ${script.length} bytes, ${bytes} after brotli (budget ${BUDGET_BYTES})`);
}
