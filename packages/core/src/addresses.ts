import { campaignOf, type Campaign } from './campaign.ts';
import { hostOf, pageIdentifier, readPageUrl } from './page.ts';
import { readReferrer, referrerText, type Referrer } from './referrer.ts';
import { memoize } from './memoize.ts';
import { sourceAt, type Source } from './source.ts';

/** The parsed URL of a page. */
export interface PageAddress {
  /** The page identifier. */
  readonly page: string;
  /** The identifier without the host it may begin with. */
  readonly path: string;
  /** Without the port; undefined if only a path was given. */
  readonly host: string | undefined;
  /** The host with its port (`authorityOf`). */
  readonly authority: string;
  readonly campaign: Campaign | undefined;
}

/** A parsed referrer. */
export interface ReferrerAddress {
  readonly referrer: Referrer;
  /** The string that is stored. */
  readonly text: string;
  readonly source: Source;
}

/** Parses URLs and caches the results, so that each is parsed once for all its views. */
export interface AddressReader {
  /**
   * Parses a page's URL; undefined if it is invalid.
   * @param host the page's host if only a path is given
   */
  readonly pageAt: (url: string, host?: string) => PageAddress | undefined;
  /** The page identifier for a page's URL, path or identifier. Anything else is returned unchanged. */
  readonly pageNamed: (name: string) => string;
  /** Parses a referrer; undefined if it is invalid. */
  readonly referrerAt: (referrer: string) => ReferrerAddress | undefined;
}

/**
 * Makes the parser of a site's URLs.
 * @param keptParameters query parameters that distinguish its pages
 * @param hostInPage the host that a page identifier begins with (`siteHosts`)
 */
export function addressReader(
  keptParameters: readonly string[],
  hostInPage: (host: string) => string = () => '',
): AddressReader {
  const read = memoize((text): PageAddress | undefined => {
    const url = readPageUrl(text);
    if (url === undefined) return;
    const host = hostOf(url);
    const carried = host === undefined ? '' : hostInPage(host);
    const page = pageIdentifier(url, keptParameters, carried);
    return {
      page,
      path: page.slice(carried.length),
      host,
      authority: authorityOf(url),
      campaign: campaignOf(url, keptParameters),
    };
  });
  return {
    pageAt: (url, host) =>
      read(
        host !== undefined && url.startsWith('/') && hostInPage(host) !== '' ? `http://${host}${url}` : url,
      ),
    pageNamed: (name) => {
      const known = read(name);
      if (known !== undefined) return known.page;
      const [host = ''] = name.split('/', 1);
      const isIdentifier = host !== '' && host.length < name.length && hostInPage(host) !== '';
      return (isIdentifier ? read(`http://${name}`)?.page : undefined) ?? name;
    },
    referrerAt: memoize((text) => {
      const referrer = readReferrer(text);
      if (referrer === undefined) return;
      return { referrer, text: referrerText(referrer), source: sourceAt(referrer) };
    }),
  };
}

/**
 * The host of a URL with its port. `example.com.:8080` is the same as `example.com:8080`, and all names and
 * addresses of the local machine are the same.
 */
export function authorityOf({ host }: URL): string {
  return host.replace(/\.(?=:|$)/, '').replace(LOOPBACK, 'localhost');
}

const LOOPBACK = /^(?:127(?:\.\d+){3}|\[::1\])(?=:|$)/;
