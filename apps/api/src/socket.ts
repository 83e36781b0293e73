import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FootfallError } from '@footfall/core';
import { WebSocketServer, type WebSocket } from 'ws';
import { asFootfallError, type HttpRequest } from './http.ts';
import {
  admit,
  GOING_AWAY,
  MESSAGE_BYTES,
  POLICY_VIOLATION,
  requireSocketPath,
  type LiveParts,
} from './live.ts';

/** Maximum number of messages between two heartbeats. */
const MAX_MESSAGES = 100;

/** Unanswered pings after which a connection is closed (docs/api.md, Live). */
const MAX_MISSED = 2;

/** How long the client has to close its end of a connection, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

/** A request to upgrade to a WebSocket, from Node's server. */
export interface Upgrade {
  readonly incoming: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
}

/** The live WebSockets of a Node server. */
export class LiveSockets {
  readonly #parts: LiveParts;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false, // the hub tracks them
    perMessageDeflate: false, // it took a whole core (docs/design.md, One live update)
    maxPayload: MESSAGE_BYTES,
  });

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /**
   * Opens a socket, and sends it the numbers from then on.
   * @returns why the socket was refused; the connection is then unchanged
   */
  async upgrade(
    request: HttpRequest,
    { incoming, socket, head }: Upgrade,
  ): Promise<FootfallError | undefined> {
    let leave: () => void;
    try {
      requireSocketPath(request);
      leave = await admit(request, this.#parts);
    } catch (error) {
      return asFootfallError(error);
    }
    socket.once('close', leave);
    if (socket.destroyed) {
      leave(); // it was closed meanwhile
      return;
    }
    // The library would report an invalid handshake itself, but not in JSON and without CORS headers.
    let refusal: FootfallError | undefined;
    const refuse = ({ message }: Error): void => {
      const code = incoming.method === 'GET' ? 'BAD_REQUEST' : 'METHOD_NOT_SUPPORTED';
      refusal = new FootfallError(code, `${message}.`);
    };
    this.#server.once('wsClientError', refuse);
    this.#server.handleUpgrade(incoming, socket, head, (client) => {
      this.#open(client, socket);
    });
    this.#server.off('wsClientError', refuse);
    return refusal;
  }

  #open(client: WebSocket, socket: Socket): void {
    let missed = 0;
    let received = 0;
    const listen = (): void => {
      received += 1;
      if (received > MAX_MESSAGES) client.terminate();
    };
    const end = this.#parts.hubOf().join({
      // The shared frame bypasses the library, which never leaves a frame half sent.
      send: ({ message }) => {
        if (socket.writableLength > 0) return false;
        socket.write(message);
        return true;
      },
      heartbeat: () => {
        received = 0;
        missed += 1;
        if (missed > MAX_MISSED) client.terminate();
        else if (socket.writableLength === 0) client.ping();
      },
      end: () => {
        close(client, GOING_AWAY);
      },
    });
    client.on('pong', () => {
      missed = 0;
    });
    client.on('ping', listen);
    client.on('message', (_data, isBinary) => {
      if (isBinary) close(client, POLICY_VIOLATION);
      else listen();
    });
    client.on('error', () => {}); // the library closes it with the right code
    client.on('close', end);
  }
}

function close(client: WebSocket, code: number): void {
  client.close(code);
  setTimeout(() => {
    client.terminate();
  }, CLOSE_TIMEOUT_MS).unref();
}
