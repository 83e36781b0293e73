import {
  APPS,
  BRANDS,
  BROWSERS,
  DEVICES,
  ENGINES,
  HINTED_SYSTEMS,
  OTHER_DEVICES,
  SYSTEMS,
  type Device,
  type Name,
  type System,
} from './agent-names.ts';
import { readableHead, includesAny, wordSplitter, wordTable, type Words } from './agent-words.ts';

/** A visitor's device, browser and system; `''` is unknown. */
export interface Agent {
  readonly device: Device;
  readonly browser: string;
  readonly system: string;
}

/** The client hints that browsers send by default, as they are in the headers. */
export interface Hints {
  /** `Sec-CH-UA`. */
  readonly brands?: string | undefined;
  /** `Sec-CH-UA-Mobile`. */
  readonly mobile?: string | undefined;
  /** `Sec-CH-UA-Platform`. */
  readonly platform?: string | undefined;
}

/** Number of cached browsers, as in `botFilter`. */
const REMEMBERED = 2_000;

/** Most characters of a hint that are read. */
const LONGEST_HINT = 200;

/**
 * Makes a function that finds the device, browser and system of a user agent. Client hints refine the result: most
 * browsers based on Chromium call themselves Chrome, and only the hints have their name. All names are from
 * `agent-names.ts`; a browser that does not exist on the system is not returned.
 */
export function agentReader(): (userAgent: string, hints: Hints) => Agent {
  const answers = new Map<string, Agent>();
  return (userAgent, { brands, mobile, platform }) => {
    const ua = readableHead(userAgent);
    const hinted = brands === undefined && mobile === undefined && platform === undefined;
    const hints = hinted
      ? NO_HINTS
      : {
          brands: head(brands, LONGEST_HINT),
          mobile: head(mobile, 2),
          platform: head(platform, LONGEST_HINT),
        };
    const key = hinted ? ua : `${ua}\n${hints.brands}\n${hints.mobile}\n${hints.platform}`;
    let agent = answers.get(key);
    if (agent === undefined) {
      agent = read(ua, hints);
      if (answers.size >= REMEMBERED) answers.clear();
      answers.set(key, agent);
    }
    return agent;
  };
}

const NAMES: readonly Name[] = [...APPS, ...BROWSERS];

const NAME_TABLE = wordTable(NAMES.map(({ words }) => words));

const wordsOf = wordSplitter(
  [...NAMES, ...ENGINES]
    .flatMap(({ words }) => words)
    .concat(OTHER_DEVICES, SYSTEMS.flat(), ['mobile/', 'mozilla/', 'roku/', 'googletv/', 'pocketbook/']),
);

const NO_HINTS: Required<Hints> = { brands: '', mobile: '', platform: '' };

const head = (text: string | undefined, most: number): string =>
  text === undefined ? '' : text.length > most ? text.slice(0, most) : text;

function read(userAgent: string, { brands = '', mobile, platform = '' }: Hints): Agent {
  const words = wordsOf(userAgent);
  const said = systemIn(words);
  // Only Chromium sends hints, and on consoles and televisions they are less specific than the user agent.
  const trusted = words.outside.has('chrome') && HIDDEN.has(said);
  const system = (trusted ? HINTED_SYSTEMS.get(platform.replaceAll('"', '').trim()) : undefined) ?? said;
  const named = nameIn(words, system);
  const branded =
    trusted && (named === undefined || named.name === 'Chromium') ? brandIn(brands, system) : undefined;
  return answerOf(words, { system, mobile: trusted && mobile === '?1', named: branded ?? named });
}

interface Said {
  readonly system: System | '';
  /** The hint for a phone. */
  readonly mobile: boolean;
  /** The browser or app, if it is named. */
  readonly named: Pick<Name, 'name' | 'on'> | undefined;
}

function answerOf(words: Words, { system: said, mobile, named }: Said): Agent {
  const isHidden = said === 'Linux' && named?.on !== undefined && !named.on.includes('Linux');
  const system = isHidden ? 'Android' : said;
  const device = deviceOf(words, { system, mobile });
  return {
    device,
    browser: named?.name ?? engineName(words, { system, device }),
    // A television that poses as a computer does not name its system.
    system: system !== '' && DEVICES[system].includes(device) ? system : '',
  };
}

