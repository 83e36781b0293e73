/** `npm run pack:client`: makes the tarballs that other programs install, `@footfall/client` and `@footfall/middleware`. */
import { ROOT, step } from './run.ts';

await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
for (const name of ['trpc', 'server']) {
  await step('pnpm', '--silent', '--dir', `packages/${name}`, 'build');
  await step('pnpm', '--dir', `packages/${name}`, 'pack', '--pack-destination', ROOT);
}
