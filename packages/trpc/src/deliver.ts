import { TRPCClientError } from '@trpc/client';
import { UnexpectedResponse } from './unexpected-response.ts';
import type { PageViewInput } from './client-types.ts';
import type { AppRouter } from './router.ts';
import type { Tracked } from './visitors.ts';

/** One page view to be sent. */
export interface UniquePageView extends PageViewInput {
  /** UUID: the view is counted once however often it is sent with the same one. */
  readonly id: string;
}

/** The oldest that a view may be (docs/api.md, Writing). */
const OLDEST_MS = 24 * 60 * 60 * 1000;

export interface DeliveryOptions {
  readonly send: (view: UniquePageView) => Promise<Tracked>;
  /** Waits about that number of milliseconds, or until the browser is online again. */
  readonly pause: (ms: number) => Promise<void>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Called before each pause. */
  readonly onPause?: () => void;
  /** Number of attempts before giving up; unlimited by default. */
  readonly tries?: number;
}

const PAUSES_MS = [1_000, 3_000, 10_000, 30_000] as const;
const LAST_PAUSE_MS = 30_000;

/** Temporary statuses: the view was not counted, or that is unknown, and the same event may be sent again. */
const PASSING: readonly (number | undefined)[] = [undefined, 408, 429, 502, 503, 504];

/**
 * Sends one page view until the server has responded, each time with the same id. Its age by then is sent as a
 * difference (`ageMs`), since clocks differ.
 * @throws the server's error; the last failure once the attempts are used up
 */
export async function deliver(view: UniquePageView, reporting: DeliveryOptions): Promise<Tracked> {
  const { send, pause, now, onPause, tries = Infinity } = reporting;
  const { timestamp, ageMs: givenAge, ...rest } = view;
  const isPast = timestamp !== undefined || givenAge !== undefined;
  const at = timestamp === undefined ? now() - (givenAge ?? 0) : new Date(timestamp).getTime();
  for (let attempt = 0; ; attempt++) {
    try {
      const ageMs = Math.min(Math.max(0, now() - at), OLDEST_MS);
      // The server reports what is wrong with an invalid time.
      const age = Number.isNaN(ageMs) ? { timestamp } : { ageMs };
      const answer = await send(attempt === 0 && !isPast ? rest : { ...rest, ...age });
      // A duplicate of our own view whose response was lost: the view has been counted.
      if (attempt > 0 && answer.reason === 'duplicate') {
        const { reason: _, ...counted } = answer;
        return { ...counted, counted: true };
      }
      return answer;
    } catch (error) {
      if (!isPassing(error) || attempt + 1 >= tries) throw error;
      onPause?.();
      await pause(PAUSES_MS[attempt] ?? LAST_PAUSE_MS);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof TRPCClientError)) return false;
  const { data, cause } = error as TRPCClientError<AppRouter>;
  return PASSING.includes(cause instanceof UnexpectedResponse ? cause.status : data?.httpStatus);
}

/** A random UUID, also on a plain-http page, where `crypto.randomUUID` is missing. */
export function newId(): string {
  const source: Partial<Pick<typeof crypto, 'randomUUID'>> & Pick<typeof crypto, 'getRandomValues'> = crypto;
  if (source.randomUUID !== undefined) return source.randomUUID();
  const bytes = source.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
