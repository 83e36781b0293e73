import { isClickId } from './click-ids.ts';
import { cutToBytes } from './text.ts';

/** Longest page identifier in bytes of UTF-8 (docs/api.md, Words). */
export const PAGE_BYTES = 512;

/** Most characters of a path that are read, enough for the limit in bytes: one escaped byte has three characters. */
const LOOKED_AT = 3 * (PAGE_BYTES + 8);

// Decoding these would change what the path means (`/ ? # \ %`), or hide and reorder text where it is shown.
const UNSAFE =
  /[%/?#\\\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u00ad\u200b\u2060-\u2064]|(?! )\p{Zs}/gu;

/**
 * Parses a page's URL: a full http(s) URL, or a path beginning with `/`.
 * A path gets a placeholder host: `hostOf` returns undefined for it.
 * @returns undefined for anything else.
 */
export function readPageUrl(url: string): URL | undefined {
  // `//host/path` is a path here, as a server logs its request target, never another host.
  const parsed = URL.parse(url.startsWith('/') ? `http://${NO_HOST}${url}` : url);
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) return;
  return parsed;
}

/** Whether {@link readPageUrl} can parse it; the common case is decided without parsing. */
export function isPageUrl(url: string): boolean {
  return (HTTP.test(url) && URL.canParse(url)) || readPageUrl(url) !== undefined;
}

const HTTP = /^https?:/i;

// The URL standard allows more characters in a host than the domain name system.
const SIGNS = String.raw`!"$&'()*+,;=_\x60{}~-`;
const LABEL = `[A-Za-z0-9${SIGNS}]+`;
// If the last part is a number, the host is an IPv4 address.
const LAST = String.raw`(?:[A-Za-z${SIGNS}]|\d+[A-WYZa-wyz${SIGNS}])[A-Za-z0-9${SIGNS}]*`;
const BYTE = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const HEX = '[0-9A-Fa-f]{1,4}';
const HOST = [
  String.raw`(?:${LABEL}\.)*${LAST}\.?`,
  String.raw`(?:${BYTE}\.){3}${BYTE}\.?`,
  String.raw`\[(?:(?:${HEX}:){7}${HEX}|(?:${HEX}(?::${HEX}){0,2})?::(?:${HEX}(?::${HEX}){0,3})?)\]`,
].join('|');
const PORT = String.raw`(?:[0-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])`;

/**
 * A regular expression for other programs: a URL as a browser writes it (`location.href`), or a path. Every match is a
 * page's URL; a few other spellings that {@link isPageUrl} accepts, such as non-ASCII hosts, do not match.
 */
export const PAGE_URL_PATTERN = String.raw`^(?:/|https?://(?:${HOST})(?::${PORT}?)?(?:[/?#\\]|[\x00-\x20]*$))`;

// RFC 2606 reserves `.invalid`: no page can have this host.
const NO_HOST = 'path.invalid';

/** The host of a page's URL without its port, or undefined if only a path was given. */
export function hostOf(url: URL): string | undefined {
  return url.hostname === NO_HOST ? undefined : originalHost(url.hostname);
}

/**
 * The original host of a page: for `example-com.translate.goog`, which shows a translation of `example.com`, it is
 * `example.com`.
 */
export function originalHost(host: string): string {
  const copy = COPY.exec(host);
  if (copy === null) return withoutDot(host);
  // For a non-ASCII host the letters are lost.
  if (copy[1]!.startsWith('xn--')) return withoutDot(host);
  const original = copy[1]!
    .replace(/^[01]-(.*)-[01]$/, '$1')
    .replace(/--|-/g, (dash) => (dash === '-' ? '.' : '-'));
  return original.includes('.') ? original : withoutDot(host);
}

/** Google's hosts that show pages of others: translated, or from its AMP cache. */
const COPY = /^([a-z0-9-]+)\.(?:translate\.goog|cdn\.ampproject\.org)\.?$/;

/** `example.com.` is the same host as `example.com`. */
export function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

/** Represents a query without a name among the kept parameters, as in `index.php?/archives/4015.html`. */
export const NAMELESS = '?';

/**
 * The page identifier of a URL (docs/api.md, Words): its path, percent-decoded where that is safe, without fragment,
 * session ids, trailing slashes and spaces, and without query except for the parameters the site keeps (in the site's
 * order), at most 512 bytes. The identifier of an identifier is itself.
 * @param host the prefix of the identifier if the site's hosts are distinguished (`hostInPage`)
 */
export function pageIdentifier(url: URL, keptParameters: readonly string[], host = ''): string {
  return host + pathIdentifier(url, keptParameters, PAGE_BYTES - host.length);
}

