/** `npm run pack:client`: makes the tarballs that other programs install: the typed client, and what reports page views. */
import { ROOT, step } from './run.ts';

await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
for (const name of ['trpc', 'server']) {
  await step('pnpm', '--silent', '--filter', `@footfall/${name}`, 'build');
  await step('pnpm', '--dir', `packages/${name}`, 'pack', '--pack-destination', ROOT);
}
