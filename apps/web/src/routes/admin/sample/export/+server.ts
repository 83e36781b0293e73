import { csvFile } from '#lib/server/csv-file.ts';
import { sampleReadsOf } from '#lib/server/sample.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async ({ locals, url }) => {
  const reads = await sampleReadsOf(locals);
  return csvFile(reads, url.searchParams, { ...(await reads.clock()), prefix: 'sample-' });
};
