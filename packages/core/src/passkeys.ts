import { readName } from './text.ts';

/** Passkeys that an owner may have at most. */
export const MOST_PASSKEYS = 20;

/** Algorithms of their keys: Ed25519, ECDSA with P-256, RSA (IANA, COSE algorithms). */
export const PASSKEY_ALGORITHMS: readonly number[] = [-8, -7, -257];

/** How long a challenge for a passkey is valid, in milliseconds: 10 minutes. */
export const PASSKEY_CHALLENGE_MS = 10 * 60 * 1000;

/** Whose passkeys they are, as browsers see it (WebAuthn, relying party). */
export interface PasskeySite {
  /** The host, to which a passkey belongs for good. */
  readonly id: string;
  /** The origin of the pages that may ask for one. */
  readonly origin: string;
}

/**
 * The site of an address; undefined where browsers have no passkeys: these need https or this machine's own name, and a
 * name rather than an address of the network.
 */
export function passkeySite(publicUrl: string): PasskeySite | undefined {
  const url = URL.parse(publicUrl);
  if (url === null) return;
  const { protocol, hostname, origin } = url;
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal)) return;
  return /^[\d.]+$|^\[/.test(hostname) ? undefined : { id: hostname, origin };
}

/** Reads the name of a new passkey, or says what is wrong with it. */
export const readPasskeyName = (typed: string) => readName(typed, 'passkey');
