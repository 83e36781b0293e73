import { mapCountries } from '#lib/server/map-countries.ts';
import { sharedReadsOf } from '#lib/server/share.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async (event) => {
  const reads = await sharedReadsOf(event);
  return mapCountries(reads, event.url.searchParams, await reads.clock());
};
