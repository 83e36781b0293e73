import {
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

/** New names of one kind that are stored in an hour at most. */
export interface Quota {
  readonly all: number;
  /** Of those, from one IPv6 /48. */
  readonly network: number;
  /** Of those, from one address: IPv4 whole, IPv6 as its /64. */
  readonly address: number;
}

/** The quotas of an hour. */
export interface Quotas {
  /** Of each dimension. */
  readonly values: Quota;
  readonly combinations: Quota;
}

const ADDRESS_SHARE = 0.05;
const NETWORK_SHARE = 0.1;

/**
 * A busy site meets more new combinations than new values: without values that are new, visitors of many cities with
 * many browsers come from many sources. One costs less than the page view that it came with.
 */
const COMBINATIONS_PER_VALUE = 5;

/**
 * The quotas that follow from what the owner sets.
 * @param newValuesPerHour a whole number from 1
 */
export function quotasOf(newValuesPerHour: number): Quotas {
  const combinations = COMBINATIONS_PER_VALUE * newValuesPerHour;
  return { values: quotaOf(newValuesPerHour), combinations: quotaOf(combinations) };
}

/** Everyone may bring at least one new name. */
function quotaOf(all: number): Quota {
  return { all, network: Math.ceil(NETWORK_SHARE * all), address: Math.ceil(ADDRESS_SHARE * all) };
}

/** Senders remembered with their hashes: hashing anew would be a thirtieth of an event's cost. */
const REMEMBERED = 2_000;

/**
 * Makes the function that hashes a sender's address with the newest salt.
 * @returns takes an address as it may be hashed: IPv4 whole, IPv6 as its /64 (`2001:db8:0:1`), or shorter
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

/** Odd, so never 0, which stands for everyone. */
const senderKey = (text: string, salt: Uint8Array): number => hash47(encoder.encode(text), salt) + 1;

const encoder = new TextEncoder();

/**
 * What a combination of attributes is found by: a hash of 128 bits, as 32 hex digits.
 * @param values in the order of `VISIT_DIMENSIONS`
 */
export function combinationKey(values: readonly string[]): string {
  return hash128(encoder.encode(JSON.stringify(values)));
}

/**
 * What a visit is counted with when its own combination is one too many: what comes from lists of known values stays,
 * all else is `(other)`. There is a bounded number of these, so they need no quota.
 */
export function listedAttributes(facts: Attributes): Attributes {
  return Object.fromEntries(
    VISIT_DIMENSIONS.map((fact) => [fact, LISTED.has(fact) ? facts[fact] : OTHER]),
  ) as unknown as Attributes;
}

const LISTED: ReadonlySet<VisitDimension> = new Set(LISTED_DIMENSIONS);
