import type { inferRouterOutputs } from '@trpc/server';
import { generateOpenApiDocument } from 'trpc-to-openapi';
import type { z } from 'zod';
import { appRouter, type AppRouter } from './router.ts';
import { countSchema, pagesSchema, trackedSchema } from './visitors.ts';

/**
 * What each procedure answers. The types hold them to it; asking tRPC to check every answer of ours at run time would
 * cost the `track` procedure a twentieth of its speed.
 */
const ANSWERS = {
  track: trackedSchema,
  count: countSchema,
  pages: pagesSchema,
} satisfies { [Name in keyof inferRouterOutputs<AppRouter>]: z.ZodType<inferRouterOutputs<AppRouter>[Name]> };

/**
 * The OpenAPI 3.1 document of the REST routes, generated from the procedures behind them.
 * @param baseUrl where this Footfall is reached
 */
export function openApiDocument(baseUrl: string): object {
  const procedures = Object.fromEntries(
    Object.entries(ANSWERS).map(([name, output]) => {
      const { _def } = appRouter[name as keyof typeof ANSWERS];
      return [name, { _def: { ..._def, output } }];
    }),
  );
  const documented = { ...appRouter, _def: { ...appRouter._def, procedures } } as unknown as AppRouter;
  return generateOpenApiDocument(documented, {
    title: 'Footfall',
    description: 'Visitor counter and live site statistics.',
    version: '0.1.0',
    openApiVersion: '3.1.0',
    baseUrl,
  });
}
