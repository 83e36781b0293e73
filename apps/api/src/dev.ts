/** `pnpm dev`: API and site on one port, the site through Vite with reload. */
import { once } from 'node:events';
import { Server } from 'node:http';
import { pino } from 'pino';
import { createServer as createVite } from 'vite';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { isReload } from './server.ts';
import type { MakeSite } from './site.ts';

const config = readConfig();
const log = pino({ level: config.logLevel });

// Vite listens for its own socket's upgrades here; it gets those that name its protocol.
const reloads = new Server();

const devSite: MakeSite = async (facts) => {
  // Vite runs the site's code apart from the Node request, so the site finds its facts here (apps/web/vite.config.ts).
  Object.assign(globalThis, { [Symbol.for('footfall')]: facts });
  const root = new URL('../../web', import.meta.url).pathname;
  process.chdir(root);
  const vite = await createVite({ root, server: { middlewareMode: true, hmr: { server: reloads } } });
  return (request, response) => {
    vite.middlewares(request, response, () => {
      response.writeHead(404).end();
    });
  };
};

const app = await createApp(config, log, devSite);
app.server.on('upgrade', (request, socket, head) => {
  if (isReload(request)) reloads.emit('upgrade', request, socket, head);
});
await once(app.server.listen(config.port, config.host), 'listening');
log.info(`Footfall is at ${config.publicUrl}, for development`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void app.stop().then(() => process.exit(0));
  });
}
