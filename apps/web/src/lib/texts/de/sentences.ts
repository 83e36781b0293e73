import type { SentencesTexts } from '../en/sentences.ts';

const KNOWN: Readonly<Record<string, string>> = {
  'That is not the password.': 'Das ist nicht das Passwort.',
  'Too many wrong passwords from this address.': 'Zu viele falsche Passwörter von dieser Adresse.',
  'Too many wrong passwords.': 'Zu viele falsche Passwörter.',
  'Too many passwords are being checked.': 'Gerade werden zu viele Passwörter geprüft.',
  'Too many codes were tried. A recovery code works all the same.':
    'Zu viele Codes wurden versucht. Ein Wiederherstellungscode geht trotzdem.',
  'There is no password.': 'Es gibt kein Passwort.',
  'That took too long: enter your password again.':
    'Das dauerte zu lange: Bitte das Passwort noch einmal eingeben.',
  'That is not a code, or it was used already.': 'Das ist kein Code, oder er wurde schon benutzt.',
  'This link is not valid any more.': 'Dieser Link gilt nicht mehr.',
  'The password is set by ADMIN_PASSWORD.': 'Das Passwort steht in ADMIN_PASSWORD.',
  'The password was changed elsewhere at the same time.':
    'Das Passwort wurde zur selben Zeit an anderer Stelle geändert.',
  'That is not the code of now. Is the clock of your phone right?':
    'Das ist nicht der Code von jetzt. Geht die Uhr des Telefons richtig?',
  'A second factor is on already.': 'Ein zweiter Faktor ist schon eingeschaltet.',
  'The passkey was not made, or that took too long: try again.':
    'Der Passkey wurde nicht angelegt, oder es dauerte zu lange: Bitte noch einmal versuchen.',
  'The passkey was not stored: is it here already?':
    'Der Passkey wurde nicht gespeichert: Ist er schon hier?',
  'There are # passkeys already: delete one of them first.':
    'Es gibt schon # Passkeys: Zuerst einen davon löschen.',
  'There are # links already: revoke one of them first.':
    'Es gibt schon # Links: Zuerst einen davon widerrufen.',
  'That is not the password of this link.': 'Das ist nicht das Passwort dieses Links.',
  'There are # keys already: revoke one of them first.':
    'Es gibt schon # Schlüssel: Zuerst einen davon widerrufen.',
  'No page view of this page was counted.': 'Von dieser Seite wurde kein Aufruf gezählt.',
  'Nothing is deleted: to confirm, type “…” as it is here.':
    'Nichts wird gelöscht: Zur Bestätigung „…“ genau so eintippen.',
  'There are # segments, which is the most: delete one first.':
    'Es gibt # Segmente, mehr sind nicht möglich: Zuerst eines löschen.',
  'There is a segment of this name already.': 'Ein Segment dieses Namens gibt es schon.',
  'There is no such segment.': 'Dieses Segment gibt es nicht.',
  'There are # annotations, which is the most: delete one first.':
    'Es gibt # Anmerkungen, mehr sind nicht möglich: Zuerst eine löschen.',
  'There is no such annotation.': 'Diese Anmerkung gibt es nicht.',
};

export default {
  known: (sentence) => KNOWN[sentence],
  wait: (message, seconds) =>
    `${message} Bitte ${seconds === 1 ? 'eine Sekunde' : `${seconds} Sekunden`} warten und es dann noch einmal versuchen.`,
} satisfies SentencesTexts;
