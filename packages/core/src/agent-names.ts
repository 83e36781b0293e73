/**
 * The words of a user agent that identify each app, browser and system. `docs/what-is-counted.md` shows the same
 * tables, and a test compares the two.
 *
 * A key is one word or two adjacent words, in lower case. A word is a run of letters and digits that starts with a
 * letter, or a number: `FB_IAB/FB4A` has three. A key that ends in `/` only matches a word before a slash. One that
 * starts with `(` matches in the first parentheses, where a user agent names the system and the device; the others
 * match outside of them.
 */

/** A name, and the words that identify it. */
export interface Name {
  readonly name: string;
  readonly words: readonly string[];
  /** The systems that it exists on, if not all. On other systems the match is ignored. */
  readonly on?: readonly System[];
}

export const SYSTEM_NAMES = [
  'Android',
  'BlackBerry',
  'Chrome OS',
  'FreeBSD',
  'HarmonyOS',
  'iOS',
  'KaiOS',
  'Linux',
  'macOS',
  'NetBSD',
  'Nintendo',
  'OpenBSD',
  'PlayStation',
  'Roku',
  'Sailfish OS',
  'Symbian',
  'Tizen',
  'tvOS',
  'webOS',
  'Windows',
  'Windows Phone',
  'Xbox',
] as const;

export type System = (typeof SYSTEM_NAMES)[number];

export const DEVICE_NAMES = ['desktop', 'mobile', 'tablet', 'other'] as const;

export type Device = (typeof DEVICE_NAMES)[number];

/** Systems by their words, most specific first: a user agent for Android also contains Linux, one for iOS also Mac OS X. */
export const SYSTEMS: readonly (readonly [System, ...words: string[]])[] = [
  ['Xbox', 'xbox'],
  ['PlayStation', 'playstation', 'playstation4', 'playstation5'],
  ['Nintendo', 'nintendo'],
  ['Roku', 'roku', 'dvp'],
  ['tvOS', 'appletv', 'apple tv', 'tvos'],
  ['webOS', 'web0s', 'webos'],
  ['Windows Phone', 'windows phone', 'windows mobile', 'windows ce', 'iemobile', 'wds', 'lumia'],
  ['Windows', 'windows', 'win64', 'win32'],
  ['KaiOS', 'kaios'],
  ['Tizen', 'tizen'],
  ['HarmonyOS', 'harmonyos', 'openharmony'],
  ['iOS', 'iphone', 'ipad', 'ipod', 'ios', 'fbios'],
  ['Sailfish OS', 'sailfish'],
  ['BlackBerry', 'blackberry', 'bb10', 'playbook', 'rim tablet'],
  ['Symbian', 'symbian', 'symbianos', 'series60', 'series40'],
  ['Android', 'android', 'andr0id', 'adr', 'fb4a', 'googletv'],
  ['Chrome OS', 'cros'],
  ['macOS', 'macintosh', 'mac', 'macos'],
  ['FreeBSD', 'freebsd', 'ghostbsd'],
  ['NetBSD', 'netbsd'],
  ['OpenBSD', 'openbsd'],
  ['Linux', 'linux', 'ubuntu', 'x11'],
];

/** The devices that a system runs on; the first is the default. */
export const DEVICES: Readonly<Record<System, readonly [Device, ...Device[]]>> = {
  Android: ['mobile', 'tablet', 'other'],
  BlackBerry: ['mobile', 'tablet'],
  'Chrome OS': ['desktop'],
  FreeBSD: ['desktop', 'other'],
  HarmonyOS: ['mobile', 'tablet', 'desktop', 'other'],
  iOS: ['mobile', 'tablet'],
  KaiOS: ['mobile'],
  Linux: ['desktop', 'other'],
  macOS: ['desktop'],
  NetBSD: ['desktop'],
  Nintendo: ['other'],
  OpenBSD: ['desktop'],
  PlayStation: ['other'],
  Roku: ['other'],
  'Sailfish OS': ['mobile', 'tablet'],
  Symbian: ['mobile'],
  Tizen: ['other', 'mobile', 'tablet'],
  tvOS: ['other'],
  webOS: ['other'],
  Windows: ['desktop'],
  'Windows Phone': ['mobile'],
  Xbox: ['other'],
};

