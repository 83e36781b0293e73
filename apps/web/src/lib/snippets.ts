/** What people paste to be counted, and to read the numbers. */
export function snippetsOf({
  origin,
  keptParameters,
}: {
  origin: string;
  keptParameters: readonly string[];
}) {
  const keep = keptParameters.length === 0 ? '' : ` data-keep="${keptParameters.join(' ')}"`;
  return {
    tracker: `<script defer src="${origin}/footfall.js"${keep}></script>`,
    pixel: `<noscript><img src="${origin}/api/visitors/pixel.gif?url=https%3A%2F%2Fexample.com%2Fyour-page" alt="" width="1" height="1" referrerpolicy="no-referrer-when-downgrade"></noscript>`,
    client: `import { createFootfallClient } from '@footfall/trpc/client';

const footfall = createFootfallClient({
  url: '${origin}',
});
const { count } = await footfall.count.query({ page: '/about' });`,
    curl: `curl '${origin}/api/visitors/count?page=/about'`,
  };
}
