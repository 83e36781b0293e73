/** The page about what is stored, as the configuration of a site has it. */
const privacy = {
  title: (site: string) => `Privacy · ${site}`,
  description: (site: string) =>
    `What Footfall stores about visits to ${site}, for how long, and how not to be counted.`,
  heading: 'Privacy',
  /** After the name of the site, and after the sentence of the footer. */
  counts: 'counts its visits with Footfall, a counter that its owner runs.',
  follows: 'This page follows from how this Footfall is configured.',
  stored: {
    question: 'What is stored about a page view?',
    off: 'Nothing at present: counting is switched off. The rest is what holds while it is on.',
    view: 'The time, the page (its address without the query, except for parameters that the site keeps), and how long and how far down it was read.',
    referrer:
      'The page that led here (its host and path, without the query), and the campaign that the link names.',
    attributes:
      'Country, and region and city where the server knows them; the language; the kind of device, browser and system. The version of the browser is not stored.',
    deviceKey:
      'A key of the visitor: a hash of the random id that the browser stores. Page views of the same browser have the same key.',
    dayKey:
      'A key of the visitor: a hash of the address and the browser’s name with a random number of the day. It is another one every day.',
    sender:
      'For an hour, a hash of the sender’s address with the random number of the day: it limits how many new pages one sender can bring in.',
  },
  notStored: {
    question: 'What is not stored?',
    address:
      'No address, neither in the database nor in a log. It is used to find the country and to make these hashes, and dropped. (Limits against abuse hold addresses in memory only.)',
    cutAddress:
      'No address, neither in the database nor in a log. It is cut to its network first; then it is used to find the country and to make these hashes, and dropped. (Limits against abuse hold addresses in memory only.)',
    deviceId:
      'Not the random id itself, only its hash. A browser that stores no id is recognised for one day, by a key of that day.',
    salts:
      'The random number of the day is destroyed within 48 hours. After that nobody can find out which browser a key belonged to, or that the keys of two days belong to the same browser.',
    operator: '(The database is a server: the logs and backups of its operator may hold it for longer.)',
    nothing: 'No cookies, no fingerprints, and nothing that visitors type.',
  },
  counted: {
    question: 'Who is counted?',
    consent: 'Only visitors who have agreed to it on the site.',
    everyone: 'Every visitor; the site does not ask for consent first.',
    dnt: 'A browser that asks not to be tracked (Do Not Track or Global Privacy Control) is not counted.',
    noDnt:
      'A browser that asks not to be tracked (Do Not Track or Global Privacy Control) is counted too: the owner has decided so.',
  },
  retention: {
    question: 'For how long?',
    forGood: 'Page views and visits are stored for good.',
    months: (months: number) =>
      `Page views and visits are deleted after ${months === 1 ? 'a month' : `${months} months`}.`,
    counts:
      'The counts made from them, such as “12 visits from Germany on 3 May”, are stored for good. They say nothing about anyone.',
  },
  browser: {
    question: 'What is stored in the browser?',
    what: 'No cookie, except in the browser in which the owner signs in, and one with the language that is chosen at the foot of these pages. In the browser’s local storage, of each host by itself, there may be these entries. On Footfall’s own pages the browser also stores the pages with the last numbers, for when there is no connection (a cache called “footfall”).',
    undelivered: 'A page view that could not be delivered yet, with its address and time.',
    untilDelivered: 'Until it is delivered, at most a day.',
    consent: 'That the visitor has agreed to be counted.',
    otherConsent: 'That the visitor has agreed, where a page asks for it. This site does not.',
    untilWithdrawn: 'Until the visitor withdraws it.',
    device: 'A random id, by which the browser is recognised.',
    otherDevice:
      'A random id of the browser, where a page asks for one (data-identity). This site does not use it.',
    year: 'A year.',
    live: 'The numbers that the widget showed last: the site’s, nothing about the visitor.',
    untilCleared: 'Until the browser’s storage is cleared.',
    closed: 'That the reader has closed the widget’s strip at the foot of the window.',
    ignore: 'That this browser is not to be counted: set by the button below.',
    untilPressed: 'Until the button is pressed again.',
    total: 'On these pages: the number that was shown last.',
    waiting: 'On these pages: a page view that could not be delivered yet.',
  },
  optOut: {
    heading: 'How not to be counted',
    here: 'For this browser, on this host:',
    /** Before the line of code. */
    elsewhere:
      'Browsers store such a choice for each host by itself. On another site that is counted here it can be made in the browser’s console, on any page of that site:',
    everywhere:
      'Or for every site that counts with this Footfall: switch on “Global Privacy Control” or “Do Not Track” in the browser. Both are respected.',
    thisHost: 'this host',
    include: 'Count this browser again',
    exclude: 'Don’t count this browser',
    refused: 'This browser does not let us store anything, so it cannot remember the choice.',
    ignored: (host: string) => `This browser is not counted on ${host}.`,
    counted: (host: string) => `This browser is counted on ${host}.`,
    uncounted: (host: string) =>
      `These pages of ${host} are not counted. Where the site has another host, make the choice there.`,
    noScript: 'The button needs JavaScript. So does the tracker: it counts nothing without it.',
  },
};

export type PrivacyTexts = typeof privacy;
export default privacy;
