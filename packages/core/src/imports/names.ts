import {
  BROWSER_NAMES,
  DEVICES,
  DEVICE_NAMES,
  SYSTEM_NAMES,
  type Device,
  type System,
} from '../agent-names.ts';
import { memoize } from '../memoize.ts';
import { folded } from '../sources.ts';

/** The words of a name without its version: `Windows NT 10.0` is `windowsnt`, `Chrome 86` is `chrome`. */
function bare(text: string): string {
  const [name = ''] = text.split('(', 1);
  const words = name.split(' ').filter((word) => word !== '');
  while (words.length > 1 && /^v?\d/.test(words.at(-1) ?? '')) words.pop();
  return folded(words.join(' '));
}

function table<Name extends string>(
  names: readonly Name[],
  others: Readonly<Partial<Record<Name, string>>>,
): (text: string) => Name | '' {
  const known = new Map(names.map((name) => [folded(name), name]));
  for (const name of names) for (const word of others[name]?.split(' ') ?? []) known.set(word, name);
  return memoize((text) => known.get(folded(text)) ?? known.get(bare(text)) ?? '');
}

/** What other counters call a browser: GoatCounter, Umami (detect-browser), Plausible and Simple Analytics. */
const BROWSERS: Readonly<Partial<Record<string, string>>> = {
  'Amazon Silk': 'silk',
  'Android Browser': 'android androidwebview aosp',
  'BlackBerry Browser': 'blackberry bb10',
  Chrome: 'crios chromemobile mobilechrome chromeios googlechrome chromiumwebview chromewebview',
  DuckDuckGo: 'duckduckgoprivacybrowser duckduckgobrowser',
  Edge: 'edgechromium edgeios microsoftedge edgemobile edga edgios',
  Facebook: 'facebookapp mobileappfacebook',
  Firefox: 'fxios firefoxmobile mobilefirefox firefoxios',
  'GNOME Web': 'epiphany',
  Instagram: 'instagramapp mobileappinstagram',
  'Internet Explorer': 'ie msie iemobile internetexplorermobile',
  KakaoTalk: 'kakaotalkapp',
  'MIUI Browser': 'miui',
  'Opera Mini': 'operamini opios',
  Opera: 'opr operagx operamobile operatouch',
  Safari: 'ios mobilesafari safarimobile iossafari ioswebview mobilesafariui',
  'Samsung Internet': 'samsung samsungbrowser samsungmobile',
  'UC Browser': 'ucbrowser uc',
  'Vivo Browser': 'vivobrowser',
  'Yandex Browser': 'yandexbrowser yandex',
};

const SYSTEMS: Readonly<Partial<Record<System, string>>> = {
  Android: 'androidos',
  BlackBerry: 'blackberryos blackberry10',
  'Chrome OS': 'chromeos cros chromiumos',
  iOS: 'ipados iphoneos iphone ipad',
  Linux: 'ubuntu debian fedora gnu/linux linuxmint archlinux',
  macOS: 'macos macosx osx mac',
  PlayStation: 'playstation3 playstation4 playstation5',
  Windows:
    'windowsnt win windowsxp windowsvista windowsserver windows7 windows8 windows8.1 windows10 windows11 windows2000 windowsserver2003 windowsme windows98 windows95',
  'Windows Phone': 'windowsmobile windowsphoneos',
};

const DEVICE_WORDS: Readonly<Partial<Record<Device, string>>> = {
  desktop: 'laptop desktoppc computer ultrawide',
  mobile: 'phone smartphone mobilephone phablet',
  other: 'tv smarttv television console watch wearable car xr',
};

/** The name by which Footfall counts a browser that another counter names; `''` where it has none. */
export const browserNamed = table(BROWSER_NAMES, BROWSERS);

/** The same for an operating system, with or without its version. */
export const systemNamed = table(SYSTEM_NAMES, SYSTEMS);

const deviceKnown = table(DEVICE_NAMES, DEVICE_WORDS);

/** The same for a device; a system that runs on one kind of device says it too. */
export function deviceNamed(text: string, system: System | '' = ''): Device | '' {
  const device = deviceKnown(text);
  if (device !== '' || system === '') return device;
  const [only, ...more] = DEVICES[system];
  return more.length === 0 ? only : '';
}
