/** Opens the file of its argument, says so, and keeps it open until it is killed. */
import { openFile } from '../../src/connection/file.ts';

await openFile({ path: process.argv[2] ?? '' });
process.stdout.write('open\n');
