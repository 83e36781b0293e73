import type { CommitReport, FoldReport } from '@footfall/db';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The Prometheus metrics of this process. */
export interface Metrics {
  /** Counts a request by its route and its outcome, each from a short fixed list. */
  readonly request: (route: string, outcome: string | number) => void;
  readonly commit: (report: CommitReport) => void;
  readonly fold: (report: FoldReport) => void;
  readonly page: MetricsPage;
}

/** These metrics are removed: with ten thousand connections they block the event loop for 30 ms per scrape. */
const SLOW_METRICS = [
  'process_open_fds',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
];

/** What a scraper reads. */
export interface MetricsPage {
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

/** Gauges sampled on scrape. */
export interface Gauges {
  /** Number of events that wait for a commit. */
  readonly waiting: () => number;
  /** Number of events that wait to be folded, and the age of the oldest, in milliseconds. */
  readonly unfolded: () => { readonly events: number; readonly ageMs: number };
  /** Number of live connections. */
  readonly following: () => number;
}

/** Makes the metrics of one process. */
export function createMetrics({ waiting, unfolded, following }: Gauges): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register }); // event loop delay, memory, garbage collection
  for (const name of SLOW_METRICS) register.removeSingleMetric(name);

  // Counted in a map: prom-client's labels cost more than counting a page view.
  const requests = new Map<string, { route: string; outcome: string; count: number }>();
  new Counter({
    name: 'footfall_requests_total',
    help: 'Requests by route and outcome.',
    labelNames: ['route', 'outcome'],
    registers: [register],
    collect() {
      this.reset();
      for (const { route, outcome, count } of requests.values()) this.inc({ route, outcome }, count);
    },
  });
  const commitSize = new Histogram({
    name: 'footfall_commit_page_views',
    help: 'Events in one commit.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    registers: [register],
  });
  const commitSeconds = new Histogram({
    name: 'footfall_commit_seconds',
    help: 'Time of one commit.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 2],
    registers: [register],
  });
  const failures = new Counter({
    name: 'footfall_commit_failures_total',
    help: 'Commits that failed; their clients were asked to retry.',
    registers: [register],
  });
  const storeUp = new Gauge({
    name: 'footfall_store_up',
    help: '1 while the last commit succeeded.',
    registers: [register],
  });
  storeUp.set(1);
  new Gauge({
    name: 'footfall_queue_page_views',
    help: 'Events that wait for a commit.',
    registers: [register],
    collect() {
      this.set(waiting());
    },
  });

  new Gauge({
    name: 'footfall_unfolded_events',
    help: 'Events in the log that are not in visits and statistics yet.',
    registers: [register],
    collect() {
      this.set(unfolded().events);
    },
  });
  new Gauge({
    name: 'footfall_unfolded_seconds',
    help: 'Age of the oldest of them.',
    registers: [register],
    collect() {
      this.set(unfolded().ageMs / 1000);
    },
  });
  const foldEvents = new Counter({
    name: 'footfall_folded_events_total',
    help: 'Events folded into visits and statistics.',
    registers: [register],
  });
  const foldSeconds = new Histogram({
    name: 'footfall_fold_seconds',
    help: 'Time of one step of the fold.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers: [register],
  });

  new Gauge({
    name: 'footfall_live_connections',
    help: 'Live connections.',
    registers: [register],
    collect() {
      this.set(following());
    },
  });

  return {
    request: (route, outcome) => {
      const key = `${route} ${outcome}`;
      const entry = requests.get(key);
      if (entry !== undefined) entry.count += 1;
      else requests.set(key, { route, outcome: String(outcome), count: 1 });
    },
    commit: ({ size, ms, error }) => {
      storeUp.set(error === undefined ? 1 : 0);
      if (error === undefined) {
        commitSize.observe(size);
        commitSeconds.observe(ms / 1000);
      } else {
        failures.inc();
      }
    },
    fold: ({ events, ms, error }) => {
      if (error !== undefined) return;
      foldEvents.inc(events);
      foldSeconds.observe(ms / 1000);
    },
    page: { text: () => register.metrics(), contentType: register.contentType },
  };
}
