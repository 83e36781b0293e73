/** `pnpm dev`: API and site on one port, the site through Vite with hot reload. */
import { once } from 'node:events';
import { Server } from 'node:http';
import { FootfallError } from '@footfall/core';
import { createServer as createVite } from 'vite';
import { createApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { requirePort } from './port.ts';
import { isReload } from './server.ts';
import type { MakeSite } from './site.ts';
import { announce, openLog } from './terminal.ts';
import { isAnswered } from './usage.ts';

const USAGE = `pnpm dev

Serves the site and the API on one port, the site through Vite with hot reload. It takes the same variables as the server
(docs/configuration.md).

  --help, -h     shows this
  --version      shows the version`;

if (isAnswered(process.argv.slice(2), USAGE)) process.exit();

const { config, log } = await begin().catch((error: unknown): never => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});

async function begin() {
  const read = readConfig();
  await requirePort(read);
  return { config: read, log: openLog(read) };
}

// Vite's own WebSocket upgrades are passed to this server, which never listens.
const reloads = new Server();

const devSite: MakeSite = async (context) => {
  // Vite runs the site's code apart from the Node request, so the site finds its context here (apps/web/vite.config.ts).
  Object.assign(globalThis, { [Symbol.for('footfall')]: context });
  const root = new URL('../../web', import.meta.url).pathname;
  process.chdir(root);
  const vite = await createVite({ root, server: { middlewareMode: true, hmr: { server: reloads } } });
  return (request, response) => {
    vite.middlewares(request, response, () => {
      response.writeHead(404).end();
    });
  };
};

const app = await createApp(config, log, devSite).catch((error: unknown): never => {
  console.error(error instanceof ConfigError || error instanceof FootfallError ? error.message : error);
  process.exit(1);
});
app.server.on('upgrade', (request, socket, head) => {
  if (isReload(request)) reloads.emit('upgrade', request, socket, head);
});
await once(app.server.listen(config.port, config.host), 'listening');
await announce(app, { config, log, note: ', for development' });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void app.stop().then(() => process.exit(0));
  });
}
