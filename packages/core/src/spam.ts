import spam from '../lists/spam-referrers.json' with { type: 'json' };
import { readHost } from './site.ts';

/**
 * Makes the function that looks up a host in the list of referrer spam: it returns the listed name, which is the host or a parent domain.
 * @param more hosts that the site's owner adds to the list that ships
 */
export function spamFilter(more: readonly string[] = []): (host: string) => string | undefined {
  const known = new Set([...spam.hosts, ...more]);
  return (host) => {
    for (let name = host; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
      if (known.has(name)) return name;
    }
    return;
  };
}

/** Most hosts in a list; Matomo's has 2,500. */
const MOST_HOSTS = 200_000;

/**
 * Reads a list with one host per line; blank lines and anything after a `#` are ignored.
 * @throws {RangeError} naming the invalid line
 */
export function readHostList(text: string): string[] {
  const hosts: string[] = [];
  for (const [at, line] of text.split(/\r\n?|\n/).entries()) {
    const entry = line.replace(/#.*/, '').trim();
    if (entry === '') continue;
    const host = readHost(entry);
    if (host === undefined) throw new RangeError(`line ${at + 1} is not a host`);
    hosts.push(host);
    if (hosts.length > MOST_HOSTS) throw new RangeError(`there are more than ${MOST_HOSTS} hosts`);
  }
  return hosts;
}
