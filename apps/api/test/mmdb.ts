/** Makes a minimal file of locations: the part of the format that tests need (MaxMind DB 2.0). */

/** A record of such a file. */
export type MmdbValue = string | number | readonly MmdbValue[] | { readonly [key: string]: MmdbValue };

type Node = [Node | MmdbValue | undefined, Node | MmdbValue | undefined] & { readonly isNode: true };

const node = (): Node => Object.assign([undefined, undefined], { isNode: true }) as Node;
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'isNode' in value;

/**
 * @param locations records by the bits of their network, such as `110010110000000001110001`
 * @param ipVersion 4 or 6, the version of the bits
 */
export function mmdb(locations: Readonly<Record<string, MmdbValue>>, ipVersion: 4 | 6): Buffer {
  const root = node();
  for (const [bits, record] of Object.entries(locations)) {
    let at = root;
    for (const bit of bits.slice(0, -1)) {
      const side = Number(bit) as 0 | 1;
      const next = at[side];
      at = isNode(next) ? next : (at[side] = node());
    }
    at[Number(bits.at(-1)) as 0 | 1] = record;
  }
  const nodes: Node[] = [];
  const number = (of: Node): void => {
    nodes.push(of);
    for (const side of of) if (isNode(side)) number(side);
  };
  number(root);

  const tree = Buffer.alloc(nodes.length * 6);
  const records: Buffer[] = [];
  let size = 0;
  nodes.forEach((of, at) => {
    of.forEach((side, half) => {
      let pointer = nodes.length;
      if (isNode(side)) pointer = nodes.indexOf(side);
      else if (side !== undefined) {
        pointer = nodes.length + 16 + size;
        const bytes = encoded(side);
        records.push(bytes);
        size += bytes.length;
      }
      tree.writeUIntBE(pointer, at * 6 + half * 3, 3);
    });
  });
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
    database_type: 'test',
    description: {},
    ip_version: ipVersion,
    languages: [],
    node_count: nodes.length,
    record_size: 24,
  });
  const mark = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
  return Buffer.concat([tree, Buffer.alloc(16), ...records, mark, metadata]);
}

/** The first bits of an IPv4 address in a tree of IPv4. */
export function bitsOf(address: string, length: number): string {
  const bits = address.split('.').map((part) => Number(part).toString(2).padStart(8, '0'));
  return bits.join('').slice(0, length);
}

const TEXT = 2;
const MAP = 7;
const WHOLE = 6;
const LIST = 11;

function encoded(value: MmdbValue): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(TEXT, bytes.length), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(WHOLE, 4), bytes]);
  }
  if (Array.isArray(value)) {
    const list = value as readonly MmdbValue[];
    return Buffer.concat([control(LIST, list.length), ...list.map(encoded)]);
  }
  const entries = Object.entries(value as Readonly<Record<string, MmdbValue>>);
  return Buffer.concat([control(MAP, entries.length), ...entries.flatMap((entry) => entry.map(encoded))]);
}

/** The control bytes of a value: its type and size. */
function control(type: number, size: number): Buffer {
  const [bits, more] = size < 29 ? [size, []] : [29, [size - 29]];
  return type <= 7 ? Buffer.from([(type << 5) | bits, ...more]) : Buffer.from([bits, type - 7, ...more]);
}
