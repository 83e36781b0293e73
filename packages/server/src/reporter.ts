/** Where page views are reported, and as whom. */
export interface ReporterOptions {
  /** Where Footfall is, such as `https://stats.example.com`. */
  readonly server: string;
  /** One of its `WRITE_KEYS`: with it a server may say whose page views they are. */
  readonly key: string;
  /** Told of reports that are lost, and of the first failure of each outage; without it they are written to the console. */
  readonly onError?: (error: Error) => void;
  /** How reports are sent; the runtime's `fetch` without it. */
  readonly fetch?: typeof fetch;
}

/** A page view as the server has seen it. */
export interface PageView {
  /** The page's full http(s) URL. */
  readonly url: string;
  readonly referrer?: string | undefined;
  /** The visitor's. */
  readonly userAgent: string;
  readonly ip: string;
  readonly language?: string | undefined;
  /** What the site calls the visitor, in place of address and user agent. */
  readonly visitorId?: string | undefined;
  /** The visitor's consent, where Footfall waits for it. */
  readonly consent?: boolean | undefined;
}

/** Reports page views, behind the answers that were sent. */
export interface Reporter {
  /** Takes a page view; never throws and never waits. */
  readonly report: (view: PageView) => void;
  /** Takes an error of whoever reports: it must not reach the answer. */
  readonly failed: (error: unknown) => void;
  /** Page views that are not acknowledged yet. */
  readonly waiting: () => number;
  /**
   * Resolves when all are acknowledged: for a clean stop.
   * @param withinMs what is not acknowledged by then is given up, and told to `onError`
   */
  readonly close: (withinMs?: number) => Promise<void>;
}

/** Most events that Footfall takes in one request, and most bytes of them. */
const BATCH = 50;
const BATCH_BYTES = 60 * 1024;

/** Most page views that wait while Footfall is away: beyond it the oldest are lost. */
const CAPACITY = 10_000;

/** Longest texts that Footfall takes, in characters: what is longer would be refused. */
const URL_CHARACTERS = 4_096;
const TEXT_CHARACTERS = 255;

const SECOND = 1_000;
const LONGEST_WAIT_MS = 60 * SECOND;
const ANSWER_MS = 15 * SECOND;
const STOP_MS = 10 * SECOND;

interface Event extends PageView {
  readonly id: string;
  readonly timestamp: number;
}

/**
 * Makes a reporter. Each page view gets its id and its time when it is taken, and is sent until it is acknowledged, always
 * under that id: however often it is sent, it is counted once, and as of when it was. One request is under way at a time;
 * what comes meanwhile goes with the next.
 */
export function createReporter(options: ReporterOptions): Reporter {
  const { key, onError = complain, fetch: send = fetch } = options;
  const url = new URL('/api/track', options.server).href;
  let queue: Event[] = [];
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  let deadline = Infinity;
  let emptied = (): void => {};

  function report(view: PageView): void {
    if (view.url.length > URL_CHARACTERS) return;
    queue.push({
      ...view,
      referrer: view.referrer?.slice(0, URL_CHARACTERS),
      userAgent: view.userAgent.slice(0, URL_CHARACTERS),
      language: view.language?.slice(0, TEXT_CHARACTERS),
      id: crypto.randomUUID(),
      timestamp: Date.now(),
    });
    if (queue.length > CAPACITY) {
      queue = queue.slice(-CAPACITY);
      onError(new Error(`Footfall is away: more than ${CAPACITY} page views wait, and the oldest are lost.`));
    }
    if (timer === undefined && running === undefined) start(0);
  }

  function start(afterMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      running = sendNext().then((waitMs) => {
        running = undefined;
        if (queue.length > 0) start(Math.min(waitMs, deadline === Infinity ? waitMs : SECOND));
        else emptied();
      });
    }, afterMs);
  }

  /** @returns how long to wait before the next, in milliseconds */
  async function sendNext(): Promise<number> {
    const events = batchOf(queue);
    try {
      const response = await send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ events }),
        signal: AbortSignal.timeout(Math.max(1, Math.min(ANSWER_MS, deadline - Date.now()))),
      });
      await response.arrayBuffer();
      if (isAway(response.status)) throw new Away(response);
      failures = 0;
      acknowledged(events);
      if (!response.ok) {
        onError(new Error(`Footfall refused ${events.length} page views: ${response.status}.`));
      }
      return 0;
    } catch (error) {
      failures += 1;
      if (failures === 1) {
        onError(new Error('Footfall does not answer; page views wait until it does.', { cause: error }));
      }
      const asked = error instanceof Away ? error.waitMs : 0;
      // At another moment than other servers that wait for it too.
      const backoff = Math.min(SECOND * 2 ** (failures - 1), LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
      return Math.min(Math.max(asked, backoff), LONGEST_WAIT_MS);
    }
  }

  function acknowledged(events: readonly Event[]): void {
    const ids = new Set(events.map(({ id }) => id));
    queue = queue.filter(({ id }) => !ids.has(id));
  }

  async function close(withinMs = STOP_MS): Promise<void> {
    deadline = Date.now() + withinMs;
    if (queue.length > 0) {
      if (running === undefined) start(0); // whatever it was waiting for
      await new Promise<void>((resolve) => {
        emptied = resolve;
        setTimeout(resolve, withinMs).unref();
      });
    }
    clearTimeout(timer);
    if (queue.length > 0) onError(new Error(`Footfall was not told of ${queue.length} page views.`));
    queue = [];
  }

  const failed = (error: unknown): void => {
    onError(new Error('A page view could not be reported.', { cause: error }));
  };

  return { report, failed, waiting: () => queue.length, close };
}

/** As many as one request takes, at least one. */
function batchOf(queue: readonly Event[]): readonly Event[] {
  let bytes = 0;
  const many = queue.slice(0, BATCH).findIndex((event) => {
    bytes += Buffer.byteLength(JSON.stringify(event)) + 1;
    return bytes > BATCH_BYTES;
  });
  return queue.slice(0, many === -1 ? BATCH : Math.max(1, many));
}

/** Whether a report is worth sending again. */
function isAway(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

/** Footfall cannot take reports right now. */
class Away extends Error {
  readonly waitMs: number;

  constructor({ status, headers }: Response) {
    super(`Footfall answered ${status}.`);
    this.waitMs = (Number(headers.get('retry-after')) || 0) * SECOND;
  }
}

function complain(error: Error): void {
  console.error(error);
}
