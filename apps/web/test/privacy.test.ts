import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SiteSettings } from '@footfall/core';
import { describe, expect, test } from 'vitest';
import { browserKeys, privacySentence, privacyStatements } from '../src/lib/privacy.ts';
import site from '../src/lib/texts/en/site.ts';
import texts from '../src/lib/texts/en/privacy.ts';

const SETTINGS: SiteSettings = {
  name: 'example.com',
  hosts: [],
  trackingEnabled: true,
  identity: 'daily',
  anonymizeIp: false,
  respectDnt: true,
  requireConsent: false,
  retentionMonths: 13,
  hasDatabaseServer: false,
  statsPublic: true,
};

/** Every statement, in one string. */
const said = (changes: Partial<SiteSettings>): string => {
  const settings = { ...SETTINGS, ...changes };
  const statements = privacyStatements(settings, texts).flatMap(({ answers }) => answers);
  const keys = browserKeys(settings, texts).map(({ name, what }) => `${name}: ${what}`);
  return [privacySentence(settings, site), ...statements, ...keys].join('\n');
};

describe('the privacy statements', () => {
  test.each<[Partial<SiteSettings>, RegExp, RegExp]>([
    [{ identity: 'device' }, /stores for up to a year/, /recognised for one day at most/],
    [{ identity: 'device' }, /by which the browser is recognised/, /This site does not use it/],
    [{ identity: 'device' }, /Page views of the same browser have the same key/, /another one every day/],
    [
      { respectDnt: false },
      /asks not to be tracked .* is counted too/,
      /asks not to be tracked .* is not counted/,
    ],
    [{ requireConsent: true }, /Only visitors who have agreed/, /does not ask for consent/],
    [{ anonymizeIp: true }, /cut to its network/, /log\. It is used to find the country/],
    [{ hasDatabaseServer: true }, /logs and backups .* may hold it for longer/, /^$/],
    [{ retentionMonths: 0 }, /Page views and visits are stored for good/, /deleted after/],
    [{ retentionMonths: 1 }, /deleted after a month/, /13 months/],
    [{ trackingEnabled: false }, /Counting is switched off/, /^No cookies, and no address/m],
  ])('follow the configuration: %j', (changes, isSaid, isNot) => {
    expect(said(changes)).toMatch(isSaid);
    expect(said({})).not.toMatch(isSaid);
    expect(said(changes)).not.toMatch(isNot);
  });

  test('name every key that a script of ours stores in a browser', () => {
    const folders = ['../src', '../../../packages/tracker/src', '../../../packages/ui/src'];
    const sources = folders.flatMap((folder) =>
      readdirSync(join(import.meta.dirname, folder), { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile() && /\.(?:ts|svelte)$/.test(file.name) && file.name !== 'privacy.ts')
        .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8')),
    );
    // Strings that begin with our name and a dot, except file names.
    const used = sources.flatMap((source) =>
      [...source.matchAll(/['"`]footfall\.(?!js|ts|invalid|count|live\.)(\w+)/g)].map(([, name]) => name),
    );
    const named = browserKeys(SETTINGS, texts).map(({ name }) => /^footfall\.(\w+)/.exec(name)?.[1]);
    expect(new Set(used).size).toBeGreaterThan(4);
    expect(named).toEqual(expect.arrayContaining([...new Set(used)]));
  });
});
