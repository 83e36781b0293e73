import { untrack } from 'svelte';

/** How long a page waits before it connects again where a stream has ended, in milliseconds. */
const AGAIN_MS = 5_000;

/** The same where it was refused: there are too many, or the link has ended. */
const REFUSED_MS = 30_000;

interface Shown {
  /** The address of the private link, without what is chosen. */
  readonly path: string;
  /** What the server said of the numbers that are shown, so that it knows whether there are newer ones. */
  readonly state: string;
}

/** What a page of a private link knows of the numbers that it does not show yet. */
export interface Following {
  /** Whether there are newer numbers. */
  readonly isBehind: boolean;
  /** Whether the link was revoked, or its last day is over. */
  readonly isOver: boolean;
  /** To be called when the numbers are read again. */
  readonly onread: () => void;
}

/**
 * Follows the numbers of a private link while the page is visible. To be called where a component begins.
 * @param shown what the page shows; undefined where it shows no numbers
 */
export function followShared(shown: () => Shown | undefined): Following {
  let isBehind = $state(false);
  let isOver = $state(false);
  const path = $derived(shown()?.path);

  $effect(() => {
    if (path === undefined) return;
    const its = path;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = () => {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    };
    const connect = () => {
      stop();
      if (document.hidden || isOver) return;
      const opened = new EventSource(`${its}/live?seen=${encodeURIComponent(shown()?.state ?? '')}`);
      source = opened;
      opened.addEventListener('changed', () => (isBehind = true));
      opened.addEventListener('over', () => {
        isOver = true;
        stop();
      });
      opened.addEventListener('error', () => {
        // A browser connects again by itself, but says what the page showed at first, and not where it was refused.
        const isRefused = opened.readyState === EventSource.CLOSED;
        stop();
        timer = setTimeout(
          () => {
            // Until there is room the page reads now and then, and so finds out whether the link has ended.
            if (isRefused) isBehind = true;
            connect();
          },
          isRefused ? REFUSED_MS : AGAIN_MS,
        );
      });
    };
    untrack(connect);
    document.addEventListener('visibilitychange', connect);
    return () => {
      document.removeEventListener('visibilitychange', connect);
      stop();
    };
  });

  return {
    get isBehind() {
      return isBehind;
    },
    get isOver() {
      return isOver;
    },
    onread: () => (isBehind = false),
  };
}
