import type { SetupTexts } from '../en/setup.ts';

export default {
  title: 'Die erste Seite zählen',
  step: 'Einrichten, 3 von 3',
  what: 'Diese Zeile in die Seiten einfügen.',
  install: 'Die Seite zum Einbauen',
  whatElse: 'enthält auch Widget, Badge und andere Wege zu zählen.',
  kind: 'Erstellt mit',
  health: {
    title: 'So ist es eingerichtet',
    states: { good: 'Gut', attention: 'Handlungsbedarf', unknown: 'Nicht bekannt' },
    addresses: { title: 'Adressen', platform: 'Die Plattform sagt, welche Adresse ein Besucher hat.' },
    proxy: {
      title: 'Proxy',
      configured: 'Der Proxy davor ist erkannt: Seine Besucher haben ihre eigenen Adressen.',
      unknown:
        'Davor steht ein Proxy, der nicht erkannt ist, und alle Besucher sehen wie einer aus: CLIENT_IP_HEADER und TRUSTED_PROXIES setzen.',
      none: 'Davor wurde kein Proxy gesehen: Besucher erreichen Footfall direkt.',
    },
    countries: {
      title: 'Länder',
      none: 'Die Adresse dieses Browsers hat kein Land, wie alle Adressen privater Netze.',
      found: (country) => `Länder werden erkannt. Land dieses Browsers: ${country}.`,
    },
    encryption: {
      title: 'Verschlüsselung',
      https: 'Die öffentliche Adresse ist https.',
      local:
        'Die öffentliche Adresse ist die dieses Rechners. Seiten mit https brauchen eine, die auch https ist: PUBLIC_URL setzen.',
      http: 'Die öffentliche Adresse ist http: Seiten mit https können den Tracker nicht laden, und das Passwort wird unverschlüsselt übertragen.',
    },
    backups: {
      title: 'Sicherungen',
      server: 'Sie sind Sache des Datenbankservers, den Footfall nicht fragen kann.',
      file: 'Footfall kann nicht sehen, ob jemand sie macht: „npm run footfall -- backup“ täglich von einem Timer ausführen lassen.',
    },
  },
  own: {
    title: 'Eigene Besuche',
    ignored: 'Seitenaufrufe von der Adresse dieses Browsers werden nicht gezählt.',
    counted: 'Sie werden gezählt.',
    shared:
      'Sie werden gezählt. Die Adresse dieses Browsers kann auch die anderer sein und wird deshalb hier nicht ausgenommen.',
    browser: 'Um einen Browser überall auszunehmen, auf der eigenen Website in seiner Konsole',
    browserAfter: 'ausführen.',
    again: 'Diese Adresse wieder zählen',
    exclude: 'Diese Adresse nicht zählen',
    stored: 'In den Einstellungen steht sie als',
    notAlone: 'Die Adresse dieses Browsers kann auch die anderer sein.',
  },
  dashboard: 'Dashboard öffnen',
  sample: 'Mit Beispieldaten ausprobieren',
} satisfies SetupTexts;
