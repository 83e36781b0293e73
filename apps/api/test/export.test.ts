import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import * as yauzl from 'yauzl';
import { readConfig } from '../src/config.ts';
import { exportRoute } from '../src/export-route.ts';
import type { HttpRequest } from '../src/http.ts';
import { openOwnExport } from '../src/own-export.ts';
import { zipOf, type ZipEntry } from '../src/zip-writer.ts';
import { startEmbedded } from './support.ts';

const KEY = 'a-key-that-is-long-enough-for-this';

async function saved(bytes: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-export-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'export.zip');
  await writeFile(path, bytes);
  return path;
}

async function filesIn(path: string): Promise<Map<string, string>> {
  const zip = await yauzl.openPromise(path, { autoClose: false });
  onTestFinished(() => {
    zip.close();
  });
  const files = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Uint8Array);
    files.set(entry.fileName, Buffer.concat(chunks).toString('utf8'));
  }
  return files;
}

it('GET /api/export is everything in a ZIP, for the owner alone', async () => {
  const { url } = await startEmbedded({ API_KEYS: KEY }, onTestFinished);
  const bearer = { authorization: `Bearer ${KEY}` };
  for (const [page, referrer] of [
    ['/', undefined],
    ['/a', 'https://www.google.com/'],
    ['/=sum(1)', undefined],
  ]) {
    await fetch(`${url}/api/visitors/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Mozilla/5.0 Firefox/140.0' },
      body: JSON.stringify({ url: `${url}${page ?? ''}`, referrer }),
    });
  }
  expect((await fetch(`${url}/api/export`)).status).toBe(401);
  const misspelt = await fetch(`${url}/api/export?form=x`, { headers: bearer });
  expect(misspelt.status).toBe(400);
  expect(await misspelt.json()).toMatchObject({ code: 'BAD_REQUEST' });
  const head = await fetch(`${url}/api/export`, { method: 'HEAD', headers: bearer });
  expect(head.status).toBe(200);

  const response = await fetch(`${url}/api/export`, { headers: bearer });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/zip');
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="footfall-\d{4}-\d\d-\d\d\.zip"$/,
  );
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  const path = await saved(new Uint8Array(await response.arrayBuffer()));
  const files = await filesIn(path);
  expect([...files.keys()]).toEqual(
    expect.arrayContaining([
      'page-views.csv',
      'page-views.jsonl',
      'visits.csv',
      'counts-pages.csv',
      'manifest.json',
    ]),
  );
  const own = await openOwnExport(path);
  expect(own?.manifest).toMatchObject({ format: 'footfall-export/1', range: null });
  own?.close();
  const old = await fetch(`${url}/api/export?from=2020-01-01&to=2020-12-31`, { headers: bearer });
  const oldFiles = await filesIn(await saved(new Uint8Array(await old.arrayBuffer())));
  expect(oldFiles.get('page-views.jsonl')).toBe('');
});

async function bytesOf(entries: readonly ZipEntry[]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of zipOf(entries, new Date('2026-11-20T12:00:00Z'))) pieces.push(piece);
  return Buffer.concat(pieces);
}

it('an archive has its entries as they were written, whatever their names and sizes', async () => {
  const large = Buffer.alloc(300_000, 'text that repeats ');
  const entries = [
    { name: 'empty.txt', content: [] },
    { name: 'ü/日本.csv', content: [Buffer.from('a,b\r\n'), Buffer.from('1,2\r\n')] },
    { name: 'large.txt', content: [large, large] },
  ];
  const bytes = await bytesOf(entries);
  expect(bytes.length).toBeLessThan(10_000);
  expect(await filesIn(await saved(bytes))).toEqual(
    new Map(entries.map(({ name, content }) => [name, Buffer.concat(content).toString()])),
  );
  expect(await filesIn(await saved(await bytesOf([])))).toEqual(new Map());
});

it('an archive whose content fails is not completed', async () => {
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('begun'));
    throw new Error('gone');
  };
  await expect(bytesOf([{ name: 'a.txt', content: failing() }])).rejects.toThrow('gone');
});

it('where there is no export, one sentence says where there is', async () => {
  const { site } = readConfig({});
  const route = exportRoute({
    footfall: { site, now: Date.now } as never,
    log: { error: () => {} },
  });
  const request = { method: 'GET', query: '' } as HttpRequest;
  await expect(route(request)).rejects.toThrow(
    'There is no export on the edge: run “pnpm footfall export FILE” on a machine with the same DATABASE_URL.',
  );
});
