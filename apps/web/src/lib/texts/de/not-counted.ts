import type { NotCountedTexts } from '../en/not-counted.ts';
import { formats } from './formats.ts';

const { formatCount } = formats;

const BY = { day: 'nach Tagen', week: 'nach Wochen', month: 'nach Monaten' } as const;
const ONE = { day: 'ein Tag', week: 'eine Woche', month: 'ein Monat' } as const;

export default {
  title: 'Nicht gezählt',
  reasons: {
    bot: { name: 'Bots', words: 'Crawler, Programme und automatisierte Browser, nach ihren User-Agents.' },
    spam: {
      name: 'Referrer-Spam',
      words: 'Aufrufe, die angeblich von einer Website kommen, die für Referrer-Spam bekannt ist.',
    },
    origin: {
      name: 'Andere Hosts',
      words:
        'Seiten von Hosts, die nicht zu dieser Website gehören: Kopien, Übersetzungen, Footfalls eigene Seiten.',
    },
    ignored: {
      name: 'Ausgenommen',
      words: 'Seiten und Adressen, die von der Zählung ausgenommen sind, und die Seiten des Inhabers.',
    },
    'opted-out': {
      name: 'Wollen nicht verfolgt werden',
      words:
        'Browser mit Do Not Track oder Global Privacy Control. Von den meisten sendet das Skript gar nichts.',
    },
    'no-consent': { name: 'Ohne Einwilligung', words: 'Besucher, die der Zählung nicht zugestimmt haben.' },
    duplicate: {
      name: 'Noch einmal gesendet',
      words:
        'Aufrufe, die ein zweites Mal ankamen, etwa nach einer unterbrochenen Verbindung. Sie wurden einmal gezählt.',
    },
    disabled: {
      name: 'Zählung aus',
      words: 'Aufrufe, die kamen, während die Zählung ausgeschaltet war.',
    },
  },
  lists: {
    bot: { title: 'Bots', heading: 'Name und Art' },
    spam: { title: 'Spam-Referrer', heading: 'Host' },
    origin: { title: 'Hosts, die nicht zur Website gehören', heading: 'Host' },
  },
  names: 'Namen',
  events: 'Ereignisse',
  unit: { one: 'Ereignis', other: 'Ereignisse' },
  others: 'Alle anderen',
  noNames: 'Sie wurden gezählt, bevor Namen mit ihnen gespeichert wurden.',
  interval: {
    day: { whole: 'Tag', by: 'Nach Tagen', open: 'Heute', each: 'Jeder Tag und Grund' },
    week: { whole: 'Woche', by: 'Nach Wochen', open: 'Diese Woche', each: 'Jede Woche und jeder Grund' },
    month: { whole: 'Monat', by: 'Nach Monaten', open: 'Dieser Monat', each: 'Jeder Monat und Grund' },
  },
  summary: (interval, range, events) =>
    `Nicht gezählte Ereignisse ${BY[interval]}, ${range}: ${formatCount(events)}.`,
  caption: (interval) => `Nicht gezählte Ereignisse ${BY[interval]} und Gründen`,
  emptyRows: (interval, clock) => `Tage nach ${clock}. Wo ${ONE[interval]} fehlt, gab es nichts zu erklären.`,
  all: 'Alle',
  none: {
    title: 'Zu dieser Adresse gibt es keine Liste',
    back: 'Die letzten 30 Tage zeigen',
  },
  sum: {
    nothing: 'An diesen Tagen kam nichts, und so wurde nichts ausgelassen.',
    everything: 'Alles, was kam, wurde gezählt:',
    views: (views) => (views === 1 ? 'Seitenaufruf' : 'Seitenaufrufe'),
    notCounted: (events) => `${events === 1 ? 'Ereignis wurde' : 'Ereignisse wurden'} nicht gezählt, neben`,
    counted: (views, share) =>
      `${views === 1 ? 'gezähltem Seitenaufruf' : 'gezählten Seitenaufrufen'}: ${share} von allem, was kam. Jedes hat hier seinen Grund.`,
    failed: (events) =>
      `${formatCount(events)} weitere konnten nicht sofort gespeichert werden; ihre Absender wurden gebeten, sie noch einmal zu senden.`,
  },
  reasonsTitle: 'Gründe',
  why: {
    title: 'Warum wurde meiner nicht gezählt?',
    what: 'Nach den Regeln, die zählen, nicht nach einer Kopie davon. Nichts wird gezählt und nichts davon gespeichert.',
    userAgent: 'User-Agent des Browsers',
    page: 'Seite, auf der er war',
    pageRule: 'falls es an der Seite liegen kann: ihre Adresse oder ihr Pfad',
    referrer: 'Woher er kam',
    referrerRule: 'falls es am Referrer liegen kann: eine Adresse',
    optedOut: 'Er sendet Do Not Track oder Global Privacy Control',
    refused: 'Der Besucher hat der Zählung nicht zugestimmt',
    explain: 'Erklären',
    browser: 'Oder das hier in dem fraglichen Browser öffnen',
    browserWhat:
      'Es sagt, als was dieser Browser gezählt würde, mit seiner Adresse, seinen Signalen und seinem Land. Jeder darf es öffnen.',
    address: 'Adresse',
    open: 'Hier öffnen',
    absent: 'Er steht nicht einmal in der Liste?',
    absentWhy:
      'Dann kam nichts an: ein Inhaltsblocker, eine Seite ohne das Skript oder ein Browser, der nicht verfolgt werden will, was das Skript stillschweigend achtet.',
    absentLink: 'Die Seite zum Einbauen',
    absentAfter: 'zeigt, was gerade ankommt.',
  },
  verdict: {
    counted: 'Gezählt.',
    as: 'Ein Aufruf dieses Browsers wird gezählt als:',
    page: 'Seite',
    source: 'Quelle',
    channel: 'Kanal',
    browser: 'Browser',
    system: 'System',
    device: 'Gerät',
    country: 'Land',
    unknown: 'Unbekannt',
    not: (reason) => `Nicht gezählt: ${reason}`,
  },
  browser: {
    title: 'Wird dieser Browser gezählt?',
    what: 'So würde',
    whatAfter: 'einen Aufruf dieses Browsers einordnen. Diese Seite zu öffnen zählt nichts.',
    asked: 'Gefragt ist nach einem Aufruf von',
    after: ', nach',
    consent: 'Diese Website zählt nur Besucher, die zugestimmt haben: So ist es danach.',
    missing: 'Wenn hier „gezählt“ steht und doch kein Aufruf ankommt',
    blocker: 'Ein Inhaltsblocker kann das Skript aufhalten oder die Anfrage, die es sendet.',
    excluded: 'Der Browser kann ausgenommen sein, mit dem Knopf auf',
    privacy: 'der Datenschutzseite',
    excludedWhere: ', auf diesem Host oder auf dem der Website.',
    script: 'Der Seite kann das Skript fehlen: Ihr Inhaber findet es auf der Seite zum Einbauen.',
    agent: 'Was dieser Browser über sich sagt',
    nothing: 'nichts',
  },
} satisfies NotCountedTexts;
