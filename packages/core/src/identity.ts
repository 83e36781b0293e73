import { blake3 } from '@noble/hashes/blake3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Calendar, Identity } from './analytics.ts';
import { memoize } from './memoize.ts';
import type { Moment, Salts, Visitor } from './events.ts';

/** The inputs of a visitor's key. */
export interface Browser {
  /** The site: a browser has a different key on each. */
  readonly site: string;
  /** The address to hash: IPv4 whole, IPv6 as its /64, or shorter. */
  readonly address: string;
  readonly userAgent: string;
  /** The sender's name for the browser, which replaces address and user agent. */
  readonly visitorId: string | undefined;
}

/** How a site distinguishes visitors. */
export interface IdentityRules {
  readonly identity: Identity;
  readonly calendar: Pick<Calendar, 'previousDay'>;
  /** The longest gap within a visit, in milliseconds. */
  readonly sessionTimeoutMs: number;
}

/**
 * The key of a visitor at a moment (docs/design.md, Identity): a keyed hash of the browser's attributes, shortened. Without
 * the salt it identifies nobody. If devices are distinguished and the browser has a name, it is hashed with the permanent
 * salt; otherwise with the salt of the local day. An event so late that its day's salt is deleted gets the newest salt:
 * it then counts as a separate visitor.
 * @throws {RangeError} if there is no daily salt
 */
export function visitorOf(
  browser: Browser,
  moment: Moment,
  { salts, rules, keyOf = visitorKey }: { salts: Salts; rules: IdentityRules; keyOf?: VisitorKey },
): Visitor {
  const message = messageOf(browser);
  if (rules.identity === 'device' && browser.visitorId !== undefined) {
    return { visitor: keyOf(message, salts.device) + DEVICE, previousDayKey: null };
  }
  const { at, day } = moment;
  const salt = salts.days.get(day) ?? newestSalt(salts);
  const before =
    at - day <= rules.sessionTimeoutMs ? salts.days.get(rules.calendar.previousDay(day)) : undefined;
  return {
    visitor: keyOf(message, salt),
    previousDayKey: before === undefined ? null : keyOf(message, before),
  };
}

/** All keys that a browser may have now: as a device, and for each day that has a salt. */
export function keysOf(browser: Browser, { days, device }: Salts): number[] {
  const message = messageOf(browser);
  const ofDays = [...days.values()].map((salt) => visitorKey(message, salt));
  return browser.visitorId === undefined ? ofDays : [visitorKey(message, device) + DEVICE, ...ofDays];
}

/** The bit that distinguishes a device's key from a day's. */
const DEVICE = 1;

/**
 * The newest daily salt.
 * @throws {RangeError} if there is none
 */
export function newestSalt({ days }: Salts): Uint8Array {
  let last: [day: number, salt: Uint8Array] | undefined;
  for (const entry of days) if (last === undefined || entry[0] > last[0]) last = entry;
  if (last === undefined) throw new RangeError('There is no salt to hash visitors with');
  return last[1];
}

const encoder = new TextEncoder();

/** JSON keeps the parts separate, so that no two browsers have the same string. */
function messageOf({ site, address, userAgent, visitorId }: Browser): string {
  return JSON.stringify(visitorId === undefined ? [site, address, userAgent] : [site, visitorId]);
}

/** Hashes a browser's attributes with a salt. */
export type VisitorKey = (message: string, salt: Uint8Array) => number;

const visitorKey: VisitorKey = (message, salt) => hash47(encoder.encode(message), salt);

/** Number of cached keys; a busy site sees most browsers again within minutes. */
const BROWSERS = { most: 20_000, longest: 1_024 };

/** The same, cached as long as the salt is in use: hashing is the most expensive part of reading a page view. */
export function visitorKeys(): VisitorKey {
  const keys = new WeakMap<Uint8Array, (message: string) => number>();
  return (message, salt) => {
    let keyOf = keys.get(salt);
    if (keyOf === undefined) {
      keyOf = memoize((text) => visitorKey(text, salt), BROWSERS);
      keys.set(salt, keyOf);
    }
    return keyOf(message);
  };
}

/** A hash of 47 bits, the lowest of them 0: an integer that every database and JSON can represent. */
export function hash47(message: Uint8Array, key: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = blake3(message, { key, dkLen: 6 });
  return (a & 0x7f) * 2 ** 40 + b * 2 ** 32 + c * 2 ** 24 + (d << 16) + (e << 8) + (f & 0xfe);
}

/** A hash of 128 bits, as 32 hex digits. */
export function hash128(message: Uint8Array): string {
  return bytesToHex(blake3(message, { dkLen: 16 }));
}
