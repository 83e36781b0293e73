import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { FootfallError } from '@footfall/core';
import { pino } from 'pino';
import { createApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { builtSite } from './site.ts';

// Page views that wait for their commit outlive a small young generation and would each be moved to the old one: with 256
// connections that cost a quarter of the throughput (docs/decisions/0007). A larger one only holds garbage: it grew to
// 128 MB under load. In megabytes; V8's maximum can only be set on the command line.
setFlagsFromString('--min-semi-space-size=16');
setFlagsFromString('--semi-space-growth-factor=1');

/** The longest a stop may take before the process ends anyway, in milliseconds. */
const STOP_MS = 9_500;

await main().catch((error: unknown) => {
  // What an owner can mend is said in a sentence; anything else is a bug and keeps its stack.
  const isExplained = error instanceof ConfigError || error instanceof FootfallError;
  console.error(isExplained ? error.message : error);
  process.exitCode = 1;
});

/**
 * Ends the process without closing the database. An orderly exit would have SQLite write its log into whatever the file
 * is now; after a crash the next start looks first.
 */
function crash(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = pino({ level: config.logLevel });
  const app = await createApp(config, log, builtSite);

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error('could not stop in time');
      crash();
    }, STOP_MS).unref();
    app.stop().then(
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

  await app.warm(); // the first render compiles the pages' code, which no visitor should wait for
  try {
    await new Promise<void>((resolve, reject) => {
      app.server.once('error', reject);
      app.server.listen(config.port, config.host, resolve);
    });
  } catch (cause) {
    await app.stop(); // an open store would keep the process, and keep others from its file
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`HOST and PORT: cannot listen at ${config.host}:${config.port} (${code}).`, {
      cause,
    });
  }
  const { address, port } = app.server.address() as AddressInfo;
  log.info({ address, port, url: config.publicUrl }, `Footfall is at ${config.publicUrl}`);
}
