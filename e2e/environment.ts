import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The only environment of a test's child process: where programs are, and where Node stores its compile cache, without
 * which each start takes twice as long.
 */
export const SURROUNDINGS = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: join(tmpdir(), 'footfall-compile-cache'),
};