/** Televisions, set-top boxes, headsets, e-readers, cars: neither desktop nor mobile, whatever else the user agent contains. */
export const OTHER_DEVICES: readonly string[] = [
  'android tv',
  'apple tv',
  'appletv',
  'aquosbrowser',
  'atv',
  'bravia',
  'ce html',
  'chromecast',
  'crkey',
  'cybook',
  'directfb',
  'fire tv',
  'google tv',
  'googletv',
  'hbbtv',
  'kindle/',
  'large screen',
  'inettvbrowser',
  'kreatv',
  'mibox',
  'mibox3',
  'mibox4',
  'mitv',
  'netcast',
  'nettv',
  'oculusbrowser',
  'omi/',
  'opera tv',
  'ouya',
  'philipstv',
  'pocketbook',
  'qtcarbrowser',
  'roku',
  'shield android',
  'smart tv',
  'smarttv',
  'tesla',
  'stb',
  'tv safari',
  'tv store',
  'viera',
  'vidaa',
  'whaletv',
  'titanos',
  'wpe',
];

/** Apps that open pages themselves. Their users are people, even if the name contains a bot's word. */
export const APPS: readonly Name[] = [
  { name: 'Messenger', words: ['messengerforios', 'messengerliteforios', 'orca android', 'iab orca'] },
  { name: 'Instagram', words: ['instagram'] },
  { name: 'Threads', words: ['barcelona'] },
  { name: 'Facebook', words: ['fban/', 'fbav/', 'fb iab', 'metaiab facebook'] },
  { name: 'WeChat', words: ['micromessenger', 'windowswechat', 'macwechat'] },
  { name: 'WeCom', words: ['wxwork'] },
  { name: 'LINE', words: ['line/'] },
  { name: 'TikTok', words: ['tiktok', 'musical ly', 'trill', 'bytedancewebview'] },
  { name: 'Douyin', words: ['aweme'] },
  { name: 'Toutiao', words: ['newsarticle'] },
  { name: 'Snapchat', words: ['snapchat'] },
  { name: 'Pinterest', words: ['pinterest'] },
  { name: 'LinkedIn', words: ['linkedinapp'] },
  { name: 'X', words: ['twitter for', 'twitterandroid'] },
  { name: 'Reddit', words: ['reddit'] },
  { name: 'Telegram', words: ['telegram android', 'telegram ios', 'telegrambrowser'] },
  { name: 'WhatsApp', words: ['whatsapp/'] },
  { name: 'Slack', words: ['slack'] },
  { name: 'Discord', words: ['discord/'] },
  { name: 'Microsoft Teams', words: ['teams/', 'teamsmobile'] },
  { name: 'Outlook', words: ['outlook ios', 'outlook android'] },
  { name: 'KakaoTalk', words: ['kakaotalk'] },
  { name: 'NAVER', words: ['naver'] },
  { name: 'Daum', words: ['daumapps'] },
  { name: 'Zalo', words: ['zalo'] },
  { name: 'Viber', words: ['viber'] },
  { name: 'VK', words: ['vkandroidapp', 'vkclient', 'vkontakte'] },
  { name: 'Weibo', words: ['weibo'] },
  { name: 'QQ', words: ['qq/'] },
  { name: 'Baidu', words: ['baiduboxapp'] },
  { name: 'Alipay', words: ['alipayclient'] },
  { name: 'DingTalk', words: ['dingtalk'] },
  { name: 'Taobao', words: ['aliapp tb'] },
  { name: 'Xiaohongshu', words: ['xiaohongshu', 'xhsdiscover'] },
  { name: 'Bilibili', words: ['bilibili', 'biliapp'] },
  { name: 'Lark', words: ['lark/', 'feishu'] },
  { name: 'SmartNews', words: ['smartnews'] },
  { name: 'Apple News', words: ['applenews'] },
  { name: 'Google News', words: ['gnews'] },
  { name: 'Flipboard', words: ['flipboard'] },
  { name: 'Yahoo! Japan', words: ['yjapp', 'yjtop', 'co yahoo'] },
  { name: 'Bing', words: ['bingsapphire', 'bingweb'] },
  { name: 'Google App', words: ['gsa/', 'googleapp'] },
  { name: 'Ecosia', words: ['ecosia'] },
  { name: 'Quora', words: ['quora'] },
  { name: 'Nextdoor', words: ['nextdoor'] },
  { name: 'Tumblr', words: ['tumblr'] },
  { name: 'Steam', words: ['(valve', 'valve'] },
  { name: 'Sogou Browser', words: ['sogoumobilebrowser'] },
  { name: 'Line Works', words: ['worksmobile'] },
];

const ANDROID: readonly System[] = ['Android', 'HarmonyOS'];
const MICROSOFT: readonly System[] = ['Windows', 'Windows Phone', 'Xbox', 'macOS'];
const UNIX: readonly System[] = ['Linux', 'FreeBSD', 'NetBSD', 'OpenBSD'];
const APPLE: readonly System[] = ['iOS', 'macOS', 'Windows'];

