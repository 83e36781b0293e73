import { plainAddress, type Caller, type Place } from '@footfall/core';
import type { Footfall } from '@footfall/trpc';
import type { Config } from './config.ts';
import type { HttpRequest } from './http.ts';
import { bearerOf } from './keys.ts';

/** Tells where an address is; `''` is unknown. */
export type Locate = (address: string) => Place;

/** Makes the rule of what a request says of its sender. */
export type CallerReader = (request: HttpRequest) => Caller | Promise<Caller>;

export interface CallerParts
  extends Pick<Footfall, 'isWriteKey'>, Pick<Config, 'addressKeyOf' | 'isIgnoredAddress'> {
  readonly locate: Locate;
}

/**
 * What a request's connection and headers say of its sender. With a write key the sender is a server that may say itself
 * whom it reports of; a key that is none changes nothing.
 */
export function callerReader({
  addressKeyOf,
  isIgnoredAddress,
  locate,
  isWriteKey,
}: CallerParts): CallerReader {
  const whereaboutsOf: Caller['whereaboutsOf'] = (ip) => {
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
    const token = bearerOf(request);
    if (token === undefined) return caller;
    return Promise.resolve(isWriteKey(token)).then((may) => (may ? { ...caller, whereaboutsOf } : caller));
  };
}

/** What a platform or a trusted proxy tells comes first; of the same country the address may tell more. */
function placeOf(request: HttpRequest, locate: Locate): Place {
  const told = request.place();
  if (told.country !== '' && (told.region !== '' || told.city !== '')) return told;
  const found = locate(request.address());
  if (told.country !== '') return found.country === told.country ? found : told;
  return told.region === '' && told.city === '' ? found : { ...told, country: found.country };
}
