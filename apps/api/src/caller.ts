import { plainAddress, type Caller, type Location } from '@footfall/core';
import type { Config } from './config.ts';
import type { HttpRequest } from './http.ts';
import { bearerOf, type secretCheck } from './keys.ts';

/** Returns the location of an address; `''` is unknown. */
export type Locate = (address: string) => Location;

/** The part of a request that says who sent it. */
export type SentRequest = Pick<HttpRequest, 'header' | 'address' | 'place'>;

/** Reads who sent a request. */
export type CallerReader = (request: SentRequest) => Caller | Promise<Caller>;

export interface CallerParts extends Pick<Config, 'addressKeyOf' | 'isIgnoredAddress'> {
  readonly locate: Locate;
  /** Whether a token may send events for other visitors; undefined if there are no write keys. */
  readonly isWriteKey: ReturnType<typeof secretCheck>;
  /** Whether a token is a valid API key. */
  readonly isApiKey: ReturnType<typeof secretCheck>;
}

/**
 * Makes the function that reads the sender from a request's connection and headers. With a write key the sender is a
 * server that may send events for other visitors; with an unknown token its events are refused. If there are no write
 * keys, tokens are ignored: other scripts of a page may add theirs.
 * @throws {FootfallError} from the returned function: UNAUTHORIZED for a token that is longer than any key
 */
export function callerReader({
  addressKeyOf,
  isIgnoredAddress,
  locate,
  isWriteKey,
  isApiKey,
}: CallerParts): CallerReader {
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
    const token = isWriteKey === undefined ? undefined : bearerOf(request);
    if (isWriteKey === undefined || token === undefined) return caller;
    return withToken(token, caller);
  };

  async function withToken(token: string, caller: Caller): Promise<Caller> {
    if ((await isWriteKey?.(token)) === true) return { ...caller, locationOf: clientAt };
    return (await isApiKey?.(token)) === true ? caller : { ...caller, hasUnknownToken: true };
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
