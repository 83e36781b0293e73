import { createGzip, gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import type { ImportedRow, ImportedTotals, ImportedView, Skipped } from '@footfall/core/imported';
import { expect, it } from 'vitest';
import { contextOf, fileOf, openFileOf, rowsOf, zipOf } from './files.ts';

const ROWS = 100_000;
const START = Date.parse('2024-01-01T00:00:00Z');

/** Seconds in which 100,000 rows are to be imported; reading them is a part of it. */
const SECONDS = 30;

/** The same numbers in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** Sums by key, which a generator knows of its rows. */
class Sums {
  readonly of = new Map<string, number>();
  add(key: string, count = 1): void {
    this.of.set(key, (this.of.get(key) ?? 0) + count);
  }
  get sorted(): [string, number][] {
    return [...this.of].filter(([, count]) => count !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

interface Case {
  readonly content: Buffer | Readable;
  readonly truth: Sums;
}

/** Sums of what a reader made of a file, as the generators write theirs. */
async function sumsOf(content: Case['content'], context = contextOf()) {
  const { file, progress } = await openFileOf(content, { context });
  const sums = new Sums();
  const ids = new Set<string>();
  const found = { views: 0, starts: 0, dates: new Set<string>(), notKnown: [] as string[] };
  const skipped: Skipped[] = [];
  const began = performance.now();
  for await (const row of file.rows() as AsyncIterable<ImportedRow>) {
    if (row.kind === 'view') {
      found.views += 1;
      ids.add(row.id);
      addView(sums, row);
    } else if (row.kind === 'totals') {
      found.dates.add(row.date);
      addTotals(sums, row);
    } else if (row.kind === 'start') {
      found.starts += row.count;
      sums.add(`start ${row.page ?? 'total'}`, row.count);
    } else if (row.kind === 'skipped') {
      if (skipped.length < 10) skipped.push(row);
      sums.add(`skipped ${row.reason}`);
    } else found.notKnown.push(row.what);
  }
  expect((performance.now() - began) / 1000, 'seconds').toBeLessThan(SECONDS);
  expect(progress?.()).toBe(1);
  return { ...found, format: file.format, sums, ids, skipped };
}

function addView(sums: Sums, { attributes, page, at, referrer, campaign, visit }: ImportedView): void {
  const { country, region, city, source, channel, browser, system, device, language } = attributes;
  sums.add(`page ${page}`);
  sums.add(`at ${country}/${region}/${city}`);
  sums.add(
    `from ${source}, ${channel}, ${referrer}, ${campaign?.utmCampaign ?? '-'}, ${campaign?.clickId ?? '-'}`,
  );
  sums.add(`with ${browser}, ${system}, ${device}, ${language}`);
  sums.add(`hour ${new Date(at).toISOString().slice(0, 13)}`);
  sums.add(`visit ${visit?.slice(0, 3) ?? 'none'}`);
}

function addTotals(sums: Sums, row: ImportedTotals): void {
  const key = `${row.date} ${row.dimension ?? 'all'} ${row.value}`;
  for (const name of ['visitors', 'visits', 'views', 'bounces', 'seconds'] as const) {
    sums.add(`${key} ${name}`, row[name]);
  }
}

const csv = (cells: readonly string[]): string =>
  `${cells.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`;

const iso = (at: number): string => new Date(at).toISOString().replace('.000', '');

function addViewTruth(
  truth: Sums,
  at: number,
  {
    page,
    place,
    from,
    agent,
    visit,
  }: { page: string; place: string; from: string; agent: string; visit: string },
): void {
  truth.add(`page ${page}`);
  truth.add(`at ${place}`);
  truth.add(`from ${from}`);
  truth.add(`with ${agent}`);
  truth.add(`hour ${new Date(at).toISOString().slice(0, 13)}`);
  truth.add(`visit ${visit.slice(0, 3)}`);
}

/** What GoatCounter writes, and what it is here. */
const GOATCOUNTER = {
  referrers: [
    ['', '', 'direct, direct, null, -, -'],
    ['news.ycombinator.com/item', 'h', 'Hacker News, social, news.ycombinator.com/item, -, -'],
    ['Google', 'g', 'Google, search, null, -, -'],
    ['newsletter', 'c', 'newsletter, mail, null, -, -'],
    ['android-app://com.reddit.frontpage', 'o', 'Reddit, social, android-app://com.reddit.frontpage, -, -'],
  ],
  agents: [
    ['Chrome 86', 'Windows 10', 'Chrome, Windows, desktop, '],
    ['Safari 14.0', 'iOS 14.2', 'Safari, iOS, , '],
    ['Firefox 84', 'Linux', 'Firefox, Linux, , '],
    ['Unheard 1', 'macOS 10.15', ', macOS, desktop, '],
  ],
  places: [
    ['US-TX', 'US/US-TX/'],
    ['DE', 'DE//'],
    ['', '//'],
  ],
} as const;

function goatCounter(rows: number): { text: string; truth: Sums } {
  const random = numbers(1);
  const truth = new Sums();
  const lines = [
    csv([
      '2Path',
      'Title',
      'Event',
      'UserAgent',
      'Browser',
      'System',
      'Session',
      'Bot',
      'Referrer',
      'Referrer scheme',
      'Screen size',
      'Location',
      'FirstVisit',
      'Date',
    ]),
  ];
  for (let at = 0; at < rows; at += 1) {
    const time = START + at * 1000;
    const [referrer, scheme, from] = GOATCOUNTER.referrers[random(5)]!;
    const [browser, system, agent] = GOATCOUNTER.agents[random(4)]!;
    const [location, place] = GOATCOUNTER.places[random(3)]!;
    const number = random(300);
    const isEvent = random(10) === 0;
    const isBot = random(20) === 0;
    const session = `${at >> 2}abc-def0`;
    lines.push(
      csv([
        isEvent ? 'click-button' : `/post ${number}/`,
        'Say "hi",\nagain',
        isEvent ? 'true' : '0',
        '',
        browser,
        system,
        session,
        isBot ? '3' : '0',
        referrer,
        scheme,
        '1920,0,1',
        location,
        '1',
        iso(time),
      ]),
    );
    if (isEvent) truth.add('skipped It is an event, not a page view.');
    else if (isBot) truth.add('skipped It is from a bot.');
    else addViewTruth(truth, time, { page: `/post ${number}`, place, from, agent, visit: session });
  }
  return { text: lines.join(''), truth };
}

function umami(rows: number, isCloud = true): { text: string; truth: Sums } {
  const random = numbers(2);
  const truth = new Sums();
  const agents = [
    ['crios', 'iOS', 'mobile', 'Chrome, iOS, mobile, en'],
    ['edge-chromium', 'Windows 10', 'laptop', 'Edge, Windows, desktop, en'],
    ['ios', 'iOS', 'tablet', 'Safari, iOS, tablet, en'],
    ['samsung', 'Android OS', 'mobile', 'Samsung Internet, Android, mobile, en'],
  ] as const;
  const ways = [
    ['', '', '', '', 'direct, direct, null, -, -'],
    ['utm_source=news&utm_medium=email&utm_campaign=may', '', 'news', 'may', 'news, mail, null, may, -'],
    ['gclid=secret', '', '', '', 'Google (paid), paid search, null, -, gclid'],
    ['', 'example.com', '', '', 'direct, internal, null, -, -'],
    ['', 'duckduckgo.com', '', '', 'DuckDuckGo, search, duckduckgo.com, -, -'],
  ] as const;
  const names = [
    'event_id',
    'website_id',
    'session_id',
    'visit_id',
    'created_at',
    'event_type',
    'hostname',
    'url_path',
    'url_query',
    'referrer_domain',
    'referrer_path',
    'browser',
    'os',
    'device',
    'language',
    'country',
    'region',
    'city',
    'utm_source',
    'utm_medium',
    'utm_campaign',
    'new_column',
  ];
  const lines = [csv(isCloud ? names : [...names].reverse())];
  for (let at = 0; at < rows; at += 1) {
    const time = START + at * 1000;
    const [browser, os, device, agent] = agents[random(4)]!;
    const [query, domain, source, campaign, from] = ways[random(5)]!;
    const number = random(300);
    const type = random(10) === 0 ? '2' : '1';
    const none = isCloud ? '' : String.raw`\N`;
    const visit = `${String(at >> 2).padStart(3, '7')}-visit`;
    const id = `${at.toString(16).padStart(8, '0')}-0000-4000-8000-00000000000f`;
    const cells = [
      id,
      'w',
      `s${at >> 3}`,
      visit,
      new Date(time).toISOString().replace('T', ' ').slice(0, 19),
      type,
      'example.com',
      `/p/${number}`,
      query || none,
      domain || none,
      none,
      browser,
      os,
      device,
      'en-US',
      'US',
      'US-CA',
      'San José',
      source || none,
      source === '' ? none : 'email',
      campaign || none,
      'x',
    ];
    lines.push(csv(isCloud ? cells : cells.reverse()));
    if (type === '2') truth.add('skipped It is an event, not a page view.');
    else addViewTruth(truth, time, { page: `/p/${number}`, place: 'US/US-CA/San José', from, agent, visit });
  }
  return { text: lines.join(''), truth };
}

function simpleAnalytics(rows: number): { text: string; truth: Sums } {
  const random = numbers(3);
  const truth = new Sums();
  const lines = [
    csv([
      'added_iso',
      'datapoint',
      'document_referrer',
      'hostname',
      'path',
      'query',
      'country_code',
      'lang_language',
      'device_type',
      'browser_name',
      'os_name',
      'session_id',
      'uuid',
      'utm_source',
      'is_robot',
    ]),
  ];
  for (let at = 0; at < rows; at += 1) {
    const time = START + at * 1000;
    const number = random(300);
    const isBot = random(20) === 0;
    const isEvent = random(10) === 0;
    const isTagged = random(2) === 0;
    const session = `${String(at >> 2).padStart(3, '7')}`;
    const id = `${at.toString(16).padStart(8, '0')}-0000-4000-8000-0000000000AA`;
    lines.push(
      csv([
        new Date(time).toISOString(),
        isEvent ? 'signup' : 'pageview',
        'https://www.google.com/',
        'www.example.com',
        `/p/${number}`,
        '',
        'NL',
        'nl',
        'tablet',
        'Mobile Safari',
        'iOS',
        session,
        id,
        isTagged ? 'Bing' : '',
        isBot ? 'true' : 'false',
      ]),
    );
    if (isEvent) truth.add('skipped It is an event, not a page view.');
    else if (isBot) truth.add('skipped It is from a bot.');
    else {
      const from = isTagged ? 'Bing, search, www.google.com, -, -' : 'Google, search, www.google.com, -, -';
      addViewTruth(truth, time, {
        page: `/p/${number}`,
        place: 'NL//',
        from,
        agent: 'Safari, iOS, tablet, nl',
        visit: session,
      });
    }
  }
  return { text: lines.join(''), truth };
}

/** Plausible's tables of some days, stored in a ZIP. */
function plausible(rows: number): { zip: Buffer; truth: Sums } {
  const random = numbers(4);
  const truth = new Sums();
  const dates = Array.from({ length: 365 }, (_, day) => iso(START + day * 86_400_000).slice(0, 10));
  const table = (
    name: string,
    header: string,
    rowsOfDay: number,
    row: (date: string) => string[],
  ): [string, string] => [
    `imported_${name}_20240101_20241230.csv`,
    [header, ...dates.flatMap((date) => Array.from({ length: rowsOfDay }, () => row(date).join(',')))].join(
      '\n',
    ),
  ];
  const add = (date: string, value: string, names: string, amounts: readonly number[]): string[] => {
    for (const [at, name] of names.split(' ').entries())
      truth.add(`${date} ${value} ${name}`, amounts[at] ?? 0);
    return amounts.map(String);
  };
  const amounts = (count: number): number[] => Array.from({ length: count }, () => random(50));
  const each = Math.floor(rows / dates.length / 4);
  const SUMS = 'visitors visits seconds bounces views';
  const files = [
    table('visitors', 'date,visitors,pageviews,bounces,visits,visit_duration', 1, (date) => [
      date,
      ...add(date, 'all ', 'visitors views bounces visits seconds', amounts(5)),
    ]),
    table(
      'pages',
      'date,hostname,page,visits,visitors,pageviews,total_scroll_depth,total_scroll_depth_visits',
      each,
      (date) => {
        const page = `/p/${random(90)}`;
        return [
          date,
          'example.com',
          page,
          ...add(date, `page ${page}`, 'visits visitors views', amounts(3)),
          '0',
          '0',
        ];
      },
    ),
    table(
      'entry_pages',
      'date,entry_page,visitors,entrances,visit_duration,bounces,pageviews',
      each,
      (date) => {
        const page = `/p/${random(90)}`;
        return [date, page, ...add(date, `entry ${page}`, SUMS, amounts(5))];
      },
    ),
    table('exit_pages', 'date,exit_page,visitors,visit_duration,exits,bounces,pageviews', 5, (date) => [
      date,
      '/',
      ...add(date, 'exit /', 'visitors seconds visits bounces views', amounts(5)),
    ]),
    table(
      'locations',
      'date,country,region,city,visitors,visits,visit_duration,bounces,pageviews',
      each,
      (date) => {
        const sums = amounts(5);
        add(date, 'country DE', SUMS, sums);
        return [date, 'DE', 'DE-BE', '2950159', ...add(date, 'region DE-BE', SUMS, sums)];
      },
    ),
    table('devices', 'date,device,visitors,visits,visit_duration,bounces,pageviews', 2, (date) => [
      date,
      'Laptop',
      ...add(date, 'device desktop', SUMS, amounts(5)),
    ]),
    table(
      'browsers',
      'date,browser,browser_version,visitors,visits,visit_duration,bounces,pageviews',
      each,
      (date) => {
        const [written, name] = random(2) === 0 ? ['Mobile App', ''] : ['Microsoft Edge', 'Edge'];
        return [date, written, String(random(99)), ...add(date, `browser ${name}`, SUMS, amounts(5))];
      },
    ),
    table(
      'operating_systems',
      'date,operating_system,operating_system_version,visitors,visits,visit_duration,bounces,pageviews',
      2,
      (date) => [date, 'Mac', '14', ...add(date, 'system macOS', SUMS, amounts(5))],
    ),
    table(
      'sources',
      'date,source,referrer,utm_source,utm_medium,utm_campaign,utm_content,utm_term,pageviews,visitors,visits,visit_duration,bounces',
      3,
      (date) => {
        const sums = amounts(5);
        const names = 'views visitors visits seconds bounces';
        add(date, 'source Google (paid)', names, sums);
        add(date, 'campaign may', names, sums);
        return [
          date,
          'Google',
          'google.com',
          'google',
          'cpc',
          'may',
          '',
          '',
          ...add(date, 'channel paid search', names, sums),
        ];
      },
    ),
    table('custom_events', 'date,name,link_url,path,visitors,events', 1, (date) => {
      truth.add('skipped It is an event, not a page view.');
      return [date, 'Signup', '', '/', '1', '2'];
    }),
  ];
  const zip = zipOf(files.map(([name, content]) => ({ name, content, method: 0 })));
  return { zip, truth };
}

/** GoatCounter's JSON in one folder. */
function goatCounterJson(rows: number): { zip: Buffer; truth: Sums } {
  const random = numbers(5);
  const truth = new Sums();
  const lines = (values: readonly object[]): string =>
    values.map((value) => `${JSON.stringify(value)}\n`).join('');
  const hits = Array.from({ length: rows }, (_, at) => {
    const hour = START + Math.floor(at / 50) * 3_600_000;
    const page = random(20);
    const count = 1 + random(9);
    // In Berlin the day begins an hour earlier in winter, two in summer.
    const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(hour);
    if (page === 19) truth.add('skipped It is an event, not a page view.');
    else {
      truth.add(`${date} all  views`, count);
      for (const name of ['views', 'visits', 'visitors']) truth.add(`${date} page /p/${page} ${name}`, count);
      truth.add(`${date} source Hacker News views`, count);
      truth.add(`${date} channel social views`, count);
    }
    return { hour: iso(hour), path_id: page + 1, ref_id: 7, count };
  });
  for (const day of ['2024-01-01', '2024-01-02']) {
    truth.add(`${day} browser Firefox views`, 5);
    truth.add(`${day} country US views`, 4);
    truth.add(`${day} region Texas views`, 4);
    truth.add(`${day} language de views`, 3);
  }
  const daily = (more: object): string =>
    lines(['2024-01-01', '2024-01-02'].map((day) => ({ day, path_id: 1, ...more })));
  const zip = zipOf(
    Object.entries({
      'info.json': '{"export_version":"3"}',
      'hit_stats.jsonl': lines(hits),
      'browser_stats.jsonl': daily({ browser_id: 3, count: 5 }),
      'location_stats.jsonl': daily({ location: 'US-TX', count: 4 }),
      'language_stats.jsonl': daily({ language: 'deu', count: 3 }),
      'size_stats.jsonl': daily({ width: 1920, count: 3 }),
      'paths.jsonl': lines(
        Array.from({ length: 20 }, (_, page) => ({
          id: page + 1,
          path: page === 19 ? 'click' : `/p/${page}`,
          title: '',
          event: page === 19,
        })),
      ),
      'refs.jsonl': lines([{ id: 7, ref: 'news.ycombinator.com', ref_scheme: 'h' }]),
      'browsers.jsonl': lines([{ id: 3, name: 'Firefox', version: '84' }]),
      'locations.jsonl': lines([
        { id: 1, country: 'US', region: 'TX', country_name: 'United States', region_name: 'Texas' },
      ]),
      'languages.jsonl': lines([{ id: 'deu', name: 'German' }]),
    }).map(([name, content]) => ({ name: `goatcounter-export/${name}`, content, method: 0 })),
  );
  return { zip, truth };
}

function expectEqual(sums: Sums, truth: Sums): void {
  expect(sums.sorted).toEqual(truth.sorted);
}

it('GoatCounter’s CSV gives the numbers that its generator knows, plain and compressed', async () => {
  const { text, truth } = goatCounter(ROWS);
  const { sums, ids, format, views } = await sumsOf(Readable.from([text]).pipe(createGzip()));
  expectEqual(sums, truth);
  expect(format).toBe('goatcounter');
  expect(ids.size).toBe(views);
  expect((await sumsOf(Buffer.from(text))).ids).toEqual(ids);
});

it('a later export of GoatCounter, without its oldest rows, gives the same ids', async () => {
  const { text } = goatCounter(3_000);
  const idsOf = (rows: readonly ImportedRow[]): string[] =>
    rows.flatMap((row) => (row.kind === 'view' ? [row.id] : []));
  const [header = '', ...lines] = text.split(/(?<=Z\n|Date\n)/);
  const all = idsOf(await rowsOf(header + lines.join('')));
  const later = idsOf(await rowsOf(header + lines.slice(1_000).join('')));
  expect(later.length).toBeGreaterThan(1_000);
  expect(all.slice(-later.length)).toEqual(later);
  const twice = idsOf(await rowsOf(header + (lines.find((line) => line.startsWith('/')) ?? '').repeat(3)));
  expect(new Set(twice).size, 'equal rows are different page views').toBe(twice.length);
});

it('Umami’s ZIP of the cloud gives the numbers that its generator knows', async () => {
  const { text, truth } = umami(ROWS);
  const { sums, ids, format } = await sumsOf(
    zipOf([
      { name: 'export/website_event.csv', content: text },
      { name: 'export/session_data.csv', content: 'a\n' },
    ]),
    contextOf({ SITE_HOSTS: 'example.com' }),
  );
  expectEqual(sums, truth);
  expect(format).toBe('umami');
  expect(ids.has('00000000000040008000' + '00000000000f')).toBe(true);
});

it('Umami’s table of a self-hosted database has other columns first, and NULL in its own way', async () => {
  const { text, truth } = umami(5_000, false);
  expectEqual((await sumsOf(Buffer.from(text), contextOf({ SITE_HOSTS: 'example.com' }))).sums, truth);
});

it('Simple Analytics gives the numbers that its generator knows', async () => {
  const { text, truth } = simpleAnalytics(ROWS);
  const { sums, ids, views } = await sumsOf(Buffer.from(text));
  expectEqual(sums, truth);
  expect(ids.size).toBe(views);
});

it('Plausible’s full export gives the totals that its generator knows', async () => {
  const { zip, truth } = plausible(ROWS);
  const { sums, format, views, dates } = await sumsOf(zip);
  expectEqual(sums, truth);
  expect({ format, views, days: dates.size }).toEqual({ format: 'plausible', views: 0, days: 365 });
  const ordered = [...dates].sort();
  expect([ordered[0], ordered.at(-1)]).toEqual(['2024-01-01', '2024-12-30']);
});

it('GoatCounter’s JSON gives the totals that its generator knows, in days of the site', async () => {
  const { zip, truth } = goatCounterJson(ROWS);
  const { sums, format } = await sumsOf(zip);
  expectEqual(sums, truth);
  expect(format).toBe('goatcounter-json');
});

it('lists give starting numbers: spellings of a page add up, and a page that is listed again has its last number', async () => {
  const pages = Array.from({ length: ROWS / 2 }, (_, at) => `/p/${at};${at}\n/p/${at}/;1\n`).join('');
  const { sums, starts, skipped } = await sumsOf(
    Buffer.from(`Page;Views\n${pages}total;"1,234,567"\n/p/1;100\n`),
  );
  expect(sums.of.get('start /p/7')).toBe(8);
  expect(sums.of.get('start /p/1')).toBe(101);
  expect(sums.of.get('start total')).toBe(1_234_567);
  expect(starts).toBe(((ROWS / 2) * (ROWS / 2 - 1)) / 2 + ROWS / 2 + 99 + 1_234_567);
  expect(skipped).toEqual([
    { kind: 'skipped', reason: 'The page is listed again, later or with a later date.', line: 4, column: 1 },
  ]);
});

it.each([
  ['/a,5\n/b,7\n', { '/a': 5, '/b': 7 }],
  ['https://example.com/a?x=1,5\nexample.com/b/,7\n', { '/a': 5, '/b': 7 }],
  ['url\thits\n/a\t5\n', { '/a': 5 }],
  ['/a,5,2024-01-01\n/a,9,2024-02-01\n/a,7,2024-01-15\n', { '/a': 9 }],
  ['count,date,path\n5,2024-01-01,/a\n', { '/a': 5 }],
])('the list %j is read', async (text, expected) => {
  const { sums } = await sumsOf(Buffer.from(text));
  const starts = [...sums.of]
    .filter(([key]) => key.startsWith('start '))
    .map(([key, count]) => [key.slice(6), count]);
  expect(Object.fromEntries(starts)).toEqual(expected);
});

it('GA4’s “Pages and screens” gives starting numbers, from the table between its comments', async () => {
  const head =
    '# ----------------------------------------\n# Pages and screens: Page path and screen class\n# Account: "Example"\n# Start date: 20240101\n# ----------------------------------------\n';
  const days = 'Nth day,Views\n0000,12\n0001,9\n\n';
  const pages = Array.from({ length: ROWS }, (_, at) => `/p/${at},${at},3,1.5\n`).join('');
  const { sums, format, starts } = await sumsOf(
    Buffer.from(
      `${head}${days}# Pages\nPage path and screen class,Views,Active users,Views per active user\n,5000,1,1\n${pages}(not set),3,1,1\n`,
    ),
  );
  expect(format).toBe('ga4-pages');
  expect(starts).toBe((ROWS * (ROWS - 1)) / 2);
  expect(sums.of.get('skipped The row names no page.')).toBe(2);
});

it.each<[string, Buffer | string, RegExp]>([
  [
    'Plausible’s dashboard',
    zipOf([
      { name: 'visitors.csv', content: 'date,visitors\n' },
      { name: 'pages.csv', content: 'name,visitors\n' },
    ]),
    /download of Plausible’s dashboard.*Site settings → Imports & exports → Export data/,
  ],
  [
    'one table of Plausible',
    'date,visitors,pageviews,bounces,visits,visit_duration\n2024-01-01,1,1,1,1,1\n',
    /one table of Plausible: import the whole ZIP/,
  ],
  [
    'a spreadsheet',
    zipOf([
      { name: '[Content_Types].xml', content: '<x/>' },
      { name: 'xl/workbook.xml', content: '<x/>' },
    ]),
    /a spreadsheet: save it as CSV/,
  ],
  ['a database', 'SQLite format 3\0'.padEnd(200, '\0'), /a database of SQLite/],
  ['a web page', '<!doctype html>\n<title>Sign in</title>\n', /a web page/],
  ['JSON', '{"a": 1}\n', /JSON, which is read only inside/],
  [
    'the log of a web server',
    '192.0.2.1 - - [10/Oct/2023:13:55:36 +0000] "GET / HTTP/1.1" 200 5\n',
    /the log of a web server/,
  ],
  ['a dump', '-- PostgreSQL database dump\nCREATE TABLE x();\n', /a dump of a database/],
  [
    'another table',
    'name,price\nbread,3\n',
    /a table that begins with “name, price”, .* a list needs the columns page and count/,
  ],
  [
    'other files',
    zipOf([
      { name: 'a.txt', content: 'a' },
      { name: 'b.txt', content: 'b' },
    ]),
    /an archive of 2 files \(a\.txt, b\.txt\)/,
  ],
  [
    'an older GoatCounter',
    '1Path,Title,Event,Bot,Session,FirstVisit,Referrer,Date\n',
    /GoatCounter’s export in another version than 2/,
  ],
  ['half of Umami', 'session_id,website_id,browser,os\n', /Umami’s table “session” alone/],
])('%s is refused with what it looks like and what to do', async (_, content, sentence) => {
  await expect(openFileOf(Buffer.from(content))).rejects.toThrow(sentence);
});

it('a table is recognised inside a ZIP with one file, whatever the names are', async () => {
  const { text } = simpleAnalytics(10);
  const zip = zipOf([
    { name: 'data.bin', content: text },
    { name: '__MACOSX/._data.bin', content: 'x' },
  ]);
  expect((await sumsOf(zip)).format).toBe('simple-analytics');
  expect((await sumsOf(gzipSync(text))).format).toBe('simple-analytics');
});

it('pages of other hosts, ignored pages and spam are skipped, with their reasons and places', async () => {
  const header = 'added_iso,datapoint,document_referrer,hostname,path,uuid\n';
  const row = (host: string, path: string, referrer = ''): string =>
    `2024-05-06T07:08:09Z,pageview,${referrer},${host},${path},\n`;
  const context = contextOf({ SITE_HOSTS: 'example.com', IGNORED_PAGES: '/drafts/*' });
  const { views, skipped, notKnown } = await sumsOf(
    Buffer.from(
      header +
        row('example.com', '/a') +
        row('other.example', '/b') +
        row('example.com', '/drafts/c') +
        row('example.com', '/a', 'https://semalt.com/'),
    ),
    context,
  );
  expect(views).toBe(1);
  expect(skipped.map(({ reason, line, column }) => [reason, line, column])).toEqual([
    ['The page is on a host that is not counted here (SITE_HOSTS).', 3, 'path'],
    ['The page is one that is not counted here (IGNORED_PAGES).', 4, 'path'],
    ['The referrer is known spam.', 5, null],
  ]);
  expect(notKnown).toEqual([
    'Rows without a session are visits of their own: the file does not say which belong together.',
    'The file has no regions and no cities.',
    'The file has no time spent on pages.',
  ]);
});

it('a file that is opened twice is the same import, and one that changed is another', async () => {
  const [one, again, other] = await Promise.all(
    ['/a,1\n', '/a,1\n', '/a,2\n'].map((text) => openFileOf(text)),
  );
  expect(again?.file.fingerprint).toBe(one?.file.fingerprint);
  expect(other?.file.fingerprint).not.toBe(one?.file.fingerprint);
  expect(await fileOf('')).not.toBe(await fileOf(''));
});
