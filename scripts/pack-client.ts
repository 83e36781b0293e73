/** `npm run pack:client`: makes the tarballs of the packages for other programs, `@footfall/client` and `@footfall/middleware`. */
import { isAnswered } from '../apps/api/src/usage.ts';
import { ROOT, step } from './run.ts';

const USAGE = `npm run pack:client

Makes the tarballs of the packages for other programs: @footfall/client and @footfall/middleware.

  --help, -h     shows this
  --version      shows the version`;

if (isAnswered(process.argv.slice(2), USAGE)) process.exit();

await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
for (const name of ['trpc', 'server']) {
  await step('pnpm', '--silent', '--dir', `packages/${name}`, 'build');
  await step('pnpm', '--dir', `packages/${name}`, 'pack', '--pack-destination', ROOT);
}
