/** The frame of the API's documentation; what it says of each route is in the OpenAPI document. */
const docs = {
  title: 'API · Footfall',
  description: 'Every REST route of Footfall: what it takes, what it answers.',
  /** Said in other languages: what the document describes is English. */
  inEnglish: '',
  contents: 'Contents',
  start: 'Start',
  authentication: 'Authentication',
  errors: 'Errors',
  heading: 'API',
  /** Before the link to the document. */
  lead: 'JSON in and out, from any page. Programs read the same from the',
  document: 'OpenAPI document',
  required: 'required',
  optional: 'optional',
  deprecated: 'deprecated',
  linkTo: (name: string) => `Link to ${name}`,
  readOne: 'Read the page views of one page:',
  /** Before the package, after it, and after the command. */
  client: {
    or: 'Or with the typed client',
    below: ', which the samples below use. The package isn’t published yet:',
    makes: 'in Footfall’s folder makes it.',
  },
  /** Around `id`. */
  times: {
    before:
      'Times are ISO 8601 in UTC, durations are in milliseconds. A write is answered when it is on disk. Send it again with the same',
    after: 'and it is not counted again.',
  },
  /** Around the header. */
  secret: {
    before: 'Counting and reading the public numbers need none. Otherwise send',
    after: 'with a secret from the server’s configuration:',
  },
  /** Around `userAgent` and `ip`. */
  writeKeys: {
    before: 'For a server that counts its visitors:',
    and: 'and',
    after: 'in a body are then the visitor’s. Without a key a program is its own visitor, and a bot.',
  },
  apiKeys: 'For programs that read what only the site’s owner reads.',
  adminPassword: 'The same, for the owner.',
  /** Before a link in parentheses. */
  forOwner: 'For the site’s owner: send an API key or the admin password',
  answer: 'Answer',
  answerOf: (path: string) => `Answer of ${path}`,
  answerWith: (status: number) => `Answer with status ${status}`,
  parameters: 'Parameters',
  body: 'Body',
  responses: 'Responses',
  sameShape: 'All have the same shape: a sentence for people, and a word for programs.',
};

export type DocsTexts = typeof docs;
export default docs;
