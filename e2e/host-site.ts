import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

/** A website on its own port, and so its own origin. */
export interface HostSite {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Serves pages of a website.
 * @param render makes a page's HTML body from its path
 * @param headers headers of each page, such as its Content-Security-Policy
 * @param doctype beginning of its pages; without one browsers use quirks mode
 */
export function startHostSite(
  render: (path: string) => string,
  headers: Readonly<Record<string, string>> = {},
  doctype = '<!doctype html>',
): Promise<HostSite> {
  return listen((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
    response.end(
      `${doctype}<html lang="en"><title>Host</title><body>${render(request.url ?? '/')}</body></html>`,
    );
  });
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Serves a website from files, from the first of the folders that has the file. */
export function startBuiltSite(...folders: readonly string[]): Promise<HostSite> {
  return listen((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host.example');
    const file = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    void Promise.any(folders.map((folder) => readFile(join(folder, file)))).then(
      (body) => {
        response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
}

async function listen(answer: RequestListener): Promise<HostSite> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
