/**
 * The inputs and results of the client, in plain types: a program that installs it sees only these, not the types of the
 * server. `client.ts` checks them against the router.
 */
import type {
  Analytics,
  AnalyticsRows,
  Annotation,
  FilterInput,
  LedgerAnalytics,
  ListName,
  LiveUpdate,
  Mark,
  NowNumbers,
  Segment,
  SettingChanges,
  Stats,
  SysStats,
  Verdict,
  VisitorStats,
  VisitsUpdate,
} from '@footfall/core';
import type { Count, StoredImport } from '@footfall/db';
import type { ImportStatus } from './import-desk.ts';
import type { Setting } from './owner-settings.ts';
import type { MadeShare, ShareListed } from './owner-shares.ts';
import type { SettingsPreview, SettingsRead } from './settings.ts';
import type { Arrivals, Overview, Period } from './stats.ts';
import type { Registered, Tracked } from './visitors.ts';

export type {
  Analytics,
  AnalyticsRows,
  Annotation,
  Arrivals,
  Count,
  ImportStatus,
  LedgerAnalytics,
  LiveUpdate,
  MadeShare,
  NowNumbers,
  Mark,
  Overview,
  Period,
  Registered,
  Segment,
  Setting,
  SettingChanges,
  SettingsPreview,
  SettingsRead,
  ShareListed,
  Stats,
  StoredImport,
  SysStats,
  Tracked,
  Verdict,
  VisitorStats,
  VisitsUpdate,
};

/** The fields of every event. */
interface EventInput {
  /** When it happened: ISO 8601 with its offset, or epoch milliseconds; believed within the last 24 hours. */
  readonly timestamp?: string | number | undefined;
  /** How long ago it happened, in milliseconds; preferred to `timestamp`, since clocks differ. */
  readonly ageMs?: number | undefined;
  /** The visitor's consent, if the site requires it. */
  readonly consent?: boolean | undefined;
}

/** A visit, and also a page view if it has a `url`. */
export interface VisitInput extends EventInput {
  /** A UUID: sent again, it is not counted again. */
  readonly id?: string | undefined;
  /** The page's full http(s) URL, or its path. */
  readonly url?: string | undefined;
  /** The URL that the visitor came from. */
  readonly referrer?: string | undefined;
  /** Identifies the browser instead of address and user agent; hashed before it is stored. */
  readonly visitorId?: string | undefined;
  readonly screen?: string | undefined;
  readonly language?: string | undefined;
  readonly timeZone?: string | undefined;
  /** The visitor's user agent, for a server that has a write key. */
  readonly userAgent?: string | undefined;
  /** The visitor's address, for a server that has a write key. */
  readonly ip?: string | undefined;
}

/** One page view. */
export interface PageViewInput extends VisitInput {
  readonly url: string;
}

/** How long a page has been visible so far, in milliseconds, and how far it was scrolled. */
export interface EngagementInput extends EventInput {
  readonly type: 'engagement' | 'page_hide' | 'page_show';
  /** The id of its page view. */
  readonly id: string;
  readonly engagedMs?: number | undefined;
  /** 0 to 100. */
  readonly scrollPercent?: number | undefined;
}

export interface BatchInput {
  /** At most 50. */
  readonly events: readonly (
    (PageViewInput & { readonly type?: 'page_view' | 'session_start' | undefined }) | EngagementInput
  )[];
}

/** The results of a batch, event by event. */
export interface BatchAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly ignored: number;
  readonly results: readonly {
    readonly id: string | null;
    readonly counted: boolean;
    readonly reason?: Tracked['reason'] | 'invalid';
    readonly page?: Tracked['page'];
  }[];
}

/** The 100 pages with the most views, in descending order. */
export interface Pages extends Count {
  readonly pages: readonly { readonly page: string; readonly views: number; readonly updatedAt: string }[];
}

/** A range of time, and filters: `page`, `page.contains`; several values are alternatives, several filters must all hold. */
interface RangeInput extends FilterInput {
  /** ISO 8601, a date of the site's time zone, or epoch milliseconds. */
  readonly from?: string | number | undefined;
  readonly to?: string | number | undefined;
}

/** A range of the analytics, its filters, and what it is compared with. */
export interface AnalyticsInput extends RangeInput {
  readonly interval?: 'hour' | 'day' | 'week' | 'month' | undefined;
  /** The period before (the default), the same dates a year before, a range of your own, or nothing. */
  readonly compare?: 'previous' | 'year' | 'custom' | 'off' | undefined;
  /** Whether the days of the same dates (the default) are compared, or those of the same weekdays. */
  readonly compareBy?: 'date' | 'weekday' | undefined;
  readonly compareFrom?: string | number | undefined;
  readonly compareTo?: string | number | undefined;
  /** The longest list, 1 to 1,000. */
  readonly limit?: number | undefined;
}

