/**
 * Follows a site's numbers in a browser, without a framework:
 *
 *     const stop = followLive({ onUpdate: ({ stats }) => (element.textContent = stats.totalVisits) });
 *
 * Over a WebSocket, else server-sent events, else polling every few seconds. It falls back and reconnects by itself. An older
 * state is never shown after a newer one (docs/api.md, Live).
 */
import type { LiveUpdate, Stats, VisitorStats } from '@footfall/core';
import { compareVersions } from '@footfall/core/store-version';
import { attempt } from './attempt.ts';
import { storage } from './storage.ts';

/** How updates arrive; `offline` means not at all. */
export type LiveStatus = 'socket' | 'stream' | 'polling' | 'offline';

export interface LiveOptions {
  /** Footfall's address, such as `https://stats.example.com`; by default the page's origin. */
  readonly server?: string;
  /**
   * Called with each newer state, and again when the last known one stops being current.
   * @param isCurrent false for the last known state while no newer one is available
   */
  readonly onUpdate: (update: LiveUpdate, isCurrent: boolean) => void;
  /** Called with the new status whenever it changes. */
  readonly onStatus?: (status: LiveStatus) => void;
  /** The polling interval where nothing is pushed, in milliseconds: while numbers change, and its maximum while they do not. */
  readonly pollMs?: number;
  readonly slowestPollMs?: number;
}

const SECOND = 1000;

/** How old a stored state may be to be shown at once, and how old a state may be to count as current, in milliseconds. */
const STORED = 10 * SECOND;
const CURRENT = 30 * SECOND;

/** A transport without a message for this long after connecting is replaced by the next. */
const SILENCE = 5 * SECOND;

/** Reconnects are spread over this time at first, and over at most the second. */
const FIRST_WAIT = 5 * SECOND;
const LONGEST_WAIT = 30 * SECOND;

/** How often a polling client tries the other transports again. */
const BETTER = 60 * SECOND;

/** Opens a transport: calls `heard` with each update and `lost` when the connection ends. Returns a function that closes it. */
type Transport = (heard: (update: LiveUpdate) => void, lost: () => void) => () => void;

/**
 * Follows the numbers of a Footfall.
 * @returns a function that stops it
 */
