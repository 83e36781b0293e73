import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * All that a process of a test's own is told of the one that runs it: where programs are, and where Node keeps what it has
 * compiled, without which each start takes twice as long.
 */
export const SURROUNDINGS = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: join(tmpdir(), 'footfall-compile-cache'),
};
