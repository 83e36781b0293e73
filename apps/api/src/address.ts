import { BlockList, isIP, isIPv6 } from 'node:net';
import { countryCode, type Place } from '@footfall/core';

/** Reads a header of a request by its lower-case name. */
type ReadHeader = (name: string) => string | undefined;

/** Tells a client's address from the socket's and the request's headers. */
export type AddressReader = (peer: string, header: ReadHeader) => string;

/**
 * Makes the rule of whose address counts: the socket's, unless a trusted proxy sends one named header. Of that header the
 * rightmost entry counts that is not itself a trusted proxy; what stands left of it, anyone may have written.
 * @param header lower-case name of the one header to believe
 * @param trustedProxies addresses and CIDR ranges of the peers to believe it from
 * @throws {RangeError} naming the entry that is no address
 */
export function addressReader({
  header: name,
  trustedProxies,
}: {
  header: string | undefined;
  trustedProxies: readonly string[];
}): AddressReader {
  const isTrusted = addressList(trustedProxies);
  if (name === undefined || trustedProxies.length === 0) return (peer) => plain(peer);
  return (socket, header) => {
    const peer = plain(socket);
    if (!isTrusted(peer)) return peer;
    const entries = (header(name) ?? '').split(',').map((entry) => plain(withoutPort(entry.trim())));
    const client = entries.findLast((entry) => isIP(entry) === 0 || !isTrusted(entry));
    return client !== undefined && isIP(client) !== 0 ? client : peer;
  };
}

/** Whether a peer is at an address that is not routed on the Internet: this machine, or one in its network. */
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
 * Watches for a proxy that nobody configured, where no header is believed: a peer in the same network that says for whom
 * it asks.
 * @param warn called once, at the first sign
 */
export function watchingForProxy(addressOf: AddressReader, warn: () => void): AddressReader {
  let isWatching = true;
  return (peer, header) => {
    if (isWatching && header('x-forwarded-for') !== undefined && isPrivate(plain(peer))) {
      isWatching = false;
      warn();
    }
    return addressOf(peer, header);
  };
}

/** Tells where a client is, as far as a trusted proxy says it. */
export type PlaceReader = (peer: string, header: ReadHeader) => Place;

/**
 * Makes the rule of what is told of a client's place: what a trusted proxy says in named headers.
 * @param headers lower-case names of the headers
 * @param trustedProxies addresses and CIDR ranges of the peers to believe it from
 */
export function placeReader({
  headers,
  trustedProxies,
}: {
  headers: Readonly<Record<keyof Place, string | undefined>>;
  trustedProxies: readonly string[];
}): PlaceReader {
  const isTrusted = addressList(trustedProxies);
  if (Object.values(headers).every((name) => name === undefined) || trustedProxies.length === 0) {
    return () => NOWHERE;
  }
  return (peer, header) => {
    if (!isTrusted(plain(peer))) return NOWHERE;
    const read = (name: string | undefined): string =>
      decoded((name === undefined ? '' : header(name)) ?? '');
    return {
      country: countryCode(read(headers.country)),
      region: read(headers.region),
      city: read(headers.city),
    };
  };
}

/** Where someone is of whom nothing is told. */
export const NOWHERE: Place = { country: '', region: '', city: '' };

/** Names that are not ASCII come as bytes of UTF-8, which the runtime reads as Latin-1, or escaped as in a URL. */
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
 * Makes the question whether an address is one of these, or in one of these networks.
 * @throws {RangeError} naming the entry that is no address
 */
export function addressList(entries: readonly string[]): (address: string) => boolean {
  const list = blockListOf(entries);
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** What a limit per address counts by: IPv4 whole, IPv6 by its /64, which is what one subscriber has. */
export function limitKey(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = tail === undefined ? [] : tail.split(':').filter((group) => group !== '');
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':');
}

/** What a limit per network counts by: the /48 of an IPv6 address; IPv4 has no such networks. */
export function networkKey(address: string): string | undefined {
  return isIPv6(address) ? `${limitKey(address).split(':', 3).join(':')}::/48` : undefined;
}

/**
 * Makes the rule of how much of an address may be hashed: IPv4 whole and IPv6 as its /64, or, cut, as /24 and /48.
 * @returns a question that answers undefined for what is no address
 */
export function addressKeys({ cut }: { cut: boolean }): (address: string) => string | undefined {
  return (written) => {
    const address = plain(written);
    const family = isIP(address);
    if (family === 0) return;
    if (!cut) return limitKey(address);
    return family === 4 ? address.split('.', 3).join('.') : limitKey(address).split(':', 3).join(':');
  };
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  return /^(?:(\d+\.\d+\.\d+\.\d+)|\[([^\]]+)\])(?::\d+)?$/.exec(entry)?.slice(1).find(Boolean) ?? entry;
}

/** `::ffff:192.0.2.1` is how an IPv6 socket writes 192.0.2.1. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

function blockListOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? most : Number(bits);
    if (family === 0 || bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > most) {
      throw new RangeError(`"${entry}" is neither an address nor a CIDR range`);
    }
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
