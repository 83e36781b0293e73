import type { LiveTexts } from '../en/live.ts';
import { formats } from './formats.ts';

const { formatCount, amount } = formats;

export default {
  title: (visitors, site) => `${visitors} jetzt · ${site}`,
  heading: 'Live',
  visitors: 'Besucher jetzt',
  active: (visitors) => `${formatCount(visitors)} in den letzten 30 Minuten`,
  views: 'Seitenaufrufe',
  inAll: 'insgesamt',
  visitsToday: 'Besuche heute',
  visitsInAll: (visits) => `${formatCount(visits)} insgesamt`,
  feed: 'Wie sie kommen',
  stale: 'Der Speicher antwortet nicht: Das sind die letzten bekannten Zahlen.',
  lost: 'Keine Verbindung, neuer Versuch läuft …',
  on: 'Live',
  off: 'Gelesen, als diese Seite geladen wurde',
  pause: 'Anhalten',
  resume: 'Weiter',
  again: 'Noch einmal lesen',
  direct: 'neuer Besuch, direkt',
  from: 'neuer Besuch, von',
  more: (views) =>
    `und ${amount(views, { one: 'weiterer Aufruf', other: 'weitere Aufrufe' })}, zu schnell zum Lesen`,
  nobodyYet: 'Noch ist niemand gekommen. Der erste Aufruf steht hier, sobald er gezählt ist.',
  anonymous:
    'Aufrufe desselben Besuchers sind nicht als solche erkennbar: Nichts hier unterscheidet Besucher.',
  where: 'Wer gerade wo ist',
  pages: 'Jetzt auf diesen Seiten',
  countries: 'Jetzt aus diesen Ländern',
  nobody: 'Gerade ist niemand hier.',
  when: 'Wann sie kommen',
  week: {
    caption: (days) => `Seitenaufrufe nach Wochentag und Stunde, ${days}`,
    cell: (day, hour, views) =>
      `${day} ${hour}: ${amount(views, { one: 'Seitenaufruf', other: 'Seitenaufrufe' })}`,
  },
} satisfies LiveTexts;
