/** Opens the file that it is told, says so, and holds it until it is killed. */
import { openFile } from '../../src/connection/file.ts';

await openFile({ path: process.argv[2] ?? '' });
process.stdout.write('open\n');
