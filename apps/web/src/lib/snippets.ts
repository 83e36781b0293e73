import type { InstallTexts } from './texts/en/install.ts';

/** The technologies that websites are made with. */
export const KINDS = [
  { kind: 'html', name: 'HTML' },
  { kind: 'sveltekit', name: 'SvelteKit' },
  { kind: 'react', name: 'React, Next' },
  { kind: 'vue', name: 'Vue' },
  { kind: 'astro', name: 'Astro' },
  { kind: 'wordpress', name: 'WordPress' },
] as const;

export type Kind = (typeof KINDS)[number]['kind'];

export const POSITIONS = ['above-footer', 'fixed-bottom', 'inline'] as const;
export const THEMES = ['auto', 'light', 'dark', 'plain', 'classic'] as const;
export const BADGES = ['flat', 'plain', 'digits'] as const;

/** The options of the install page: how a site is counted, and what it shows. */
export interface Choices {
  readonly kind: Kind;
  /** The site's own address, such as `https://example.com`. */
  readonly site: string;
  /** Query parameters that are part of a page. */
  readonly keep: readonly string[];
  readonly consent: boolean;
  readonly device: boolean;
  /** Whether browsers that ask not to be tracked are counted too. */
  readonly everyone: boolean;
  readonly position: (typeof POSITIONS)[number];
  readonly theme: (typeof THEMES)[number];
  readonly details: boolean;
  readonly location: boolean;
  /** How often the widget polls where nothing is pushed, in seconds; undefined for its default. */
  readonly interval: number | undefined;
  readonly badge: (typeof BADGES)[number];
}

/** The site in the snippets while none is named. */
const SITE = 'https://example.com';

/** The defaults, for what the address does not say. */
export interface Defaults {
  readonly keptParameters: readonly string[];
  /** The hosts whose pages are counted (SITE_HOSTS); the first is taken for the site. */
  readonly hosts?: readonly string[];
}

/** The widget's longest polling interval, in seconds. */
export const SLOWEST_S = 10;

/**
 * Reads the choices from a page's query; invalid values are ignored. Every value that is returned can be pasted into HTML, JSX,
 * Svelte, Vue and PHP without escaping.
 */
export function choicesOf(query: URLSearchParams, { keptParameters, hosts = [] }: Defaults): Choices {
  const oneOf = <T extends string>(name: string, list: readonly [T, ...T[]]): T =>
    list.find((entry) => entry === query.get(name)) ?? list[0];
  const interval = Number(query.get('interval') || NaN);
  // A submitted form leaves out the boxes that are not ticked.
  const isSent = query.has('sent');
  return {
    kind: KINDS.find(({ kind }) => kind === query.get('kind'))?.kind ?? 'html',
    site:
      siteOf(query.get('site') ?? '') ?? siteOf(hosts.find((host) => !host.startsWith('*')) ?? '') ?? SITE,
    keep: query.has('keep') ? namesIn(query.get('keep') ?? '') : namesIn(keptParameters.join(' ')),
    consent: query.has('consent'),
    device: query.has('device'),
    everyone: query.has('everyone'),
    position: oneOf('position', POSITIONS),
    theme: oneOf('theme', THEMES),
    details: !isSent || query.has('details'),
    location: !isSent || query.has('location'),
    interval: Number.isInteger(interval) && interval >= 1 && interval <= SLOWEST_S ? interval : undefined,
    badge: oneOf('badge', BADGES),
  };
}

/** The query for the same choices, for a link. */
export function queryOf(choices: Choices): string {
  const { keep, interval, site, kind, ...rest } = choices;
  const query = new URLSearchParams({ kind });
  for (const [name, value] of Object.entries(rest)) {
    if (value !== false) query.set(name, value === true ? 'on' : value);
  }
  query.set('site', site);
  query.set('keep', keep.join(' '));
  if (interval !== undefined) query.set('interval', String(interval));
  query.set('sent', '1');
  return `?${query.toString()}`;
}

