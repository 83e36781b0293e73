/**
 * The scripts that load others, as this server serves them: with its own address in them, and the tracker's two also under
 * a name that the owner chooses.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

/** What the scripts of a server contain of its configuration. */
export interface Naming {
  readonly publicUrl: string;
  /** The name of its tracker script, without `.js`. */
  readonly scriptName: string;
  /** Where they are not public, the widget's title leads to the privacy page instead of the statistics. */
  readonly statsPublic: boolean;
}

/** The placeholder for the server's address in the built scripts (packages/tracker/src/footfall.ts). */
const UNKNOWN_SERVER = 'https://footfall.invalid/';

/** The path of the statistics in the built widget: the end of a string. */
const STATISTICS = /\/stats(?=["'`])/g;

/** The names of the built scripts. */
const BUILT = ['/footfall.js', '/footfall-more.js', '/widget.js'] as const;

/**
 * Inserts the address, the names and the link of a server into one of the scripts. `localhost` is not inserted: on a page
 * it would be the visitor's own machine.
 */
export function nameScript(code: string, { publicUrl, scriptName, statsPublic }: Naming): string {
  const isPublic = new URL(publicUrl).hostname !== 'localhost';
  const addressed = isPublic ? code.replaceAll(UNKNOWN_SERVER, `${publicUrl}/`) : code;
  const linked = statsPublic ? addressed : addressed.replace(STATISTICS, '/privacy');
  return BUILT.reduce((text, path) => text.replaceAll(path, nameOf(path, scriptName)), linked);
}

/** Paths of the scripts, with the built script of each: the built names stay available. */
export function scriptPaths(scriptName: string): ReadonlyMap<string, string> {
  return new Map(['footfall', scriptName].flatMap((name) => BUILT.map((path) => [nameOf(path, name), path])));
}

const nameOf = (path: string, scriptName: string): string => path.replace('/footfall', `/${scriptName}`);

/** One script, ready to be sent. */
interface Ready {
  readonly etag: string;
  /** By content coding. */
  readonly bodies: ReadonlyMap<'br' | 'gzip' | '', Buffer>;
}

/**
 * Makes the handler of scripts.
 * @param folder the folder of the built scripts
 * @returns handles a request and returns true, or returns false if it is not for a script
 */
export async function scriptServer(
  folder: URL,
  naming: Naming,
): Promise<(request: IncomingMessage, response: ServerResponse) => boolean> {
  const ready = new Map<string, Ready>();
  for (const [path, built] of scriptPaths(naming.scriptName)) {
    ready.set(path, await prepare(nameScript(await readFile(new URL(`.${built}`, folder), 'utf8'), naming)));
  }
  return (request, response) => {
    const script = ready.get((request.url ?? '').split('?', 1)[0]!);
    if (script === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    const accepted = String(request.headers['accept-encoding'] ?? '');
    const coding = (['br', 'gzip'] as const).find((name) => new RegExp(`\\b${name}\\b`).test(accepted)) ?? '';
    const body = script.bodies.get(coding)!;
    response.setHeader('content-type', 'text/javascript; charset=utf-8');
    response.setHeader('etag', script.etag);
    response.setHeader('vary', 'Accept-Encoding');
    if (request.headers['if-none-match']?.includes(script.etag) === true) {
      response.writeHead(304).end();
      return true;
    }
    if (coding !== '') response.setHeader('content-encoding', coding);
    response.writeHead(200, { 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
    return true;
  };
}

async function prepare(code: string): Promise<Ready> {
  const plain = Buffer.from(code);
  return {
    etag: `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 16)}"`,
    bodies: new Map([
      ['br', await promisify(brotliCompress)(plain)],
      ['gzip', await promisify(gzip)(plain)],
      ['', plain],
    ]),
  };
}
