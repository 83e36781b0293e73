/** The baseline for group commit: the same server, with a separate commit for each page view. */
import { randomUUID } from 'node:crypto';
import { migrateConnection } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import { pino } from 'pino';
import { assemble } from '../src/assemble.ts';
import { countAttempts } from '../src/attempts.ts';
import { readConfig } from '../src/config.ts';
import { connect } from '../src/connect.ts';
import { openLocations } from '../src/location.ts';
import { currentSettings } from '../src/settings.ts';
import { createNodeServer } from '../src/server.ts';

const config = readConfig();
const connection = await connect(config);
await migrateConnection(connection);
const store = directStore(connection);
await store.settings.read();
const log = pino();
const { handler } = assemble(config, {
  store,
  settings: currentSettings(config, { store: store.settings, log }),
  locate: await openLocations(config.geoipDatabase),
  metrics: { request: () => {} },
  log,
  rateLimit: undefined,
  attempts: countAttempts(Date.now),
  live: { pollMs: 1_000 },
  now: Date.now,
  randomId: randomUUID,
});
createNodeServer({ handler, site: (_request, response) => response.writeHead(404).end() }, config).listen(
  config.port,
  config.host,
  () => {
    console.log('ready');
  },
);