/** A site's address without a path; undefined for an invalid one. */
function siteOf(address: string): string | undefined {
  const trimmed = address.trim();
  const url = URL.parse(/^[a-z][a-z+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
  // URLs allow characters in a host that cannot be quoted everywhere.
  return url !== null && trimmed.length <= 255 && /^https?:\/\/[\w.-]+(?::\d+)?$/.test(url.origin)
    ? url.origin
    : undefined;
}

/** The maximum number of parameters. */
const MAX_PARAMETERS = 20;

function namesIn(text: string): string[] {
  const names = text.split(/[\s,]+/).filter((name) => /^(?:\?|[\p{L}\p{N}_.~[\]-]{1,64})$/u.test(name));
  return [...new Set(names)].slice(0, MAX_PARAMETERS);
}

/** Lines of code to copy, and the file they belong into. */
export interface Sample {
  /** The file, as users of the technology call it, or the language where there is none. */
  readonly file: string;
  readonly code: string;
}

/** Everything that can be put into a site of one kind. */
export interface Snippets {
  readonly tracker: readonly Sample[];
  /** Called once the visitor has consented; only where consent is required. */
  readonly consent: Sample | undefined;
  readonly widget: readonly Sample[];
  readonly badge: readonly Sample[];
  readonly pixel: readonly Sample[];
  /** Undefined where pages are not rendered by a JavaScript server. */
  readonly server: readonly Sample[] | undefined;
}

/** This Footfall's public address, and the name of its tracker's script without `.js`. */
export interface Server {
  readonly origin: string;
  readonly scriptName: string;
}

/**
 * The snippets for a site.
 * @param files where they belong, in words
 */
export function installOf(server: Server, choices: Choices, files: InstallTexts['files']): Snippets {
  const { kind, consent } = choices;
  return {
    ...OF_KIND[kind]({ ...linesOf(server, choices), files }),
    consent: consent ? { file: files.consent, code: 'window.footfall?.consent(true);' } : undefined,
  };
}

/** The parts that the snippets of every kind are made of. */
interface Lines {
  readonly origin: string;
  readonly site: string;
  /** Attributes of the tracker's script. */
  readonly tracker: Attributes;
  /** Attributes of the widget. */
  readonly widget: Attributes;
  /** `&label=…&style=…` of the badge. */
  readonly badgeStyle: string;
  /** The end of the pixel's address: says that there is consent, where it is required. */
  readonly pixelEnd: string;
}

/** The same with where they belong. */
type Placed = Lines & { readonly files: InstallTexts['files'] };

type Attributes = readonly (readonly [name: string, value: string | true])[];

/** A parameter's name as it is encoded in an address, which is what the tracker compares. */
const asInAddress = (name: string): string => name.replace(/\P{ASCII}/gu, encodeURIComponent);

function linesOf({ origin, scriptName }: Server, choices: Choices): Lines {
  const { site, keep, consent, device, everyone, position, theme, details, location, interval, badge } =
    choices;
  const when = (condition: boolean, name: string, value: string): Attributes =>
    condition ? [[name, value]] : [];
  return {
    origin,
    site,
    tracker: [
      ['defer', true],
      ['src', `${origin}/${scriptName}.js`],
      ...when(keep.length > 0, 'data-keep', keep.map(asInAddress).join(' ')),
      ...when(consent, 'data-require-consent', 'true'),
      ...when(device, 'data-identity', 'device'),
      ...when(everyone, 'data-respect-dnt', 'false'),
    ],
    widget: [
      ['position', position],
      ['theme', theme],
      ...when(!details, 'show-details', 'false'),
      ...when(!location, 'show-location', 'false'),
      ...when(interval !== undefined, 'update-interval', String(interval)),
    ],
    badgeStyle: badge === 'flat' ? '' : `&style=${badge}`,
    pixelEnd: consent ? '&consent=true' : '',
  };
}

const inHtml = (attributes: Attributes): string =>
  attributes.map(([name, value]) => (value === true ? ` ${name}` : ` ${name}="${value}"`)).join('');

/** In HTML an ampersand in an address is escaped. */
const amp = (address: string): string => address.replaceAll('&', '&amp;');

const trackerLine = ({ tracker }: Lines, more = ''): string => `<script${more}${inHtml(tracker)}></script>`;
const widgetScript = ({ origin }: Lines, more = ''): string =>
  `<script${more} type="module" src="${origin}/widget.js"></script>`;
const widgetLine = ({ widget }: Lines): string => `<visitor-tracker${inHtml(widget)}></visitor-tracker>`;

/** The address of a badge with this page's number; `page` is an expression or a string in the language of the kind. */
const badgeAt = ({ origin, badgeStyle }: Lines, page: string): string =>
  `${origin}/api/badge.svg?page=${page}${badgeStyle}`;
const pixelAt = ({ origin, pixelEnd }: Lines, url: string): string =>
  `${origin}/api/visitors/seen.gif?url=${url}${pixelEnd}`;

const BADGE_ALT = 'alt="Views of this page"';
const PIXEL_REST = 'alt="" width="1" height="1" referrerpolicy="no-referrer-when-downgrade"';

const badgeImage = (src: string): string => `<img src=${src} ${BADGE_ALT}>`;
const pixelImage = (src: string): string => `<noscript><img src=${src} ${PIXEL_REST}></noscript>`;

const htmlPixel = (lines: Lines, path: string): string =>
  pixelImage(`"${amp(pixelAt(lines, encodeURIComponent(lines.site + path)))}"`);

/** On a site that is rendered in the browser, there is only one page without JavaScript. */
const onePagePixel = (lines: Placed): Sample[] => [
  { file: lines.files.atStart('index.html'), code: htmlPixel(lines, '/') },
];

const NODE_SERVER = (lines: Lines): Sample[] => [
  {
    file: 'server.js',
    code: `import { reportPageViews } from '@footfall/middleware/node';

app.use(
  reportPageViews({
    server: '${lines.origin}',
    key: process.env.FOOTFALL_KEY,
    origin: '${lines.site}',
  }),
);`,
  },
];

const OF_KIND: Readonly<Record<Kind, (lines: Placed) => Omit<Snippets, 'consent'>>> = {
  html: (lines) => ({
    tracker: [{ file: lines.files.inEveryHead, code: trackerLine(lines) }],
    widget: [{ file: lines.files.widgetSpot, code: `${widgetScript(lines)}\n${widgetLine(lines)}` }],
    badge: [
      {
        file: lines.files.numberSpot,
        code: badgeImage(`"${amp(badgeAt(lines, encodeURIComponent('/your-page')))}"`),
      },
    ],
    pixel: [{ file: lines.files.everyPage, code: htmlPixel(lines, '/your-page') }],
    server: NODE_SERVER(lines),
  }),

  sveltekit: (lines) => ({
    tracker: [{ file: lines.files.inHead('src/app.html'), code: trackerLine(lines) }],
    widget: [
      {
        file: 'src/routes/+layout.svelte',
        code: `<svelte:head>
  ${widgetScript(lines)}
</svelte:head>

${widgetLine(lines)}`,
      },
    ],
    badge: [
      {
        file: 'src/lib/Views.svelte',
        code: `<script>
  import { page } from '$app/state';
</script>

${badgeImage(`{\`${badgeAt(lines, '${encodeURIComponent(page.url.pathname)}')}\`}`).replace(/>$/, ' />')}`,
      },
    ],
    pixel: [
      {
        file: 'src/routes/+layout.svelte',
        code: `<script>
  import { page } from '$app/state';
</script>

${pixelImage(`{\`${pixelAt(lines, `\${encodeURIComponent('${lines.site}' + page.url.pathname)}`)}\`}`).replace('></noscript>', ' /></noscript>')}`,
      },
    ],
    server: [
      {
        file: 'src/hooks.server.ts',
        code: `import { footfallHandle } from '@footfall/middleware/sveltekit';

export const handle = footfallHandle({
  server: '${lines.origin}',
  key: process.env.FOOTFALL_KEY,
});`,
      },
    ],
  }),

  react: (lines) => ({
    tracker: [
      { file: lines.files.withVite(lines.files.inHead('index.html')), code: trackerLine(lines) },
      {
        file: lines.files.withNext.layout,
        code: `<head>
  <script${inHtml(lines.tracker)} />
</head>`,
      },
    ],
    widget: [
      {
        file: 'Visitors.jsx',
        code: `export function Visitors() {
  return (
    <>
      <script async type="module" src="${lines.origin}/widget.js" />
      <visitor-tracker${inHtml(lines.widget)} />
    </>
  );
}`,
      },
    ],
    badge: [
      {
        file: 'Views.jsx',
        code: `export function Views({ page }) {
  const src = \`${badgeAt(lines, '${encodeURIComponent(page)}')}\`;
  return <img src={src} ${BADGE_ALT} />;
}`,
      },
    ],
    pixel: [
      ...onePagePixel(lines).map(({ code, file }) => ({ code, file: lines.files.withVite(file) })),
      {
        file: lines.files.withNext.pixel,
        code: `export function Pixel({ path }) {
  const url = encodeURIComponent('${lines.site}' + path);
  const src = \`${pixelAt(lines, '${url}')}\`;
  return (
    <noscript>
      <img src={src} alt="" width="1" height="1" referrerPolicy="no-referrer-when-downgrade" />
    </noscript>
  );
}`,
      },
    ],
    server: NODE_SERVER(lines),
  }),

  vue: (lines) => ({
    tracker: [{ file: lines.files.inHead('index.html'), code: trackerLine(lines) }],
    widget: [
      { file: lines.files.inHead('index.html'), code: widgetScript(lines) },
      { file: lines.files.inTemplate('src/App.vue'), code: widgetLine(lines) },
      {
        file: 'vite.config.js',
        code: `vue({
  template: {
    compilerOptions: { isCustomElement: (tag) => tag === 'visitor-tracker' },
  },
})`,
      },
    ],
    badge: [
      {
        file: 'src/components/Views.vue',
        code: `<script setup>
defineProps(['page']);
</script>

<template>
  <img :src="\`${badgeAt(lines, '${encodeURIComponent(page)}')}\`" ${BADGE_ALT}>
</template>`,
      },
    ],
    pixel: onePagePixel(lines),
    server: NODE_SERVER(lines),
  }),

  astro: (lines) => ({
    tracker: [
      { file: lines.files.inHead('src/layouts/Layout.astro'), code: trackerLine(lines, ' is:inline') },
    ],
    widget: [
      {
        file: 'src/layouts/Layout.astro',
        code: `${widgetScript(lines, ' is:inline')}\n${widgetLine(lines)}`,
      },
    ],
    badge: [
      {
        file: 'src/components/Views.astro',
        code: badgeImage(`{\`${badgeAt(lines, '${encodeURIComponent(Astro.url.pathname)}')}\`}`).replace(
          />$/,
          ' />',
        ),
      },
    ],
    pixel: [
      {
        file: 'src/layouts/Layout.astro',
        code: pixelImage(
          `{\`${pixelAt(lines, `\${encodeURIComponent('${lines.site}' + Astro.url.pathname)}`)}\`}`,
        ).replace('></noscript>', ' /></noscript>'),
      },
    ],
    server: NODE_SERVER(lines),
  }),

  wordpress: (lines) => ({
    tracker: [
      {
        file: lines.files.functions,
        code: `add_action( 'wp_head', function () {
	wp_print_script_tag( array(
${lines.tracker.map(([name, value]) => `		'${name}' => ${value === true ? 'true' : `'${value}'`},`).join('\n')}
	) );
} );`,
      },
    ],
    widget: [
      {
        file: lines.files.functions,
        code: `add_action( 'wp_footer', function () { ?>
	${widgetScript(lines)}
	${widgetLine(lines)}
<?php } );`,
      },
    ],
    badge: [
      {
        file: lines.files.template,
        code: badgeImage(
          `"${amp(badgeAt(lines, "<?php echo rawurlencode( wp_parse_url( get_permalink(), PHP_URL_PATH ) ?: '/' ); ?>"))}"`,
        ),
      },
    ],
    pixel: [
      {
        file: lines.files.functions,
        code: `add_action( 'wp_body_open', function () { ?>
	${pixelImage(`"${amp(pixelAt(lines, '<?php echo rawurlencode( home_url( add_query_arg( array() ) ) ); ?>'))}"`)}
<?php } );`,
      },
    ],
    server: undefined,
  }),
};

/** The shortest snippets: for counting pages, and for reading the numbers. */
export function snippetsOf({
  origin,
  scriptName,
  keptParameters,
}: Server & Pick<Defaults, 'keptParameters'>) {
  const lines = linesOf({ origin, scriptName }, choicesOf(new URLSearchParams(), { keptParameters }));
  return {
    tracker: trackerLine(lines),
    client: `import { createFootfallClient } from '@footfall/client';

const footfall = createFootfallClient({
  url: '${origin}',
});
const { count } = await footfall.count.query({ page: '/about' });`,
    curl: `curl '${origin}/api/visitors/count?page=/about'`,
  };
}

/** The SITE_HOSTS that an owner has to set for the pages of a host to be counted. */
export interface HostAdvice {
  readonly host: string;
  /** Whether its pages are counted as Footfall is configured. */
  readonly isCounted: boolean;
  /** The value to set; undefined where it has the host already. */
  readonly siteHosts: string | undefined;
}

/**
 * The SITE_HOSTS to set for a site.
 * @param site its address
 * @param hosts the present SITE_HOSTS
 * @param isCounted whether the pages of a host are counted at present
 */
export function hostAdvice(
  site: string,
  hosts: readonly string[],
  isCounted: (host: string) => boolean,
): HostAdvice {
  const host = new URL(site).hostname;
  const counted = isCounted(host);
  // Without a list the pages of any site are counted, which is seldom intended.
  const isNamed = counted && hosts.length > 0;
  return { host, isCounted: counted, siteHosts: isNamed ? undefined : [...hosts, host].join(',') };
}
