import type { Location } from '@footfall/core';
import { failure, type HttpRequest } from './http.ts';
import {
  admit,
  GOING_AWAY,
  MESSAGE_BYTES,
  POLICY_VIOLATION,
  requireSocketPath,
  type LiveParts,
} from './live.ts';
import { webResponse } from './web.ts';

/** The location of a client according to the platform. */
export function locationOf({ cf }: PlatformRequest): Location {
  const { country = '', region = '', city = '' } = cf ?? {};
  return { country, region, city };
}

/** Opens a WebSocket on platforms that have them, and sends it the numbers from then on. */
export async function upgrade(
  request: HttpRequest,
  parts: LiveParts,
  pair: () => WebSocketPair,
): Promise<Response> {
  try {
    requireSocketPath(request);
    const leave = await admit(request, parts);
    const { 0: client, 1: server } = pair();
    server.accept();
    const end = parts.hubOf().join({
      send: ({ update }) => {
        server.send(JSON.stringify(update));
        return true;
      },
      heartbeat: () => {}, // the platform checks that the client is still connected
      end: () => {
        server.close(GOING_AWAY);
      },
    });
    const over = (): void => {
      end();
      leave();
    };
    server.addEventListener('close', over);
    server.addEventListener('error', over);
    server.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string' || data.length > MESSAGE_BYTES) server.close(POLICY_VIOLATION);
    });
    return new Response(null, { status: 101, webSocket: client } as ResponseInit);
  } catch (error) {
    return webResponse(failure(error), 'GET');
  }
}