/** What happened on a local day (`2026-11-20`), on one line. */
export interface AnnotationInput {
  readonly date: string;
  readonly text: string;
  /** Whether the public statistics show it; false by default. */
  readonly isPublic?: boolean | undefined;
}

/** Local days, both inclusive. */
export interface AnnotationRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A range of whole local days of the ledger. */
export interface LedgerInput extends Pick<AnalyticsInput, 'from' | 'to' | 'limit'> {
  readonly interval?: 'day' | 'week' | 'month' | undefined;
}

/** A browser by its user agent, and the view that it sent, if that is known. */
export interface ExplainInput {
  readonly userAgent?: string | undefined;
  readonly url?: string | undefined;
  readonly referrer?: string | undefined;
  /** Whether the visitor agreed to be counted; true by default. */
  readonly consent?: boolean | undefined;
  /** Whether the browser sends Do Not Track or Global Privacy Control; false by default. */
  readonly optedOut?: boolean | undefined;
}

/** One list, a page of it. */
export interface ListInput extends RangeInput {
  readonly list: ListName;
  readonly sort?: 'visitors' | 'visits' | 'views' | 'bounceRate' | 'averageVisitMs' | undefined;
  readonly order?: 'desc' | 'asc' | undefined;
  /** Words that values contain. */
  readonly search?: string | undefined;
  readonly offset?: number | undefined;
  /** Most rows, 1 to 1,000. */
  readonly limit?: number | undefined;
}

export interface CallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

export interface Query<Input, Output> {
  readonly query: (input: Input, options?: CallOptions) => Promise<Output>;
}

/** A query without input. */
export interface PlainQuery<Output, Input = undefined> {
  readonly query: (input?: Input, options?: CallOptions) => Promise<Output>;
}

export interface Mutation<Input, Output> {
  readonly mutate: (input: Input, options?: CallOptions) => Promise<Output>;
}

/** The callbacks of a live subscription. */
export interface LiveHandlers<Update = LiveUpdate> {
  /** Called with the current state, then with each newer one. */
  readonly onData: (event: { readonly id: string; readonly data: Update }) => void;
  readonly onError?: (error: Error) => void;
  readonly onStarted?: () => void;
  readonly onStopped?: () => void;
}

/** The class `EventSource` of the web standard. */
export type EventSourceClass = new (url: string, init?: never) => { close: () => void };

/** What a page, or the total where there is no page, had before Footfall counted. */
export interface StartingNumber {
  readonly page?: string | undefined;
  readonly number: number;
}

/** A new private link. */
export interface ShareInput {
  /** Who gets it: they see the name. */
  readonly name: string;
  /** At least 12 characters. */
  readonly password?: string | undefined;
  /** The last local day on which it opens, such as `2026-11-20`. */
  readonly lastDay?: string | undefined;
  /** The sites whose pages may embed it, at most 10. */
  readonly sites?: readonly string[] | undefined;
  /** Filters that always hold. */
  readonly filters?: FilterInput | undefined;
}

