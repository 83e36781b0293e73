import { plainAddress, type Caller, type Location } from '@footfall/core';
import type { Config } from './config.ts';
import type { HttpRequest } from './http.ts';
import { bearerOf, type secretCheck } from './keys.ts';

/** Tells where an address is; `''` is unknown. */
export type Locate = (address: string) => Location;

/** Makes the rule of what a request says of its sender. */
export type CallerReader = (request: HttpRequest) => Caller | Promise<Caller>;

export interface CallerParts extends Pick<Config, 'addressKeyOf' | 'isIgnoredAddress'> {
  readonly locate: Locate;
  /** Whether a token lets its sender say which visitor it reports; undefined where no key is set. */
  readonly isWriteKey: ReturnType<typeof secretCheck>;
  /** Whether a token is a key for something else. */
  readonly isApiKey: ReturnType<typeof secretCheck>;
}

/**
 * What a request's connection and headers say about its sender. With a write key the sender is a server that may say
 * which visitor it reports; with an unknown one it is a sender that reports nothing. Where there are no write keys, tokens are not
 * looked at: other scripts of a page may add theirs.
 * @throws {FootfallError} from the reader: UNAUTHORIZED for a token that is longer than any key
 */
export function callerReader({
  addressKeyOf,
  isIgnoredAddress,
  locate,
  isWriteKey,
  isApiKey,
}: CallerParts): CallerReader {
  const whereaboutsOf: Caller['locationOf'] = (ip) => {
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
      place: () => placeOf(request, locate),
      isIgnored: isIgnoredAddress(request.address()),
    };
    const token = isWriteKey === undefined ? undefined : bearerOf(request);
    if (isWriteKey === undefined || token === undefined) return caller;
    return withToken(token, caller);
  };

  async function withToken(token: string, caller: Caller): Promise<Caller> {
    if ((await isWriteKey?.(token)) === true) return { ...caller, locationOf: whereaboutsOf };
    return (await isApiKey?.(token)) === true ? caller : { ...caller, hasUnknownToken: true };
  }
}

/** What a platform or a trusted proxy tells comes first; of the same country the address may tell more. */
function placeOf(request: HttpRequest, locate: Locate): Location {
  const told = request.place();
  if (told.country !== '' && (told.region !== '' || told.city !== '')) return told;
  const found = locate(request.address());
  if (told.country !== '') return found.country === told.country ? found : told;
  return told.region === '' && told.city === '' ? found : { ...told, country: found.country };
}
