import { FootfallError, type Location } from '@footfall/core';
import { tooLarge, utf8, type HttpAnswer, type HttpRequest, type Streaming } from './http.ts';

/** What the platform reports about a client. */
export interface WebClient {
  readonly address: string;
  readonly place: Location;
}

/** A web-standard request. */
export class WebRequest implements HttpRequest {
  readonly path: string;
  readonly query: string;
  readonly #request: Request;
  readonly #client: WebClient;

  constructor(request: Request, client: WebClient) {
    const { pathname, search } = new URL(request.url);
    this.path = pathname;
    this.query = search.slice(1);
    this.#request = request;
    this.#client = client;
  }

  get method(): string {
    return this.#request.method;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  address(): string {
    return this.#client.address;
  }

  place(): Location {
    return this.#client.place;
  }

  async text(limit: number): Promise<string> {
    return utf8(await this.bytes(limit));
  }

  async bytes(limit: number): Promise<Uint8Array> {
    if (Number(this.header('content-length') ?? 0) > limit) throw tooLarge(limit);
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of (this.#request.body ?? []) as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (size > limit) throw tooLarge(limit);
        chunks.push(chunk);
      }
    } catch (cause) {
      if (cause instanceof FootfallError) throw cause;
      throw new FootfallError('BAD_REQUEST', 'The body ended early.', { cause });
    }
    return joined(chunks, size);
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  if (first?.length === size) return first;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** A web-standard response. */
export function webResponse({ status, headers, body }: HttpAnswer, method: string): Response {
  // Nobody takes the body of HEAD, so nothing begins for it.
  const sent = method === 'HEAD' ? null : typeof body === 'function' ? webStream(body) : body;
  return new Response(sent, { status, headers });
}

/** A streamed body as a web stream. */
export function webStream(body: Streaming): ReadableStream<Uint8Array> {
  let leave = (): void => {};
  let room: (() => void) | undefined;
  let isOver = false; // a cancelled stream may not be written to or closed
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const isFull = (): boolean => isOver || (controller.desiredSize ?? 0) <= 0;
        leave = body({
          write: (chunk, sent) => {
            if (isOver) return;
            controller.enqueue(chunk);
            if (sent !== undefined && isFull()) room = sent;
            else sent?.();
          },
          isStalled: isFull,
          end: () => {
            if (!isOver) controller.close();
            isOver = true;
          },
          abort: () => {
            if (!isOver) controller.error(new Error('The response could not be completed.'));
            isOver = true;
          },
        });
      },
      pull: () => {
        room?.();
        room = undefined;
      },
      cancel: () => {
        isOver = true;
        leave();
      },
    },
    { highWaterMark: WAITING_CHUNKS },
  );
}

/** A client with more unread chunks than this is slow. */
const WAITING_CHUNKS = 4;
