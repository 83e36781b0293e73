import { campaignOf, type Campaign } from './campaign.ts';
import { hostOf, pageIdentifier, readPageUrl } from './page.ts';
import { readReferrer, referrerText, type Referrer } from './referrer.ts';
import { memoize } from './memoize.ts';
import { sourceAt, type Source } from './source.ts';

/** What a page's address says. */
export interface PageAddress {
  /** The page identifier. */
  readonly page: string;
  /** The same without the host that it may begin with. */
  readonly path: string;
  /** Without the port; undefined where only a path was given. */
  readonly host: string | undefined;
  /** The host with its port (`authorityOf`). */
  readonly authority: string;
  readonly campaign: Campaign | undefined;
}

/** What a referrer says. */
export interface ReferrerAddress {
  readonly referrer: Referrer;
  /** As it is stored. */
  readonly text: string;
  readonly source: Source;
}

/** Reads addresses; each is read once for all the views that have it. */
export interface AddressReader {
  /**
   * A page's address; undefined for what is none.
   * @param host whose page it is where only a path is given
   */
  readonly pageAt: (url: string, host?: string) => PageAddress | undefined;
  /** The page identifier of what a reader calls a page: its URL, its path, or its identifier. Anything else is itself. */
  readonly pageNamed: (name: string) => string;
  /** A referrer; undefined for what is none. */
  readonly referrerAt: (referrer: string) => ReferrerAddress | undefined;
}

/**
 * Makes the reader of a site's addresses.
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
 * The host of an address with its port. `example.com.:8080` is the same as `example.com:8080`, and this machine is the same
 * by its name and its addresses.
 */
export function authorityOf({ host }: URL): string {
  return host.replace(/\.(?=:|$)/, '').replace(LOOPBACK, 'localhost');
}

const LOOPBACK = /^(?:127(?:\.\d+){3}|\[::1\])(?=:|$)/;
