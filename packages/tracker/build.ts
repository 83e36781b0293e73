/** Builds `dist`: the scripts that website owners put on their pages. Fails where one is too large. */
import { mkdir, writeFile } from 'node:fs/promises';
import { brotliCompressSync, constants } from 'node:zlib';
import { rolldown } from 'rolldown';

/** A script that a page loads. */
export interface Script {
  /** The name of its file and of its source. */
  readonly name: 'footfall' | 'footfall-more' | 'live' | 'widget' | 'widget-strip';
  /** A classic script, or a module that exports something. */
  readonly format: 'iife' | 'es';
  /** The maximum size in bytes after brotli (docs/design.md, Promises). */
  readonly budget: number;
  /** The syntax it is compiled to. The widget needs constructable style sheets, which are of 2023. */
  readonly target: 'es2019' | 'es2022';
}

export const TRACKER: Script = { name: 'footfall', format: 'iife', budget: 1024, target: 'es2019' };
/** Loaded when the page is idle. */
export const MORE: Script = { name: 'footfall-more', format: 'iife', budget: 3200, target: 'es2019' };
export const LIVE: Script = { name: 'live', format: 'es', budget: 1280, target: 'es2019' };
export const WIDGET: Script = { name: 'widget', format: 'es', budget: 3992, target: 'es2022' };
/** Loaded by the widget for `position="fixed-bottom"`. */
export const STRIP: Script = { name: 'widget-strip', format: 'es', budget: 1024, target: 'es2022' };

/**
 * The short names of the properties that the tracker's two scripts share (`Tracker` in `src/footfall.ts`). They are fixed, because
 * a browser may have one of the scripts from before an update; and chosen so that the first is small after brotli.
 */
const SHARED_NAMES: Readonly<Record<string, string>> = {
  calls: 'i',
  attributes: 'C',
  api: 'o',
  home: 'n',
  visitor: 'u',
  sent: 't',
  pageAddress: 'c',
  lastAddress: 'e',
  report: 'l',
  moved: 'a',
  begin: 'f',
};

const SHARED = new RegExp(`^(${Object.keys(SHARED_NAMES).join('|')})$`);

/** Bundles one of them. */
export async function bundle({ name, format, target }: Script): Promise<string> {
  await using build = await rolldown({
    input: `${import.meta.dirname}/src/${name}.ts`,
    platform: 'browser',
    tsconfig: `${import.meta.dirname}/tsconfig.json`,
    transform: { target },
    // Leaves out what is not used of core, such as its schemas.
    treeshake: { moduleSideEffects: false },
    optimization: { inlineConst: true },
    plugins: [{ name: 'style', transform: { filter: { id: /-style\.ts$/ }, handler: withoutSpaces } }],
  });
  const { output } = await build.generate({
    format,
    minify: {
      compress: true,
      mangle: true,
      codegen: true,
      ...(format === 'iife' && { mangleProps: { include: SHARED, cache: { ...SHARED_NAMES } } }),
    },
    comments: false,
  });
  return output[0].code;
}

/** A style sheet without the white space that only people need. */
function withoutSpaces(code: string): string {
  return code
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/: /g, ':')
    .replaceAll(';}', '}');
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
  for (const script of [TRACKER, MORE, LIVE, WIDGET, STRIP]) {
    const code = await bundle(script);
    const bytes = weigh(code, script);
    await writeFile(`${import.meta.dirname}/dist/${script.name}.js`, code);
    console.log(`${script.name}.js: ${code.length} bytes, ${bytes} after brotli (budget ${script.budget})`);
  }
}
