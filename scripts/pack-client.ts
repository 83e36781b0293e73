/** `npm run pack:client`: makes the tarball of the typed client that another program installs. */
import { ROOT, step } from './run.ts';

await step('pnpm', 'install', '--frozen-lockfile', '--reporter=silent');
await step('pnpm', '--silent', '--filter', '@footfall/trpc', 'build');
await step('pnpm', '--dir', 'packages/trpc', 'pack', '--pack-destination', ROOT);
