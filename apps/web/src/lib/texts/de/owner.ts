import type { OwnerTexts } from '../en/owner.ts';
import { formats } from './formats.ts';

const { formatCount } = formats;
const views = (count: number): string =>
  count === 1 ? 'ein Seitenaufruf' : `${formatCount(count)} Seitenaufrufe`;

export default {
  back: '‹ Dashboard',
  name: 'Name',
  save: 'Speichern',
  cancel: 'Abbrechen',
  delete: 'Löschen',
  annotations: {
    title: 'Anmerkungen',
    what: 'Eine neue Version, ein Rundschreiben, ein Ausfall: Was geschah, steht unter dem Diagramm, da, wo sich die Zahlen ändern. Änderungen von Einstellungen und Ausfälle werden von selbst angemerkt, wie',
    settings: 'die Einstellungen',
    say: 'es sagen.',
    addOne: 'Anmerkung hinzufügen',
    editOne: 'Anmerkung ändern',
    happened: 'Was geschah',
    day: 'Tag',
    showPublic: 'Auch auf der öffentlichen Seite zeigen',
    add: 'Hinzufügen',
    public: 'öffentlich',
    automatic: 'automatisch',
    edit: 'Ändern',
    none: 'Es gibt noch keine.',
    gone: 'Sie wurde inzwischen gelöscht.',
  },
  segments: {
    title: 'Segmente',
    what: 'Ein Segment sind Filter unter einem Namen. Gewählt wird es im Filtermenü',
    overview: 'der Übersicht',
    whatAfter:
      ': Seine Filter kommen in die Adresse. Links und Lesezeichen bleiben, wie sie sind, wenn ein Segment geändert wird.',
    renameOne: 'Segment umbenennen',
    saveOne: 'Diese Filter als Segment speichern',
    filters: 'Filter des neuen Segments',
    replaces: 'Ein vorhandenes Segment dieses Namens bekommt diese Filter.',
    unknown: 'Diese Version von Footfall hat diese Filter nicht.',
    rename: 'Umbenennen',
    none: 'Es gibt noch keines: die Übersicht filtern und die Filter dann im Filtermenü speichern.',
  },
  data: {
    title: 'Daten',
    toImport: 'Datei importieren',
    toExport: 'Alles exportieren',
    warning: 'Was hier gelöscht wird, lässt sich nicht zurückholen, außer aus einer Sicherung.',
    confirm: (what) => `Zur Bestätigung ${what} eintippen`,
    done: {
      everything: 'Alles ist gelöscht. Footfall zählt wieder von eins an.',
      page: (pageViews) => `ist gelöscht: ${views(pageViews)}.`,
      noVisit: 'In diesem Zeitraum ist kein Besuch dieses Besuchers gespeichert.',
      visitor: (pageViews, visits) =>
        `Gelöscht: ${views(pageViews)} aus ${visits === 1 ? 'einem Besuch' : `${formatCount(visits)} Besuchen`}.`,
    },
    page: {
      title: 'Eine Seite löschen',
      what: 'Ihre Aufrufe stehen dann in keiner Zahl mehr: nicht in ihrer eigenen und nicht in denen der Besuche, Besucher und Quellen. Besuche anderer Seiten bleiben.',
      page: 'Seite',
      rule: 'Wie sie in der Liste der Seiten steht, zum Beispiel',
      confirm: 'die Seite noch einmal',
      button: 'Diese Seite löschen',
    },
    visitor: {
      title: 'Einen Besucher löschen',
      what: 'Alle Aufrufe und Besuche eines Besuchers, nach der',
      whatAfter: ', die die Website sendet.',
      daily:
        'Footfall erkennt einen Besucher höchstens zwei Tage lang; was älter ist, gehört niemandem mehr.',
      stay: 'Die Zahlen, in denen sie stecken, bleiben.',
      id: 'visitorId',
      from: 'Von',
      to: 'Bis einschließlich',
      all: 'Ohne Datumsangaben alles, was gespeichert ist.',
      confirm: 'die visitorId noch einmal',
      button: 'Diesen Besucher löschen',
    },
    everything: {
      title: 'Alles löschen',
      what: (total) =>
        `Alles auf einmal und endgültig: ${views(total)}, jeder Besuch und jede Zahl. Das Konto, seine Schlüssel und die Einstellungen bleiben. Vorher eine Sicherung machen.`,
      confirm: (text) => `„${text}“`,
    },
    sample: 'Die Beispieldaten stehen in einer eigenen Datei, die nichts davon berührt:',
    toSample: 'die Beispieldaten ansehen oder löschen',
  },
  sample: {
    title: 'Beispieldaten',
    banner: 'Beispieldaten.',
    what: 'Diese Besucher sind erfunden und in keiner der eigenen Zahlen.',
    leave: 'Verlassen',
    remove: 'Löschen',
    making: 'Die Beispieldaten werden gemacht',
    wait: 'Das dauert einige Sekunden, und diese Seite geht von selbst weiter.',
    madeSoFar: 'Bisher gemacht',
    explore: 'Mit Beispieldaten ausprobieren',
    about: (pageViews, days) =>
      `Das Dashboard, wie es nach einem Jahr aussehen kann: ${pageViews} erfundene Seitenaufrufe der letzten ${days} Tage. Sie stehen in einer eigenen Datei neben der Datenbank, etwa 10 MB, und in keiner der eigenen Zahlen. Sie lassen sich jederzeit löschen.`,
    outdated:
      'Die Beispieldaten sind von einem anderen Tag oder aus anderen Einstellungen: Neu gemacht reichen sie bis jetzt.',
    make: 'Beispieldaten machen',
    backToYours: 'Zurück zum eigenen Dashboard',
  },
} satisfies OwnerTexts;
