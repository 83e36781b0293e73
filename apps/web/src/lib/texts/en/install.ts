/** The page from which a site's owner copies lines. */
const install = {
  title: (kind: string, site: string) => `Install on ${kind} · ${site}`,
  description: 'The lines to paste into a website to count its page views and to show the numbers.',
  heading: 'Count your site',
  lead: 'Paste one line to start counting. Everything else is optional.',
  address: 'Your site’s address',
  /** Around the host, in bold, and after it. */
  named: { after: 'is in SITE_HOSTS:', rest: 'its pages are counted.' },
  /** What to set follows, as code, and after it the host. */
  anyHost: {
    strong: 'Pages of any host are counted at present.',
    start: 'Start Footfall with',
    only: 'to count only those of',
  },
  otherHost: {
    strong: 'This host isn’t in SITE_HOSTS,',
    start: 'so its pages are not counted. Start Footfall with',
  },
  who: 'Who is counted',
  /** Before what has to be set for it, as code. */
  with: 'with',
  consent: 'Count only after consent',
  device: 'Distinguish new from returning visitors, by an id in the browser',
  everyone: 'Also browsers that ask not to be tracked',
  keep: 'Query parameters to keep (for example: q, page)',
  widget: 'Widget',
  theme: 'Theme of the widget',
  themes: {
    auto: 'Automatic: like the page',
    light: 'Light',
    dark: 'Dark',
    plain: 'Plain',
    classic: 'Black and gold',
  },
  position: 'Position of the widget',
  positions: {
    'above-footer': 'Above the footer',
    'fixed-bottom': 'Fixed to the bottom of the window',
    inline: 'In the text',
  },
  details: 'Show details',
  location: 'Show the leading country',
  badgeAndUpdates: 'Badge and updates',
  badgeStyle: 'Style of the badge',
  badges: { flat: 'Flat', plain: 'Plain', digits: 'Digits' },
  interval: (most: number) => `Seconds between two updates, where nothing is pushed (1 to ${most})`,
  update: 'Update the snippets',
  madeWith: 'Made with',
  tracker: {
    heading: 'The tracker',
    what: 'About 1 KB, loaded after your page. It counts every page view once, also within a single-page application and when the connection is unstable.',
    /** Before a setting, as code. */
    keep: 'Footfall has to keep the same parameters: start it with',
    consent: 'Nothing is counted until the visitor consents. Call this from your consent banner:',
  },
  firstVisit: {
    heading: 'The first visit',
    what: 'Open a page of your site: its view appears here a moment later.',
    /** Around a link. */
    sample: {
      before: 'Signed in, you can',
      link: 'explore with sample data',
      after: 'until there are visits.',
    },
  },
  widgetPart: {
    heading: 'The widget',
    what: 'How many visitors are here now, and how many there were in the last half hour, in the last day, and in total. It updates itself.',
    grounds: { light: 'On a light page', dark: 'On a dark page' },
    own: 'Light or dark follows each reader’s own setting; here it follows yours.',
  },
  badge: {
    heading: 'The badge',
    what: 'A number as an image, for where no script runs: a README, a newsletter, a forum. The ones shown here count all page views; a badge on one of your pages counts that page’s.',
    grounds: {
      light: 'Page views in total, as a badge on a light page',
      dark: 'Page views in total, as a badge on a dark page',
    },
  },
  pixel: {
    heading: 'The pixel',
    what: 'Counts visitors without JavaScript, beside the tracker. Browsers don’t send the path of a page to other sites, so the image’s address contains it.',
    whatWithConsent:
      'Counts visitors without JavaScript, beside the tracker. Browsers don’t send the path of a page to other sites, so the image’s address contains it. Use it only after the visitor has consented: its address says so too.',
  },
  server: {
    heading: 'From your own server',
    none: 'WordPress renders its pages in PHP, for which there is no package: use the tracker.',
    /** Between them stand `WRITE_KEYS`, `FOOTFALL_KEY` and the command. */
    keys: 'In place of the tracker, never beside it: your server reports its page views, and nothing is added to the pages. Give Footfall',
    one: ', and your server one of them as',
    unpublished: '. The package isn’t published yet:',
    makes: 'makes it.',
  },
  read: {
    heading: 'Read a number anywhere',
    what: 'Over plain HTTP, from any page or program, or from TypeScript with the types of every answer. Every route is described under',
    /** After the link to the API. */
    end: '.',
    shell: 'Shell',
  },
  promises: {
    heading: 'What you can rely on',
    once: {
      name: 'Exactly once',
      text: 'A page view that arrives twice, over a shaky network or through a second server, is recognised and counted once.',
    },
    onDisk: {
      name: 'On disk before it counts',
      text: 'A page view is acknowledged when it is stored, and not before. What was acknowledged survives a crash and a power cut.',
    },
    nothing: 'Nothing about anyone',
    one: {
      name: 'One process, one file',
      text: 'The counter, its API and these pages are one program on one port, and all the numbers are in one file.',
    },
  },
  proxy: {
    /** Before the address of a proxy on this machine. */
    from: (address: string) => `All visitors appear to come from ${address}.`,
    one: 'All visitors appear to come from one address, the proxy’s.',
    /** Between them stand the settings, an example and the address. */
    same: 'They are counted as one visitor where they use the same browser. Behind a proxy set',
    suchAs: 'such as',
    and: 'and',
    itsAddress: 'the address of the proxy',
    restart: ', then start Footfall again.',
  },
  /** Where lines belong, as users of a technology call it. Names of files stay. */
  files: {
    inHead: (file: string) => `${file}, before </head>`,
    inEveryHead: 'HTML, in every page before </head>',
    withVite: (file: string) => `With Vite: ${file}`,
    withNext: {
      layout: 'With Next: app/layout.jsx, inside <html>',
      pixel: 'With Next: Pixel.jsx, in each page',
    },
    consent: 'JavaScript, when the visitor agrees',
    atStart: (file: string) => `${file}, at the start of <body>`,
    widgetSpot: 'HTML, where the widget is to be seen',
    numberSpot: 'HTML, where the number is to be seen',
    everyPage: 'HTML, in every page, with its own address',
    inTemplate: (file: string) => `${file}, in <template>`,
    functions: 'functions.php of your child theme',
    template: 'A template of your child theme',
  },
};

export type InstallTexts = typeof install;
export default install;
