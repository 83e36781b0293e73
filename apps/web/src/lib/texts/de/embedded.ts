import type { EmbeddedTexts } from '../en/embedded.ts';

const ONE = { hour: 'eine Stunde', day: 'einen Tag', week: 'eine Woche', month: 'einen Monat' } as const;
const SECOND = {
  hour: 'der zweiten Stunde',
  day: 'dem zweiten Tag',
  week: 'der zweiten Woche',
  month: 'dem zweiten Monat',
} as const;
const BY = { hour: 'nach Stunden', day: 'nach Tagen', week: 'nach Wochen', month: 'nach Monaten' } as const;

export default {
  title: 'Statistik',
  nothing: 'In diesem Zeitraum wurde nichts gezählt.',
  oneSoFar: (interval) => `Bisher gibt es ${ONE[interval]}. Die Linie beginnt mit ${SECOND[interval]}.`,
  lastKnown: 'letzte bekannte Zahlen',
  tableBy: (measure, interval) => `${measure} ${BY[interval]}`,
  before: 'Davor',
  over: {
    title: 'Dieser Link gilt nicht mehr',
    words: 'Er zeigt nichts mehr. Sein Inhaber kann einen neuen schicken.',
  },
  choice: {
    measure: 'Messgröße',
    period: 'Zeitraum',
    theme: 'Farben',
    themes: { auto: 'Wie beim Leser', light: 'Hell', dark: 'Dunkel' },
    html: 'HTML des Diagramms',
    frame: (measure, period) => `${measure}, ${period}`,
    values: (metrics, periods, themes) =>
      `metric ist eines von ${metrics}; period eines von ${periods}; theme eines von ${themes}.`,
  },
} satisfies EmbeddedTexts;
