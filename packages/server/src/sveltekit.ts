import { isPageView, languageIn } from './page.ts';
import { createReporter, type PageView, type Reporter, type ReporterOptions } from './reporter.ts';

/** The part of SvelteKit's request event for `handle` that is used. */
export interface PageEvent {
  readonly url: URL;
  readonly request: Request;
  readonly getClientAddress: () => string;
}

export interface HandleOptions<Event extends PageEvent> extends ReporterOptions {
  /** Further attributes of a page view, or false if it is not to be counted. */
  readonly describe?: (event: Event) => Partial<PageView> | false;
}

/** SvelteKit's `handle`; a clean stop waits for its `close()`. */
export interface PageHandle<Event extends PageEvent> extends Pick<Reporter, 'close' | 'waiting'> {
  (input: { event: Event; resolve: (event: Event) => Response | Promise<Response> }): Promise<Response>;
}

/** The event that adapter-node emits, and waits for, when it stops. */
const SHUTDOWN = 'sveltekit:shutdown';

/**
 * Counts the pages that a SvelteKit site renders, in `src/hooks.server.ts`: no response waits for it. Under adapter-node a clean
 * stop waits for what is not acknowledged yet; elsewhere wait for `close()`.
 *
 *     export const handle = footfallHandle({ server: 'https://stats.example.com', key: env.FOOTFALL_KEY });
 */
export function footfallHandle<Event extends PageEvent>(options: HandleOptions<Event>): PageHandle<Event> {
  const { report, failed, close, waiting } = createReporter(options);
  const { describe = () => ({}) } = options;
  process.once(SHUTDOWN, () => void close());

  const handle: PageHandle<Event> = Object.assign(
    async ({ event, resolve }: Parameters<PageHandle<Event>>[0]): Promise<Response> => {
      const response = await resolve(event);
      try {
        reportPage(event, response);
      } catch (error) {
        failed(error);
      }
      return response;
    },
    { close, waiting },
  );

  function reportPage(event: Event, { status, headers }: Response): void {
    const { method } = event.request;
    const header = (name: string): string | undefined => event.request.headers.get(name) ?? undefined;
    if (!isPageView({ method, status, header, type: headers.get('content-type') ?? undefined })) return;
    const more = describe(event);
    if (more === false) return;
    report({
      url: event.url.href,
      referrer: header('referer'),
      userAgent: header('user-agent') ?? '',
      ip: event.getClientAddress(),
      language: languageIn(header('accept-language')),
      ...more,
    });
  }

  return handle;
}
