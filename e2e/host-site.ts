import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody's website, on a port (and so an origin) of its own. */
export interface HostSite {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Serves pages of somebody's website.
 * @param render makes a page's HTML body from its path
 * @param headers what the website sends with each page, such as its Content-Security-Policy
 */
export async function startHostSite(
  render: (path: string) => string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HostSite> {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
    response.end(
      `<!doctype html><html lang="en"><title>Host</title><body>${render(request.url ?? '/')}</body></html>`,
    );
  });
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
