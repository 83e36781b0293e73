import type { PrivacyTexts } from '../en/privacy.ts';

export default {
  title: (site) => `Datenschutz · ${site}`,
  description: (site) =>
    `Was Footfall über Besuche bei ${site} speichert, wie lange, und wie man nicht gezählt wird.`,
  heading: 'Datenschutz',
  counts: 'zählt Besuche mit Footfall, einem Zähler im eigenen Betrieb.',
  follows: 'Diese Seite ergibt sich daraus, wie dieses Footfall eingestellt ist.',
  stored: {
    question: 'Was wird über einen Seitenaufruf gespeichert?',
    off: 'Zurzeit nichts: Die Zählung ist ausgeschaltet. Das Übrige gilt, wenn sie eingeschaltet ist.',
    view: 'Die Zeit, die Seite (ihre Adresse ohne Query, bis auf Parameter, die zur Seite gehören), und wie lange und wie weit sie gelesen wurde.',
    referrer:
      'Die Seite, die hierher führte (ihr Host und Pfad, ohne Query), und die Kampagne, die der Link nennt.',
    attributes:
      'Das Land, außerdem Region und Stadt, wo der Server sie kennt; die Sprache; die Art von Gerät, Browser und System. Die Version des Browsers wird nicht gespeichert.',
    deviceKey:
      'Ein Schlüssel des Besuchers: ein Hash der zufälligen Kennung, die der Browser speichert. Aufrufe desselben Browsers haben denselben Schlüssel.',
    dayKey:
      'Ein Schlüssel des Besuchers: ein Hash aus der Adresse, dem Namen des Browsers und einer Zufallszahl des Tages. Er ist jeden Tag ein anderer.',
    sender:
      'Eine Stunde lang ein Hash der Absenderadresse mit der Zufallszahl des Tages: Er begrenzt, wie viele neue Seiten ein Absender einbringen kann.',
  },
  notStored: {
    question: 'Was wird nicht gespeichert?',
    address:
      'Keine Adresse, weder in der Datenbank noch in einem Protokoll. Sie dient dazu, das Land zu finden und diese Hashes zu bilden, und wird verworfen. (Grenzen gegen Missbrauch halten Adressen nur im Arbeitsspeicher.)',
    cutAddress:
      'Keine Adresse, weder in der Datenbank noch in einem Protokoll. Sie wird zuerst auf ihr Netz gekürzt; dann dient sie dazu, das Land zu finden und diese Hashes zu bilden, und wird verworfen. (Grenzen gegen Missbrauch halten Adressen nur im Arbeitsspeicher.)',
    deviceId:
      'Nicht die zufällige Kennung selbst, nur ihr Hash. Ein Browser, der keine Kennung speichert, wird einen Tag lang erkannt, an einem Schlüssel dieses Tages.',
    salts:
      'Die Zufallszahl des Tages wird innerhalb von 48 Stunden vernichtet. Danach kann niemand mehr herausfinden, zu welchem Browser ein Schlüssel gehörte oder dass die Schlüssel zweier Tage zum selben Browser gehören.',
    operator:
      '(Die Datenbank ist ein Server: Protokolle und Sicherungen seines Betreibers können sie länger enthalten.)',
    nothing: 'Keine Cookies, keine Fingerabdrücke von Browsern, und nichts, was Besucher eintippen.',
  },
  counted: {
    question: 'Wer wird gezählt?',
    consent: 'Nur Besucher, die auf der Website zugestimmt haben.',
    everyone: 'Jeder Besucher; die Website fragt nicht erst nach einer Einwilligung.',
    dnt: 'Ein Browser, der darum bittet, nicht verfolgt zu werden (Do Not Track oder Global Privacy Control), wird nicht gezählt.',
    noDnt:
      'Auch ein Browser, der darum bittet, nicht verfolgt zu werden (Do Not Track oder Global Privacy Control), wird gezählt: So ist es hier eingestellt.',
  },
  retention: {
    question: 'Wie lange?',
    forGood: 'Seitenaufrufe und Besuche werden auf Dauer gespeichert.',
    months: (months) =>
      `Seitenaufrufe und Besuche werden nach ${months === 1 ? 'einem Monat' : `${months} Monaten`} gelöscht.`,
    counts:
      'Die daraus gewonnenen Zahlen, etwa „12 Besuche aus Deutschland am 3. Mai“, werden auf Dauer gespeichert. Sie sagen nichts über einzelne Personen.',
  },
  browser: {
    question: 'Was wird im Browser gespeichert?',
    what: 'Kein Cookie, außer in dem Browser, in dem sich der Betreiber anmeldet, und einem mit der Sprache, die am Fuß dieser Seiten gewählt wurde. Im lokalen Speicher des Browsers, für jeden Host einzeln, kann es diese Einträge geben. Auf Footfalls eigenen Seiten speichert der Browser auch die Seiten mit den letzten Zahlen, für den Fall, dass keine Verbindung besteht (ein Cache namens „footfall“).',
    undelivered: 'Ein Seitenaufruf, der noch nicht zugestellt werden konnte, mit Adresse und Zeit.',
    untilDelivered: 'Bis er zugestellt ist, höchstens einen Tag.',
    consent: 'Dass der Besucher zugestimmt hat, gezählt zu werden.',
    otherConsent:
      'Dass der Besucher zugestimmt hat, wo eine Seite danach fragt. Diese Website tut das nicht.',
    untilWithdrawn: 'Bis der Besucher es widerruft.',
    device: 'Eine zufällige Kennung, an der der Browser erkannt wird.',
    otherDevice:
      'Eine zufällige Kennung des Browsers, wo eine Seite sie verlangt (data-identity). Diese Website verwendet sie nicht.',
    year: 'Ein Jahr.',
    live: 'Die Zahlen, die das Widget zuletzt zeigte: die der Website, nichts über den Besucher.',
    untilCleared: 'Bis der Speicher des Browsers geleert wird.',
    closed: 'Dass der Leser den Streifen des Widgets am unteren Rand des Fensters geschlossen hat.',
    ignore: 'Dass dieser Browser nicht gezählt werden soll: gesetzt durch die Schaltfläche unten.',
    untilPressed: 'Bis die Schaltfläche erneut gedrückt wird.',
    total: 'Auf diesen Seiten: die zuletzt gezeigte Zahl.',
    waiting: 'Auf diesen Seiten: ein Seitenaufruf, der noch nicht zugestellt werden konnte.',
  },
  optOut: {
    heading: 'Nicht gezählt werden',
    here: 'Für diesen Browser, auf diesem Host:',
    elsewhere:
      'Browser speichern eine solche Wahl für jeden Host einzeln. Auf einer anderen Website, die hier gezählt wird, geht es in der Konsole des Browsers, auf irgendeiner Seite dieser Website:',
    everywhere:
      'Oder für alle Websites, die mit diesem Footfall zählen: „Global Privacy Control“ oder „Do Not Track“ im Browser einschalten. Beides wird beachtet.',
    thisHost: 'diesem Host',
    include: 'Diesen Browser wieder zählen',
    exclude: 'Diesen Browser nicht zählen',
    refused: 'Dieser Browser lässt uns nichts speichern und kann sich die Wahl deshalb nicht merken.',
    ignored: (host) => `Dieser Browser wird auf ${host} nicht gezählt.`,
    counted: (host) => `Dieser Browser wird auf ${host} gezählt.`,
    uncounted: (host) =>
      `Diese Seiten von ${host} werden nicht gezählt. Hat die Website einen anderen Host, ist die Wahl dort zu treffen.`,
    noScript: 'Die Schaltfläche braucht JavaScript. Der Tracker auch: Ohne zählt er nichts.',
  },
} satisfies PrivacyTexts;