/** Browsers, most specific first: nearly all call themselves Chrome or Safari too. */
export const BROWSERS: readonly Name[] = [
  { name: 'Amazon Silk', words: ['silk', 'amazonkidsbrowser'], on: ['Android'] },
  { name: 'Meta Quest Browser', words: ['oculusbrowser'], on: ['Android'] },
  { name: 'PlayStation Browser', words: ['(playstation', 'playstation'], on: ['PlayStation'] },
  { name: 'Nintendo Browser', words: ['nintendobrowser', 'nintendo'], on: ['Nintendo'] },
  { name: 'Roku', words: ['(roku', 'roku', 'dvp'], on: ['Roku'] },
  { name: 'LG Browser', words: ['lg browser', 'webappmanager', '(netcast'] },
  { name: 'Samsung Internet', words: ['samsungbrowser', 'maple'], on: ['Android', 'Tizen'] },
  { name: 'MIUI Browser', words: ['miuibrowser'], on: ANDROID },
  { name: 'Huawei Browser', words: ['huaweibrowser', 'arkweb'] },
  { name: 'HeyTap Browser', words: ['heytapbrowser', 'oppobrowser', 'realmebrowser'], on: ANDROID },
  { name: 'Vivo Browser', words: ['vivobrowser'], on: ANDROID },
  { name: 'MZ Browser', words: ['mzbrowser'], on: ANDROID },
  { name: 'Quark', words: ['quark'] },
  { name: 'UC Browser', words: ['ucbrowser', 'ubrowser', 'ucweb', '(ucbrowser'] },
  { name: 'QQ Browser', words: ['qqbrowser', 'mqqbrowser', 'qqbrowserlite'] },
  { name: '360 Browser', words: ['qihoobrowser', 'qhbrowser', '360 se', '360 ee'] },
  { name: 'Sogou Browser', words: ['metasr'] },
  { name: 'Opera Mini', words: ['(opera mini', 'opera mini', 'opios'] },
  // Opera Mini for Android: OPR/71.0.2254.67050.
  { name: 'Opera Mini', words: ['0 2254'], on: ANDROID },
  { name: 'Opera', words: ['opr', 'opera', 'opt/', 'opx/', 'oprgx', 'coast/'] },
  { name: 'Vivaldi', words: ['vivaldi'] },
  { name: 'Yandex Browser', words: ['yabrowser', 'yowser', 'yasearchbrowser'] },
  { name: 'Whale', words: ['whale/'] },
  { name: 'Coc Coc', words: ['coc coc'] },
  { name: 'Brave', words: ['brave'] },
  { name: 'DuckDuckGo', words: ['duckduckgo', 'ddg'] },
  { name: 'Sputnik', words: ['sputnikbrowser'] },
  { name: 'Sber Browser', words: ['sberbrowser'] },
  { name: 'Avast Secure Browser', words: ['avast'] },
  { name: 'AVG Secure Browser', words: ['avg/'] },
  { name: 'CCleaner Browser', words: ['ccleaner'] },
  { name: 'Norton Browser', words: ['norton'] },
  { name: 'Adblock Browser', words: ['abb/', 'adblockbrowser'] },
  { name: 'Aloha', words: ['alohabrowser'] },
  { name: 'Dolphin', words: ['dolphin'] },
  { name: 'Puffin', words: ['puffin'] },
  { name: 'Maxthon', words: ['maxthon', 'mxbrowser', 'mxios', '(maxthon'] },
  { name: 'Sleipnir', words: ['sleipnir'] },
  { name: 'Falkon', words: ['falkon'] },
  { name: 'QupZilla', words: ['qupzilla'] },
  { name: 'Konqueror', words: ['konqueror', '(konqueror/'] },
  { name: 'Kindle', words: ['kindle/'] },
  { name: 'Midori', words: ['midori'] },
  { name: 'GNOME Web', words: ['epiphany'], on: UNIX },
  { name: 'Iron', words: ['iron'] },
  { name: 'Iridium', words: ['iridium'] },
  { name: 'Electron', words: ['electron'] },
  { name: 'Atom', words: ['atom/'] },
  { name: 'LibreWolf', words: ['librewolf'] },
  { name: 'Waterfox', words: ['waterfox'] },
  { name: 'Pale Moon', words: ['palemoon'] },
  { name: 'Basilisk', words: ['basilisk'] },
  { name: 'SeaMonkey', words: ['seamonkey'] },
  { name: 'K-Meleon', words: ['k meleon'] },
  { name: 'Ladybird', words: ['ladybird'] },
  { name: 'iCab', words: ['icab'] },
  { name: 'Orion', words: ['orion/'], on: APPLE },
  { name: 'Edge', words: ['edg', 'edge', 'edga', 'edgios', 'edgw'] },
  { name: 'Firefox Focus', words: ['focus/', 'klar/'] },
  { name: 'Internet Explorer', words: ['(msie', '(trident', 'iemobile', 'msie'], on: MICROSOFT },
  { name: 'Chrome', words: ['crios', 'crmo'] },
  { name: 'Firefox', words: ['fxios', 'firefox', 'fennec', 'iceweasel', 'icecat', 'minefield'] },
  {
    name: 'BlackBerry Browser',
    words: ['(blackberry', '(bb10', '(playbook', 'blackberry'],
    on: ['BlackBerry'],
  },
  { name: 'Nokia Browser', words: ['nokiabrowser', '(series60', 's40ovibrowser'], on: ['Symbian'] },
  { name: 'NetFront', words: ['netfront'] },
  // Televisions from before SamsungBrowser.
  { name: 'Samsung Internet', words: ['(smart tv', '(samsung'], on: ['Linux', 'Tizen'] },
  { name: 'Chromium', words: ['chromium'] },
];

