import { cutToBytes } from './text.ts';

/** Longest page identifier in bytes of UTF-8 (API.md, Words). */
export const PAGE_BYTES = 512;

// Decoding these would change what the path means (`/ ? # \ %`), or let it hide or reorder text where it is shown.
const UNSAFE = /[%/?#\\\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|(?! )\p{Zs}/gu;

/**
 * Reads a page's address: a full http(s) URL, or a path beginning with `/`.
 * A path gets the host that stands in for "not said": `hostOf` answers undefined for it.
 * @returns undefined for anything else.
 */
export function readPageUrl(url: string): URL | undefined {
  // `//host/path` is a path here: what a server logs as its request target, never another host.
  const parsed = URL.parse(url.startsWith('/') ? `http://${NO_HOST}${url}` : url);
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) return;
  return parsed;
}

// RFC 2606 reserves `.invalid`: no page can have this host.
const NO_HOST = 'path.invalid';

/** The host of a page's address without its port, or undefined where only a path was given. */
export function hostOf(url: URL): string | undefined {
  return url.hostname === NO_HOST ? undefined : withoutDot(url.hostname);
}

/** `example.com.` is the same host as `example.com`. */
export function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

/**
 * The page identifier of an address (API.md, Words): its path, percent-decoded where that is safe, without fragment,
 * without query but for the parameters the site keeps (in the site's order), without trailing slashes or spaces,
 * at most 512 bytes. The identifier of an identifier is itself.
 */
export function pageIdentifier(url: URL, keptParameters: readonly string[]): string {
  let page = withoutTrail(decodeSafely(url.pathname));
  if (url.search !== '' && keptParameters.length > 0) page += keptQuery(url, keptParameters);
  const cut = cutToBytes(page, PAGE_BYTES);
  // A cut may leave half an escape, or bare a slash or a dot segment.
  return cut === page ? page : withoutTrail(cut.replace(/%[0-9A-F]?$/, ''));
}

function decodeSafely(path: string): string {
  if (!path.includes('%')) return path;
  return path
    .replace(/%(?![0-9a-f]{2})/gi, '%25')
    .replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
      try {
        return decodeURIComponent(escapes).replace(UNSAFE, encodeURIComponent);
      } catch {
        return escapes.toUpperCase(); // not UTF-8
      }
    });
}

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

function keptQuery(url: URL, keptParameters: readonly string[]): string {
  const kept = new URLSearchParams();
  for (const name of keptParameters) {
    for (const value of url.searchParams.getAll(name)) kept.append(name, value);
  }
  const query = kept.toString();
  return query === '' ? '' : `?${query}`;
}
