/** A request and its response. */
export interface Exchange {
  readonly method: string;
  readonly status: number;
  /** A header of the request by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** The Content-Type of the response. */
  readonly type: string | undefined;
}

/**
 * Whether a response is a page view: a document that was requested to be shown, not prefetched, not a part of another page,
 * and not of a visitor who opted out of tracking (DNT, GPC).
 */
export function isPageView({ method, status, header, type = '' }: Exchange): boolean {
  if (method !== 'GET' || (status !== 304 && (status < 200 || status > 299))) return false;
  if (status !== 304 && !/^(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) return false;
  if (header('dnt') === '1' || header('sec-gpc') === '1') return false;
  if (/prefetch|prerender|preview/i.test(`${header('sec-purpose')} ${header('purpose')} ${header('x-moz')}`))
    return false;
  const destination = header('sec-fetch-dest');
  if (destination !== undefined) return destination === 'document';
  // Browsers without these headers list what they prefer; scripts that fetch data do not accept HTML.
  return /\btext\/html\b/.test(header('accept') ?? '');
}

/** The language that is preferred, as browsers list them. */
export function languageIn(accepted: string | undefined): string | undefined {
  return accepted?.split(/[,;]/, 1)[0]?.trim() || undefined;
}
