import { expect, it } from 'vitest';
import { openImport } from '../src/imports/open.ts';
import { fileOf, zipOf } from './files.ts';
import { expectNoDifferences, importsOf, NOW, openedOn, requestFor, type Opened } from './imports.ts';

const ROWS = process.env['FOOTFALL_LONG'] === '1' ? 100_000 : 1_000;
const MINUTE_MS = 60_000;

/** Page views of five pages, four to a session, one of them an event. */
function goatCounter(): string {
  const rows = Array.from({ length: ROWS }, (_, at) => {
    const time = new Date(NOW - (ROWS - at) * MINUTE_MS).toISOString();
    const isEvent = at % 4 === 3;
    return `${isEvent ? 'click' : `/p/${at % 5}`},T,${isEvent},,Firefox 84,Linux,${at >> 2}a-b,0,,,,DE,1,${time}\n`;
  });
  return `2Path,Title,Event,UserAgent,Browser,System,Session,Bot,Referrer,Referrer scheme,Screen size,Location,FirstVisit,Date\n${rows.join('')}`;
}

const VIEWS = (ROWS / 4) * 3;

async function numbersOf({ store }: Opened): Promise<unknown> {
  while (store.unfolded().events > 0) await store.fold();
  const { count } = await store.count();
  const pages = await Promise.all(['/p/0', '/p/1', '/p/4'].map(async (page) => await store.count(page)));
  return { count, pages: pages.map((page) => page.count) };
}

it('a file of another counter is planned, taken once, and undone as a whole', async () => {
  const into = await openedOn();
  const empty = await numbersOf(into);
  const opened = await openImport(await fileOf(goatCounter()), { site: into.site, now: NOW });
  const request = { ...requestFor(into, opened), older: 'take' as const };

  const plan = await importsOf(into).plan(request);
  expect(plan).toMatchObject({ format: 'goatcounter', taken: VIEWS });
  expect(plan.skipped).toMatchObject([
    { reason: 'It is an event, not a page view.', rows: ROWS / 4, line: 5, column: 'Event' },
  ]);
  const began = performance.now();
  expect(await importsOf(into).run(request)).toEqual(plan);
  const taken = await numbersOf(into);
  const seconds = (performance.now() - began) / 1000;
  if (ROWS >= 100_000) console.log(`imported and folded ${ROWS} rows in ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(30);
  expect(taken).toMatchObject({ count: VIEWS });
  await expectNoDifferences(into);

  expect(await importsOf(into).run(request)).toMatchObject({ taken: 0, known: VIEWS });
  expect(await numbersOf(into)).toEqual(taken);

  const [listed] = await importsOf(into).list();
  await importsOf(into).undo(listed?.id ?? 0, NOW);
  expect(await numbersOf(into)).toEqual(empty);
  await expectNoDifferences(into);
});

it('totals of days are taken from a file of Plausible', async () => {
  const into = await openedOn();
  const file = zipOf([
    {
      name: 'imported_visitors_20240101_20240102.csv',
      content:
        'date,visitors,pageviews,bounces,visits,visit_duration\n2024-01-01,3,9,1,4,60\n2024-01-02,2,5,1,2,30\n',
    },
    {
      name: 'imported_pages_20240101_20240102.csv',
      content:
        'date,hostname,page,visits,visitors,pageviews\n2024-01-01,example.com,/a,4,3,9\n2024-01-02,example.com,/a/,2,2,5\n',
    },
  ]);
  const opened = await openImport(await fileOf(file), { site: into.site, now: NOW });
  const plan = await importsOf(into).plan(requestFor(into, opened));
  expect(plan).toMatchObject({ format: 'plausible', from: '2024-01-01', counts: 4, taken: 0 });
  await importsOf(into).run(requestFor(into, opened));
  await expectNoDifferences(into);
});
