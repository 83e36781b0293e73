/** Builds `dist`: the scripts that website owners put on their pages. Fails where one weighs too much. */
import { mkdir, writeFile } from 'node:fs/promises';
import { brotliCompressSync, constants } from 'node:zlib';
import { rolldown } from 'rolldown';

/** What a page loads. */
export interface Script {
  /** Its file, and its source's. */
  readonly name: 'footfall' | 'live';
  /** A classic script, or a module that exports something. */
  readonly format: 'iife' | 'es';
  /** The most that a visitor's page pays for it, in bytes after brotli (DESIGN, Promise 7). */
  readonly budget: number;
}

export const TRACKER: Script = { name: 'footfall', format: 'iife', budget: 1024 };
export const LIVE: Script = { name: 'live', format: 'es', budget: 1280 };

/** Bundles one of them. */
export async function bundle({ name, format }: Script): Promise<string> {
  await using build = await rolldown({
    input: `${import.meta.dirname}/src/${name}.ts`,
    platform: 'browser',
    tsconfig: `${import.meta.dirname}/tsconfig.json`,
    transform: { target: 'es2019' },
    // Of core only what is used here: not the schema that its index also exports.
    treeshake: { moduleSideEffects: false },
  });
  const { output } = await build.generate({ format, minify: true, comments: false });
  return output[0].code;
}

/**
 * The size of a script after brotli at its best, in bytes.
 * @throws where it is above the budget.
 */
export function weigh(code: string, { name, budget }: Pick<Script, 'name' | 'budget'>): number {
  const bytes = brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  if (bytes > budget) throw new Error(`${name}.js is ${bytes} bytes after brotli; its budget is ${budget}.`);
  return bytes;
}

if (import.meta.main) {
  await mkdir(`${import.meta.dirname}/dist`, { recursive: true });
  for (const script of [TRACKER, LIVE]) {
    const code = await bundle(script);
    const bytes = weigh(code, script);
    await writeFile(`${import.meta.dirname}/dist/${script.name}.js`, code);
    console.log(`${script.name}.js: ${code.length} bytes, ${bytes} after brotli (budget ${script.budget})`);
  }
}
