import { generateOpenApiDocument } from 'trpc-to-openapi';
import { appRouter } from './router.ts';

/**
 * The OpenAPI 3.1 document of the REST routes, generated from the procedures behind them.
 * @param baseUrl where this Footfall is reached
 */
export function openApiDocument(baseUrl: string): object {
  return generateOpenApiDocument(appRouter, {
    title: 'Footfall',
    description: 'Visitor counter and live site statistics.',
    version: '0.1.0',
    openApiVersion: '3.1.0',
    baseUrl,
  });
}
