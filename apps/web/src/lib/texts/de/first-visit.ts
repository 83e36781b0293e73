import type { FirstVisitTexts } from '../en/first-visit.ts';
import { formats } from './formats.ts';

const { amount, formatCount } = formats;
const viewsOf = (count: number) => amount(count, { one: 'Seitenaufruf', other: 'Seitenaufrufe' });

export default {
  counted: (views) => `${viewsOf(views)} gezählt,`,
  since: 'seit diese Seite geöffnet wurde',
  lastOf: ', zuletzt von',
  works: '. Es funktioniert.',
  waiting: 'Warten auf einen Seitenaufruf. Jetzt eine Seite der Website öffnen.',
  refused: (views) =>
    `${viewsOf(views)} ${views === 1 ? 'kam' : 'kamen'} an und ${views === 1 ? 'wurde' : 'wurden'} nicht gezählt.`,
  help: {
    start:
      'Nichts ist angekommen. Steht die Zeile in der Seite, die der Browser erhielt? Ein Inhaltsblocker kann sie blockieren; eine Content-Security-Policy muss',
    in: 'nennen, in',
    and: 'und',
    andIn: ', außerdem in',
    images: 'für Badge und Pixel.',
  },
  soFar: (views) => `Bisher gezählt: ${viewsOf(views)}.`,
  notCounted: (reasons) =>
    `Heute nicht gezählt: ${reasons.map(([reason, events]) => `${formatCount(events)} (${reason})`).join(', ')}.`,
  noScript:
    'Eine Seite der Website öffnen und dann diese Seite neu laden; so zeigt sich, ob der Aufruf angekommen ist.',
  unreadable:
    'Die Zahlen können gerade nicht gelesen werden. Nichts, was inzwischen gezählt wird, geht verloren.',
} satisfies FirstVisitTexts;
