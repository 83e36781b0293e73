import type { PageData } from '../routes/admin/$types';

/** What the dashboard showed last in this tab, for when the store does not answer. */
let last = $state.raw<{ readonly address: string; readonly data: PageData }>();

/** Remembers what is shown at an address. */
export function rememberShown(address: string, data: PageData): void {
  last = { address, data };
}

/** What was shown at an address; undefined where something else was. */
export function lastShown(address: string): PageData | undefined {
  return last?.address === address ? last.data : undefined;
}
