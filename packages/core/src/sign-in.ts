import { objection, type Objection } from './objection.ts';

/** How long a session lasts without a request, in milliseconds: 30 days. */
export const SESSION_IDLE_MS = 30 * 24 * 60 * 60 * 1000;

/** How often at most the last request of a session is stored, in milliseconds. */
export const SEEN_EVERY_MS = 60_000;

/** How long a setup link is valid, in milliseconds: 30 minutes. */
export const SETUP_LINK_MS = 30 * 60 * 1000;

/** The least characters and the most bytes of a password that is chosen on a page. */
export const PASSWORD_CHARACTERS = 12;
export const PASSWORD_BYTES = 256;

/** Pages under `/admin` that everyone may open: without them nobody could sign in. */
const OPEN_PAGES = ['/admin/sign-in', '/admin/setup'];

/**
 * Whether a page is for the signed-in owner alone.
 * @param route a path, or a route of SvelteKit, whose groups in brackets are no part of its path
 */
export function isOwnersPage(route: string): boolean {
  const path = pathOf(route);
  return isUnder('/admin', path) && !OPEN_PAGES.includes(path);
}

/** Whether a page is a part of the dashboard, sign-in and setup included: no cache may store it. */
export function isAdminPage(route: string): boolean {
  return isUnder('/admin', pathOf(route));
}

/** Whether a page is one of a private link: its address is a secret, and no cache may store it. */
export function isSharedPage(route: string): boolean {
  return isUnder(SHARED, pathOf(route));
}

/** Where a private link is opened: its token is the secret. */
export const sharePath = (token: string): string => `${SHARED}/${token}`;

const SHARED = '/share';

const isUnder = (parent: string, path: string): boolean => path === parent || path.startsWith(`${parent}/`);

function pathOf(route: string): string {
  const path = route.replaceAll(/\/\([^/)]*\)/g, '');
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/**
 * Where a browser goes after sign-in: a page under `/admin` of this site, whatever the address says; else `/admin`.
 * @param next a path with its query, from a sender who may be hostile
 */
export function nextPage(next: string | null | undefined): string {
  if (typeof next !== 'string' || next.length > LONGEST_NEXT) return HOME;
  const url = URL.parse(next, BASE);
  // Browsers take `//host`, `/\host` and a tab between the slashes for another host, and so does the parser.
  if (url === null || url.origin !== BASE || !next.startsWith('/')) return HOME;
  return isOwnersPage(url.pathname) && url.pathname !== SIGN_OUT ? url.pathname + url.search : HOME;
}

const HOME = '/admin';
/** It takes a form alone, so no browser can be led there. */
const SIGN_OUT = '/admin/sign-out';
const BASE = 'http://footfall.invalid';
const LONGEST_NEXT = 2_048;

/** What is wrong with a password that an owner chooses; undefined where nothing is. */
export function passwordProblem(password: string): Objection | undefined {
  if ([...password].length < PASSWORD_CHARACTERS) return objection('short-password', PASSWORD_CHARACTERS);
  if (new TextEncoder().encode(password).length > PASSWORD_BYTES)
    return objection('long-password', PASSWORD_BYTES);
  if (new Set(password).size < DIFFERENT_CHARACTERS) return objection('plain-password', DIFFERENT_CHARACTERS);
  return;
}

const DIFFERENT_CHARACTERS = 5;

/** What a browser says of where a request comes from. Pages cannot write these headers. */
export interface RequestSource {
  readonly fetchSite: string | undefined;
  readonly origin: string | undefined;
  readonly referer: string | undefined;
  /** The `Host` that the request was sent to. */
  readonly host: string | undefined;
}

/**
 * Whether a page of this site sent a request. A request that has none of the headers, as no browser of today sends one, is
 * not: what changes something or is read by a cookie must show where it comes from.
 * @param publicUrl the address people use; a proxy may have put another one in `Host`
 */
export function isSameOrigin(
  { fetchSite, origin, referer, host }: RequestSource,
  publicUrl: string,
): boolean {
  // Browsers send it over https and to localhost alone; it knows the scheme that a proxy hides.
  if (fetchSite !== undefined) return fetchSite === 'same-origin';
  const source = URL.parse(origin ?? referer ?? '');
  if (source === null || source.host === '') return false;
  return source.origin === URL.parse(publicUrl)?.origin || source.host === host?.toLowerCase();
}
