import { objectionText } from '@footfall/core/objection';
import type { Objections } from '@footfall/core/objections';
import type { SentencesTexts } from '../en/sentences.ts';

/** The last of some choices is after an English “or”. */
const oder = (choices: string): string => choices.replace(' or ', ' oder ');

/** By their codes: English says which there are. */
export const objections = {
  'wrong-password': () => 'Das ist nicht das Passwort.',
  'wrong-passwords-here': () => 'Zu viele falsche Passwörter von dieser Adresse.',
  'wrong-passwords': () => 'Zu viele falsche Passwörter.',
  'many-requests': () => 'Zu viele Anfragen von dieser Adresse.',
  'busy-passwords': () => 'Gerade werden zu viele Passwörter geprüft.',
  'no-password': () => 'Es gibt kein Passwort.',
  'short-password': (least) =>
    `Das Passwort muss mindestens ${least} Zeichen haben. Mehrere Wörter ergeben ein gutes.`,
  'long-password': (most) => `Das Passwort darf höchstens ${most} Bytes haben.`,
  'plain-password': (least) => `Das Passwort muss mindestens ${least} verschiedene Zeichen haben.`,
  'fixed-password': () => 'Das Passwort steht in ADMIN_PASSWORD.',
  'changed-password': () => 'Das Passwort wurde zur selben Zeit an anderer Stelle geändert.',
  'late-code': () => 'Das dauerte zu lange: Bitte das Passwort noch einmal eingeben.',
  'used-code': () => 'Das ist kein Code, oder er wurde schon benutzt.',
  'wrong-code': () => 'Das ist nicht der Code von jetzt. Geht die Uhr des Telefons richtig?',
  'many-codes': () => 'Zu viele Codes wurden versucht. Ein Wiederherstellungscode geht trotzdem.',
  'factor-on': () => 'Ein zweiter Faktor ist schon eingeschaltet.',
  'old-setup-link': () => 'Dieser Link gilt nicht mehr.',

  'passkey-name': () => 'Der Passkey braucht einen Namen, damit später klar ist, wo er ist.',
  'passkey-not-made': () =>
    'Der Passkey wurde nicht angelegt, oder es dauerte zu lange: Bitte noch einmal versuchen.',
  'passkey-not-stored': () => 'Der Passkey wurde nicht gespeichert: Ist er schon hier?',
  'late-passkey': () => 'Diese Seite war zu lange offen: Bitte noch einmal versuchen.',
  'wrong-passkey': () =>
    'Das ist kein Passkey dieses Footfall, oder es dauerte zu lange: Bitte noch einmal versuchen.',
  'many-passkeys': (most) => `Es gibt schon ${most} Passkeys: Zuerst einen davon löschen.`,

  'long-name': (most) => `Der Name darf höchstens ${most} Bytes haben.`,
  'key-name': () => 'Der Schlüssel braucht einen Namen, damit später klar ist, wofür er ist.',
  'key-scope': (scope) => `Ein Schlüssel darf lesen oder schreiben; „${scope}“ ist keines davon.`,
  'key-scopes': () => 'Bitte wählen, was der Schlüssel darf: lesen, schreiben oder beides.',
  'many-keys': (most) => `Es gibt schon ${most} Schlüssel: Zuerst einen davon widerrufen.`,

  'link-name': () => 'Der Link braucht einen Namen, damit später klar ist, wer ihn hat.',
  'link-over': () => 'Der letzte Tag ist schon vorbei.',
  'link-site': (site) => `„${site}“ ist keine Website wie example.com oder https://example.com.`,
  'link-embedded': () =>
    'Ein Link mit Passwort lässt sich nicht einbetten: Browser verbergen sein Cookie vor anderen Websites.',
  'many-links': (most) => `Es gibt schon ${most} Links: Zuerst einen davon widerrufen.`,
  'no-link': () => 'Diesen Link gibt es nicht.',
  'wrong-link-password': () => 'Das ist nicht das Passwort dieses Links.',
  'link-of-pages': () =>
    'Bei diesem Link geht es nur um einige Seiten, er hat also keine Einstiegs- und Ausstiegsseiten.',

  'many-segments': (most) => `Es gibt ${most} Segmente, mehr sind nicht möglich: Zuerst eines löschen.`,
  'same-segment': () => 'Ein Segment dieses Namens gibt es schon.',
  'no-segment': () => 'Dieses Segment gibt es nicht.',
  'many-annotations': (most) => `Es gibt ${most} Anmerkungen, mehr sind nicht möglich: Zuerst eine löschen.`,
  'no-annotation': () => 'Diese Anmerkung gibt es nicht.',

  'no-views': () => 'Von dieser Seite wurde kein Aufruf gezählt.',
  'not-confirmed': (wanted) => `Nichts wird gelöscht: Zur Bestätigung „${wanted}“ genau so eintippen.`,
  'sample-folder': () => 'Ein Ordner hat den Namen der Beispieldaten: Bitte woandershin verschieben.',

  'empty-range': () => 'from muss vor to liegen.',
  'empty-comparison': () => 'compareFrom muss vor compareTo liegen.',
  'many-intervals': (most) =>
    `Der Zeitraum hat mehr als ${most} Intervalle: Bitte längere Intervalle oder einen kürzeren Zeitraum wählen.`,
  'slow-query': () => 'Das dauert zu lange: Bitte einen kürzeren Zeitraum wählen.',

  environment: () => 'ist durch die Umgebung festgelegt und wird dort geändert',
  'stored-views': () =>
    'lässt sich nur vor dem ersten Seitenaufruf wählen: Was gespeichert ist, hängt davon ab',
  whole: (least, most) => `muss eine ganze Zahl von ${least} bis ${most} sein`,
  'time-zone': () => 'muss eine Zeitzone wie Europe/Paris sein',
  choice: (choices) => `muss ${oder(choices)} sein`,
  host: (entry, better) =>
    `„${entry}“ ist kein Host${better === '' ? '' : `, gemeint ist vielleicht ${better}`}`,
  path: (entry) => `„${entry}“ ist kein Pfad`,
  address: (entry) => `„${entry}“ ist weder eine Adresse noch ein Netz (CIDR)`,
  parameters: () => 'muss aus Namen von Parametern bestehen, getrennt durch Kommas oder Leerzeichen',
  nameless: () =>
    'muss aus Namen von Parametern bestehen; ein Fragezeichen allein behält einen Query ohne Namen',
  plain: () => 'muss einfacher Text sein',
  long: (most) => `darf höchstens ${most} Zeichen haben`,
  entries: (most) => `darf höchstens ${most} Einträge haben`,
  empty: () => 'darf nicht leer sein',
  unseen: () => 'darf nicht leer sein',
  page: () => 'muss eine Adresse mit http(s) oder ein Pfad sein, der mit / beginnt',
  date: () => 'muss ein Datum wie 2026-11-20 sein',
  early: (first) => `darf nicht vor dem ${first} liegen`,
  filters: (most) => `darf höchstens ${most} Bytes haben`,
  unfiltered: () => 'muss mindestens einen Filter haben',
} satisfies Objections;

/** How the field of a form is called that is meant; settings have the names of their variables. */
const FIELDS: Readonly<Record<string, string>> = {
  name: 'Der Name',
  text: 'Der Text',
  date: 'Das Datum',
  page: 'Die Seite',
  url: 'Die Adresse',
  referrer: 'Die Herkunft',
  userAgent: 'Der User-Agent',
  visitorId: 'Die Kennung',
  confirm: 'Die Bestätigung',
  password: 'Das Passwort',
  lastDay: 'Der letzte Tag',
  sites: 'Die Liste der Websites',
  filters: 'Die Auswahl',
};

export default {
  said: (objection, message) =>
    objection === undefined ? message : objectionText(objection, objections, (of) => FIELDS[of] ?? of),
  wait: (message, seconds) =>
    `${message} Bitte ${seconds === 1 ? 'eine Sekunde' : `${seconds} Sekunden`} warten und es dann noch einmal versuchen.`,
} satisfies SentencesTexts;
