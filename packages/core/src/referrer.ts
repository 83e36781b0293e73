import { originalHost, withoutSessionIds } from './page.ts';
import { HOST_CHARACTERS } from './sources.ts';
import { cutToBytes } from './text.ts';

/** Longest referrer that is stored, in bytes. */
const REFERRER_BYTES = 512;

/** A referrer in its stored form: a host and a path, or the id of an app. */
export interface Referrer {
  readonly scheme: 'http' | 'android-app' | 'ios-app';
  /** The host, or the id of the app in lower case. */
  readonly host: string;
  readonly path: string;
}

/**
 * Parses a referrer: an http(s) URL, or `android-app://` or `ios-app://` with the id of an app, as in-app browsers and
 * Android's intents send. Anything else (`""`, `direct`) is undefined.
 */
export function readReferrer(referrer: string | undefined): Referrer | undefined {
  if (referrer === undefined || referrer === '') return;
  const app = APP.exec(referrer)?.groups as AppGroups | undefined;
  if (app !== undefined) {
    return { scheme: app.scheme.toLowerCase() as Referrer['scheme'], host: app.id.toLowerCase(), path: '/' };
  }
  const url = URL.parse(referrer);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return;
  if (url.hostname.length > HOST_CHARACTERS) return;
  return { scheme: 'http', host: originalHost(url.hostname), path: withoutSessionIds(url.pathname) };
}

/** An Android package, an iOS bundle, or a number of the App Store; what an app appends to it may be private. */
const APP =
  /^(?<scheme>android-app|ios-app):\/\/(?<id>\d{6,12}|(?=.{3,253}(?:[/?#]|$))[a-z][\w-]*(?:\.[\w-]+)+)(?=[/?#]|$)/i;

interface AppGroups {
  readonly scheme: string;
  readonly id: string;
}

/** The referrer as one string, `example.com/path` or `android-app://com.example`, at most 512 bytes. */
export function referrerText({ scheme, host, path }: Referrer): string {
  const place = scheme === 'http' ? host : `${scheme}://${host}`;
  return cutToBytes(place + (path === '/' ? '' : path), REFERRER_BYTES);
}
