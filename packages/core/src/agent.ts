import bowser from 'bowser';

/** What a visitor's browser is; `''` is unknown. */
export interface Agent {
  readonly device: 'desktop' | 'mobile' | 'tablet' | 'other';
  readonly browser: string;
  readonly system: string;
}

/** The client hints that browsers send unasked, as they stand in the headers. */
export interface Hints {
  /** `Sec-CH-UA`. */
  readonly brands?: string | undefined;
  /** `Sec-CH-UA-Mobile`. */
  readonly mobile?: string | undefined;
  /** `Sec-CH-UA-Platform`. */
  readonly platform?: string | undefined;
}

/** Browsers remembered with their verdict, as in `botFilter`. */
const REMEMBERED = 2_000;

/** As much of a user agent, and of a hint, is looked at. */
const LONGEST = 512;
const LONGEST_HINT = 200;

/**
 * Makes the question what a browser is, by its user agent, and by client hints where these say more: most browsers on
 * Chromium call themselves Chrome, only the hints have their name. No name is answered but those listed here.
 */
export function agentReader(): (userAgent: string, hints: Hints) => Agent {
  const verdicts = new Map<string, Agent>();
  return (userAgent, { brands, mobile, platform }) => {
    const ua = head(userAgent, LONGEST);
    const hinted = brands === undefined && mobile === undefined && platform === undefined;
    const hints = hinted
      ? NO_HINTS
      : {
          brands: head(brands, LONGEST_HINT),
          mobile: head(mobile, 2),
          platform: head(platform, LONGEST_HINT),
        };
    const key = hinted ? ua : `${ua}\n${hints.brands}\n${hints.mobile}\n${hints.platform}`;
    let agent = verdicts.get(key);
    if (agent === undefined) {
      agent = read(ua, hints);
      if (verdicts.size >= REMEMBERED) verdicts.clear();
      verdicts.set(key, agent);
    }
    return agent;
  };
}

const NO_HINTS: Required<Hints> = { brands: '', mobile: '', platform: '' };

const head = (text: string | undefined, most: number): string =>
  text === undefined ? '' : text.length > most ? text.slice(0, most) : text;

function read(userAgent: string, { brands = '', mobile, platform = '' }: Hints): Agent {
  const told = userAgent.trim() === '' ? undefined : bowser.parse(userAgent);
  const browser = BROWSERS.get(told?.browser.name ?? '') ?? '';
  const system = SYSTEMS.get(told?.os.name ?? '') ?? '';
  const hintedSystem = HINTED_SYSTEMS.get(platform.replaceAll('"', '').trim());
  return {
    device: deviceOf({ type: told?.platform.type, system: hintedSystem ?? system, mobile, userAgent }),
    browser: CHROMIUM.has(browser) ? (hintedBrowser(brands) ?? browser) : browser,
    system: hintedSystem ?? system,
  };
}

function deviceOf({
  type,
  system,
  mobile,
  userAgent,
}: {
  type: string | undefined;
  system: string;
  mobile: string | undefined;
  userAgent: string;
}): Agent['device'] {
  if (type === 'tablet' || type === 'mobile') return type;
  if (type !== undefined && type !== 'desktop') return 'other';
  if (mobile === '?1') return 'mobile';
  // A tablet that asks for the pages of a desktop still tells its system.
  if (system === 'Android') return 'tablet';
  return type === 'desktop' || DESKTOPS.has(system) || userAgent.includes('X11;') ? 'desktop' : 'other';
}

function hintedBrowser(brands: string): string | undefined {
  for (const [, brand = ''] of brands.matchAll(/"([^"]*)"\s*;/g)) {
    const browser = BRANDS.get(brand);
    if (browser !== undefined) return browser;
  }
  return;
}

/** Those that may be any browser on Chromium, as far as the user agent says. */
const CHROMIUM: ReadonlySet<string> = new Set(['Chrome', 'Chromium', '']);

const DESKTOPS: ReadonlySet<string> = new Set(['Windows', 'macOS', 'Linux', 'Chrome OS']);

