/** `pnpm worker`: builds the Worker as `wrangler deploy` would upload it, and fails if it would not run or is too large. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const OUT = 'dist/worker';

/** Maximum size after gzip, in bytes. */
const MAX_BYTES = 500_000;

/** What workerd brings itself and the Worker uses. Of Node's other modules workerd has some only in name. */
const PROVIDED = ['cloudflare:workers', 'node:async_hooks', 'node:crypto', 'node:net', 'node:url'];

/** The country data and its reader: larger than a Worker may be, and a Worker reads no files. */
const EXCLUDED = /mmdb/;

/** The part of esbuild's metafile that is used here. */
interface Metafile {
  readonly inputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string }[] }>>;
  readonly outputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string }[] }>>;
}

await rm(OUT, { recursive: true, force: true });
const wrangler = spawn('wrangler', ['deploy', '--dry-run', '--outdir', OUT, '--metafile'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' },
});
const [code] = (await once(wrangler, 'exit')) as [number | null];
if (code !== 0) process.exit(code ?? 1);

const { inputs, outputs } = JSON.parse(await readFile(`${OUT}/bundle-meta.json`, 'utf8')) as Metafile;
const imported = new Set(Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path)));
const problems = [...imported]
  .filter((name) => !PROVIDED.includes(name))
  .map((name) => {
    const by = Object.keys(inputs).filter((file) => inputs[file]?.imports.some(({ path }) => path === name));
    return `${name} is not available in workerd; it is imported by ${by.join(', ')}`;
  });
for (const file of Object.keys(inputs)) {
  if (EXCLUDED.test(file)) problems.push(`${file} must not be in a Worker: the platform reports locations`);
}
const size = gzipSync(await readFile(`${OUT}/worker.js`)).length;
if (size > MAX_BYTES) problems.push(`the Worker has ${size} bytes after gzip, more than ${MAX_BYTES}`);
console.log(`the Worker: ${size} bytes after gzip (at most ${MAX_BYTES}), with ${[...imported].join(', ')}`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