/** Runs procedures on a Footfall server. */
export interface FootfallClient {
  /**
   * Counts one page view: makes its id, and sends it until it is acknowledged, at most five times.
   * @param url the page's full URL, or its path
   * @throws TRPCClientError if the server refuses it, or did not respond five times in about a minute
   */
  readonly report: (url: string, more?: Omit<PageViewInput, 'url'>) => Promise<Tracked>;
  /** Counts one page view, once however often it is sent with the same `id`. */
  readonly track: Mutation<PageViewInput, Tracked>;
  /** Counts up to 50 events in one commit. */
  readonly trackBatch: Mutation<BatchInput, BatchAnswer>;
  /** Opens a visit, unless one of this visitor is open. */
  readonly register: Mutation<VisitInput, Registered>;
  /** All page views, or one page's. */
  readonly count: PlainQuery<Count, { readonly page?: string | undefined }>;
  readonly pages: PlainQuery<Pages>;
  /** Visits and visitors, in total and now. */
  readonly stats: PlainQuery<Stats>;
  /** Visitors now, in the last 24 hours, and in total. */
  readonly visitorStats: PlainQuery<VisitorStats>;
  /** Unique visitors by country. */
  readonly sysStats: PlainQuery<SysStats>;
  /** Visits and visitors of a period, as the public page shows them. */
  readonly overview: Query<{ readonly period: Period }, Overview>;
  /** How many events of today were not counted, and why. */
  readonly arrivals: PlainQuery<Arrivals>;
  /** For the site's owner: `headers: { authorization: 'Bearer …' }` with the admin password or an API key. */
  readonly analytics: {
    readonly visitors: Query<AnalyticsInput, Analytics>;
    /** One list, sorted, searched and page by page. */
    readonly list: Query<ListInput, AnalyticsRows>;
    /** The last 30 minutes, and the pages viewed last. */
    readonly now: PlainQuery<NowNumbers>;
  };
  /** The same: the numbers with the last page views and where the live visitors are, once or on every change. */
  readonly visits: {
    readonly now: PlainQuery<VisitsUpdate>;
    readonly follow: {
      readonly subscribe: (
        input: undefined,
        handlers: LiveHandlers<VisitsUpdate>,
      ) => { readonly unsubscribe: () => void };
    };
  };
  /** The same, but `shown`: what happened on some days, for the charts. `shown` are those that are public. */
  readonly annotations: {
    readonly list: PlainQuery<readonly Annotation[], AnnotationRange>;
    readonly add: Mutation<AnnotationInput, Annotation>;
    readonly edit: Mutation<AnnotationInput & { readonly id: number }, Annotation>;
    readonly remove: Mutation<{ readonly id: number }, { readonly id: number }>;
    readonly shown: PlainQuery<readonly Mark[], AnnotationRange>;
  };
  /** The same: what pages, and the total (without a page), had before Footfall counted; 0 takes it away. */
  readonly startingNumbers: {
    readonly list: PlainQuery<readonly StartingNumber[]>;
    readonly set: Mutation<StartingNumber, StartingNumber>;
  };
  /** The same: filters under names. A name that is there already has the filters of `save` then. */
  readonly segments: {
    readonly list: PlainQuery<readonly Segment[]>;
    readonly save: Mutation<{ readonly name: string; readonly filters: FilterInput }, Segment>;
    readonly rename: Mutation<Pick<Segment, 'id' | 'name'>, Pick<Segment, 'id' | 'name'>>;
    readonly remove: Mutation<{ readonly id: number }, { readonly id: number }>;
  };
  /** The same: private links to the statistics. The address of a link is in the answer that makes it, and nowhere else. */
  readonly shares: {
    readonly list: PlainQuery<readonly ShareListed[]>;
    readonly make: Mutation<ShareInput, MadeShare>;
    readonly revoke: Mutation<{ readonly id: string }, { readonly id: string }>;
  };
  /** The same: what was not counted and why, and whether a browser would be counted. */
  readonly ledger: {
    readonly range: Query<LedgerInput, LedgerAnalytics>;
    readonly explain: Query<ExplainInput, Verdict>;
  };
  /** For the site's owner: read with the admin password or an API key, changed with the password alone. */
  readonly settings: {
    readonly get: PlainQuery<SettingsRead>;
    /** What changes would have meant in the last seven days. */
    readonly preview: Query<SettingChanges, SettingsPreview>;
    /** Changes settings, all of them or none: text by the name of a variable, `null` for the default. */
    readonly set: Mutation<SettingChanges, readonly Setting[]>;
  };
  /**
   * For the site's owner: files of other counters and exports, imported while the server runs. A file is uploaded by
   * `POST /api/import/upload`, in pieces; with the last one the dry run begins.
   */
  readonly imports: {
    readonly status: PlainQuery<ImportStatus>;
    readonly list: PlainQuery<readonly StoredImport[]>;
    /** Begins to import what was planned; `older` is asked for where `plan.older` is above 0. */
    readonly run: Mutation<{ readonly older?: 'take' | 'leave' | undefined } | undefined, ImportStatus>;
    /** Ends what is under way, and drops the file. What was taken by then stays. */
    readonly cancel: Mutation<undefined, ImportStatus>;
    /** Begins to take an import back as a whole. */
    readonly undo: Mutation<{ readonly id: number }, ImportStatus>;
  };
  /** For the site's owner, who deletes; `confirm` is what is deleted, typed once more. */
  readonly data: {
    /** Deletes a page from every number. */
    readonly erasePage: Mutation<
      { readonly page: string; readonly confirm: string },
      { readonly pageViews: number }
    >;
    /** Deletes the page views and visits of a visitor, of a period or all; they stay counted. */
    readonly forgetVisitor: Mutation<
      Pick<AnalyticsInput, 'from' | 'to'> & { readonly visitorId: string; readonly confirm: string },
      { readonly visits: number; readonly pageViews: number }
    >;
    /** Deletes everything that was counted; `confirm` is `delete everything`. */
    readonly eraseAll: Mutation<{ readonly confirm: string }, void>;
  };
  /** The numbers, on every change. */
  readonly live: {
    readonly subscribe: (input: undefined, handlers: LiveHandlers) => { readonly unsubscribe: () => void };
  };
}
