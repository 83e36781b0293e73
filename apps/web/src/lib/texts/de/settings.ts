import type { SettingsTexts } from '../en/settings.ts';
import { formats } from './formats.ts';

const { formatCount } = formats;

const viewsOf = (count: number) => (count === 1 ? 'Seitenaufruf' : 'Seitenaufrufe');

export default {
  groups: {
    site: 'Die Website',
    readers: 'Wer die Statistik sieht',
    visitors: 'Wer gezählt wird',
    pages: 'Was ausgelassen wird',
    storage: 'Wie lange Seitenaufrufe gespeichert werden',
    caches: 'Wie aktuell Zahlen sind',
    annotations: 'Anmerkungen',
  },
  names: {
    SITE_NAME: {
      title: 'Name',
      sentence: 'So nennen diese Seiten die Website. Leer ist es ihr erster Host.',
    },
    SITE_HOSTS: {
      title: 'Hosts',
      sentence:
        'Hosts, deren Seiten gezählt werden, je Zeile einer, zum Beispiel example.com; *.example.com meint seine Subdomains. Leer wird jeder Host gezählt.',
      effect: 'anderer Hosts',
    },
    SITE_TIME_ZONE: {
      title: 'Zeitzone',
      sentence:
        'Nach dieser Uhr beginnen Tage und Stunden. Sie wird vor dem ersten Seitenaufruf gewählt und bleibt.',
    },
    WEEK_START: {
      title: 'Wochen beginnen am',
      sentence: 'Wochendiagramme werden neu gezeichnet, wenn es sich ändert.',
      options: { monday: 'Montag', sunday: 'Sonntag', saturday: 'Samstag' },
    },
    STATS_PUBLIC: {
      title: 'Statistik',
      sentence: 'Die Seite /stats. Widget und Badge zeigen ihre Zahlen in jedem Fall.',
      options: { true: 'Alle dürfen sie lesen', false: 'Nur der Inhaber' },
    },
    CACHE_STRATEGY: {
      title: 'Zwischenspeicher',
      sentence:
        'So lange dürfen Browser und Caches eine öffentliche Zahl oder Seite noch zeigen; das Dashboard wird nicht zwischengespeichert.',
      options: {
        balanced: 'Ausgewogen: bis zu 15 Sekunden',
        minimal: 'Möglichst neue Zahlen: bis zu 5 Sekunden',
        aggressive: 'Möglichst wenige Anfragen: bis zu 25 Sekunden',
      },
    },
    TRACKING_ENABLED: {
      title: 'Zählung',
      sentence: 'Ausgeschaltet wird nichts gezählt und nichts über Besuche gespeichert.',
      options: { true: 'Ein', false: 'Aus' },
      effect: 'während sie aus war',
    },
    RESPECT_DNT: {
      title: 'Do Not Track',
      sentence: 'Besucher, deren Browser Do Not Track oder Global Privacy Control sendet.',
      options: { true: 'Werden nicht gezählt', false: 'Werden auch gezählt' },
      effect: 'von Browsern, die nicht verfolgt werden wollen,',
    },
    REQUIRE_CONSENT: {
      title: 'Einwilligung',
      sentence:
        'Damit wird ein Seitenaufruf erst gezählt, wenn die Seite gemeldet hat, dass der Besucher zustimmt.',
      options: { false: 'Nicht nötig', true: 'Nötig' },
      effect: 'ohne Einwilligung',
    },
    IDENTITY: {
      title: 'Wiedererkennung',
      sentence:
        'Wie lange ein Besucher wiedererkannt wird. Gewählt wird vor dem ersten Seitenaufruf, und die Zeile des Trackers auf den Seiten muss dasselbe sagen.',
      options: { daily: 'Einen Tag lang', device: 'Bis zu einem Jahr, an einer Kennung im Browser' },
    },
    SESSION_TIMEOUT_MINUTES: {
      title: 'Minuten, nach denen ein Besuch endet',
      sentence:
        'Wer länger keine Seite aufruft, beginnt einen neuen Besuch, 1 bis 240; eine Änderung gilt für Seitenaufrufe, die danach kommen.',
    },
    COUNT_BOTS: {
      title: 'Bots',
      sentence: 'Crawler, Skripte und Testbrowser, die sich als solche zu erkennen geben.',
      options: { false: 'Werden nicht gezählt', true: 'Werden auch gezählt' },
      effect: 'von Bots',
    },
    IGNORED_PAGES: {
      title: 'Seiten, die nicht gezählt werden',
      sentence: 'Pfade, je Zeile einer, in denen * für beliebige Zeichen steht: /drafts/* oder *.pdf.',
      effect: 'ausgenommener Seiten oder Adressen',
    },
    IGNORED_ADDRESSES: {
      title: 'Adressen, die nicht gezählt werden',
      sentence:
        'Adressen oder Bereiche von Besuchern, je Zeile einer, zum Beispiel 192.0.2.7 oder 10.0.0.0/8.',
    },
    KEEP_PARAMETERS: {
      title: 'Parameter, die bleiben',
      sentence:
        'Parameter der Adresse, die eine andere Seite bedeuten, zum Beispiel q oder page; alle anderen werden abgeschnitten. Die Zeile des Trackers auf den Seiten muss sie auch nennen.',
    },
    RETENTION_MONTHS: {
      title: 'Monate',
      sentence:
        'Ältere Seitenaufrufe und Besuche werden innerhalb einer Stunde endgültig gelöscht; die Zahlen daraus bleiben. Mit 0 bleibt alles für immer gespeichert.',
    },
    AUTOMATIC_ANNOTATIONS: {
      title: 'Von Footfall selbst',
      sentence:
        'Unter dem Diagramm: welche Einstellungen an einem Tag geändert wurden, ohne ihre Werte, und Ausfälle von mehr als einer Minute.',
      options: { true: 'Ein', false: 'Aus' },
    },
  },
  fixed: {
    environment: 'Durch die Umgebungsvariable dieses Namens gesetzt: Dort ändern und Footfall neu starten.',
    views: 'Das lässt sich nicht mehr ändern: Was gespeichert ist, hängt davon ab.',
  },
  empty: 'leer',
  notCounted: (count, what) =>
    `${viewsOf(count)} ${what} ${count === 1 ? 'wurde' : 'wurden'} in den letzten sieben Tagen nicht gezählt.`,
  noEffect: (problem) => `Der gespeicherte Text hat keine Wirkung: ${problem}`,
  preview: {
    none: 'Keine Seite, die in den letzten sieben Tagen gezählt wurde, wäre ausgelassen worden.',
    noneOfMost:
      'Keine der tausend Seiten mit den meisten Aufrufen in den letzten sieben Tagen wäre ausgelassen worden.',
    ignored: (views, pages, isAtLeast) =>
      `In den letzten sieben Tagen ${views === 1 ? 'wäre' : 'wären'} ${isAtLeast ? 'mindestens ' : ''}${formatCount(views)} ${viewsOf(views)} ${pages === 1 ? 'einer Seite' : `von ${formatCount(pages)} Seiten`} ausgelassen worden.`,
    noneDeleted: 'Kein Seitenaufruf würde gelöscht.',
    deleted: (date) => `Seitenaufrufe von vor dem ${date} würden gelöscht, falls es welche gibt.`,
  },
  page: {
    title: 'Einstellungen',
    back: '‹ Dashboard',
    what: 'Eine Änderung gilt sofort, vom nächsten Seitenaufruf an; was gezählt ist, bleibt. Die Namen sind die der Variablen; diese haben Vorrang vor dieser Seite.',
    saved: 'Gespeichert. Es gilt von jetzt an.',
    save: 'Speichern',
    preview: 'Was hätte es bedeutet?',
    account: 'Passwort und Sitzungen',
    install: 'Die Zeilen für die Seiten',
    server: 'Wie der Server eingerichtet ist',
  },
  setup: {
    title: 'Die Website',
    step: 'Einrichten, 2 von 3',
    what: 'Alles außer der Zeitzone lässt sich später unter „Einstellungen“ ändern.',
    goOn: 'Speichern und weiter',
    skip: 'Überspringen',
  },
} satisfies SettingsTexts;
