import { readFile, stat } from 'node:fs/promises';
import { readHostList, spamFilter, type Site } from '@footfall/core';
import { ConfigError } from './config.ts';

/** Largest list that is read, in bytes. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Opens an owner's list of spam referrers, one host in each line, and adds it to the list that ships.
 * @param path what SPAM_REFERRERS names; without one, the list that ships alone
 * @throws {ConfigError} in one sentence when it cannot be read
 */
export async function openSpamFilter(path: string | undefined): Promise<Site['spamOf']> {
  if (path === undefined) return spamFilter();
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw new RangeError(`it has more than ${MOST_BYTES} bytes`);
    return spamFilter(readHostList(await readFile(path, 'utf8')));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`SPAM_REFERRERS names a file that cannot be read as a list of hosts: ${why}.`, {
      cause,
    });
  }
}
