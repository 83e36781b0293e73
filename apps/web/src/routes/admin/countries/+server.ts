import { mapCountries } from '#lib/server/map-countries.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async ({ locals: { footfall }, url }) =>
  mapCountries(footfall.analytics, url.searchParams, await footfall.overview({ period: 'today' }));
