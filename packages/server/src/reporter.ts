/** Where page views are sent, and with which key. */
export interface ReporterOptions {
  /** The address of Footfall, such as `https://stats.example.com`. */
  readonly server: string;
  /** One of its `WRITE_KEYS`: it allows a server to name the visitors of its page views. */
  readonly key: string;
  /** Called for page views that are lost, and for the first failure of each outage; without it they are written to the console. */
  readonly onError?: (error: Error) => void;
  /** Sends page views; by default the runtime's `fetch`. */
  readonly fetch?: typeof fetch;
}

/** A page view as the server has seen it. */
export interface PageView {
  /** The page's full http(s) URL. */
  readonly url: string;
  readonly referrer?: string | undefined;
  /** The visitor's user agent and address. */
  readonly userAgent: string;
  readonly ip: string;
  readonly language?: string | undefined;
  /** The site's name for the visitor, instead of address and user agent. */
  readonly visitorId?: string | undefined;
  /** The visitor's consent, if Footfall requires it. */
  readonly consent?: boolean | undefined;
}

/** Sends page views after the response. */
export interface Reporter {
  /** Takes a page view; never throws and never waits. */
  readonly report: (view: PageView) => void;
  /** Reports an error of the caller, which must not reach the response. */
  readonly failed: (error: unknown) => void;
  /** Page views that are not acknowledged yet. */
  readonly waiting: () => number;
  /**
   * Resolves when all are acknowledged: for a clean stop.
   * @param withinMs page views that are not acknowledged by then are dropped, and `onError` is called
   */
  readonly close: (withinMs?: number) => Promise<void>;
}

/** Most events that Footfall accepts in one request, and their size in bytes. */
const BATCH = 50;
const BATCH_BYTES = 60 * 1024;

/** Most page views that wait while Footfall is down: beyond that, the oldest are lost. */
const CAPACITY = 10_000;

/** Longest strings that Footfall accepts, in characters: longer ones would be refused. */
const URL_CHARACTERS = 4_096;
const TEXT_CHARACTERS = 255;

const SECOND = 1_000;
const LONGEST_WAIT_MS = 60 * SECOND;
const ANSWER_MS = 15 * SECOND;
const STOP_MS = 10 * SECOND;

/** Most characters of an error that are read, since it is written to a log. */
const REASON_CHARACTERS = 200;

interface Event extends PageView {
  readonly id: string;
  readonly timestamp: number;
}

/**
 * Makes a reporter. Each page view gets its id and its time when it is added, and is sent until it is acknowledged, always
 * under that id: however often it is sent, it is counted once, at its original time. One request is in flight at a time;
 * page views added meanwhile go with the next.
 * @throws {TypeError} for a `server` that is not an http(s) address, and for an empty key
 */
export function createReporter(options: ReporterOptions): Reporter {
  const { key, onError = complain, fetch: send = fetch } = options;
  const server = originOf(options.server);
  requireKey(key);
  const url = `${server}/api/track`;
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
      onError(new Error(`Footfall is down: more than ${CAPACITY} page views wait, and the oldest are lost.`));
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
      const answer = readAnswer(await response.text());
      if (isPassing(response.status)) throw new Unavailable(response);
      if (answer === undefined) throw new NotFootfall(server, response);
      failures = 0;
      acknowledged(events);
      if (answer.error !== undefined) {
        onError(new Error(`Footfall refused ${pageViews(events.length)}: ${answer.error}`));
      }
      return 0;
    } catch (error) {
      failures += 1;
      if (failures === 1) {
        const what = error instanceof NotFootfall ? error.message : `${server} does not answer.`;
        onError(new Error(`${what} Page views wait until Footfall answers there.`, { cause: error }));
      }
      const requested = error instanceof Unavailable ? error.waitMs : 0;
      // Randomised so that waiting servers do not all retry at once.
      const backoff = Math.min(SECOND * 2 ** (failures - 1), LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
      return Math.min(Math.max(requested, backoff), LONGEST_WAIT_MS);
    }
  }

  function acknowledged(events: readonly Event[]): void {
    const ids = new Set(events.map(({ id }) => id));
    queue = queue.filter(({ id }) => !ids.has(id));
  }

  async function close(withinMs = STOP_MS): Promise<void> {
    deadline = Date.now() + withinMs;
    if (queue.length > 0) {
      if (running === undefined) start(0); // without waiting any longer
      await new Promise<void>((resolve) => {
        emptied = resolve;
        setTimeout(resolve, withinMs).unref();
      });
    }
    clearTimeout(timer);
    if (queue.length > 0) onError(new Error(`${pageViews(queue.length)} did not reach Footfall.`));
    queue = [];
  }

  const failed = (error: unknown): void => {
    onError(new Error('A page view could not be reported.', { cause: error }));
  };

  return { report, failed, waiting: () => queue.length, close };
}

/** The page views that fit into one request, at least one. */
function batchOf(queue: readonly Event[]): readonly Event[] {
  let bytes = 0;
  const end = queue.slice(0, BATCH).findIndex((event) => {
    bytes += Buffer.byteLength(JSON.stringify(event)) + 1;
    return bytes > BATCH_BYTES;
  });
  return queue.slice(0, end === -1 ? BATCH : Math.max(1, end));
}

const pageViews = (number: number): string => (number === 1 ? '1 page view' : `${number} page views`);

/** An address as the start of a URL, without a trailing slash. */
function originOf(server: string): string {
  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search + url.hash !== '') {
    throw new TypeError(
      `server must be the address of a Footfall server, such as https://stats.example.com; it is ${JSON.stringify(server)}.`,
    );
  }
  return url.origin + url.pathname.replace(/\/$/, '');
}

/** Without a key every page view would be counted as the server's own, and as a bot's. */
function requireKey(key: string): void {
  if (typeof key === 'string' && key.trim() !== '') return;
  throw new TypeError(
    'key must be one of the WRITE_KEYS of the Footfall server; it is empty. Is its variable set?',
  );
}

/**
 * Parses Footfall's response to a batch.
 * @returns undefined for a response that no Footfall server sends
 */
function readAnswer(text: string): { readonly error?: string } | undefined {
  try {
    const answer = JSON.parse(text) as { results?: unknown; error?: unknown; code?: unknown } | null;
    if (Array.isArray(answer?.results)) return {};
    const { error, code } = answer ?? {};
    return typeof error === 'string' && typeof code === 'string' && code !== 'NOT_FOUND'
      ? { error: error.slice(0, REASON_CHARACTERS) }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the same request may be sent again later. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

/** Footfall cannot take page views right now. */
class Unavailable extends Error {
  readonly waitMs: number;

  constructor({ status, headers }: Response) {
    super(`Footfall answered ${status}.`);
    this.waitMs = (Number(headers.get('retry-after')) || 0) * SECOND;
  }
}

/** Another program is at its address. */
class NotFootfall extends Error {
  constructor(server: string, { status, headers }: Response) {
    const type = headers.get('content-type')?.split(';', 1)[0] ?? '';
    super(
      `${server} is not a Footfall server: it answered ${status}${type === '' ? '' : ` with ${type.slice(0, REASON_CHARACTERS)}`}.`,
    );
  }
}

function complain(error: Error): void {
  console.error(error);
}
