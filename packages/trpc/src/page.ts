import type { Site } from '@footfall/core';

/** The page identifier of an address; what is none stands for itself. */
export function pageOf(url: string, { addresses }: Site): string {
  return addresses.pageAt(url)?.page ?? url;
}
