import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { makeTables } from './tables.ts';

const BUNDLE = fileURLToPath(new URL('../apps/api/dist/worker/', import.meta.url));
const FILES = fileURLToPath(new URL('../apps/web/build/workerd/files', import.meta.url));

/** A server on workerd, with the platform's cache and files. */
export interface Workerd {
  readonly url: string;
  /** Its log. */
  readonly logged: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts the Worker as it would be deployed, on a free port.
 * @param env its variables; it has no others
 * @param cf the platform's data of each request
 */
export async function startWorkerd(
  env: Readonly<Record<string, string>>,
  cf: Readonly<Record<string, unknown>> = { country: 'BD' },
): Promise<Workerd> {
  if (!existsSync(`${BUNDLE}worker.js`))
    throw new Error('The Worker is missing: run `pnpm build && pnpm worker`.');
  let logged = '';
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      handleStructuredLogs: ({ message }) => (logged += `${message}\n`),
      host: '127.0.0.1',
      port: 0,
      cf: { ...cf },
      modules: true,
      rootPath: BUNDLE,
      scriptPath: 'worker.js',
      compatibilityDate: '2026-11-01',
      compatibilityFlags: ['nodejs_compat'],
      bindings: { PUBLIC_URL: 'http://localhost:3000', ...env },
      assets: { directory: FILES, routerConfig: { has_user_worker: true } },
    }),
  );
  const { origin } = await miniflare.ready;
  return { url: origin, logged: () => logged, stop: () => miniflare.dispose() };
}

/** Makes the tables, then starts the Worker, like `npm run deploy`. */
export async function deployWorkerd(...given: Parameters<typeof startWorkerd>): Promise<Workerd> {
  await makeTables(given[0]);
  return startWorkerd(...given);
}