function nameIn(words: Words, system: System | ''): Name | undefined {
  for (const row of NAME_TABLE.rowsIn(words)) {
    const name = NAMES[row];
    if (name !== undefined && isOn(name, system)) return name;
  }
  return;
}

/** Linux may be Android: a browser there that requests desktop pages sends no more. */
const isOn = ({ on }: Name, system: System | ''): boolean =>
  on === undefined || system === '' || on.includes(system) || (system === 'Linux' && on.includes('Android'));

/** The first parentheses name the system; what an app appends may name any other. */
function systemIn(words: Words): System | '' {
  const posing = POSING.find(([, word]) => words.outside.has(word));
  if (posing !== undefined) return posing[0];
  const inside = SYSTEMS.find(([, ...known]) => known.some((word) => words.inside.has(word)));
  const [system] = inside ??
    SYSTEMS.find(([, ...known]) => known.some((word) => words.outside.has(word))) ?? [''];
  // An iPad that requests desktop pages calls itself a Mac, except for this word.
  return system === 'macOS' && words.outside.has('mobile/') ? 'iOS' : system;
}

function deviceOf(words: Words, { system, mobile }: Omit<Said, 'named'>): Device {
  const device = saidDevice(words, { system, mobile });
  if (system === '' || device === 'other') return device ?? 'other';
  const devices = DEVICES[system];
  return device !== undefined && devices.includes(device) ? device : devices[0];
}

function saidDevice(words: Words, { system, mobile }: Omit<Said, 'named'>): Device | undefined {
  const { inside, outside } = words;
  if (inside.has('tv') || includesAny(words, OTHER_DEVICES)) return 'other';
  if (system === 'Android' && [...inside].some((word) => FIRE_TV.test(word))) return 'other';
  if (TABLETS.some((word) => inside.has(word)) || (system === 'iOS' && inside.has('macintosh')))
    return 'tablet';
  if (system === 'HarmonyOS' && inside.has('pc')) return 'desktop';
  if (mobile || includesAny(words, MOBILE)) return 'mobile';
  // Tablets request desktop pages, so their user agent is the same less one word.
  return ANDROID.has(system) && outside.has('mozilla/') ? 'tablet' : undefined;
}

function engineName(words: Words, { system, device }: { system: System | ''; device: Device }): string {
  for (const engine of ENGINES) {
    const name = (system === '' ? undefined : engine.on[system]) ?? engine.elsewhere;
    if (name === undefined || !engine.words.some((word) => words.outside.has(word))) continue;
    // WebKit on an e-reader or a television is not a desktop.
    return name === 'GNOME Web' && device === 'other' ? '' : name;
  }
  return '';
}

function brandIn(brands: string, system: System | ''): Pick<Name, 'name' | 'on'> | undefined {
  for (const [, brand = ''] of brands.matchAll(/"([^"]*)"\s*;/g)) {
    const name = BRANDS.get(brand);
    const browser = BROWSERS.find((known) => known.name === name);
    if (name !== undefined && (browser === undefined || isOn(browser, system))) return browser ?? { name };
  }
  return;
}

/** Systems whose user agent may hide another system. */
const HIDDEN: ReadonlySet<System | ''> = new Set(['Android', 'Chrome OS', 'Linux', 'macOS', 'Windows', '']);

/** Systems that name another in the first parentheses, by a word after them that only they have. */
const POSING: readonly (readonly [System, word: string])[] = [
  ['KaiOS', 'kaios'],
  ['Roku', 'roku/'],
  ['Android', 'googletv/'],
  ['Linux', 'pocketbook/'],
];

/** Models of Amazon's televisions. */
const FIRE_TV = /^aft[a-z0-9]{1,6}$/;

const ANDROID: ReadonlySet<System | ''> = new Set(['Android', 'HarmonyOS']);

const TABLETS = ['ipad', 'tablet', 'playbook'];

const MOBILE = ['mobile', 'phone', 'opera mini', 'midp', 'series30plus'];
