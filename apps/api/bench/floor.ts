import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { openStore } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
const answerHeaders = { 'content-type': 'application/json; charset=utf-8' };
const connection = await openFile({ path: process.env['DATABASE_URL']!.slice(5) });
const now = Date.now();
const day = now - (now % 86_400_000);
const store = await openStore(connection, { sessionTimeoutMs: 1_800_000, newValuesPerHour: 1000, dayOf: () => day } as never);
const attributes = { country: '', region: '', city: '', language: 'en', source: 'direct', campaign: '', device: 'desktop', browser: 'Chrome', system: 'Linux', channel: 'direct' };
let n = 0;
createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { url: string };
    const at = Date.now();
    const view = { kind: 'page-view', id: randomUUID().replaceAll('-', ''), at, hour: at - (at % 3_600_000), day, visitor: 2 * (n++ % 2000), previousDayKey: null, page: body.url.slice(19), referrer: null, campaign: undefined, attributes } as never;
    void store.add(view, true).then(({ count, total, counted, version, store: id }) => {
      const text = JSON.stringify({ count, total, counted, version, store: id });
      response.writeHead(200, { ...answerHeaders, 'content-length': text.length }).end(text);
    });
  });
}).listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('ready'));
