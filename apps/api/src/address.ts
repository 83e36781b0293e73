import { BlockList, isIP, isIPv6 } from 'node:net';

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
  const isTrusted = trustIn(trustedProxies);
  if (name === undefined || trustedProxies.length === 0) return (peer) => plain(peer);
  return (socket, header) => {
    const peer = plain(socket);
    if (!isTrusted(peer)) return peer;
    const entries = (header(name) ?? '').split(',').map((entry) => plain(entry.trim()));
    const client = entries.findLast((entry) => isIP(entry) === 0 || !isTrusted(entry));
    return client !== undefined && isIP(client) !== 0 ? client : peer;
  };
}

/** Tells a client's country where a trusted proxy says it. */
export type CountryReader = (peer: string, header: ReadHeader) => string | undefined;

/**
 * Makes the rule of which country counts: what a trusted proxy says in one named header.
 * @param header lower-case name of the header
 * @param trustedProxies addresses and CIDR ranges of the peers to believe it from
 */
export function countryReader({
  header: name,
  trustedProxies,
}: {
  header: string | undefined;
  trustedProxies: readonly string[];
}): CountryReader {
  const isTrusted = trustIn(trustedProxies);
  if (name === undefined || trustedProxies.length === 0) return () => undefined;
  return (peer, header) => (isTrusted(plain(peer)) ? header(name) : undefined);
}

function trustIn(proxies: readonly string[]): (address: string) => boolean {
  const list = blockListOf(proxies);
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

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
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
