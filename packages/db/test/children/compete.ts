/** Locks the file of its argument again and again, beside others that do the same, and says whether it was ever not alone. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { FootfallError } from '@footfall/core';
import { lockFile } from '../../src/connection/file-lock.ts';

const [path = '', times = '1'] = process.argv.slice(2);
const here = `${path}-somebody`;

for (let held = 0; held < Number(times);) {
  try {
    const { release } = await lockFile(path);
    mkdirSync(here); // throws where another one is in here
    await new Promise((resolve) => setImmediate(resolve));
    rmdirSync(here);
    await release();
    held += 1;
  } catch (error) {
    if (!(error instanceof FootfallError)) throw error;
  }
}
process.stdout.write('always alone\n');
