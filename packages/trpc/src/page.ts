import type { Site } from '@footfall/core';

/** The page identifier for a page's URL, path or identifier. */
export function pageOf(name: string, { addresses }: Site): string {
  return addresses.pageNamed(name);
}
