import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server that proxies some of its paths, like nginx. */
export interface ReverseProxy {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a site whose server proxies some paths to another (docs/embedding.md).
 * @param rules path prefixes, and their replacements at the other server; the first match counts
 * @param render serves everything else
 */
export async function startReverseProxy(
  rules: readonly (readonly [from: string, to: string])[],
  render: (path: string) => string,
): Promise<ReverseProxy> {
  const server = createServer((incoming, response) => {
    const path = incoming.url ?? '/';
    const rule = rules.find(([from]) => path.startsWith(from));
    if (rule === undefined) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(render(path));
    } else pass(rule[1] + path.slice(rule[0].length), incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Forwards a request with its client's address, and returns the response. */
function pass(to: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { host: _, cookie: __, ...headers } = incoming.headers;
  const onward = request(
    to,
    {
      method: incoming.method ?? 'GET',
      headers: { ...headers, 'x-forwarded-for': incoming.socket.remoteAddress ?? '' },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => response.writeHead(502).end());
  incoming.pipe(onward);
}
