import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { FootfallError, type Location } from '@footfall/core';
import type { Config } from './config.ts';
import type { Handler } from './handler.ts';
import {
  asFootfallError,
  failure,
  tooLarge,
  utf8,
  type HttpAnswer,
  type HttpRequest,
  type Streaming,
} from './http.ts';
import { pipelined } from './pipeline.ts';
import { callsOf } from './rpc.ts';
import type { LiveSockets } from './socket.ts';

/** Serves everything but the API: a Node handler such as SvelteKit's. */
export type Site = (request: IncomingMessage, response: ServerResponse) => void;

/** How long a client may take for its headers, for its whole request, and between two requests, in milliseconds. */
const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;

/** How long a connection may be idle while a response is unread or before the first request, in milliseconds. */
const STALLED_MS = 10_000;

/** How long the rest of a refused request is discarded, so that the client can read the refusal, in milliseconds. */
const DISCARD_MS = 1_000;

/** Reads the address and the location of clients, trusting configured proxies. */
type Peers = Pick<Config, 'addressOf' | 'placeOf'>;

/** What a Node server serves. */
export interface Served {
  readonly handler: Handler;
  readonly site: Site;
  readonly sockets?: LiveSockets;
}

/** Makes the Node server: the API's handler first, then the site. */
export function createNodeServer({ handler, site, sockets }: Served, peers: Peers): Server {
  const serve: RequestListener = (incoming, response) => {
    if (!isHost(incoming)) {
      send(
        failure(new FootfallError('BAD_REQUEST', 'The Host header is not a valid host.')),
        response,
        incoming,
      );
      return;
    }
    incoming.url = originForm(incoming.url ?? '/');
    const answer = handler(new NodeRequest(incoming, peers));
    if (answer === undefined) site(incoming, response);
    else
      void answer.then((result) => {
        send(result, response, incoming);
      });
  };
  const inTurn = pipelined(serve, callsOf);
  const listen: RequestListener = (incoming, response) => {
    (incoming.socket as Connection)[LAST] = response;
    inTurn(incoming, response);
  };
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false, // Node's own refusal is not JSON and has no CORS headers
      // Requests to upgrade to other protocols than WebSocket are answered as if they were plain.
      shouldUpgradeCallback: ({ headers }) =>
        sockets !== undefined && headers.upgrade?.toLowerCase() === 'websocket',
    },
    listen,
  );
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    if (isReload(incoming)) return;
    socket.on('error', () => {}); // Node closes the socket after an error; nothing else is left to do
    incoming.url = originForm(incoming.url ?? '/');
    const refused = isHost(incoming)
      ? sockets?.upgrade(new NodeRequest(incoming, peers), { incoming, socket, head })
      : Promise.resolve(new FootfallError('BAD_REQUEST', 'The Host header is not a valid host.'));
    void refused?.then((refusal) => {
      if (refusal !== undefined) end(socket, failure(refusal));
    });
  });
  server.timeout = STALLED_MS;
  server.on('timeout', (socket: Connection) => {
    const response = socket[LAST];
    const isPending = response !== undefined && !response.writableFinished && socket.writableLength === 0;
    if (isPending) socket.setTimeout(STALLED_MS);
    else socket.destroy();
  });
  server.on('checkExpectation', listen); // Node's 417 has no CORS headers either
  const refused = new WeakSet<Socket>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Connection) => {
    if (refused.has(socket)) return; // every further chunk emits the same error
    // Browsers open idle connections in advance, and would take a refusal for the response to their next request.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) return;
    refused.add(socket);
    const response = socket[LAST];
    if (response?.req.complete !== true || response.writableFinished) refuse(error, socket);
    else
      response.once('finish', () => {
        refuse(error, socket);
      });
  });
  return server;
}

/** The last response of a connection: an invalid request after it may not be refused before it is sent. */
const LAST = Symbol('last response');

interface Connection extends Socket {
  [LAST]?: ServerResponse;
}

/** Whether the Host header is a valid host: anything else would end up in URLs of the site. */
function isHost({ headers, httpVersion }: IncomingMessage): boolean {
  if (headers.host === undefined) return httpVersion !== '1.1';
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(headers.host);
}

/** A proxy may send an absolute URL (RFC 9112, 3.2.2); only its path and query matter. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const rest = target.replace(/^https?:\/\/[^/?]*/i, '');
  return rest === '' || rest.startsWith('?') ? `/${rest}` : rest;
}

