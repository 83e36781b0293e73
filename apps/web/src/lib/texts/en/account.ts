import { formats } from './formats.ts';

const { formatCount } = formats;

/** Signing in, the first screen of the setup, and the owner's account. */
const account = {
  problems: {
    repeated: 'The two passwords are not the same.',
    newRepeated: 'The two new passwords are not the same.',
  },
  password: {
    new: 'New password',
    rule: (characters: number) => `At least ${characters} characters. Several words make a good one.`,
    again: 'The same again',
    own: 'Password',
    account: 'Account password',
    yours: 'Your password',
    current: 'Current password',
  },
  signIn: {
    title: 'Sign in',
    code: 'Code',
    codeRule: 'Of the app on your phone, or a recovery code.',
    withPasskey: 'Sign in with a passkey',
    /** Between them stands a command, as code. */
    hint: 'For the owner of this Footfall. The first start of the server prints a link to choose a password;',
    hintAfter: 'makes a new one, also when the password is forgotten.',
  },
  setup: {
    title: 'Choose a password',
    step: 'Setup, 1 of 3',
    heading: 'Choose your password',
    owner:
      'You are the owner of this Footfall. With this password you see its statistics and change its settings.',
    goOn: 'Set password and go on',
    fixed: 'The password is set already',
    /** Before the name of a variable, as code. */
    fixedBy: 'It is the one of the environment variable',
    signIn: 'Sign in',
    invalid: 'This link is not valid any more',
    /** Between them stands a command, as code; after them a link. */
    invalidWhy: 'A setup link works once, for 30 minutes, and a newer one takes its place. Run',
    invalidRun: 'on the server for a new one. If you have chosen a password,',
    invalidSignIn: 'sign in',
  },
  page: {
    title: 'Account',
    back: '‹ Dashboard',
    changed: 'The password is changed. All other browsers are signed out.',
    password: 'Password',
    /** Between them stands the name of a variable, as code. */
    fixed: 'The password is set by the environment variable',
    fixedAfter: ': change it there and start Footfall again. All sessions end then.',
    others: 'Every other browser is signed out then.',
    change: 'Change password',
    secondFactor: 'Second factor',
    passkeys: 'Passkeys',
    noPasskeys:
      'They need a public address with https and a name, or localhost, and a Footfall that runs on Node.',
    passkeysWhat:
      'Sign in with your fingerprint, your face or a PIN, in the place of the password and the second factor.',
    keys: 'API keys',
    keysWhat:
      'For programs that read your statistics, and for servers that report visits. They change no setting and see no password.',
    sessions: 'Where you are signed in',
    thisBrowser: 'this browser',
    /** Before an instant. */
    lastUsed: 'Last used',
    signedIn: 'Signed in',
    signOut: 'Sign out',
    end: 'End',
    endOf: (browser: string) => ` the session of ${browser}`,
    data: 'Data',
    toData: 'Delete a page, a visitor, or everything',
  },
  factor: {
    on: 'The second factor is on.',
    keep: 'Keep these recovery codes where your phone is not: each signs you in once in place of a code, and they are shown this once.',
    codes: 'Recovery codes',
    scan: 'Scan this with an app for codes, such as the one of your password manager.',
    picture: 'QR code; the same as the key below',
    /** Before the key, as code. */
    type: 'Or type the key into it:',
    code: 'The code that it shows',
    turnOn: 'Turn on',
    what: 'Signing in then asks for a code from your phone, too: a stolen password alone opens nothing.',
    setUp: 'Set up',
    left: (codes: number) =>
      `It is on, with ${codes === 1 ? 'one recovery code' : `${formatCount(codes)} recovery codes`} left. For new ones turn it off and on again.`,
    turnOff: 'Turn off',
  },
  passkeys: {
    /** Around its name. */
    make: 'Now let your browser make the passkey “',
    makeAfter: '”: on this device, a phone, or a security key.',
    makeIt: 'Make the passkey',
    cancel: 'Cancel',
    name: 'Name of the passkey',
    nameRule: 'Where it is, such as “Laptop” or “Phone”.',
    add: 'Add a passkey',
    /** Around an instant. */
    added: 'Added',
    neverUsed: ', never used',
    lastUsed: ', last used',
    delete: 'Delete',
    deleteOf: (name: string) => ` the passkey ${name}`,
    none: 'This browser has no passkeys.',
    noScript: 'Passkeys need JavaScript.',
    problems: {
      made: 'This device has a passkey of this Footfall already.',
      address: 'The browser refuses passkeys at this address: open Footfall at its public address.',
      unsupported: 'This device cannot make a passkey that asks for a fingerprint, a face or a PIN.',
      other:
        'The browser did not go on: it was cancelled, took too long, or there is no passkey on this device.',
    },
  },
  keys: {
    scopes: { read: 'reads the statistics', write: 'sends events for visitors' },
    made: (name: string) => `This is the key “${name}”.`,
    copy: 'Copy it now: only its hash is stored, and nobody can show it again.',
    key: 'API key',
    name: 'Name',
    nameRule: 'What it is for, such as “Monday’s report”.',
    may: 'What it may do',
    read: 'Read the statistics',
    write: 'Send events for visitors, as your server does',
    make: 'Make a key',
    /** Around an instant. */
    madeAt: 'Made',
    neverUsed: ', never used',
    lastUsed: ', last used',
    revoke: 'Revoke',
    revokeOf: (name: string) => ` the key ${name}`,
  },
};

export type AccountTexts = typeof account;
export default account;
