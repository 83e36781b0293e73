import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig, VARIABLES } from '../src/config.ts';

const root = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

const rows = [
  ...root('docs/configuration.md').matchAll(/^\| `([A-Z_]+)` *\| (.+?) *\| (.+?) *\| `(.*)` *\|$/gm),
].map(([, name = '', byDefault = '', meaning = '', example = '']) => ({ name, byDefault, meaning, example }));

const schema = z.toJSONSchema(z.object(VARIABLES), { io: 'input', unrepresentable: 'any' });
const properties = schema.properties as Record<string, { readonly default?: string }>;

/** Defaults that depend on another variable. */
const COMPUTED: Readonly<Record<string, string>> = {
  PUBLIC_URL: '`http://localhost:PORT`',
  SITE_NAME: 'the first of `SITE_HOSTS`',
};

function defaultOf(name: string): string {
  const value = properties[name]?.default;
  if (value === undefined) return COMPUTED[name] ?? 'unset';
  return value === '' ? 'empty' : `\`${value}\``;
}

describe('docs/configuration.md', () => {
  it('has every variable once, and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(VARIABLES).sort());
  });

  it.each(rows)(
    'states the default of $name, and a valid example that differs from it',
    ({ name, ...row }) => {
      expect(row.byDefault).toBe(defaultOf(name));
      expect(row.example).not.toBe(row.byDefault.replaceAll('`', ''));
      const needed = { TRUSTED_PROXIES: '127.0.0.1', DATABASE_URL: 'libsql://db.example.com' };
      expect(() => readConfig({ ...needed, [name]: row.example })).not.toThrow();
      expect(row.meaning.length).toBeGreaterThan(20);
    },
  );
});

it('a deployment passes on every variable that a Worker may have and that is not secret', () => {
  const UNSUPPORTED = [
    ...['HOST', 'PORT', 'DATABASE_SYNCHRONOUS', 'RATE_LIMIT_PER_SECOND', 'GEOIP_DATABASE', 'SPAM_REFERRERS'],
    ...[
      'LIVE_CONNECTIONS',
      'LIVE_CONNECTIONS_PER_ADDRESS',
      'LIVE_CONNECTIONS_PER_NETWORK',
      'LOG_LEVEL',
      'LOG_FORMAT',
    ],
    ...['CLIENT_IP_HEADER', 'TRUSTED_PROXIES', 'COUNTRY_HEADER', 'REGION_HEADER', 'CITY_HEADER'], // set by the platform
  ];
  const SECRETS = ['DATABASE_AUTH_TOKEN', 'ADMIN_PASSWORD', 'WRITE_KEYS', 'API_KEYS'];
  const list = /const VARIABLES = \[([^\]]+)\]/.exec(root('scripts/deploy.ts'))?.[1] ?? '';
  const passed = [...list.matchAll(/'([A-Z_]+)'/g)].map(([, name = '']) => name);
  const wanted = Object.keys(VARIABLES).filter((name) => ![...UNSUPPORTED, ...SECRETS].includes(name));
  expect(passed.sort()).toEqual(wanted.sort());
});
