import { TRPCClientError, type AppRouter, type FootfallClient } from '@footfall/trpc/client';

/** One page view, as it is reported. */
export interface View {
  /** UUID: the view is counted once however often it is sent with the same one. */
  readonly id: string;
  readonly url: string;
  readonly referrer: string;
  /** When it was by this browser's clock, epoch milliseconds; without one it is of now. */
  readonly timestamp?: number;
}

/** A view as it is sent: how long ago it was, in milliseconds, since clocks differ. */
export interface Sent extends Omit<View, 'timestamp'> {
  readonly ageMs?: number;
}

/** The oldest that a view may be (docs/api.md, Writing). */
const OLDEST_MS = 24 * 60 * 60 * 1000;

/** What the server made of a report. */
export type Answer = Awaited<ReturnType<FootfallClient['track']['mutate']>>;

export interface Reporting {
  readonly send: (view: Sent) => Promise<Answer>;
  /** Waits about that many milliseconds, or until the browser is online again. */
  readonly pause: (ms: number) => Promise<void>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Told before each pause. */
  readonly onPause: () => void;
}

const PAUSES_MS = [1_000, 3_000, 10_000, 30_000] as const;
const LAST_PAUSE_MS = 30_000;

/** Statuses that pass: the view was not counted, or nobody knows, and the same report may be sent again. */
const PASSING: readonly (number | undefined)[] = [undefined, 408, 429, 502, 503, 504];

/**
 * Reports one page view until the server has answered, each time with the same id.
 * @throws what the server objects to
 */
export async function report(view: View, { send, pause, now, onPause }: Reporting): Promise<Answer> {
  const { timestamp, ...rest } = view;
  const at = timestamp ?? now();
  for (let attempt = 0; ; attempt++) {
    try {
      const isPrompt = attempt === 0 && timestamp === undefined;
      const ageMs = Math.min(Math.max(0, now() - at), OLDEST_MS);
      const answer = await send(isPrompt ? rest : { ...rest, ageMs });
      // A duplicate of our own report whose answer was lost: the view has been counted.
      if (attempt > 0 && answer.reason === 'duplicate')
        return { ...answer, counted: true, reason: undefined };
      return answer;
    } catch (error) {
      if (!isPassing(error)) throw error;
      onPause();
      await pause(PAUSES_MS[attempt] ?? LAST_PAUSE_MS);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof TRPCClientError)) return false;
  const { data } = error as TRPCClientError<AppRouter>;
  return PASSING.includes(data?.httpStatus);
}

/** Waits about that many milliseconds, or until the browser is online again. */
export function pauseInBrowser(ms: number): Promise<void> {
  return new Promise((resolve) => {
    // Not to the millisecond, or all who waited for one server come back at once.
    const timer = setTimeout(done, ms * (0.75 + Math.random() / 2));
    addEventListener('online', done);
    function done() {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    }
  });
}

/** A random UUID, also on a plain-http page, where `crypto.randomUUID` is missing. */
export function newId(): string {
  if ('randomUUID' in crypto) return crypto.randomUUID();
  const bytes = (crypto as Crypto).getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
