import { campaignOf, type Campaign } from './campaign.ts';
import { hostOf, pageIdentifier, readPageUrl } from './page.ts';
import { readReferrer, referrerText, type Referrer } from './referrer.ts';
import { remember } from './remember.ts';
import { sourceAt, type Source } from './source.ts';

/** What a page's address says. */
export interface PageAddress {
  /** The page identifier. */
  readonly page: string;
  /** Without the port; undefined where only a path was given. */
  readonly host: string | undefined;
  /** The host with its port. */
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
  /** A page's address; undefined for what is none. */
  readonly pageAt: (url: string) => PageAddress | undefined;
  /** A referrer; undefined for what is none. */
  readonly referrerAt: (referrer: string) => ReferrerAddress | undefined;
}

/**
 * Makes the reader of a site's addresses.
 * @param keptParameters query parameters that tell its pages apart
 */
export function addressReader(keptParameters: readonly string[]): AddressReader {
  return {
    pageAt: remember((text) => {
      const url = readPageUrl(text);
      if (url === undefined) return;
      return {
        page: pageIdentifier(url, keptParameters),
        host: hostOf(url),
        authority: authorityOf(url),
        campaign: campaignOf(url, keptParameters),
      };
    }),
    referrerAt: remember((text) => {
      const referrer = readReferrer(text);
      if (referrer === undefined) return;
      return { referrer, text: referrerText(referrer), source: sourceAt(referrer) };
    }),
  };
}

/** The host of an address with its port; `example.com.:8080` is the same as `example.com:8080`. */
export function authorityOf({ host }: URL): string {
  return host.replace(/\.(?=:|$)/, '');
}
