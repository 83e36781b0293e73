/** Private links, as the owner makes them. */
const share = {
  title: 'Share',
  heading: 'Share the statistics',
  /** Before a link. */
  public: 'Everyone may see',
  publicPage: 'the public page',
  notPublic: 'The public page is off.',
  settings: 'Settings',
  settingsAfter:
    'switch it on and off. A private link shows the overview, cities and campaigns too, to those who have it, and nothing can be changed with it.',
  made: {
    /** Around its name. */
    link: 'This is the link “',
    linkAfter: '”.',
    copy: 'Copy it now: only its hash is stored, and nobody can show it again.',
    label: 'Link',
    frame: 'Statistics',
    /** Between and after two values, as code. */
    theme: 'The theme is',
    or: 'or',
    themeAfter: '; without it, the system’s.',
    chart: 'Or one chart of it',
  },
  make: 'Make a link',
  shows: {
    title: 'What it shows',
    filters: 'Filters of the new link',
    always: 'These filters always hold: people with the link may add others, and take none of these away.',
    everything: 'Share everything instead',
    /** Around a link. */
    all: 'Everything that was counted. To share a part of it, filter',
    overview: 'the overview',
    then: ', then choose Share there.',
  },
  name: 'Name',
  nameRule: 'Who gets it, such as “Marketing”. They see the name.',
  password: 'Password',
  passwordRule: 'Optional, at least 12 characters. Send it another way than the link.',
  lastDay: 'Last day',
  lastDayRule: 'Optional: after it the link shows nothing.',
  sites: 'Sites that may embed it',
  sitesRule: 'Optional, such as “intranet.example.com”: none may without being named here.',
  list: {
    label: 'Private links',
    expired: 'expired',
    password: 'password',
    everything: 'Shows everything',
    /** Around instants. */
    madeAt: 'Made',
    neverUsed: ', never used',
    lastUsed: ', last used',
    expiredAt: 'Expired',
    expiresAt: 'Expires',
    embeddedBy: 'May be embedded by',
    revoke: 'Revoke',
    revokeOf: (name: string) => ` the link ${name}`,
  },
  chart: {
    title: 'A chart of the public statistics',
    /** Before the hosts. */
    ofHosts: 'Only pages of your site’s hosts may embed it:',
    any: 'Any page may embed it; once your site’s hosts are set, only theirs.',
  },
};

export type ShareTexts = typeof share;
export default share;
