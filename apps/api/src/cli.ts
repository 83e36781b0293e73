/** `pnpm footfall <command>`: the command line, on the same configuration as the server. */
import { FootfallError } from '@footfall/core';
import { migrateConnection, MIGRATIONS } from '@footfall/db';
import { ConfigError, readConfig } from './config.ts';
import { cannotOpen, connect } from './connect.ts';

const USAGE = `pnpm footfall migrate [name]   brings the tables to a migration, up or down; to the newest without a name,
                               to none with "nothing" (which deletes every number)
Migrations: ${Object.keys(MIGRATIONS).join(', ')}`;

/** Nobody's answer waits for what is done here: a call may take its time, in milliseconds. */
const CALL_MS = 10_000;

const [command, ...args] = process.argv.slice(2);

try {
  if (command === 'migrate') await migrate(args[0]);
  else {
    console.log(USAGE);
    process.exitCode = command === undefined || command === 'help' ? 0 : 2;
  }
} catch (error) {
  const isExplained = error instanceof ConfigError || error instanceof FootfallError;
  console.error(isExplained ? error.message : error);
  process.exitCode = 1;
}

async function migrate(target: string | undefined): Promise<void> {
  if (target !== undefined && target !== 'nothing' && MIGRATIONS[target] === undefined) {
    throw new ConfigError(`There is no migration "${target}".`);
  }
  const connection = await connect(readConfig(), { deadlineMs: CALL_MS });
  try {
    const ran = await migrateConnection(connection, target).catch((error: unknown) => {
      throw cannotOpen(error);
    });
    console.log(ran.length === 0 ? 'Nothing to do.' : ran.join('\n'));
  } finally {
    await connection.close();
  }
}
