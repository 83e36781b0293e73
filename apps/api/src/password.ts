import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { PASSWORD_BYTES } from '@footfall/core/sign-in';

/** How costly one guess is. */
interface Cost {
  /** Binary logarithm of the memory, in blocks. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 16 MB and some 150 ms: what OWASP names for machines with little memory, and fits an isolate. */
const COST: Cost = { ln: 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** A stored hash with the cost it was made with, so that another cost can be chosen later. */
const STORED = /^scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;

/** Hashes a password with a new salt. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  const { ln, r, p } = COST;
  return `scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/** A hash that is the same each time, as hex: to recognise a secret without a way to compute it from what is stored. */
export async function slowHash(secret: string, salt: string): Promise<string> {
  return (await derive(secret, Buffer.from(salt), COST)).toString('hex');
}

/**
 * Whether a password is the one of a hash. It takes the same time where there is no hash, so that the time does not say
 * whether a password was chosen.
 */
export async function isPasswordOf(password: string, stored: string | undefined): Promise<boolean> {
  const [, ln, r, p, salt, hash] = STORED.exec(stored ?? '') ?? [];
  const cost = hash === undefined ? COST : { ln: Number(ln), r: Number(r), p: Number(p) };
  const isShort = Buffer.byteLength(password) <= PASSWORD_BYTES;
  const derived = await derive(isShort ? password : '', Buffer.from(salt ?? '', 'base64url'), cost);
  return hash !== undefined && isShort && timingSafeEqual(derived, Buffer.from(hash, 'base64url'));
}

function derive(password: string, salt: Uint8Array, { ln, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** ln;
  return new Promise((resolve, reject) => {
    // Keyboards write the same letter in more than one way.
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
