/** Footfall's own pages that are never counted, with everything below them. */
const UNCOUNTED = ['/admin', '/install', '/share', '/stats/chart', '/this-browser'];

/** Whether a page is one of Footfall's own that are never counted. */
export function isUncountedPage(path: string): boolean {
  return UNCOUNTED.some((page) => path === page || path.startsWith(`${page}/`));
}
