import { ipv6Groups, plainAddress } from '@footfall/core';
import type { Health } from '@footfall/trpc';
import { isLoopback, limitKey } from './address.ts';
import type { SiteConfig } from './config.ts';

interface HealthParts {
  readonly proxy: () => Health['proxy'];
  readonly isIgnoredAddress: SiteConfig['isIgnoredAddress'];
}

/**
 * Makes the function that says what is known of how a client's requests arrive.
 * @param parts by the settings of the moment
 */
export function healthReader({ proxy, isIgnoredAddress }: HealthParts): (address: string) => Health {
  return (written) => {
    const address = plainAddress(written);
    const way = proxy();
    // Behind a proxy that is not recognised all visitors have its address, and so may they on this machine.
    const isOwn = address !== '' && way !== 'unknown' && !isLoopback(address);
    return {
      proxy: way,
      isIgnored: isIgnoredAddress(address),
      // A subscriber of IPv6 has a whole /64, in which browsers move about.
      entry: !isOwn ? undefined : ipv6Groups(address) !== undefined ? `${limitKey(address)}::/64` : address,
    };
  };
}
