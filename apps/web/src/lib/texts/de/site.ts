import type { SiteTexts } from '../en/site.ts';
import { formats } from './formats.ts';

export default {
  formats,
  ui: {
    all: 'Alle',
    annotations: { one: 'Anmerkung', other: 'Anmerkungen' },
    before: (value) => `davor ${value}`,
    closeNotice: 'Hinweis schließen',
    copied: 'Kopiert',
    copy: 'Kopieren',
    from: (value) => `zuvor ${value}`,
    noVisit: 'noch kein Besuch',
    none: 'Nichts in diesem Zeitraum.',
    readChart: 'Diagramm Punkt für Punkt lesen',
    share: 'Anteil',
    soFar: (name) => `${name}, bisher`,
  },
  frame: {
    skip: 'Zum Inhalt',
    navigation: 'Seiten',
    home: 'Start',
    stats: 'Statistik',
    install: 'Einbauen',
    api: 'API',
    privacy: 'Datenschutz',
    countedBy: 'Gezählt mit Footfall',
    language: 'Sprache',
    languageCookie: 'Ein Cookie dieser Website merkt sich die hier gewählte Sprache.',
    offline: 'Keine Verbindung zu Footfall: Das sind die letzten bekannten Zahlen',
    offlineSince: (time) => `vom ${time}`,
  },
  privacy: {
    off: 'Die Zählung ist ausgeschaltet: Über Besuche wird nichts gespeichert.',
    noCookies: 'Keine Cookies, und keine Adresse wird gespeichert.',
    byDevice: 'Ein Browser wird an einer zufälligen Kennung erkannt, die er bis zu einem Jahr speichert.',
    byDay: 'Ein Besucher wird höchstens einen Tag lang wiedererkannt.',
    withConsent: 'Gezählt wird nur, wer zugestimmt hat.',
  },
  home: {
    title: (name) => `${name} · Besucher`,
    description: (name) => `Besucher und Seitenaufrufe von ${name}, live.`,
    what: 'Besucher und Seitenaufrufe, live.',
    totalViews: { one: 'Seitenaufruf insgesamt', other: 'Seitenaufrufe insgesamt' },
    views: { one: 'Aufruf dieser Seite', other: 'Aufrufe dieser Seite' },
    stale: 'Der Speicher ist nicht erreichbar: Das sind die letzten bekannten Zahlen.',
    toStats: 'Zur Statistik',
    toInstall: 'Die erste Seite zählen',
    toPrivacy: 'Was über Besuche gespeichert wird',
  },
  theme: { label: 'Farben', auto: 'Automatisch', light: 'Hell', dark: 'Dunkel' },
  reasons: {
    duplicate: 'Dieser Aufruf wurde schon gezählt und wird nicht noch einmal gezählt.',
    bot: 'Dieser Browser sieht wie ein Bot aus (zum Beispiel wie ein automatisierter Testbrowser); der Aufruf wurde nicht gezählt. Mit COUNT_BOTS=true werden solche Browser gezählt.',
    spam: 'Die Seite, die hierher führte, ist für Referrer-Spam bekannt; der Aufruf wurde nicht gezählt.',
    ignored:
      'Diese Seite oder diese Adresse ist auf dieser Website von der Zählung ausgenommen; der Aufruf wurde nicht gezählt.',
    'opted-out':
      'Dieser Browser bittet darum, nicht verfolgt zu werden (Do Not Track oder Global Privacy Control); der Aufruf wurde nicht gezählt. Mit RESPECT_DNT=false werden solche Browser gezählt.',
    'no-consent':
      'Diese Website zählt nur, wer zugestimmt hat; der Aufruf wurde nicht gezählt. Mit REQUIRE_CONSENT=false werden alle gezählt.',
    origin:
      'Dieser Host steht nicht in SITE_HOSTS; der Aufruf wurde nicht gezählt. Trägt man ihn dort ein, werden seine Seiten gezählt.',
    disabled:
      'Die Zählung ist ausgeschaltet; der Aufruf wurde nicht gezählt. TRACKING_ENABLED=true schaltet sie ein.',
  },
  waiting:
    'Der Server hat nicht geantwortet; dieser Aufruf ist noch nicht gezählt. Er wird automatisch noch einmal gesendet.',
  notReported: (why) => `Dieser Aufruf konnte nicht gemeldet werden: ${why}.`,
  unknownReason: 'Grund unbekannt',
  errorPage: {
    missingTitle: 'Seite nicht gefunden',
    title: 'Etwas ist schiefgegangen',
    missing: 'Unter dieser Adresse gibt es keine Seite.',
    ours: 'Bei uns ist etwas schiefgegangen.',
    moved: 'Vielleicht ist sie umgezogen.',
    home: 'Zur Startseite',
    notLost: 'Nichts, was gezählt wurde, ist verloren.',
    again: 'Noch einmal versuchen',
  },
  errors: {
    'store-down': 'Der Speicher kann gerade nicht antworten.',
    'numbers-down': 'Die Zahlen können gerade nicht gelesen werden.',
    'no-such-link': 'Diesen Link gibt es nicht oder nicht mehr.',
    'stats-private': 'Die Statistik dieser Website ist nicht öffentlich.',
    'other-site': 'Diese Anfrage kam nicht von einer Seite dieses Footfalls.',
  },
} satisfies SiteTexts;
