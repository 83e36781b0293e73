import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Location } from '@footfall/core';
import { LRUCache } from 'lru-cache';
import { Reader, type Response } from 'mmdb-lib';
import { NOWHERE, addressList } from './address.ts';
import type { Locate } from './caller.ts';
import { ConfigError } from './config.ts';

/** The bundled country data. */
const SHIPPED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';

/** Networks without a location: private, local, or for documentation (RFC 6890). */
const RESERVED = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/127',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
];

/** Maximum number of addresses whose location is cached. */
const MAX_CACHED = 5_000;

/**
 * Opens a file of the locations of addresses (`.mmdb`), and loads it into memory.
 * @param path the value of GEOIP_DATABASE; without one, the bundled country data
 * @throws {ConfigError} with one sentence if it cannot be read
 */
export async function openLocations(path: string | undefined): Promise<Locate> {
  const reader = await open(path ?? fileURLToPath(import.meta.resolve(SHIPPED)));
  const locations = new LRUCache<string, Location>({ max: MAX_CACHED });
  // The bundled data locates some private addresses at their registry; the owner's own file may really know them.
  const isReserved = addressList(path === undefined ? RESERVED : []);
  const knows = (address: string): boolean => {
    const family = isIP(address);
    // A file of IPv4 only would return wrong locations for IPv6.
    return (family === 4 || (family === 6 && reader.metadata.ipVersion === 6)) && !isReserved(address);
  };
  return (address) => {
    let location = locations.get(address);
    if (location === undefined) {
      location = knows(address) ? locationIn(lookUp(reader, address)) : NOWHERE;
      locations.set(address, location);
    }
    return location;
  };
}

async function open(path: string): Promise<Reader<Response>> {
  try {
    const reader = new Reader<Response>(await readFile(path));
    reader.get('192.0.2.1'); // throws if the file is truncated
    return reader;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`GEOIP_DATABASE names a file that cannot be read as an .mmdb: ${why}.`, { cause });
  }
}

function lookUp(reader: Reader<Response>, address: string): unknown {
  try {
    return reader.get(address);
  } catch {
    return; // the record is corrupt
  }
}

/** Reads a record in the formats of common vendors: codes with names in many languages, or flat. */
function locationIn(record: unknown): Location {
  const country =
    textIn(record, 'country', 'iso_code') || textIn(record, 'country_code') || textIn(record, 'country');
  const region =
    textIn(record, 'subdivisions', '0', 'names', 'en') ||
    textIn(record, 'state1') ||
    textIn(record, 'region');
  const city = textIn(record, 'city', 'names', 'en') || textIn(record, 'city');
  return country === '' && region === '' && city === '' ? NOWHERE : { country, region, city };
}

function textIn(record: unknown, ...path: string[]): string {
  let value = record;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return '';
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return typeof value === 'string' ? value : '';
}
