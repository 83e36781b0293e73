import { csvFile } from '#lib/server/csv-file.ts';
import { sharedReadsOf } from '#lib/server/share.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async (event) => {
  const reads = await sharedReadsOf(event);
  return csvFile(reads, event.url.searchParams, await reads.clock());
};
