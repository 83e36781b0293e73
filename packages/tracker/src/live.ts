/**
 * Follows a site's numbers in a browser, without a framework:
 *
 *     const stop = followLive({ onUpdate: ({ stats }) => (element.textContent = stats.totalVisits) });
 *
 * Over a WebSocket, else over server-sent events, else by asking every few seconds; it changes from one to the other, and
 * connects again, by itself. Nobody is shown an older state after a newer one (docs/api.md, Live).
 */
import type { LiveUpdate, Stats, VisitorStats } from '@footfall/core';
import { compareVersions } from '@footfall/core/store-version';
import { attempt } from './attempt.ts';
import { storage } from './storage.ts';

/** How the numbers come: `offline` means that they do not. */
export type LiveStatus = 'socket' | 'stream' | 'polling' | 'offline';

export interface LiveOptions {
  /** Where Footfall is, such as `https://stats.example.com`; the page's own origin without it. */
  readonly server?: string;
  /**
   * Called with each newer state, and again when the last known one stops being current.
   * @param isCurrent false for the last known state while no newer one can be had
   */
  readonly onUpdate: (update: LiveUpdate, isCurrent: boolean) => void;
  /** Called with how the numbers come, whenever that changes. */
  readonly onStatus?: (status: LiveStatus) => void;
  /** How often is asked where nothing is pushed, in milliseconds: while numbers change, and at most. */
  readonly pollMs?: number;
  readonly slowestPollMs?: number;
}

const SECOND = 1000;

/** What is stored in the browser is shown at once for this long, and as the present state for this long. */
const STORED = 10 * SECOND;
const CURRENT = 30 * SECOND;

/** A way that is silent for this long at first is given up for the next. */
const SILENCE = 5 * SECOND;

/** Browsers that have lost a server come back spread over this long, and over this at last. */
const FIRST_WAIT = 5 * SECOND;
const LONGEST_WAIT = 30 * SECOND;

/** A client that has to poll looks this often whether something is pushed by now. */
const BETTER = 60 * SECOND;

/** Opens a way; `heard` takes over what comes, `lost` says that it is over. Returns what closes it. */
type Way = (heard: (update: LiveUpdate) => void, lost: () => void) => () => void;

/** @returns ends it */
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
  let isStopped = false; // by a callback, perhaps

  const socket: Way = (heard, lost) => {
    const connection = new WebSocket(`${base.replace(/^http/, 'ws')}/api/live`);
    connection.onmessage = ({ data }) => attempt(() => heard(JSON.parse(data as string) as LiveUpdate));
    connection.onclose = lost;
    return () => connection.close();
  };

  const stream: Way = (heard, lost) => {
    const source = new EventSource(`${base}/api/live`);
    source.onmessage = ({ data }) => attempt(() => heard(JSON.parse(data as string) as LiveUpdate));
    source.onerror = lost;
    return () => source.close();
  };

  const polling: Way = (heard, lost) => {
    const abort = new AbortController();
    const ask = async <T>(path: string): Promise<T> => {
      const response = await fetch(`${base}/api/${path}`, { cache: 'no-cache', signal: abort.signal });
      if (!response.ok) throw new Error();
      return (await response.json()) as T;
    };
    let wait = pollMs;
    let next: ReturnType<typeof setTimeout>;
    const poll = async (): Promise<void> => {
      const stats = await ask<Stats>('stats');
      const { version, store, stale } = stats;
      if (known && compareVersions(stats, known) <= 0) {
        heard({ ...known, stats: { ...known.stats, stale }, visitorStats: { ...known.visitorStats, stale } });
        wait = Math.min(wait * 1.25, slowestPollMs);
      } else {
        const [visitorStats, { count }] = await Promise.all([
          ask<VisitorStats>('visitor-stats'),
          ask<{ count: number }>('visitors/count'),
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

  const ways: readonly [LiveStatus, Way][] = [
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
    const [name, way] = ways[nth] as (typeof ways)[number];
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
      if (!hasHeard && nth + 1 < ways.length) connect(nth + 1);
      else later(hasHeard);
    };
    timer = setTimeout(lost, SILENCE);
    const end = attempt(() => way(heard, lost));
    close = () => {
      isOver = true;
      end?.();
    };
    if (!end) lost(); // this browser does not have it, or the page may not use it
  }

  function disconnect(): void {
    clearTimeout(timer);
    close();
    close = () => {};
  }

  /** Tries again, at another moment than everyone else. */
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

  /** For the next page, or for when the connection is gone. A page may be without storage, or without consent to it. */
  function save(): void {
    if (known) attempt(() => storage()!.setItem(key, JSON.stringify({ at: heardAt, update: known })));
  }

  const stored = attempt(
    () => JSON.parse(storage()!.getItem(key)!) as { at: number; update?: LiveUpdate } | null,
  );
  const { at = NaN, update } = stored ?? {};
  // What is not of this form, or from the future, somebody else has put there.
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
