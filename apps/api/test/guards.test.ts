import { existsSync, globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isOwnersPage } from '@footfall/core/sign-in';
import { procedureGuards } from '@footfall/trpc';
import { expect, it } from 'vitest';
import { routesOf, type HandlerParts } from '../src/handler.ts';

const ROUTES = fileURLToPath(new URL('../../web/src/routes/', import.meta.url));

/** Every REST route, by who it is for. */
function restGuards(): Record<string, string> {
  const page = { contentType: '', text: () => Promise.resolve('') };
  const parts = { footfall: {}, metrics: { request: () => {}, page } } as unknown as HandlerParts;
  return Object.fromEntries([...routesOf(parts)].map(([path, { guard }]) => [path, guard]));
}

/** Every page and endpoint of the site. */
function pageGuards(): Record<string, string> {
  expect(existsSync(ROUTES)).toBe(true);
  const files = globSync('**/{+page.svelte,+server.ts}', { cwd: ROUTES });
  const paths = files.map((file) => `/${file.split('/').slice(0, -1).join('/')}`).sort();
  return Object.fromEntries(paths.map((path) => [path, isOwnersPage(path) ? 'owner' : 'everyone']));
}

it('every route, procedure and page is for those who are written here', async () => {
  const guards = { routes: restGuards(), procedures: procedureGuards(), pages: pageGuards() };
  await expect(`${JSON.stringify(guards, undefined, 2)}\n`).toMatchFileSnapshot('guards.json');
});

it('no procedure is without a guard', () => {
  expect(Object.entries(procedureGuards()).filter(([, guard]) => guard === undefined)).toEqual([]);
});
