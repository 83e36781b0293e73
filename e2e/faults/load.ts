import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { Client, expectUnavailable, newView, type Answer, type View } from './client.ts';

/** Pause after a refusal, so that the machine is not busy with refusals only. */
const PAUSE_MS = 50;

/** Maximum time of a response, whatever the state of the store and of the machine, in milliseconds. */
const LONGEST_MS = 5_000;

/** Response times. */
export class Times {
  readonly #longest = new Map<string, number>();

  /**
   * Waits for a response, and records how long it took.
   * @throws if there is none
   */
  async of(what: string, answering: Promise<Answer>): Promise<Answer> {
    const began = performance.now();
    const answer = await answering;
    const kind = `${what} ${answer.status}`;
    this.#longest.set(kind, Math.max(this.#longest.get(kind) ?? 0, performance.now() - began));
    return answer;
  }

  /** Asserts that every response was in time. */
  expectShort(): void {
    expect([...this.#longest].filter(([, ms]) => ms >= LONGEST_MS)).toEqual([]);
  }

  /** The longest of each kind, for people. */
  toString(): string {
    return [...this.#longest].map(([kind, ms]) => `${kind}: ${Math.round(ms)} ms`).join(', ');
  }
}

/** One of the servers under load, as seen by its clients. */
export interface Target {
  readonly url: string;
  /** Number of responses, by kind. */
  acknowledged: number;
  refused: number;
}

/**
 * Clients that each store a page view until it is acknowledged: a refused or unanswered one is sent again under the same
 * id; without a response, to the next server.
 */
export class Load {
  readonly targets: readonly Target[];
  readonly times = new Times();
  /** Ids of acknowledged page views. */
  readonly acknowledged = new Set<string>();
  /** Number of events without a response. */
  unanswered = 0;
  readonly #clients: readonly Client[];
  readonly #senders: Promise<unknown>;
  #problem: unknown;
  #ending = false;
  #abandoned = false;

  private constructor(urls: readonly string[], senders: number) {
    this.targets = urls.map((url) => ({ url, acknowledged: 0, refused: 0 }));
    this.#clients = urls.map((url) => new Client(url, senders));
    this.#senders = Promise.all(
      Array.from({ length: senders }, (_, n) =>
        this.#send(n).catch((error: unknown) => {
          this.#problem ??= error;
        }),
      ),
    );
  }

  /** Starts sending, to all servers alike; stops with the test. */
  static on(urls: readonly string[], senders: number): Load {
    const load = new Load(urls, senders);
    onTestFinished(async () => {
      load.#ending = true;
      load.#abandoned = true;
      load.#close();
      await load.#senders;
    });
    return load;
  }

  /** Waits for a condition under load; fails at once on an undocumented response. */
  async until(what: string, isSo: () => boolean, withinMs = 10_000): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!isSo()) {
      if (this.#problem !== undefined) throw this.#problem as Error;
      expect(performance.now(), `${what}, within ${withinMs} ms`).toBeLessThan(deadline);
      await pause(10);
    }
  }

  /** Waits until each server has acknowledged that many more. */
  async acknowledgesOnAll(more: number, withinMs?: number): Promise<void> {
    const before = this.targets.map(({ acknowledged }) => acknowledged);
    await this.until(
      'all servers count',
      () => this.targets.every(({ acknowledged }, at) => acknowledged >= (before[at] ?? 0) + more),
      withinMs,
    );
  }

  /** Lets every client finish the page view that it has. */
  async end(): Promise<void> {
    this.#ending = true;
    await this.#senders;
    this.#close();
    if (this.#problem !== undefined) throw this.#problem as Error;
  }

  async #send(sender: number): Promise<void> {
    let at = sender;
    for (let n = 0; !this.#ending; n += 1) {
      const view = newView(`/page-${(sender + n) % 20}`);
      for (;;) {
        const outcome = await this.#offer(view, at % this.targets.length, n);
        if (outcome === 'acknowledged' || this.#abandoned) break;
        if (outcome === 'unanswered') at += 1;
        await pause(PAUSE_MS);
      }
    }
  }

  async #offer(view: View, at: number, n: number): Promise<'acknowledged' | 'refused' | 'unanswered'> {
    const target = this.targets[at]!;
    const answering = this.#clients[at]!.track(view, n % 2 === 0 ? '' : '?return=minimal');
    const answer = await this.times.of('track', answering).catch(() => undefined);
    if (answer === undefined) {
      this.unanswered += 1;
      return 'unanswered';
    }
    if (answer.status === 200 || answer.status === 204) {
      this.acknowledged.add(view.id);
      target.acknowledged += 1;
      return 'acknowledged';
    }
    expectUnavailable(answer);
    target.refused += 1;
    return 'refused';
  }

  #close(): void {
    for (const client of this.#clients) client.close();
  }
}