/** @param room its maximum in bytes */
function pathIdentifier(url: URL, keptParameters: readonly string[], room: number): string {
  const whole = decodeSafely(url.pathname.slice(0, LOOKED_AT));
  const anonymous = withoutSessionIds(whole);
  const path = withoutTrail(anonymous === whole ? whole : resolved(anonymous));
  const page = cutToBytes(path, room);
  // A cut may leave half an escape, or expose a slash, a dot segment or a session id.
  if (page !== path) return withoutTrail(withoutSessionIds(page.replace(/%[0-9A-F]?$/, '')));
  if (url.search === '' || keptParameters.length === 0) return page;
  return page + keptQuery(url, keptParameters, room - encoder.encode(page).length);
}

const encoder = new TextEncoder();

/**
 * A path without the session ids that servers write into it when a browser has no cookies: they are secrets, and
 * each would make another page. `/a;jsessionid=1F3/b` is `/a/b`, and so is ASP.NET's `/(S(1f3))/a/b`.
 */
export function withoutSessionIds(path: string): string {
  if (!MAY_HAVE_SESSION.test(path)) return path;
  return path.replace(SESSION_PARAMETER, '').replace(SESSION_SEGMENT, '') || '/';
}

const MAY_HAVE_SESSION = /;|%3b|\/\(/i;
const SESSION_PARAMETER =
  /(?:;|%3b)(?:jsessionid|phpsessid|sid|session_?id|aspsessionid[a-z]*|cfid|cftoken)(?:=|%3d)[^/;]*/gi;
const SESSION_SEGMENT = /\/\((?:[a-z]\([^()/]*\))+\) *(?=\/|$)/gi;

/** A decoded path that may now contain dot segments. */
function resolved(path: string): string {
  return path.includes('/.') ? decodeSafely(URL.parse(`http://${NO_HOST}${path}`)?.pathname ?? path) : path;
}

/** One escape, or the escapes of one multi-byte character. */
const ESCAPED =
  /%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}|%[0-9a-f]{2}/gi;

function decodeSafely(path: string): string {
  if (!path.includes('%')) return path;
  return path.replace(/%(?![0-9a-f]{2})/gi, '%25').replace(
    /(?:%[0-9a-f]{2})+/gi,
    // Invalid UTF-8 stays escaped, each byte separately: it must not depend on its neighbours, which a cut may remove.
    (run) => decoded(run) ?? run.replace(ESCAPED, (escapes) => decoded(escapes) ?? escapes.toUpperCase()),
  );
}

function decoded(escapes: string): string | undefined {
  const bytes = new Uint8Array(escapes.length / 3);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = Number.parseInt(escapes.slice(at * 3 + 1, at * 3 + 3), 16);
  }
  const text = decoder.decode(bytes);
  const isBroken = text.includes('\ufffd') && escapes.toUpperCase() !== '%EF%BF%BD';
  return isBroken ? undefined : text.replace(UNSAFE, encodeURIComponent);
}

// Not `decodeURIComponent`: what it throws for each broken escape costs a hostile address a millisecond.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function withoutTrail(path: string): string {
  let end = path.length;
  for (;;) {
    const last = path.charCodeAt(end - 1);
    if (last === SLASH || last === SPACE) end -= 1;
    else if (path.endsWith('/.', end) || path.endsWith('/..', end)) end = path.lastIndexOf('/', end - 1);
    else break;
  }
  return end <= 0 ? '/' : path.slice(0, end);
}

const SLASH = 0x2f;
const SPACE = 0x20;

/** The kept part of the query in at most `room` bytes: only its end may be cut, on a character boundary. */
function keptQuery(url: URL, keptParameters: readonly string[], room: number): string {
  const written = keptParameters.includes(NAMELESS) ? namelessQuery(url.search) : '';
  const nameless = written.replaceAll('\\', '%5C');
  if (nameless.length > room)
    return nameless.slice(0, room).replace(HALF_A_CHARACTER, '').replace(/^\?$/, '');
  const named = written === '' ? url.searchParams : new URLSearchParams(url.search.slice(written.length));
  let query = nameless;
  for (const name of keptParameters) {
    if (name === NAMELESS) continue;
    for (const value of named.getAll(name)) {
      const left = room - query.length;
      const parameter = `${query === '' ? '?' : '&'}${new URLSearchParams([[name, value]]).toString()}`;
      if (parameter.length > left) {
        const cut = parameter.slice(0, Math.max(left, 0)).replace(HALF_A_CHARACTER, '');
        return cut.includes('=') ? query + cut : query;
      }
      query += parameter;
    }
  }
  return query;
}

/** The first part of a query with its `?`, if it has no name. Of a click id the tracker sends only the name. */
function namelessQuery(search: string): string {
  const query = NAMELESS_QUERY.exec(search)?.[0] ?? '';
  return isClickId(query.slice(1)) ? '' : query;
}

const NAMELESS_QUERY = /^\?[^=&]+(?=&|$)/;

const HALF_A_CHARACTER =
  /(?:%[CD][0-9A-F]|%E[0-9A-F](?:%[89AB][0-9A-F])?|%F[0-7](?:%[89AB][0-9A-F]){0,2})?(?:%[0-9A-F]?)?$/;
