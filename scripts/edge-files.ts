import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { nameScript, scriptPaths, type Naming } from '../apps/api/src/scripts.ts';

/**
 * Makes the folder of files that the platform serves at the edge: a copy of the built ones, with the tracker's scripts
 * configured for this server.
 * @param from the built files
 * @param to the files to upload
 */
export async function makeEdgeFiles(from: string, to: string, naming: Naming): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
  let headers = await readFile(`${from}/_headers`, 'utf8');
  for (const [path, built] of scriptPaths(naming.scriptName)) {
    await writeFile(to + path, nameScript(await readFile(from + built, 'utf8'), naming));
    if (path !== built) headers += headersOf(headers, built).replace(built, path);
  }
  await writeFile(`${to}/_headers`, headers);
}

/** The lines for a path in a file of headers: the path, and below it, indented, its headers. */
function headersOf(file: string, path: string): string {
  const lines = file.split('\n');
  const first = lines.indexOf(path);
  const after = lines.slice(first + 1).findIndex((line) => !line.startsWith(' '));
  return `${lines.slice(first, first + 1 + after).join('\n')}\n`;
}
