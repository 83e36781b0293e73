import { csvFile } from '#lib/server/csv-file.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async ({ locals: { footfall }, url }) =>
  csvFile(footfall.analytics, url.searchParams, await footfall.overview({ period: 'today' }));
