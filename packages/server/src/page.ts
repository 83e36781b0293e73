/** A request and its response. */
export interface Exchange {
  readonly method: string;
  readonly status: number;
  /** A header of the request by its lower-case name. */
  readonly asked: (name: string) => string | undefined;
  /** The answer's Content-Type. */
  readonly type: string | undefined;
}

/**
 * Whether a response is a page view: a document that was requested to be shown, not prefetched, not a part of another page,
 * and not of a visitor who opted out of tracking (DNT, GPC).
 */
export function isPageView({ method, status, asked, type = '' }: Exchange): boolean {
  if (method !== 'GET' || (status !== 304 && (status < 200 || status > 299))) return false;
  if (status !== 304 && !/^(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) return false;
  if (asked('dnt') === '1' || asked('sec-gpc') === '1') return false;
  if (/prefetch|prerender|preview/i.test(`${asked('sec-purpose')} ${asked('purpose')} ${asked('x-moz')}`))
    return false;
  const destination = asked('sec-fetch-dest');
  if (destination !== undefined) return destination === 'document';
  // Browsers without these headers list what they prefer; scripts that fetch data do not accept HTML.
  return /\btext\/html\b/.test(asked('accept') ?? '');
}

/** The language that is preferred, as browsers list them. */
export function languageIn(accepted: string | undefined): string | undefined {
  return accepted?.split(/[,;]/, 1)[0]?.trim() || undefined;
}
