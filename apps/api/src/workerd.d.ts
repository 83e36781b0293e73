/** What workerd has and Node does not, as far as `worker.ts` uses it. */
declare module 'cloudflare:workers' {
  export const env: Readonly<Record<string, unknown>>;
  export function waitUntil(work: Promise<unknown>): void;
}

/** What the platform adds to a request. */
interface PlatformRequest {
  readonly cf?: { readonly country?: string; readonly region?: string; readonly city?: string };
}

/** SvelteKit's server, as `apps/web/adapter.ts` builds it. */
declare module '*/workerd/server.js' {
  export const server: {
    init(options: { env: Readonly<Record<string, string | undefined>> }): Promise<void>;
    respond(
      request: Request,
      options: { platform: object; getClientAddress: () => string },
    ): Promise<Response>;
  };
}

declare const caches: {
  readonly default: {
    match(address: string): Promise<Response | undefined>;
    put(address: string, response: Response): Promise<void>;
  };
};

/** The server's end of a WebSocket. */
interface AcceptedSocket extends WebSocket {
  accept(): void;
}

/** The two ends of a WebSocket: the first is returned with the response. */
declare class WebSocketPair {
  readonly 0: WebSocket;
  readonly 1: AcceptedSocket;
}
