/** What workerd has and Node has not, as far as `worker.ts` uses it. */
declare module 'cloudflare:workers' {
  export const env: Readonly<Record<string, unknown>>;
  export function waitUntil(work: Promise<unknown>): void;
}

/** What the platform says of a request. */
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

/** A WebSocket that this end speaks through. */
interface AcceptedSocket extends WebSocket {
  accept(): void;
}

/** The two ends of a WebSocket: the first goes out with the answer. */
declare class WebSocketPair {
  readonly 0: WebSocket;
  readonly 1: AcceptedSocket;
}
