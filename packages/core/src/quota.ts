import {
  EVENT_DIMENSIONS,
  isTag,
  VISIT_DIMENSIONS,
  LISTED_DIMENSIONS,
  OTHER,
  type VisitDimension,
  type Attributes,
} from './dimensions.ts';
import { hash128, hash47, newestSalt } from './identity.ts';
import type { Salts, Sender } from './events.ts';

/*
 * New names (pages, attribute values, combinations of attributes) are stored for good or for as long as a visit has
 * them, and anyone may send them. So an hour has a quota of them, and one sender has a share of it (decision 0028).
 */

/** Most new names of one kind that are stored in an hour. */
export interface Quota {
  readonly all: number;
  /** Most of those from one IPv6 /48. */
  readonly network: number;
  /** Most of those from one address: IPv4 whole, IPv6 as its /64. */
  readonly address: number;
}

/** The quotas of an hour. */
export interface Quotas {
  /** For each dimension. */
  readonly values: Quota;
  readonly combinations: Quota;
}

const ADDRESS_SHARE = 0.05;
const NETWORK_SHARE = 0.1;

/**
 * A busy site sees more new combinations than new values: visitors from many cities with many browsers and sources
 * produce them from known values. One costs less than its page view.
 */
const COMBINATIONS_PER_VALUE = 5;

/**
 * The quotas that follow from the owner's setting.
 * @param newValuesPerHour a whole number from 1
 */
export function quotasOf(newValuesPerHour: number): Quotas {
  const combinations = COMBINATIONS_PER_VALUE * newValuesPerHour;
  return { values: quotaOf(newValuesPerHour), combinations: quotaOf(combinations) };
}

/** Every sender may add at least one new name. */
function quotaOf(all: number): Quota {
  return { all, network: Math.ceil(NETWORK_SHARE * all), address: Math.ceil(ADDRESS_SHARE * all) };
}

/** Number of cached senders: hashing each time would add a thirtieth to the cost of an event. */
const REMEMBERED = 2_000;

/**
 * Makes the function that hashes a sender's address with the newest salt.
 * @returns a function that takes the address to hash: IPv4 whole, IPv6 as its /64 (`2001:db8:0:1`), or shorter
 */
export function senderReader(): (address: string, salts: Salts) => Sender {
  const senders = new Map<string, Sender>();
  let salt: Uint8Array | undefined;
  return (address, salts) => {
    const newest = newestSalt(salts);
    if (newest !== salt || senders.size >= REMEMBERED) senders.clear();
    salt = newest;
    let sender = senders.get(address);
    if (sender === undefined) {
      const network = address.includes(':') ? address.split(':', 3).join(':') : undefined;
      sender = {
        address: senderKey(`address ${address}`, newest),
        network: network === undefined ? null : senderKey(`network ${network}`, newest),
      };
      senders.set(address, sender);
    }
    return sender;
  };
}

/** Odd, so never 0, which represents all senders. */
const senderKey = (text: string, salt: Uint8Array): number => hash47(encoder.encode(text), salt) + 1;

const encoder = new TextEncoder();

/**
 * The lookup key of a combination of attributes: a hash of 128 bits, as 32 hex digits.
 * @param values in the order of `VISIT_DIMENSIONS`
 */
export function combinationKey(values: readonly string[]): string {
  // Tags that are not set at the end leave no trace: a combination without any has the key that it had before there were tags.
  const last = values.findLastIndex((value) => value !== '');
  return hash128(
    encoder.encode(JSON.stringify(values.slice(0, Math.max(last + 1, EVENT_DIMENSIONS.length)))),
  );
}

/**
 * The attributes of a visit whose combination exceeds the quota: values from lists of known values stay, all others
 * become `(other)`, but for tags that are not set. The number of these combinations is bounded, so they need no quota.
 */
export function listedAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(
    VISIT_DIMENSIONS.map((dimension) => {
      const value = attributes[dimension];
      const stays = LISTED.has(dimension) || (isTag(dimension) && value === '');
      return [dimension, stays ? value : OTHER];
    }),
  ) as unknown as Attributes;
}

const LISTED: ReadonlySet<VisitDimension> = new Set(LISTED_DIMENSIONS);
