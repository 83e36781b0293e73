/**
 * The eight groups of an IPv6 address in any spelling, without its zone; undefined for anything else.
 * `::ffff:192.0.2.1` is `[0, 0, 0, 0, 0, 0xffff, 0xc000, 0x201]`.
 */
export function ipv6Groups(address: string): readonly number[] | undefined {
  if (address.length > LONGEST || !address.includes(':')) return;
  const text = withHexTail(withoutZone(address));
  const [head, tail, ...more] = text?.split('::') ?? [];
  if (head === undefined || more.length > 0) return;
  const left = groupsIn(head);
  const right = groupsIn(tail ?? '');
  if (left === undefined || right === undefined) return;
  const missing = GROUPS - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return;
  return [...left, ...Array<number>(missing).fill(0), ...right];
}

/**
 * The canonical spelling of an address: IPv4 where it is one, even if written as IPv6 (`::ffff:c000:201`, RFC 4291;
 * `64:ff9b::192.0.2.1` of NAT64, RFC 6052), otherwise the address as it is, without a zone.
 * A string that is not an address is returned unchanged.
 */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = USUAL.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const groups = MAY_BE_IPV4.test(address) ? ipv6Groups(address) : undefined;
  if (groups === undefined || !isIpv4(groups)) return withoutZone(address);
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/** How a dual-stack socket writes an IPv4 peer; tested first because every request has one. */
const USUAL = /^::ffff:((?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4})$/i;
const MAY_BE_IPV4 = /^(?:::|0{1,4}:|0{0,2}64:)/;

const isIpv4 = (groups: readonly number[]): boolean =>
  IPV4_PREFIXES.some((known) => known.every((group, at) => group === groups[at]));

/** The 96-bit networks that embed IPv4 addresses. */
const IPV4_PREFIXES: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 0xffff],
  [0x64, 0xff9b, 0, 0, 0, 0],
];

/** Longest string that is parsed: an address of 45 characters with the name of a zone. */
const LONGEST = 128;
const GROUPS = 8;

const withoutZone = (address: string): string =>
  address.includes('%') ? address.slice(0, address.indexOf('%')) : address;

/** IPv4 at the end of an address, as two groups; undefined if there is none. */
function withHexTail(address: string): string | undefined {
  if (!address.includes('.')) return address;
  const at = address.lastIndexOf(':') + 1;
  const bytes = address.slice(at).split('.');
  if (bytes.length !== 4 || !bytes.every((byte) => /^(?:0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256))
    return;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  return `${address.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function groupsIn(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}
