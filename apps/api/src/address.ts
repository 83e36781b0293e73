import { BlockList, isIP, isIPv6 } from 'node:net';
import {
  countryCode,
  forwardedFor,
  ipv6Groups,
  plainAddress,
  type Location,
  InvalidEntry,
  objection,
} from '@footfall/core';

/** Reads a header of a request by its lower-case name. */
type ReadHeader = (name: string) => string | undefined;

/** Returns a client's address, from the peer's address and the request's headers. */
export type AddressReader = (peer: string, header: ReadHeader) => string;

/**
 * Makes the function that determines a client's address: the peer's, unless a trusted proxy sends one named header. In
 * that header the rightmost entry that is not itself a trusted proxy counts; clients can forge the entries left of it.
 * Every address is normalised (`plainAddress`) before it is compared.
 * @param header lower-case name of the trusted header; `forwarded` is parsed by RFC 7239, any other as a list
 * @param trustedProxies addresses and CIDR ranges of the trusted peers
 * @throws {RangeError} naming the invalid entry
 */
export function addressReader({
  header: name,
  trustedProxies,
}: {
  header: string | undefined;
  trustedProxies: readonly string[];
}): AddressReader {
  const isTrusted = addressList(trustedProxies);
  if (name === undefined || trustedProxies.length === 0) return (peer) => plainAddress(peer);
  const clientsIn = name === 'forwarded' ? forwardedFor : listedFor;
  return (socket, header) => {
    const peer = plainAddress(socket);
    if (!isTrusted(peer)) return peer;
    for (const entry of clientsIn(header(name) ?? '')) {
      const client = plainAddress(withoutPort(entry));
      if (isIP(client) === 0) return peer;
      if (!isTrusted(client)) return client;
    }
    return peer;
  };
}

/** The entries of a header like `X-Forwarded-For`, the last first. */
function* listedFor(header: string): Generator<string> {
  for (let end = header.length; end >= 0;) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
    yield header.slice(comma + 1, end).trim();
    end = comma;
  }
}

/** Whether a peer's address is not routed on the Internet: this machine, or one in its network. */
const isPrivate = addressList([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
]);

/**
 * Detects a proxy that is not configured, where no header is trusted: a peer in the same network that sends a header of
 * proxies.
 * @param warn called once, for the first such request, with the peer
 */
export function watchingForProxy(addressOf: AddressReader, warn: (peer: string) => void): AddressReader {
  let isWatching = true;
  return (peer, header) => {
    if (isWatching && PROXY_HEADERS.some((name) => header(name) !== undefined) && isPrivate(peer)) {
      isWatching = false;
      warn(plainAddress(peer));
    }
    return addressOf(peer, header);
  };
}

/** Headers in which proxies send the client's address. */
const PROXY_HEADERS = ['x-forwarded-for', 'x-real-ip', 'forwarded'];

/** Returns a client's location, as far as a trusted proxy reports it. */
export type LocationReader = (peer: string, header: ReadHeader) => Location;

/**
 * Makes the function that reads a client's location from named headers of a trusted proxy.
 * @param headers lower-case names of the headers
 * @param trustedProxies addresses and CIDR ranges of the trusted peers
 */
export function locationReader({
  headers,
  trustedProxies,
}: {
  headers: Readonly<Record<keyof Location, string | undefined>>;
  trustedProxies: readonly string[];
}): LocationReader {
  const isTrusted = addressList(trustedProxies);
  if (Object.values(headers).every((name) => name === undefined) || trustedProxies.length === 0) {
    return () => NOWHERE;
  }
  return (peer, header) => {
    if (!isTrusted(peer)) return NOWHERE;
    const read = (name: string | undefined): string =>
      decoded((name === undefined ? '' : header(name)) ?? '');
    return {
      country: countryCode(read(headers.country)),
      region: read(headers.region),
      city: read(headers.city),
    };
  };
}

/** An unknown location. */
export const NOWHERE: Location = { country: '', region: '', city: '' };

/** Names that are not ASCII arrive as bytes of UTF-8, which the runtime reads as Latin-1, or percent-encoded. */
function decoded(value: string): string {
  try {
    if (/%[0-9a-f]{2}/i.test(value)) return decodeURIComponent(value);
    if (!/[\x80-\xff]/.test(value) || /[^\0-\xff]/.test(value)) return value;
    return utf8.decode(Uint8Array.from(value, (character) => character.charCodeAt(0)));
  } catch {
    return value;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Makes the predicate whether a client's address is excluded by the site's owner.
 * @throws {RangeError} naming the invalid entry
 */
export function ignoredAddresses(entries: readonly string[]): (address: string) => boolean {
  if (entries.length === 0) return () => false;
  const isListed = addressList(entries);
  return (written) => {
    const address = plainAddress(written);
    return isIP(address) !== 0 && isListed(address);
  };
}

/**
 * Makes the predicate whether an address is in a list of addresses and networks.
 * @throws {RangeError} naming the invalid entry
 */
export function addressList(entries: readonly string[]): (address: string) => boolean {
  const list = blockListOf(entries);
  return (written) => {
    const address = plainAddress(written);
    return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  };
}

/** The key of limits per address: the whole IPv4 address, or the /64 of an IPv6 address, which is one subscriber's. */
export function limitKey(written: string): string {
  const address = plainAddress(written);
  const network = ipv6Groups(address)?.slice(0, 4);
  return network?.map((group) => group.toString(16)).join(':') ?? address;
}

/** The key of limits per network: the /48 of an IPv6 address; IPv4 has no such networks. */
export function networkKey(address: string): string | undefined {
  return isIPv6(address) ? `${limitKey(address).split(':', 3).join(':')}::/48` : undefined;
}

/**
 * Makes the function that returns the part of an address that may be hashed: IPv4 whole and IPv6 as its /64, or, if
 * `cut`, as /24 and /48. It returns undefined for an invalid address.
 * @param cut whether addresses are anonymised
 */
export function addressKeys({ cut }: { cut: boolean }): (address: string) => string | undefined {
  return (written) => {
    const address = plainAddress(written);
    const family = isIP(address);
    if (family === 0) return;
    if (!cut) return limitKey(address);
    return family === 4 ? address.split('.', 3).join('.') : limitKey(address).split(':', 3).join(':');
  };
}

/** Whether an address is this machine's own. */
export function isLoopback(written: string): boolean {
  const address = plainAddress(written);
  return address === '::1' || address.startsWith('127.');
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`; RFC 7239 allows a name as the port. */
function withoutPort(entry: string): string {
  return /^(?:(\d+\.\d+\.\d+\.\d+)|\[([^\]]+)\])(?::[\w.-]+)?$/.exec(entry)?.slice(1).find(Boolean) ?? entry;
}

/** Number of prefix bits of an IPv4 address that is written as IPv6. */
const MAPPED_BITS = 96;

function blockListOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [written = '', bits] = entry.split('/');
    const most = isIPv6(written) ? 128 : 32;
    const prefix = bits === undefined ? most : Number(bits);
    if (isIP(written) === 0 || bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > most) {
      throw new InvalidEntry(objection('address', entry));
    }
    const address = plainAddress(written);
    if (isIPv6(written) && !isIPv6(address) && prefix >= MAPPED_BITS) {
      list.addSubnet(address, prefix - MAPPED_BITS, 'ipv4');
    } else list.addSubnet(written, prefix, isIPv6(written) ? 'ipv6' : 'ipv4');
  }
  return list;
}
