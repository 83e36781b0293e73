import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Maximum number of requests of one connection under way at a time; a tRPC batch counts as its calls. */
const MAX_COST = 8;

/** Requests of at least this cost wait for each other across all connections. */
const HEAVY_COST = 4;

/** A connection with more unsent bytes of responses than this starts no further request. */
const MAX_UNSENT_BYTES = 256 * 1024;

/** Maximum number of queued requests of one connection that came in one piece; with more it is closed. */
const MAX_QUEUED = 256;

/** How long the next request waits for a heavy one, in milliseconds: one that takes longer is itself waiting for something. */
const MAX_TURN_MS = 10;

/** A request and its response. */
interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly cost: number;
}

/**
 * Limits the requests of one connection that are under way at a time (docs/decisions/0022). Node sends the responses to
 * pipelined requests (RFC 9112, 9.3.2) in their order, but starts all of them at once.
 * @param callsOf the number of calls of a request, by its target
 */
export function pipelined(serve: RequestListener, callsOf: (target: string) => number): RequestListener {
  const pipelines = new WeakMap<Socket, Pipeline>();
  const queue = new FairQueue();
  return (incoming, response) => {
    const { socket, url = '' } = incoming;
    let pipeline = pipelines.get(socket);
    if (pipeline === undefined) {
      pipeline = new Pipeline(socket, { serve, queue });
      pipelines.set(socket, pipeline);
    }
    pipeline.add({ incoming, response, cost: Math.min(MAX_COST, callsOf(url)) });
  };
}

/** The requests of one connection: some are under way, the others are queued. While any is queued, nothing more is read. */
class Pipeline {
  readonly #socket: Socket;
  readonly #parts: Parts;
  readonly #inFlight = new Set<ServerResponse>();
  #cost = 0;
  #queued: Exchange[] = [];
  #isWatched = false;

  constructor(socket: Socket, parts: Parts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.once('close', () => {
      this.#queued = [];
    });
  }

  add(exchange: Exchange): void {
    const isNext = this.#queued.length === 0 && this.#hasRoom(exchange);
    if (isNext && exchange.cost < HEAVY_COST) {
      this.#start(exchange);
      return;
    }
    this.#queued.push(exchange);
    if (isNext) this.#parts.queue.add(this);
    else if (this.#queued.length > MAX_QUEUED) this.#socket.destroy();
    else this.#stopReading();
  }

  #hasRoom({ cost }: Exchange): boolean {
    if (this.#inFlight.size === 0) return true;
    if (this.#cost + cost > MAX_COST) return false;
    let unsent = 0;
    for (const response of this.#inFlight) unsent += response.writableLength;
    return unsent <= MAX_UNSENT_BYTES;
  }

  #start({ incoming, response, cost }: Exchange): void {
    this.#inFlight.add(response);
    this.#cost += cost;
    // 'close' is emitted when the response has been handed to the system, not when it has been made.
    response.once('close', () => {
      this.#inFlight.delete(response);
      this.#cost -= cost;
      this.#enqueue();
    });
    this.#parts.serve(incoming, response);
  }

  #enqueue(): void {
    const [next] = this.#queued;
    if (next !== undefined && this.#hasRoom(next)) this.#parts.queue.add(this);
  }

  /** Starts the request that has waited longest, if it may start, and returns its response. */
  startNext(): ServerResponse | undefined {
    const [next] = this.#queued;
    if (next === undefined || !this.#hasRoom(next)) return;
    this.#queued.shift();
    this.#start(next);
    if (this.#queued.length === 0) this.#socket.resume();
    else this.#enqueue();
    return next.response;
  }

  /** Pauses the socket again whenever Node resumes it: it does so when responses have been sent, or a body is read. */
  #stopReading(): void {
    if (!this.#isWatched) {
      this.#isWatched = true;
      this.#socket.on('resume', () => {
        if (this.#queued.length > 0) this.#socket.pause();
      });
    }
    this.#socket.pause();
  }
}

interface Parts {
  readonly serve: RequestListener;
  readonly queue: FairQueue;
}

/**
 * Starts queued and heavy requests of all connections one after the other, so that only clients that send such requests
 * wait for each other. Started together, those of twenty connections would delay everyone.
 */
class FairQueue {
  readonly #pipelines = new Set<Pipeline>();
  #isBusy = false;

  add(pipeline: Pipeline): void {
    this.#pipelines.add(pipeline);
    if (!this.#isBusy) this.#next();
  }

  #next(): void {
    this.#isBusy = true;
    setImmediate(() => {
      const [pipeline] = this.#pipelines;
      if (pipeline === undefined) {
        this.#isBusy = false;
        return;
      }
      this.#pipelines.delete(pipeline);
      const response = pipeline.startNext();
      if (response === undefined || response.writableEnded) {
        this.#next();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        response.off('prefinish', done);
        response.off('close', done);
        this.#next();
      };
      const timer = setTimeout(done, MAX_TURN_MS);
      response.once('prefinish', done);
      response.once('close', done);
    });
  }
}
