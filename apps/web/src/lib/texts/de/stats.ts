import type { StatsTexts } from '../en/stats.ts';

export default {
  title: 'Statistik',
  pageTitle: (period, site) => `Statistik, ${period} · ${site}`,
  description: (site) => `Besucher, Besuche und Seitenaufrufe von ${site} und woher sie kamen.`,
  now: { one: 'Besucher jetzt', other: 'Besucher jetzt' },
  inTotal: { one: 'Seitenaufruf insgesamt', other: 'Seitenaufrufe insgesamt' },
  since: (date) => ({ one: `Seitenaufruf seit dem ${date}`, other: `Seitenaufrufe seit dem ${date}` }),
  stale: 'Der Speicher ist nicht erreichbar: Das sind die letzten bekannten Zahlen.',
  first: {
    title: 'Noch wurde nichts gezählt',
    line: 'Diese Zeile gehört in die Seiten, die gezählt werden sollen. Wird dann eine davon geöffnet, erscheint ihr Aufruf einen Moment später hier.',
    install: 'Die Seite zum Einbauen',
    others: 'zeigt die anderen Wege.',
  },
  period: 'Zeitraum',
  updated: 'aktualisiert',
  unreadable: 'Die Zahlen dieses Zeitraums können gerade nicht gelesen werden',
  backSoon:
    'Nichts, was gezählt wurde, ist verloren. Sobald der Speicher antwortet, sind die Zahlen wieder da.',
  periods: {
    today: { name: 'Heute', these: 'Heute', before: 'Gestern', nothing: 'Heute wurde nichts gezählt' },
    '7d': {
      name: '7 Tage',
      these: 'Diese 7 Tage',
      before: 'Die 7 Tage davor',
      nothing: 'In diesen 7 Tagen wurde nichts gezählt',
    },
    '30d': {
      name: '30 Tage',
      these: 'Diese 30 Tage',
      before: 'Die 30 Tage davor',
      nothing: 'In diesen 30 Tagen wurde nichts gezählt',
    },
  },
  yesterdayUntil: (time) => `gestern bis ${time} Uhr`,
  daysBeforeUntil: (period, day, time) => `die ${period} davor, bis ${day}, ${time} Uhr`,
  visitDuration: 'Verweildauer',
  summary: (metric, unit, { first, last, all, most, when }) =>
    `${metric} nach ${unit === 'hour' ? 'Stunden' : 'Tagen'}, ${first} bis ${last}: ${all} insgesamt, am meisten (${most}): ${when}.`,
  longer: {
    before: 'Ein längerer Zeitraum zeigt vielleicht mehr. Falls hier Aufrufe zu erwarten sind:',
    link: 'Die Seite zum Einbauen',
    after: 'erklärt, wie Seiten gezählt werden.',
  },
  back: '‹ Ganze Statistik',
  firstDay: 'Die Zählung hat heute begonnen. Vergleiche und längere Diagramme folgen ab morgen.',
  comparedWith: (what) => `Vergleich: ${what}.`,
  noPrevious: (what) => `Keine Daten für den Zeitraum davor (${what}).`,
  perDay: 'Besucher werden je Tag gezählt: Wer an drei Tagen kommt, zählt dreimal.',
  early: (visitors, amount) =>
    `Ein Besuch zählt an dem Tag, an dem er beginnt: ${amount} ${visitors === 1 ? 'kam' : 'kamen'} in einem Besuch, der vor Mitternacht begann.`,
  chart: { hour: (metric) => `${metric}, Stunde für Stunde`, day: (metric) => `${metric}, Tag für Tag` },
  tableBy: {
    hour: 'Seitenaufrufe, Besuche und Besucher nach Stunden',
    day: 'Seitenaufrufe, Besuche und Besucher nach Tagen',
  },
  tableNote: 'Ein Besuch zählt, wo er beginnt, ein Besucher einmal am Tag.',
  lists: 'Seiten, Quellen, Orte und Technik',
  others:
    '„Alle übrigen“ sind neue Werte über der stündlichen Grenze für neue Werte; sie werden zusammen gezählt.',
} satisfies StatsTexts;
