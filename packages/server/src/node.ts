import type { IncomingMessage, ServerResponse } from 'node:http';
import { isPageView, languageIn } from './page.ts';
import { createReporter, type PageView, type Reporter, type ReporterOptions } from './reporter.ts';

/** What a Node server knows better than its requests. */
export interface NodeOptions extends ReporterOptions {
  /** The site's address, such as `https://example.com`; by default that of the Host header, over http. */
  readonly origin?: string;
  /** The visitor's address; by default the socket's, so set it behind a proxy. */
  readonly address?: (request: IncomingMessage) => string;
  /** Further attributes of a page view, or false if it is not to be counted. */
  readonly describe?: (request: IncomingMessage) => Partial<PageView> | false;
}

/** Middleware for Connect, Express and most others; a clean stop waits for its `close()`. */
export interface Middleware extends Pick<Reporter, 'close' | 'waiting'> {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
}

/**
 * Counts the pages that a Node server sends, after each response: no response waits for it, and no error of ours reaches
 * one. For a clean stop wait for `close()`.
 *
 *     const footfall = reportPageViews({ server: 'https://stats.example.com', key: process.env.FOOTFALL_KEY });
 *     app.use(footfall);
 */
export function reportPageViews(options: NodeOptions): Middleware {
  const { report, failed, close, waiting } = createReporter(options);
  const { origin, address = ({ socket }) => socket.remoteAddress ?? '', describe = () => ({}) } = options;

  function safely<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      failed(error);
      return;
    }
  }

  const middleware = (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): void => {
    const { url: target = '', method = '' } = request; // later middleware may rewrite them
    const ip = safely(() => address(request)) ?? ''; // the socket may be closed by then
    const typeOf = contentTypeOf(response);
    const reportPage = (): void => {
      const headerOf = (name: string): string | undefined => textOf(request.headers[name]);
      if (!isPageView({ method, status: response.statusCode, header: headerOf, type: typeOf() })) return;
      const url = target.startsWith('/')
        ? URL.parse((origin ?? `http://${headerOf('host')}`) + target)
        : null;
      const more = describe(request);
      if (url === null || more === false) return;
      report({
        url: url.href,
        referrer: headerOf('referer'),
        userAgent: headerOf('user-agent') ?? '',
        ip,
        language: languageIn(headerOf('accept-language')),
        ...more,
      });
    };
    response.once('finish', () => {
      safely(reportPage);
    });
    next?.();
  };
  return Object.assign(middleware, { close, waiting });
}

/** Headers passed to `writeHead` cannot be read afterwards, so the call is wrapped. */
function contentTypeOf(response: ServerResponse): () => string | undefined {
  let written: string | undefined;
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  response.writeHead = (...args: unknown[]) => {
    const value = contentTypeIn(args.at(-1));
    if (value !== undefined) written = value;
    return writeHead(...args);
  };
  return () => written ?? textOf(response.getHeader('content-type'));
}

/** As an object, as pairs, or as alternating names and values: Node accepts all three. */
function contentTypeIn(headers: unknown): string | undefined {
  const list: unknown[] = Array.isArray(headers) ? headers.flat() : Object.entries(headers ?? {}).flat();
  const at = list.findIndex((name, n) => n % 2 === 0 && String(name).toLowerCase() === 'content-type');
  return at === -1 ? undefined : String(list[at + 1]);
}

function textOf(value: string | number | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value?.toString();
}
