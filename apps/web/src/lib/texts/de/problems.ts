import type { ProblemsTexts } from '../en/problems.ts';

export default {
  twice: (name) => `${name} ist doppelt angegeben; möglich ist ein Wert.`,
  oneOf: (name, names, given) => `${name} muss einer dieser Werte sein: ${names}. Angegeben ist ${given}.`,
  exclusive: () => 'period und from mit to schließen einander aus.',
  customDays: () => 'compareFrom und compareTo gehören zu compare=custom, und umgekehrt.',
  weekdays: () => 'compareBy=weekday gehört zu compare=previous und compare=year.',
  offset: (most, given) => `offset muss eine ganze Zahl bis ${most} sein. Angegeben ist ${given}.`,
  unknown: (name) => `${name} ist kein Parameter dieser Seite.`,
  noFilter: (name, filter, operators) => `${name} ist kein Filter: ${filter} kennt ${operators}.`,
  missing: (name) => `${name} fehlt: Ein Zeitraum hat einen ersten und einen letzten Tag.`,
  noDate: (name, given) => `${name} muss ein Datum wie 2026-11-20 sein. Angegeben ist ${given}.`,
  order: (first, last) => `${first} darf nicht nach ${last} liegen.`,
  refused: (sentence) => `Die Anfrage wurde abgelehnt (auf Englisch): ${sentence}`,
} satisfies ProblemsTexts;
