/**
 * `npm run bench -- import [rows]`: what visitors notice of an import. Page views come at a steady rate while a file of
 * GoatCounter is imported into the running server.
 */
import { createFootfallClient } from '@footfall/trpc/client';
import type { Load, Measured } from './generate.ts';

/** Tools from the bench. */
export interface Tools {
  readonly start: (
    environment: Record<string, string>,
  ) => Promise<{ url: string; stop: () => Promise<void> }>;
  readonly generate: (load: Load) => Promise<Measured>;
  /** Page views to send. */
  readonly requests: Load['requests'];
}

const KEY = 'a key for the bench alone';
const HEADERS = { authorization: `Bearer ${KEY}` };

/** Page views per second meanwhile. */
const RATES = [300, 1_000];

const PIECE = 1024 ** 2;

/** How long a load lasts, in seconds: an import is measured in several of them. */
const SECONDS = 10;

/** Page views of 200 pages, four to a visit, of the last weeks. */
function goatCounter(rows: number): Buffer {
  const head =
    '2Path,Title,Event,UserAgent,Browser,System,Session,Bot,Referrer,Referrer scheme,Screen size,Location,FirstVisit,Date\n';
  const lines = Array.from({ length: rows }, (_, at) => {
    const time = new Date(Date.now() - (rows - at) * 20_000).toISOString();
    return `/old/${at % 200},T,false,,Firefox ${80 + (at % 9)},Linux,${at >> 2}a-b,0,www.example.org,h,,DE,1,${time}\n`;
  });
  return Buffer.from(head + lines.join(''));
}

/** Measures it for each rate, and prints Markdown. */
export async function importBench(rows: number, { start, generate, requests }: Tools): Promise<void> {
  console.log(`\n### An import of ${rows.toLocaleString('en')} rows into a running server\n`);
  console.log('| page views/s | alone p50 ms | p99 ms | beside it p50 ms | **p99 ms** | failed | import s |');
  console.log('|--:|--:|--:|--:|--:|--:|--:|');
  for (const rate of RATES) {
    const server = await start({ API_KEYS: KEY });
    const load = { url: server.url, connections: 64, rate, requests, seconds: SECONDS };
    await generate({ ...load, seconds: 4 }); // V8 compiles meanwhile
    const alone = await generate(load);
    const { imports } = createFootfallClient({ url: server.url, headers: HEADERS });
    await upload(server.url, goatCounter(rows));
    while ((await imports.status.query()).stage === 'planning') await pause();
    const began = performance.now();
    await imports.run.mutate(undefined);
    const beside: Measured[] = [];
    let seconds: number | undefined;
    const ending = (async () => {
      while ((await imports.status.query()).stage === 'running') await pause();
      seconds = (performance.now() - began) / 1000;
    })();
    while (seconds === undefined) beside.push(await generate(load));
    await ending;
    const { stage } = await imports.status.query();
    if (stage !== 'done') throw new Error(`The import is ${stage}`);
    await server.stop();
    const worst = (of: (measured: Measured) => number): string => Math.max(...beside.map(of)).toFixed(1);
    console.log(
      `| ${rate} | ${alone.p50.toFixed(1)} | ${alone.p99.toFixed(1)} | ${worst(({ p50 }) => p50)} | ` +
        `**${worst(({ p99 }) => p99)}** | ${beside.reduce((sum, { failed }) => sum + failed, 0)} | ${seconds.toFixed(1)} |`,
    );
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200));

async function upload(url: string, file: Buffer): Promise<void> {
  for (let offset = 0; offset < file.length; offset += PIECE) {
    const answer = await fetch(`${url}/api/import/upload?offset=${offset}&size=${file.length}`, {
      method: 'POST',
      headers: { ...HEADERS, 'content-type': 'application/octet-stream' },
      body: Buffer.from(file.subarray(offset, offset + PIECE)),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
}
