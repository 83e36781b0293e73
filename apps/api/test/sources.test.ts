/** Sources and pages of visits, over HTTP, as the owner's statistics show them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSpamFilter } from '../src/spam-list.ts';
import { startEmbedded, type Embedded } from './support.ts';

const started = (environment: Readonly<Record<string, string>>): Promise<Embedded> =>
  startEmbedded(environment, onTestFinished);

const API_KEY = 'an-api-key-of-32-characters-long';

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'spam.txt');
  await writeFile(path, text);
  return path;
}

describe('the owner’s statistics show', () => {
  it('the source of every visit, by its usual name, and one line for each page', async () => {
    const footfall = await started({
      API_KEYS: API_KEY,
      SITE_HOSTS: 'example.com,*.example.com',
      KEEP_PARAMETERS: '?',
    });
    const visits: readonly [url: string, referrer: string, language: string][] = [
      ['https://example.com/a', 'https://blog.example.com/', 'iw'],
      ['https://example-com.translate.goog/a', 'https://example-com.translate.goog/', 'he'],
      ['https://example.com/a;jsessionid=1F3A', 'android-app://com.google.android.gm/', 'no'],
      ['https://example.com/a?utm_source=hacker_news', '', 'nb-NO'],
      ['https://example.com/a?ref=producthunt', '', 'nb'],
      ['https://example.com/index.php?/archives/1.html', 'https://l.wl.co/', 'in'],
    ];
    for (const [at, [url, referrer, language]] of visits.entries()) {
      expect(await footfall.track({ url, referrer, language, visitorId: `visitor ${at}` })).toMatchObject({
        counted: true,
      });
    }
    const response = await fetch(`${footfall.url}/api/analytics/visitors`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const { sources, topPages, languages } = (await response.json()) as Record<
      string,
      { value: string; visits: number }[]
    >;
    const visitsOf = (list: { value: string; visits: number }[] = []) =>
      Object.fromEntries(list.map(({ value, visits }) => [value, visits]));
    expect(visitsOf(sources)).toEqual({
      direct: 2,
      Gmail: 1,
      'Hacker News': 1,
      'Product Hunt': 1,
      WhatsApp: 1,
    });
    expect(visitsOf(topPages)).toEqual({ '/a': 5, '/index.php?/archives/1.html': 1 });
    expect(visitsOf(languages)).toEqual({ he: 2, nb: 3, id: 1 });
    expect((await footfall.count('/a;jsessionid=other')).count).toBe(5);
  });
});

describe('SPAM_REFERRERS', () => {
  it('extends the bundled list', async () => {
    const path = await fileOf('# one host in each line\nbad.example\n\nworse.example # seen in May\n');
    const footfall = await started({ SPAM_REFERRERS: path });
    for (const host of ['bad.example', 'www.worse.example', 'semalt.com']) {
      expect(await footfall.track({ url: '/', referrer: `https://${host}/` })).toMatchObject({
        reason: 'spam',
      });
    }
    expect(await footfall.track({ url: '/', referrer: 'https://good.example/' })).toMatchObject({
      counted: true,
    });
  });

  it.each([
    ['no file', async () => '/nowhere/spam.txt', 'ENOENT'],
    ['a folder', async () => tmpdir(), 'EISDIR'],
    ['an address', () => fileOf('bad.example\nhttps://worse.example/\n'), 'line 2 is not a host'],
    ['too much', () => fileOf('#'.repeat(8 * 1024 * 1024 + 1)), 'more than 8388608 bytes'],
  ])('stops the start with one sentence that names it: %s', async (_, file, why) => {
    const opened = openSpamFilter(await file());
    await expect(opened).rejects.toThrow(
      /^SPAM_REFERRERS names a file that cannot be read as a list of hosts: [^\n]+\.$/,
    );
    await expect(opened).rejects.toThrow(why);
  });
});
