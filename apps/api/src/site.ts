import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SiteContext } from './assemble.ts';
import { ConfigError, configureSite } from './config.ts';
import type { Metrics } from './metrics.ts';
import { scriptServer } from './scripts.ts';
import type { Site } from './server.ts';

/** Makes the handler of everything but the API. */
export type MakeSite = (context: SiteContext, metrics: Metrics) => Site | Promise<Site>;

const BUILT = new URL('../../web/build/handler.js', import.meta.url);

/** The folder of prerendered files. */
const PRERENDERED = new URL('prerendered/', BUILT);

/** The headers of the files that pages of other sites load. */
const SCRIPT_HEADERS = new URL('script-headers.json', BUILT);

/** SvelteKit's handler, built by `pnpm build`. */
export const builtSite: MakeSite = async (context, metrics) => {
  if (!existsSync(BUILT)) throw new ConfigError('The site is not built yet: run `pnpm build` first.');
  configureSite();
  const { handler } = (await import(BUILT.href)) as {
    handler: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  };
  const scripts = new Map(
    Object.entries(
      JSON.parse(await readFile(SCRIPT_HEADERS, 'utf8')) as Record<string, Record<string, string>>,
    ).map(([path, headers]) => [path, new Map(Object.entries(headers))]),
  );
  const { footfallPublicUrl: publicUrl, footfallScriptName: scriptName } = context;
  const { statsPublic } = context.footfallSettings;
  const serveScript = await scriptServer(PRERENDERED, { publicUrl, scriptName, statsPublic });
  for (const kind of ['', '-more']) {
    const headers = scripts.get(`/footfall${kind}.js`);
    if (headers !== undefined) scripts.set(`/${scriptName}${kind}.js`, headers);
  }
  const { protocol, host } = new URL(publicUrl);
  return (request, response) => {
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    request.headers.host ||= host; // optional in HTTP/1.0
    response.on('finish', () => {
      metrics.request('site', response.statusCode);
    });
    response.setHeader('x-content-type-options', 'nosniff');
    const headers = scripts.get((request.url ?? '').split('?', 1)[0]!);
    if (headers !== undefined) response.setHeaders(headers);
    if (serveScript(request, response)) return;
    handler(Object.assign(request, context, { footfallKeepsPages: true }), response, () => {
      response.writeHead(404).end();
    });
  };
};
