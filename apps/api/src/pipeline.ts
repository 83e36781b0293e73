import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Most requests of one connection that are worked on at a time; a tRPC batch counts as its calls. */
const UNANSWERED = 8;

/** A request of so many calls takes turns with others like it, wherever they come from. */
const HEAVY = 4;

/** Most bytes of answers that one connection may have left unread when another of its requests is begun. */
const UNREAD_BYTES = 256 * 1024;

/** Most requests of one connection that may wait, having come in one piece with others; with more it is closed. */
const WAITING = 256;

/** A request that has not been answered after so long waits for something itself, in milliseconds. */
const TURN_MS = 10;

/** A request that was read, and its answer. */
interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly cost: number;
}

/**
 * Bounds what one connection may ask for at a time (docs/decisions/0022). Node answers requests that are sent without
 * waiting for answers (RFC 9112, 9.3.2) in their order, but begins all of them at once.
 * @param callsOf how many calls a request makes, by its target
 */
export function pipelined(serve: RequestListener, callsOf: (target: string) => number): RequestListener {
  const pipelines = new WeakMap<Socket, Pipeline>();
  const turns = new FairQueue();
  return (incoming, response) => {
    const { socket, url = '' } = incoming;
    let pipeline = pipelines.get(socket);
    if (pipeline === undefined) {
      pipeline = new Pipeline(socket, { serve, turns });
      pipelines.set(socket, pipeline);
    }
    pipeline.add({ incoming, response, cost: Math.min(UNANSWERED, callsOf(url)) });
  };
}

/** The requests of one connection: some are worked on, the others wait, and nothing is read while any waits. */
class Pipeline {
  readonly #socket: Socket;
  readonly #parts: Parts;
  readonly #unanswered = new Set<ServerResponse>();
  #cost = 0;
  #waiting: Exchange[] = [];
  #isWatched = false;

  constructor(socket: Socket, parts: Parts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.once('close', () => {
      this.#waiting = [];
    });
  }

  add(exchange: Exchange): void {
    const isNext = this.#waiting.length === 0 && this.#hasRoom(exchange);
    if (isNext && exchange.cost < HEAVY) {
      this.#begin(exchange);
      return;
    }
    this.#waiting.push(exchange);
    if (isNext) this.#parts.turns.add(this);
    else if (this.#waiting.length > WAITING) this.#socket.destroy();
    else this.#stopReading();
  }

  #hasRoom({ cost }: Exchange): boolean {
    if (this.#unanswered.size === 0) return true;
    if (this.#cost + cost > UNANSWERED) return false;
    let unread = 0;
    for (const response of this.#unanswered) unread += response.writableLength;
    return unread <= UNREAD_BYTES;
  }

  #begin({ incoming, response, cost }: Exchange): void {
    this.#unanswered.add(response);
    this.#cost += cost;
    // 'close' comes when the answer has been handed to the system, not when it has been made.
    response.once('close', () => {
      this.#unanswered.delete(response);
      this.#cost -= cost;
      this.#takeTurn();
    });
    this.#parts.serve(incoming, response);
  }

  #takeTurn(): void {
    const [next] = this.#waiting;
    if (next !== undefined && this.#hasRoom(next)) this.#parts.turns.add(this);
  }

  /** Begins the request that has waited longest, and returns its answer to be. */
  beginNext(): ServerResponse | undefined {
    const [next] = this.#waiting;
    if (next === undefined || !this.#hasRoom(next)) return;
    this.#waiting.shift();
    this.#begin(next);
    if (this.#waiting.length === 0) this.#socket.resume();
    else this.#takeTurn();
    return next.response;
  }

  /** Node reads on by itself when answers have been sent or a body is read. */
  #stopReading(): void {
    if (!this.#isWatched) {
      this.#isWatched = true;
      this.#socket.on('resume', () => {
        if (this.#waiting.length > 0) this.#socket.pause();
      });
    }
    this.#socket.pause();
  }
}

interface Parts {
  readonly serve: RequestListener;
  readonly turns: FairQueue;
}

/**
 * Begins the requests that had to wait, and those of many calls, one after the other over all connections: only senders of
 * such requests wait for each other. Begun together, the answers of twenty connections would hold up everyone.
 */
class FairQueue {
  readonly #pipelines = new Set<Pipeline>();
  #isTaken = false;

  add(pipeline: Pipeline): void {
    this.#pipelines.add(pipeline);
    if (!this.#isTaken) this.#give();
  }

  #give(): void {
    this.#isTaken = true;
    setImmediate(() => {
      const [pipeline] = this.#pipelines;
      if (pipeline === undefined) {
        this.#isTaken = false;
        return;
      }
      this.#pipelines.delete(pipeline);
      const response = pipeline.beginNext();
      if (response === undefined || response.writableEnded) {
        this.#give();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        response.off('prefinish', done);
        response.off('close', done);
        this.#give();
      };
      const timer = setTimeout(done, TURN_MS);
      response.once('prefinish', done);
      response.once('close', done);
    });
  }
}