/** A request of Node's HTTP server. */
class NodeRequest implements HttpRequest {
  readonly path: string;
  readonly query: string;
  readonly #incoming: IncomingMessage;
  readonly #peers: Peers;

  constructor(incoming: IncomingMessage, peers: Peers) {
    const url = incoming.url ?? '/';
    const mark = url.indexOf('?');
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.query = mark === -1 ? '' : url.slice(mark + 1);
    this.#incoming = incoming;
    this.#peers = peers;
  }

  get method(): string {
    return this.#incoming.method ?? 'GET';
  }

  header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  address(): string {
    return this.#peers.addressOf(this.#peer(), (name) => this.header(name));
  }

  place(): Location {
    return this.#peers.placeOf(this.#peer(), (name) => this.header(name));
  }

  #peer(): string {
    return this.#incoming.socket.remoteAddress ?? '';
  }

  text(limit: number): Promise<string> {
    return this.#read(limit, utf8);
  }

  bytes(limit: number): Promise<Uint8Array> {
    return this.#read(limit, (body) => body);
  }

  /** Without a promise more than it needs: every page view comes through here. */
  #read<T>(limit: number, valueOf: (body: Uint8Array) => T): Promise<T> {
    const incoming = this.#incoming;
    if (Number(incoming.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit));
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      incoming.on('data', (chunk: Uint8Array) => {
        size += chunk.length;
        if (size <= limit) chunks.push(chunk);
        else reject(tooLarge(limit));
      });
      incoming.on('end', () => {
        const [first] = chunks;
        try {
          resolve(valueOf(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks)));
        } catch (error) {
          reject(asFootfallError(error));
        }
      });
      incoming.on('error', (cause) => {
        reject(new FootfallError('BAD_REQUEST', 'The body ended early.', { cause }));
      });
    });
  }
}

/** Whether a WebSocket is Vite's own, in development: those are not handled here. */
export function isReload({ headers }: IncomingMessage): boolean {
  return headers['sec-websocket-protocol']?.startsWith('vite-') === true;
}

function send(
  { status, headers, body }: HttpAnswer,
  response: ServerResponse,
  incoming: IncomingMessage,
): void {
  if (typeof body === 'function') {
    if (!response.destroyed) response.writeHead(status, headers);
    stream(body, response);
    return;
  }
  if (response.destroyed) return;
  const unread = !incoming.complete && hasBody(incoming);
  if (unread) discard(incoming, response);
  const head: Record<string, string | number> = { ...headers };
  if (status !== 204 && status !== 304) head['content-length'] = body === null ? 0 : Buffer.byteLength(body);
  if (unread) head['connection'] = 'close';
  response.writeHead(status, head);
  response.end(body ?? undefined);
}

function stream(body: Streaming, response: ServerResponse): void {
  const leave = body({
    write: (chunk, sent) => {
      response.write(chunk, sent);
    },
    isStalled: () => response.writableLength > 0,
    end: () => {
      response.end();
    },
    abort: () => {
      response.destroy();
    },
  });
  if (response.destroyed) leave();
  else response.once('close', leave);
}

/** Whether a request has a body. `complete` alone does not say: without a body it may be set after the response. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Discards the rest of a refused body: closing a socket with unread bytes would lose the response. */
function discard(incoming: IncomingMessage, response: ServerResponse): void {
  incoming.resume();
  response.on('finish', () => {
    setTimeout(() => incoming.destroy(), DISCARD_MS).unref();
  });
}

/** Responds to an invalid HTTP request, or to one that timed out. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { code, message } = REFUSALS[error.code ?? ''] ?? REFUSALS['']!;
  end(socket, failure(new FootfallError(code, message)));
}

/** Writes a response to a connection for which Node has no response object, and closes it. */
function end(socket: Socket, { status, headers, body }: HttpAnswer): void {
  const text = String(body);
  const lines = Object.entries({
    ...headers,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n${text}`);
  setTimeout(() => socket.destroy(), DISCARD_MS).unref();
}

const REFUSALS: Record<string, { code: 'BAD_REQUEST' | 'TIMEOUT' | 'PAYLOAD_TOO_LARGE'; message: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'TIMEOUT', message: 'The request took too long.' },
  HPE_HEADER_OVERFLOW: { code: 'PAYLOAD_TOO_LARGE', message: 'The headers are over 16 KiB.' },
  '': { code: 'BAD_REQUEST', message: 'The request is not valid HTTP.' },
};
