/** The baseline for the `track` procedure: a procedure that does nothing, on the same adapter. */
import type { Caller, VisitsUpdate } from '@footfall/core';
import type { AppContext } from '@footfall/trpc';
import { initTRPC } from '@trpc/server';
import { pino } from 'pino';
import superjson from 'superjson';
import { z } from 'zod';
import { NOWHERE } from '../src/address.ts';
import type { Hub } from '../src/hub.ts';
import { rpc } from '../src/rpc.ts';
import { createNodeServer } from '../src/server.ts';

const t = initTRPC.create({ transformer: superjson, isDev: false });
const router = t.router({
  noop: t.procedure
    .input(z.object({ url: z.string() }))
    .mutation(() => ({ count: 12_345, total: 1_234_567, counted: true, version: 123_456 })),
});

const parts = {
  router,
  footfall: {} as AppContext,
  callerOf: () => ({}) as Caller,
  requireOwner: () => Promise.resolve('owner' as const),
  hubOf: () => ({}) as Hub,
  visitsHubOf: () => ({}) as Hub<VisitsUpdate>,
  limiter: undefined,
  isOwner: () => Promise.resolve(false),
  log: pino({ level: 'silent' }),
};

createNodeServer(
  { handler: (request) => rpc(request, parts), site: (_request, response) => response.writeHead(404).end() },
  { addressOf: (peer) => peer, placeOf: () => NOWHERE },
).listen(Number(process.env['PORT']), '127.0.0.1', () => {
  console.log('ready');
});