/**
 * Browsers that name only their engine: their name on each system, and on all others. The first row with a name
 * wins.
 */
export const ENGINES: readonly {
  readonly words: readonly string[];
  readonly on: Readonly<Partial<Record<System, string>>>;
  readonly elsewhere?: string;
}[] = [
  {
    words: ['chrome', 'applewebkit'],
    on: {
      Nintendo: 'Nintendo Browser',
      PlayStation: 'PlayStation Browser',
      Roku: 'Roku',
      Tizen: 'Samsung Internet',
      webOS: 'LG Browser',
    },
  },
  { words: ['chrome'], on: { Xbox: 'Edge' }, elsewhere: 'Chrome' },
  {
    words: ['version/'],
    on: { FreeBSD: 'GNOME Web', Linux: 'GNOME Web', Nintendo: 'Nintendo Browser', OpenBSD: 'GNOME Web' },
  },
  {
    words: ['applewebkit', 'safari'],
    on: {
      Android: 'Android Browser',
      BlackBerry: 'BlackBerry Browser',
      iOS: 'Safari',
      macOS: 'Safari',
      Symbian: 'Nokia Browser',
      Windows: 'Safari',
    },
  },
  { words: ['gecko/'], on: {}, elsewhere: 'Firefox' },
];

/** Browsers by their brand in client hints. Plain Chromium and the deliberately random brands (GREASE) have no name. */
export const BRANDS: ReadonlyMap<string, string> = new Map([
  ['Google Chrome', 'Chrome'],
  ['Microsoft Edge', 'Edge'],
  ['Opera', 'Opera'],
  ['Opera GX', 'Opera'],
  ['Opera Mobile', 'Opera'],
  ['OperaMobile', 'Opera'],
  ['Brave', 'Brave'],
  ['Vivaldi', 'Vivaldi'],
  ['Samsung Internet', 'Samsung Internet'],
  ['HuaweiBrowser', 'Huawei Browser'],
  ['DuckDuckGo', 'DuckDuckGo'],
  ['YaBrowser', 'Yandex Browser'],
  ['Yandex', 'Yandex Browser'],
  ['Whale', 'Whale'],
  ['Avast Secure Browser', 'Avast Secure Browser'],
  ['AVG Secure Browser', 'AVG Secure Browser'],
  ['CCleaner Browser', 'CCleaner Browser'],
  ['Norton Private Browser', 'Norton Browser'],
  ['Oculus Browser', 'Meta Quest Browser'],
]);

/** Systems by their name in client hints. */
export const HINTED_SYSTEMS: ReadonlyMap<string, System> = new Map([
  ['Android', 'Android'],
  ['Chrome OS', 'Chrome OS'],
  ['Chromium OS', 'Chrome OS'],
  ['HarmonyOS', 'HarmonyOS'],
  ['Linux', 'Linux'],
  ['Tizen', 'Tizen'],
  ['Windows', 'Windows'],
  ['macOS', 'macOS'],
]);

/** All names of browsers and apps, in alphabetical order. */
export const BROWSER_NAMES: readonly string[] = [
  ...new Set([
    ...[...APPS, ...BROWSERS].map(({ name }) => name),
    ...BRANDS.values(),
    ...ENGINES.flatMap(({ on, elsewhere }) => [
      ...Object.values(on),
      ...(elsewhere === undefined ? [] : [elsewhere]),
    ]),
  ]),
].sort((a, b) => a.localeCompare(b, 'en'));
