/**
 * Everything that a person is refused on a page, by a code, in the language of the API. Another language has the same codes
 * (docs/decisions/0065). One that does not end as a sentence is about something that is named before it: a setting, or a
 * field.
 */
export const OBJECTIONS = {
  'wrong-password': () => 'That is not the password.',
  'wrong-passwords-here': () => 'Too many wrong passwords from this address.',
  'wrong-passwords': () => 'Too many wrong passwords.',
  'many-requests': () => 'Too many requests from this address.',
  'busy-passwords': () => 'Too many passwords are being checked.',
  'no-password': () => 'There is no password.',
  'short-password': (least: number) =>
    `Choose a password of at least ${least} characters. Several words make a good one.`,
  'long-password': (most: number) => `Choose a password of at most ${most} bytes.`,
  'plain-password': (least: number) => `Choose a password with at least ${least} different characters.`,
  'fixed-password': () => 'The password is set by ADMIN_PASSWORD.',
  'changed-password': () => 'The password was changed elsewhere at the same time.',
  'late-code': () => 'That took too long: enter your password again.',
  'used-code': () => 'That is not a code, or it was used already.',
  'wrong-code': () => 'That is not the code of now. Is the clock of your phone right?',
  'many-codes': () => 'Too many codes were tried. A recovery code works all the same.',
  'factor-on': () => 'A second factor is on already.',
  'old-setup-link': () => 'This link is not valid any more.',

  'passkey-name': () => 'Give the passkey a name, so that you know later where it is.',
  'passkey-not-made': () => 'The passkey was not made, or that took too long: try again.',
  'passkey-not-stored': () => 'The passkey was not stored: is it here already?',
  'late-passkey': () => 'This page was open for too long: try again.',
  'wrong-passkey': () => 'That is not a passkey of this Footfall, or it took too long: try again.',
  'many-passkeys': (most: number) => `There are ${most} passkeys already: delete one of them first.`,

  'long-name': (most: number) => `Choose a name of at most ${most} bytes.`,
  'key-name': () => 'Give the key a name, so that you know later what it is for.',
  'key-scope': (scope: string) => `A key may read or write; “${scope}” is neither.`,
  'key-scopes': () => 'Choose what the key may do: read, write, or both.',
  'many-keys': (most: number) => `There are ${most} keys already: revoke one of them first.`,

  'link-name': () => 'Give the link a name, so that you know later who has it.',
  'link-over': () => 'The last day is over already.',
  'link-site': (site: string) => `“${site}” is not a site such as example.com or https://example.com.`,
  'link-embedded': () =>
    'A link with a password cannot be embedded: browsers hide its cookie from other sites.',
  'many-links': (most: number) => `There are ${most} links already: revoke one of them first.`,
  'no-link': () => 'There is no such link.',
  'wrong-link-password': () => 'That is not the password of this link.',
  'link-of-pages': () => 'This link is about some pages alone, so it has no entry and exit pages.',

  'many-segments': (most: number) => `There are ${most} segments, which is the most: delete one first.`,
  'same-segment': () => 'There is a segment of this name already.',
  'no-segment': () => 'There is no such segment.',
  'many-annotations': (most: number) => `There are ${most} annotations, which is the most: delete one first.`,
  'no-annotation': () => 'There is no such annotation.',

  'no-views': () => 'No page view of this page was counted.',
  'not-confirmed': (wanted: string) => `Nothing is deleted: to confirm, type “${wanted}” as it is here.`,
  'sample-folder': () => 'A folder has the name of the sample data: move it away.',

  'empty-range': () => 'from must be before to.',
  'empty-comparison': () => 'compareFrom must be before compareTo.',
  'many-intervals': (most: number) =>
    `The range has more than ${most} intervals: request longer intervals or a shorter range.`,
  'slow-query': () => 'This takes too long: ask for a shorter range.',

  environment: () => 'is set by the environment: change it there',
  'stored-views': () => 'can be chosen only before the first page view: what is stored depends on it',
  whole: (least: number, most: number) => `must be a whole number from ${least} to ${most}`,
  'time-zone': () => 'must be a time zone, such as Europe/Paris',
  choice: (choices: string) => `must be ${choices}`,
  host: (entry: string, better: string) =>
    `"${entry}" is not a host${better === '' ? '' : `: write ${better}`}`,
  path: (entry: string) => `"${entry}" is not a path`,
  address: (entry: string) => `"${entry}" is neither an address nor a CIDR range`,
  parameters: () => 'must be names of query parameters, separated by commas or spaces',
  nameless: () => 'must be names of query parameters; a question mark by itself keeps a query without names',
  plain: () => 'must be plain text',
  long: (most: number) => `must be at most ${most} characters`,
  entries: (most: number) => `must have at most ${most} entries`,
  empty: () => 'must not be empty',
  unseen: () => 'must say something',
  page: () => 'must be an http(s) URL or a path that begins with /',
  date: () => 'must be a date such as 2026-11-20',
  early: (first: string) => `must not be before ${first}`,
  filters: (most: number) => `must be at most ${most} bytes`,
  unfiltered: () => 'must have a filter',
};

export type Objections = typeof OBJECTIONS;
export type ObjectionCode = keyof Objections;
