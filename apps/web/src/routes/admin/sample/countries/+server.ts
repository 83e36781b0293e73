import { mapCountries } from '#lib/server/map-countries.ts';
import { sampleReadsOf } from '#lib/server/sample.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async ({ locals, url }) => {
  const reads = await sampleReadsOf(locals);
  return mapCountries(reads, url.searchParams, await reads.clock());
};
