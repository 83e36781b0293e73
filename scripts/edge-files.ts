import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { nameScript, scriptPaths, type Naming } from '../apps/api/src/scripts.ts';

/**
 * Makes the folder of files that the platform serves at the edge: a copy of what is built, with the tracker's scripts as this
 * Footfall serves them.
 * @param from what is built
 * @param to what is uploaded
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

/** The lines about a path in a file of headers: the path, and below it, indented, what is sent with it. */
function headersOf(file: string, path: string): string {
  const lines = file.split('\n');
  const first = lines.indexOf(path);
  const after = lines.slice(first + 1).findIndex((line) => !line.startsWith(' '));
  return `${lines.slice(first, first + 1 + after).join('\n')}\n`;
}
