/** The last screen of the setup: the line for a site's pages, and how the server is set up. */
const setup = {
  title: 'Count the first page',
  step: 'Setup, 3 of 3',
  /** Around a link. */
  what: 'Put this line into your pages.',
  install: 'The install page',
  whatElse: 'has the widget, the badge and other ways to count.',
  kind: 'Made with',
  health: {
    title: 'How it is set up',
    states: { good: 'Good', attention: 'Needs attention', unknown: 'Not known' },
    addresses: { title: 'Addresses', platform: 'The platform says which address a visitor has.' },
    proxy: {
      title: 'Proxy',
      configured: 'The proxy in front is recognised: its visitors have their own addresses.',
      unknown:
        'There is a proxy in front that is not recognised, and all visitors look like one: set CLIENT_IP_HEADER and TRUSTED_PROXIES.',
      none: 'No proxy was seen in front: visitors reach Footfall themselves.',
    },
    countries: {
      title: 'Countries',
      none: 'The address of this browser has no country, as addresses of private networks have none.',
      found: (country: string) => `Countries are found: this browser is in ${country}.`,
    },
    encryption: {
      title: 'Encryption',
      https: 'The public address is https.',
      local:
        'The public address is this machine’s own. Pages that are https need one that is https, too: set PUBLIC_URL.',
      http: 'The public address is http: pages that are https cannot load the tracker, and your password is sent in the clear.',
    },
    backups: {
      title: 'Backups',
      server: 'They are a matter of the database server, which Footfall cannot ask.',
      file: 'Footfall cannot see whether somebody makes them: let a timer run “npm run footfall -- backup” every day.',
    },
  },
  own: {
    title: 'Your own visits',
    ignored: 'Page views from the address of this browser are not counted.',
    counted: 'They are counted.',
    shared:
      'They are counted. The address of this browser may be that of others, too, so it is not excluded here.',
    /** Around a line of code. */
    browser: 'To exclude one browser wherever it is, run',
    browserAfter: 'in its console on your site.',
    again: 'Count this address again',
    exclude: 'Don’t count this address',
    /** Before the address, as code. */
    stored: 'It is stored in the settings as',
    notAlone: 'The address of this browser may be that of others, too.',
  },
  dashboard: 'Open the dashboard',
  sample: 'Explore with sample data',
};

export type SetupTexts = typeof setup;
export default setup;
