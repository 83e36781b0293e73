import type { Site } from '@footfall/core';

/** The page identifier of what a reader calls a page: its URL, its path, or its identifier. */
export function pageOf(name: string, { addresses }: Site): string {
  return addresses.pageNamed(name);
}