export function followLive({
  server = location.origin,
  onUpdate,
  onStatus = () => {},
  pollMs = 5 * SECOND,
  slowestPollMs = 10 * SECOND,
}: LiveOptions): () => void {
  const base = server.replace(/\/+$/, '');
  const key = `footfall.live ${base}`;
  let known: LiveUpdate | undefined;
  let heardAt = 0;
  let isCurrent = false;
  let status: LiveStatus | undefined;
  let failures = 0;
  let close = (): void => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false; // also by a callback

  const socket: Transport = (heard, lost) => {
    const connection = new WebSocket(`${base.replace(/^http/, 'ws')}/api/live`);
    connection.onmessage = ({ data }) => attempt(() => heard(JSON.parse(data as string) as LiveUpdate));
    connection.onclose = lost;
    return () => connection.close();
  };

  const stream: Transport = (heard, lost) => {
    const source = new EventSource(`${base}/api/live`);
    source.onmessage = ({ data }) => attempt(() => heard(JSON.parse(data as string) as LiveUpdate));
    source.onerror = lost;
    return () => source.close();
  };

  const polling: Transport = (heard, lost) => {
    const abort = new AbortController();
    const get = async <T>(path: string): Promise<T> => {
      const response = await fetch(`${base}/api/${path}`, { cache: 'no-cache', signal: abort.signal });
      if (!response.ok) throw new Error();
      return (await response.json()) as T;
    };
    let wait = pollMs;
    let next: ReturnType<typeof setTimeout>;
    const poll = async (): Promise<void> => {
      const stats = await get<Stats>('stats');
      const { version, store, stale } = stats;
      if (known && compareVersions(stats, known) <= 0) {
        heard({ ...known, stats: { ...known.stats, stale }, visitorStats: { ...known.visitorStats, stale } });
        wait = Math.min(wait * 1.25, slowestPollMs);
      } else {
        const [visitorStats, { count }] = await Promise.all([
          get<VisitorStats>('visitor-stats'),
          get<{ count: number }>('visitors/count'),
        ]);
        heard({ type: 'visitor_update', stats, visitorStats, count, version, store });
        wait = pollMs;
      }
      if (!abort.signal.aborted) next = setTimeout(() => void poll().catch(lost), wait);
    };
    void poll().catch(lost);
    return () => {
      abort.abort();
      clearTimeout(next);
    };
  };

  const transports: readonly [LiveStatus, Transport][] = [
    ['socket', socket],
    ['stream', stream],
    ['polling', polling],
  ];

  const be = (now: LiveStatus): void => {
    if (status !== now && !isStopped) onStatus((status = now));
  };

  function show(update: LiveUpdate, current: boolean): void {
    if (isStopped) return;
    known = update;
    isCurrent = current;
    onUpdate(update, current);
  }

  function connect(nth: number): void {
    if (isStopped) return;
    disconnect();
    const [name, transport] = transports[nth] as (typeof transports)[number];
    let hasHeard = false;
    let isOver = false;
    const heard = (update: LiveUpdate): void => {
      if (isOver) return;
      if (!hasHeard) {
        clearTimeout(timer);
        if (name === 'polling') timer = setTimeout(() => connect(0), BETTER);
      }
      hasHeard = true;
      failures = 0;
      heardAt = Date.now();
      be(name);
      const current = update.stats.stale !== true;
      const newer = known ? compareVersions(update, known) : 1;
      if (newer > 0) show(update, current);
      else if (current && !isCurrent) show(newer ? known! : update, true);
    };
    const lost = (): void => {
      if (isOver) return;
      disconnect();
      if (!hasHeard && nth + 1 < transports.length) connect(nth + 1);
      else later(hasHeard);
    };
    timer = setTimeout(lost, SILENCE);
    const end = attempt(() => transport(heard, lost));
    close = () => {
      isOver = true;
      end?.();
    };
    if (!end) lost(); // the browser lacks it, or a policy forbids it
  }

  function disconnect(): void {
    clearTimeout(timer);
    close();
    close = () => {};
  }

  /** Reconnects with jitter and backoff. */
  function later(wasConnected: boolean): void {
    const longest = Math.min(FIRST_WAIT * 2 ** failures, LONGEST_WAIT);
    timer = setTimeout(() => connect(0), Math.random() * longest);
    if (!wasConnected) {
      failures += 1;
      be('offline');
      if (known && isCurrent) show(known, false);
    }
  }

  function resume(): void {
    if (document.hidden) {
      disconnect();
      save();
    } else {
      if (known && isCurrent && Date.now() - heardAt > CURRENT) show(known, false);
      connect(0);
    }
  }

  /** Stores the state for the next page and for offline use, where storage is available and allowed. */
  function save(): void {
    if (known) attempt(() => storage()!.setItem(key, JSON.stringify({ at: heardAt, update: known })));
  }

  const stored = attempt(
    () => JSON.parse(storage()!.getItem(key)!) as { at: number; update?: LiveUpdate } | null,
  );
  const { at = NaN, update } = stored ?? {};
  // Ignores what other scripts wrote: entries of another form, or from the future.
  if (at <= Date.now() && update && update.version >= 0) {
    heardAt = at;
    if (Date.now() - at <= STORED) show(update, true);
    else if (!navigator.onLine) show(update, false);
  }
  const online = (): void => {
    if (!document.hidden && status !== 'socket' && status !== 'stream') connect(0);
  };
  document.addEventListener('visibilitychange', resume);
  addEventListener('pagehide', save);
  addEventListener('online', online);
  if (!document.hidden) connect(0);

  return () => {
    isStopped = true;
    disconnect();
    document.removeEventListener('visibilitychange', resume);
    removeEventListener('pagehide', save);
    removeEventListener('online', online);
  };
}
