import { readHost } from './site.ts';

/** What may stand in a policy as it is: letters, digits, dots and hyphens. An IPv6 address may not (CSP 3, 2.3.1). */
const HOST = /^[a-z\d.-]+$/;

/**
 * The pages that may embed the chart of the public statistics, as sources of `frame-ancestors`: those of the site's hosts,
 * at any port, or any page where no hosts are listed. The numbers are public either way.
 * @param hosts as the owner wrote them (SITE_HOSTS); what is no host is left out
 */
export function chartAncestors(hosts: readonly string[]): readonly string[] {
  if (hosts.length === 0) return ['*'];
  const sources = hosts.flatMap((entry) => {
    const wildcard = entry.startsWith('*.') ? '*.' : '';
    const host = readHost(entry.slice(wildcard.length)) ?? '';
    return HOST.test(host) ? [`http://${wildcard}${host}:*`, `https://${wildcard}${host}:*`] : [];
  });
  return ["'self'", ...new Set(sources)];
}
