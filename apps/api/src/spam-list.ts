import { readFile, stat } from 'node:fs/promises';
import { readHostList, spamFilter, type Site } from '@footfall/core';
import { ConfigError } from './config.ts';

/** Maximum size of the list, in bytes. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Opens an owner's list of spam referrers, one host per line, and adds it to the bundled list.
 * @param path the value of SPAM_REFERRERS; without one, only the bundled list is used
 * @throws {ConfigError} with one sentence if it cannot be read
 */
export async function openSpamFilter(path: string | undefined): Promise<Site['spamOf']> {
  if (path === undefined) return spamFilter();
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new RangeError(`it has more than ${MAX_BYTES} bytes`);
    return spamFilter(readHostList(await readFile(path, 'utf8')));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`SPAM_REFERRERS names a file that cannot be read as a list of hosts: ${why}.`, {
      cause,
    });
  }
}
