import type { DocsTexts } from '../en/docs.ts';

export default {
  title: 'API · Footfall',
  description: 'Alle REST-Routen von Footfall: was sie nehmen, was sie antworten.',
  inEnglish: 'Die Beschreibungen der Routen kommen aus dem OpenAPI-Dokument und sind auf Englisch.',
  contents: 'Inhalt',
  start: 'Anfang',
  authentication: 'Anmeldung',
  errors: 'Fehler',
  heading: 'API',
  lead: 'JSON hinein und heraus, von jeder Seite aus. Programme lesen dasselbe aus dem',
  document: 'OpenAPI-Dokument',
  required: 'erforderlich',
  optional: 'freiwillig',
  deprecated: 'veraltet',
  linkTo: (name) => `Link zu ${name}`,
  readOne: 'Die Aufrufe einer Seite lesen:',
  client: {
    or: 'Oder mit dem typisierten Client',
    below: ', den die Beispiele unten verwenden. Das Paket ist noch nicht veröffentlicht:',
    makes: 'in Footfalls Ordner erzeugt es.',
  },
  times: {
    before:
      'Zeiten sind ISO 8601 in UTC, Dauern in Millisekunden. Ein Schreibzugriff wird beantwortet, wenn er gespeichert ist. Noch einmal gesendet mit derselben',
    after: 'wird er nicht noch einmal gezählt.',
  },
  secret: {
    before: 'Zählen und Lesen der öffentlichen Zahlen brauchen keine. Sonst gehört dazu',
    after: 'mit einem Geheimnis aus der Konfiguration des Servers:',
  },
  writeKeys: {
    before: 'Für einen Server, der seine Besucher zählt:',
    and: 'und',
    after:
      'im Body sind dann die des Besuchers. Ohne Schlüssel ist ein Programm sein eigener Besucher, und ein Bot.',
  },
  apiKeys: 'Für Programme, die lesen, was nur der Betreiber der Website liest.',
  adminPassword: 'Dasselbe, für den Betreiber.',
  forOwner: 'Für den Betreiber der Website: mit einem API-Schlüssel oder dem Admin-Passwort',
  answer: 'Antwort',
  answerOf: (path) => `Antwort von ${path}`,
  answerWith: (status) => `Antwort mit Status ${status}`,
  parameters: 'Parameter',
  body: 'Body',
  responses: 'Antworten',
  sameShape: 'Alle haben dieselbe Form: einen Satz für Menschen und ein Wort für Programme.',
} satisfies DocsTexts;
