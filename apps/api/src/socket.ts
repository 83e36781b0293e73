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

/** So many messages between two beats are borne with. */
const MESSAGES = 100;

/** Unanswered pings after which a connection is closed (docs/api.md, Live). */
const MISSED = 2;

/** How long the other end has to close a connection too, in milliseconds. */
const CLOSING_MS = 2_000;

/** A connection that asks for a socket, as Node's server has it. */
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
    clientTracking: false, // the hub knows them
    perMessageDeflate: false, // it took a whole core (docs/design.md, One live update)
    maxPayload: MESSAGE_BYTES,
  });

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /**
   * Opens a socket, and sends it the numbers from here on.
   * @returns why it may not be opened; the connection is then as it was
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
      leave(); // it has been closed meanwhile
      return;
    }
    // What is wrong with a handshake the library would say itself, neither in JSON nor with CORS.
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
    let said = 0;
    const listen = (): void => {
      said += 1;
      if (said > MESSAGES) client.terminate();
    };
    const end = this.#parts.hubOf().join({
      // What is the same for all was framed once: it goes past the library, which never has a frame half sent.
      send: ({ message }) => {
        if (socket.writableLength > 0) return false;
        socket.write(message);
        return true;
      },
      beat: () => {
        said = 0;
        missed += 1;
        if (missed > MISSED) client.terminate();
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
    client.on('error', () => {}); // it is closed by the library, with the code that says why
    client.on('close', end);
  }
}

function close(client: WebSocket, code: number): void {
  client.close(code);
  setTimeout(() => {
    client.terminate();
  }, CLOSING_MS).unref();
}
