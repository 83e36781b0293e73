import type { ImportTexts } from '../en/import.ts';
import { formats } from './formats.ts';

const { formatCount } = formats;
const counted = (count: number, one: string, many: string): string =>
  count === 1 ? one : `${formatCount(count)} ${many}`;
const views = (count: number): string => counted(count, 'ein Seitenaufruf', 'Seitenaufrufe');

const importing: ImportTexts = {
  title: 'Importieren',
  back: '‹ Daten',
  what: 'Bringe die Zahlen eines anderen Zählers mit, oder einen Export von Footfall. Zuerst siehst du, was in der Datei steht; geändert wird nichts, bevor du es sagst.',
  formats:
    'Exporte von Footfall, GoatCounter (CSV), Umami und Simple Analytics; „Seiten und Bildschirme“ von Google Analytics 4; und Listen von Seiten mit ihren Zahlen.',
  notHere:
    'Dieser Server kann keine Dateien importieren. Nimm den Befehl „pnpm footfall import DATEI“ auf einem Rechner mit derselben Datenbank.',
  file: 'Datei',
  rule: 'CSV oder ZIP, höchstens 1 GB. Der Name spielt keine Rolle.',
  ruleWithoutScript: 'Ohne JavaScript höchstens 8 MB.',
  read: 'Datei lesen',
  uploading: 'Wird hochgeladen',
  uploaded: (share) => `${share} hochgeladen`,
  planning: 'Die Datei wird gelesen',
  planningWhat: 'Dabei wird nichts geändert. Diese Seite geht von selbst weiter.',
  running: 'Wird importiert',
  runningWhat: 'Gezählt wird währenddessen weiter, und du kannst diese Seite verlassen.',
  rowsOf: (rows, of) => `${formatCount(rows)} von ${counted(of, 'einer Zeile', 'Zeilen')}`,
  left: (seconds) =>
    seconds < 90
      ? `noch ${counted(seconds, 'eine Sekunde', 'Sekunden')}`
      : `noch ${formatCount(Math.round(seconds / 60))} Minuten`,
  undoing: 'Ein Import wird zurückgenommen',
  refresh: 'Stand anzeigen',
  planned: 'Was in der Datei steht',
  nothingYet: 'Noch ist nichts geändert.',
  done: 'Importiert',
  failed: 'Das ging nicht',
  undone: (count) => `Zurückgenommen: ${views(count)}.`,
  from: (from, to) => `${from} bis ${to}`,
  rows: {
    taken: 'neue Seitenaufrufe und Besuche',
    known: 'Zeilen, die schon hier sind',
    older: 'der neuen sind älter als das, was aufbewahrt wird',
    counts: 'Summen ohne Seitenaufrufe',
    numbers: 'andere Zahlen',
    startingNumbers: 'Startzahlen',
    words: 'Einstellungen, Segmente und Notizen',
  },
  skipped: 'Ausgelassen',
  reason: 'Grund',
  rowCount: 'Zeilen',
  first: (line) => `zuerst in Zeile ${formatCount(line)}`,
  notKnown: 'Was die Datei nicht sagt',
  older: 'Seitenaufrufe, die älter sind als das, was aufbewahrt wird',
  olderTake: 'Übernehmen: 90 Tage lang einzeln, danach nur ihre Zahlen',
  olderLeave: 'Auslassen',
  run: 'Importieren',
  discard: 'Verwerfen',
  cancel: 'Abbrechen',
  another: 'Andere Datei',
  imported: 'Was importiert wurde',
  isComplete: 'vollständig',
  isNotComplete: 'unvollständig: importiere die Datei noch einmal, dann geht es weiter',
  isUndone: 'zum Teil zurückgenommen: nimm es noch einmal zurück',
  undo: 'Zurücknehmen …',
  undoWhat: (count) =>
    `Alles, was damit kam, verschwindet wieder, darunter ${views(count)}. Was hier gezählt wurde, bleibt.`,
  undoNow: 'Jetzt zurücknehmen',
  none: 'Noch wurde nichts importiert.',
  refused: {
    PAYLOAD_TOO_LARGE:
      'Die Datei ist zu groß, um so hochgeladen zu werden. Nimm den Befehl „pnpm footfall import DATEI“.',
    CONFLICT:
      'Eine andere Datei wird gerade hochgeladen oder importiert. Warte, bis das fertig ist, oder brich es ab.',
    BAD_REQUEST: 'Es war keine Datei dabei, oder sie ist leer.',
    other: 'Die Datei ließ sich nicht hochladen. Versuche es noch einmal.',
  },
};

export default importing;
