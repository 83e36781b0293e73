import { plainAddress, type Caller, type Location } from '@footfall/core';
import type { Config } from './config.ts';
import type { HttpRequest } from './http.ts';
import type { KeyRing } from './key-ring.ts';
import { bearerOf, isFootfallsOwn } from './keys.ts';

/** Returns the location of an address; `''` is unknown. */
export type Locate = (address: string) => Location;

/** The part of a request that says who sent it. */
export type SentRequest = Pick<HttpRequest, 'header' | 'address' | 'place'>;

/** Reads who sent a request. */
export type CallerReader = (request: SentRequest) => Caller | Promise<Caller>;

export interface CallerParts extends Pick<Config, 'addressKeyOf' | 'isIgnoredAddress'> {
  readonly locate: Locate;
  readonly keys: KeyRing;
}

/**
 * Makes the function that reads the sender from a request's connection and headers. With a write key the sender is a
 * server that may send events for other visitors; with an unknown token its events are refused. If there are no write
 * keys, tokens that are not Footfall's are ignored: other scripts of a page may add theirs.
 * @throws {FootfallError} from the returned function: UNAUTHORIZED for a token that is longer than any key;
 * SERVICE_UNAVAILABLE
 */
export function callerReader({ addressKeyOf, isIgnoredAddress, locate, keys }: CallerParts): CallerReader {
  const clientAt: Caller['locationOf'] = (ip) => {
    const address = addressKeyOf(ip);
    return address === undefined
      ? undefined
      : { address, place: () => locate(plainAddress(ip)), isIgnored: isIgnoredAddress(ip) };
  };
  return (request) => {
    const caller: Caller = {
      userAgent: request.header('user-agent') ?? '',
      hints: {
        brands: request.header('sec-ch-ua'),
        mobile: request.header('sec-ch-ua-mobile'),
        platform: request.header('sec-ch-ua-platform'),
      },
      acceptLanguage: request.header('accept-language'),
      origin: request.header('origin'),
      referer: request.header('referer'),
      optedOut: request.header('dnt') === '1' || request.header('sec-gpc') === '1',
      address: addressKeyOf(request.address()) ?? '',
      place: () => locationOf(request, locate),
      isIgnored: isIgnoredAddress(request.address()),
    };
    return request.header('authorization') === undefined ? caller : withToken(request, caller);
  };

  async function withToken(request: SentRequest, caller: Caller): Promise<Caller> {
    // A key that was revoked must not be ignored because it was the last one: its server's visits would be counted as its own.
    if (!isFootfallsOwn(request) && !(await keys.hasWriteKeys())) return caller;
    const token = bearerOf(request);
    if (token === undefined) return caller;
    const { read, write } = await keys.allows(token);
    if (write) return { ...caller, locationOf: clientAt };
    return read ? caller : { ...caller, hasUnknownToken: true };
  }
}

/** The location from the platform or a trusted proxy takes precedence; the address may add details in the same country. */
function locationOf(request: SentRequest, locate: Locate): Location {
  const reported = request.place();
  if (reported.country !== '' && (reported.region !== '' || reported.city !== '')) return reported;
  const found = locate(request.address());
  if (reported.country !== '') return found.country === reported.country ? found : reported;
  return reported.region === '' && reported.city === '' ? found : { ...reported, country: found.country };
}
