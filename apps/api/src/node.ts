import { setFlagsFromString } from 'node:v8';
import { FootfallError } from '@footfall/core';
import { createApp, type App } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { cannotListen, requirePort } from './port.ts';
import { builtSite } from './site.ts';
import { announce, openLog } from './terminal.ts';
import { isAnswered } from './usage.ts';

// Page views that wait for their commit outlive a small young generation, and each would be moved to the old one: with
// 256 connections that cost a quarter of the throughput (docs/decisions/0007). A larger one only holds garbage: it grew
// to 128 MB under load. In megabytes; V8's maximum can only be set on the command line.
setFlagsFromString('--min-semi-space-size=16');
setFlagsFromString('--semi-space-growth-factor=1');

/** How long a stop may take before the process ends anyway, in milliseconds. */
const STOP_MS = 9_500;

const USAGE = `node apps/api/src/node.ts

Serves the built site and the API on one port. It is configured by environment variables
(docs/configuration.md), all of them optional:

  HOST=127.0.0.1  PORT=3000          where to listen
  PUBLIC_URL=http://localhost:3000   the address people use
  DATABASE_URL=file:./data/footfall.db
  SITE_HOSTS=example.com             whose pages are counted; any site's without it
  ADMIN_PASSWORD=…                   the owner's; without it the first start prints a link to choose one
  LOG_FORMAT=text|json               text where a person reads it

  --help, -h     shows this
  --version      shows the version

SIGTERM and Ctrl+C stop it: acknowledged events are on disk.
"pnpm footfall doctor" reports problems of a configuration.`;

if (!isAnswered(process.argv.slice(2), USAGE)) {
  await main().catch(fail);
}

function fail(error: unknown): void {
  // An error that the owner can fix is shown as a sentence; anything else is a bug and shows its stack.
  const isExplained = error instanceof ConfigError || error instanceof FootfallError;
  console.error(isExplained ? error.message : error);
  process.exitCode = 1;
}

function stopApp(app: App): Promise<void> {
  return app.stop();
}

/**
 * Ends the process without closing the database. An orderly exit would make SQLite write its log into the file even if it
 * was replaced; after a crash the next start checks first.
 */
function crash(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = openLog(config);
  await requirePort(config);
  const starting = createApp(config, log, builtSite);

  let stopping = false;
  let isOpen = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error('could not stop in time');
      crash();
    }, STOP_MS).unref();
    // A start that waits for a server has nothing to close; one that has a file open closes it.
    const closing =
      isOpen || config.database.kind === 'file' ? starting.then(stopApp, () => {}) : Promise.resolve();
    closing.then(
      () => {
        log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        crash();
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);

  const app = await starting;
  isOpen = true;
  if (stopping) return;
  await app.warm(); // the first render compiles the pages' code, so that no visitor waits for that
  try {
    await new Promise<void>((resolve, reject) => {
      app.server.once('error', reject);
      app.server.listen(config.port, config.host, resolve);
    });
  } catch (cause) {
    await app.stop(); // an open store would keep the process alive and its file locked
    throw await cannotListen(cause as NodeJS.ErrnoException, config);
  }
  await announce(app, { config, log });
}
