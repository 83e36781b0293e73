import { invalidate } from '$app/navigation';

/** Numbers are read again at most this often, and this soon again where something was in the way, in milliseconds. */
const READ_MS = 5_000;
const AGAIN_MS = 500;

/** What the data of a page depends on, for {@link readAgain}. */
export const DASHBOARD = 'footfall:dashboard';

interface Reading {
  /** Whether there is something newer than what is shown. */
  readonly isBehind: () => boolean;
  /** Whether what is shown are last known numbers, for which nothing newer is ever announced. */
  readonly isStale?: () => boolean;
  /** Whether the page must stay as it is for the moment. */
  readonly isInTheWay?: () => boolean;
  /** Called when reading begins. */
  readonly onread?: () => void;
}

/** Reads the data of a page again while it is behind, at most every five seconds, and not while nobody sees it. To be called where a component begins. */
export function readAgain({ isBehind, isStale = NEVER, isInTheWay = NEVER, onread = NEVER }: Reading): void {
  let isReading = false;
  let readAt = 0;

  $effect(() => {
    const stale = isStale();
    if (!stale && !isBehind()) return;
    const wait = stale ? READ_MS : Math.max(readAt + READ_MS - Date.now(), 0);
    let timer = setTimeout(read, wait);
    return () => clearTimeout(timer);

    function read() {
      if (document.hidden || isReading || isInTheWay()) {
        timer = setTimeout(read, AGAIN_MS);
        return;
      }
      isReading = true;
      readAt = Date.now();
      onread();
      void invalidate(DASHBOARD)
        .catch(() => {})
        .finally(() => (isReading = false));
    }
  });
}

const NEVER = () => false;