/** The usual names of browsers, by the library's. */
const BROWSERS: ReadonlyMap<string, string> = new Map([
  ['Amazon Silk', 'Amazon Silk'],
  ['Android Browser', 'Android Browser'],
  ['BlackBerry', 'BlackBerry'],
  ['Brave', 'Brave'],
  ['Chrome', 'Chrome'],
  ['Chromium', 'Chromium'],
  ['DuckDuckGo', 'DuckDuckGo'],
  ['Electron', 'Electron'],
  ['Epiphany', 'GNOME Web'],
  ['Firefox', 'Firefox'],
  ['Focus', 'Firefox Focus'],
  ['Google Search', 'Google App'],
  ['HeyTap Browser', 'HeyTap Browser'],
  ['Internet Explorer', 'Internet Explorer'],
  ['K-Meleon', 'K-Meleon'],
  ['Ladybird', 'Ladybird'],
  ['LibreWolf', 'LibreWolf'],
  ['MZ Browser', 'MZ Browser'],
  ['Maxthon', 'Maxthon'],
  ['Microsoft Edge', 'Edge'],
  ['NAVER Whale Browser', 'Whale'],
  ['Opera', 'Opera'],
  ['Opera Coast', 'Opera'],
  ['Pale Moon', 'Pale Moon'],
  ['Puffin', 'Puffin'],
  ['QQ Browser', 'QQ Browser'],
  ['QQ Browser Lite', 'QQ Browser'],
  ['QupZilla', 'QupZilla'],
  ['Roku', 'Roku'],
  ['Safari', 'Safari'],
  ['Sailfish', 'Sailfish'],
  ['Samsung Internet for Android', 'Samsung Internet'],
  ['SeaMonkey', 'SeaMonkey'],
  ['Sleipnir', 'Sleipnir'],
  ['Sogou Browser', 'Sogou Browser'],
  ['Swing', 'Swing'],
  ['Tizen', 'Tizen'],
  ['UC Browser', 'UC Browser'],
  ['Vivaldi', 'Vivaldi'],
  ['Vivo Browser', 'Vivo Browser'],
  ['WeChat', 'WeChat'],
  ['WebOS Browser', 'webOS'],
  ['Yandex Browser', 'Yandex Browser'],
]);

/** The same by their brand in client hints. Plain Chromium and what stands there to confuse have no name. */
const BRANDS: ReadonlyMap<string, string> = new Map([
  ['Google Chrome', 'Chrome'],
  ['Microsoft Edge', 'Edge'],
  ['Opera', 'Opera'],
  ['Opera GX', 'Opera'],
  ['Opera Mobile', 'Opera'],
  ['OperaMobile', 'Opera'],
  ['Brave', 'Brave'],
  ['Vivaldi', 'Vivaldi'],
  ['Samsung Internet', 'Samsung Internet'],
  ['DuckDuckGo', 'DuckDuckGo'],
  ['YaBrowser', 'Yandex Browser'],
  ['Yandex', 'Yandex Browser'],
  ['Whale', 'Whale'],
]);

/** The usual names of systems, by the library's. */
const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['Android', 'Android'],
  ['Bada', 'Bada'],
  ['BlackBerry', 'BlackBerry'],
  ['Chrome OS', 'Chrome OS'],
  ['HarmonyOS', 'HarmonyOS'],
  ['Linux', 'Linux'],
  ['PlayStation 4', 'PlayStation'],
  ['Roku', 'Roku'],
  ['Tizen', 'Tizen'],
  ['WebOS', 'webOS'],
  ['Windows', 'Windows'],
  ['Windows Phone', 'Windows Phone'],
  ['iOS', 'iOS'],
  ['macOS', 'macOS'],
]);

/** The same by their name in client hints. */
const HINTED_SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['Android', 'Android'],
  ['Chrome OS', 'Chrome OS'],
  ['Chromium OS', 'Chrome OS'],
  ['Linux', 'Linux'],
  ['Windows', 'Windows'],
  ['iOS', 'iOS'],
  ['macOS', 'macOS'],
]);
