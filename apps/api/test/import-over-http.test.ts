import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportStatus } from '@footfall/trpc';
import { createFootfallClient, type FootfallClient } from '@footfall/trpc/client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { importDesk } from '../src/import-desk.ts';
import { zipOf } from './files.ts';
import { importsOf, openedOn } from './imports.ts';
import { newPage, startEmbedded, type Embedded } from './support.ts';

const KEY = 'a-key-that-is-long-enough-for-this';
const PASSWORD = 'correct horse battery staple';
const BEARER = { authorization: `Bearer ${PASSWORD}` };
const PIECE = 64 * 1024;

/** Page views of five pages, two to a visit. */
function goatCounter(rows: number): Buffer {
  const lines = Array.from({ length: rows }, (_, at) => {
    const time = new Date(Date.now() - (rows - at) * 1_000 - 60_000).toISOString();
    return `/old/${at % 5},T,false,,Firefox 84,Linux,${at >> 1}a-b,0,,,,DE,1,${time}\n`;
  });
  return Buffer.from(
    `2Path,Title,Event,UserAgent,Browser,System,Session,Bot,Referrer,Referrer scheme,Screen size,Location,FirstVisit,Date\n${lines.join('')}`,
  );
}

async function opened(environment: Readonly<Record<string, string>> = {}) {
  const footfall = await startEmbedded(
    { API_KEYS: KEY, ADMIN_PASSWORD: PASSWORD, ...environment },
    onTestFinished,
  );
  const owner = createFootfallClient({ url: footfall.url, headers: BEARER });
  return { footfall, owner };
}

interface Piece {
  readonly offset: number | string;
  readonly size: number | string;
}

const sendPiece = (
  { url }: Pick<Embedded, 'url'>,
  { offset, size }: Piece,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(`${url}/api/import/upload?offset=${offset}&size=${size}`, {
    method: 'POST',
    headers: { ...BEARER, 'content-type': 'application/octet-stream', ...headers },
    body: Buffer.from(body),
  });

async function upload(footfall: Pick<Embedded, 'url'>, file: Buffer): Promise<void> {
  for (let offset = 0; offset < file.length; offset += PIECE) {
    const answer = await sendPiece(
      footfall,
      { offset, size: file.length },
      file.subarray(offset, offset + PIECE),
    );
    expect(answer.status).toBe(200);
  }
}

const BUSY: readonly string[] = ['planning', 'running', 'undoing'];

/** What becomes of what is under way. */
async function settled({ imports }: Pick<FootfallClient, 'imports'>): Promise<ImportStatus> {
  return vi.waitUntil(
    async () => {
      const status = await imports.status.query();
      return BUSY.includes(status.stage) ? undefined : status;
    },
    { timeout: 60_000, interval: 20 },
  );
}

const uploadsLeft = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('footfall-upload-'));

describe('a file that is uploaded to a running server', () => {
  it('is planned first, imported when the owner says so, and undone as a whole', async () => {
    const { footfall, owner } = await opened();
    const page = newPage();
    await footfall.track({ url: page });
    expect(await owner.imports.status.query()).toEqual({ stage: 'none' });

    await upload(footfall, goatCounter(2_000));
    expect(await settled(owner)).toMatchObject({
      stage: 'planned',
      plan: { format: 'goatcounter', taken: 2_000, known: 0, older: 0, skipped: [] },
    });
    expect((await footfall.count()).count).toBe(1);

    expect(await owner.imports.run.mutate(undefined)).toMatchObject({ stage: 'running', rows: 0 });
    await footfall.track({ url: page }); // counting goes on
    expect(await settled(owner)).toMatchObject({ stage: 'done', report: { taken: 2_000 } });
    expect((await footfall.count()).count).toBe(2_002);
    expect((await footfall.count('/old/0')).count).toBe(400);
    const { totals } = await owner.analytics.visitors.query({});
    expect(totals.views).toBe(2_002);

    const [listed] = await owner.imports.list.query();
    expect(listed).toMatchObject({ format: 'goatcounter', pageViews: 2_000 });
    expect(await owner.imports.undo.mutate({ id: listed?.id ?? 0 })).toEqual({ stage: 'undoing' });
    expect(await settled(owner)).toEqual({ stage: 'undone', pageViews: 2_000 });
    expect((await footfall.count()).count).toBe(2);
    expect((await footfall.count('/old/0')).count).toBe(0);
    expect(await owner.imports.list.query()).toEqual([]);
  });

  it('counts nothing twice when it is uploaded and imported again', async () => {
    const { footfall, owner } = await opened();
    const file = goatCounter(300);
    for (const [taken, known] of [
      [300, 0],
      [0, 300],
    ]) {
      await upload(footfall, file);
      expect(await settled(owner)).toMatchObject({ stage: 'planned', plan: { taken, known } });
      await owner.imports.run.mutate(undefined);
      expect(await settled(owner)).toMatchObject({ stage: 'done', report: { taken, known } });
    }
    expect((await footfall.count()).count).toBe(300);
  });

  it('is dropped when the owner cancels, and nothing is counted', async () => {
    const { footfall, owner } = await opened();
    await upload(footfall, goatCounter(300));
    expect(await settled(owner)).toMatchObject({ stage: 'planned' });
    expect(await owner.imports.cancel.mutate(undefined)).toEqual({ stage: 'none' });
    await expect(owner.imports.run.mutate(undefined)).rejects.toMatchObject({
      data: { code: 'CONFLICT' },
      message: 'No file waits to be imported: upload one first.',
    });
    expect((await footfall.count()).count).toBe(0);
  });

  it('may have page views older than the retention: then the owner is asked', async () => {
    const { footfall, owner } = await opened({ RETENTION_MONTHS: '1' });
    const old = goatCounter(10)
      .toString()
      .replaceAll(/\d{4}-\d\d-\d\dT/g, '2024-03-01T');
    await upload(footfall, Buffer.from(old));
    expect(await settled(owner)).toMatchObject({ stage: 'planned', plan: { taken: 10, older: 10 } });
    await expect(owner.imports.run.mutate(undefined)).rejects.toMatchObject({ data: { code: 'CONFLICT' } });
    await owner.imports.run.mutate({ older: 'leave' });
    expect(await settled(owner)).toMatchObject({ stage: 'done', report: { taken: 0 } });
    expect((await footfall.count()).count).toBe(0);
  });
});

describe('refused is', () => {
  it('everybody but the owner', async () => {
    const { footfall } = await opened();
    const piece = Buffer.from('a');
    const without = await sendPiece(footfall, { offset: 0, size: 1 }, piece, { authorization: '' });
    expect(without.status).toBe(401);
    const foreign = await sendPiece(footfall, { offset: 0, size: 1 }, piece, {
      origin: 'https://evil.example',
    });
    expect(foreign.status).toBe(401);
    const stranger = createFootfallClient({ url: footfall.url });
    await expect(stranger.imports.status.query()).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } });
    await expect(stranger.imports.undo.mutate({ id: 1 })).rejects.toMatchObject({
      data: { code: 'UNAUTHORIZED' },
    });
  });

  it.for([
    [{ offset: 0, size: 'x' }, 'a', {}, 400, 'size must be a number of bytes.'],
    [{ offset: -1, size: 3 }, 'a', {}, 400, 'offset must be a number of bytes.'],
    [{ offset: 0, size: 0 }, 'a', {}, 400, 'The piece is empty, or reaches beyond the size of the file.'],
    [{ offset: 0, size: 3 }, 'abcd', {}, 400, 'The piece is empty, or reaches beyond the size of the file.'],
    [{ offset: 0, size: 3 }, '', {}, 400, 'The piece is empty, or reaches beyond the size of the file.'],
    [{ offset: 3, size: 9 }, 'abc', {}, 409, 'No upload has begun: begin with offset 0.'],
    [{ offset: 0, size: 1024 ** 3 + 1 }, 'abc', {}, 413, 'A file of at most'],
    [
      { offset: 0, size: 3 },
      'abc',
      { 'content-type': 'text/plain' },
      415,
      'Send the piece as application/octet-stream.',
    ],
  ] as const)('a piece that is none: %o', async ([piece, body, headers, status, message]) => {
    const { footfall, owner } = await opened();
    const answer = await sendPiece(footfall, piece, Buffer.from(body), headers);
    expect(answer.status).toBe(status);
    const { error } = (await answer.json()) as { error: string };
    expect(error).toContain(message);
    expect(await owner.imports.status.query()).toEqual({ stage: 'none' });
  });

  it('a piece over 1 MiB, and one that is not the next', async () => {
    const { footfall, owner } = await opened();
    const size = 4 * 1024 ** 2;
    const large = await sendPiece(footfall, { offset: 0, size }, Buffer.alloc(1024 ** 2 + 1));
    expect(large.status).toBe(413);
    expect((await sendPiece(footfall, { offset: 0, size }, Buffer.alloc(1_000))).status).toBe(200);
    for (const offset of [500, 2_000]) {
      const answer = await sendPiece(footfall, { offset, size }, Buffer.alloc(1_000));
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({
        error: 'The upload goes on at offset 1,000 of 4,194,304 bytes.',
      });
    }
    const another = await sendPiece(footfall, { offset: 0, size: 9 }, Buffer.alloc(9));
    expect(another.status).toBe(409);
    expect(await owner.imports.status.query()).toEqual({ stage: 'uploading', received: 1_000, size });
    await owner.imports.cancel.mutate(undefined);
    expect((await sendPiece(footfall, { offset: 0, size: 9 }, Buffer.alloc(9))).status).toBe(200);
  });

  it.for([
    ['nothing that is known', Buffer.from('hello\n')],
    ['an archive that grows without end', zipOf([{ name: 'a.csv', content: Buffer.alloc(30_000_000) }])],
    ['NUL', Buffer.alloc(5_000)],
  ] as const)('a file with %s: a sentence, and nothing is left of it', async ([, content]) => {
    const before = (await uploadsLeft()).length;
    const { footfall, owner } = await opened();
    await upload(footfall, content);
    const status = await settled(owner);
    expect(status).toMatchObject({ stage: 'failed' });
    expect(status.stage === 'failed' && status.problem).toMatch(/^[A-Z].{10,400}\.$/s);
    expect((await footfall.count()).count).toBe(0);
    await vi.waitUntil(async () => (await uploadsLeft()).length <= before, { timeout: 10_000 });
    await upload(footfall, goatCounter(5)); // another file may come
    expect(await settled(owner)).toMatchObject({ stage: 'planned' });
  });
});

/** A desk of its own. */
async function deskOf() {
  const into = await openedOn();
  const { site } = into;
  const desk = importDesk({
    imports: importsOf(into),
    settings: () => ({ site, retentionMonths: 0 }),
    now: Date.now,
    log: { error: () => {} },
  });
  onTestFinished(desk.close);
  return desk;
}

const ownUploads = async (): Promise<string[]> =>
  (await uploadsLeft()).filter((name) => name.startsWith(`footfall-upload-${process.pid}-`));

const whole = (file: Buffer) => ({ offset: 0, size: file.length, bytes: file });

describe('what comes at once', () => {
  it('is done one after the other: of two files one is taken, and nothing is left of the other', async () => {
    const before = await ownUploads();
    const desk = await deskOf();
    const files = [10, 20].map((rows) => goatCounter(rows));
    const results = await Promise.allSettled(
      files.map((file) => desk.upload({ offset: 0, size: file.length, bytes: file.subarray(0, 100) })),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((await ownUploads()).length).toBe(before.length + 1);
    await desk.close();
    expect(await ownUploads()).toEqual(before);
  });

  it('with a stop or a cancel leaves nothing, whichever comes first', async () => {
    const before = await ownUploads();
    const stopped = await deskOf();
    const uploading = stopped.upload(whole(goatCounter(50))).catch((error: unknown) => error);
    await stopped.close();
    await uploading;
    expect(await ownUploads()).toEqual(before);
    await expect(stopped.upload(whole(goatCounter(5)))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });

    const cancelled = await deskOf();
    await Promise.all([cancelled.upload(whole(goatCounter(50))), cancelled.cancel()]);
    expect(cancelled.status()).toEqual({ stage: 'none' });
    expect(await ownUploads()).toEqual(before);
  });
});

it('the last piece may come again, since its answer may have been lost', async () => {
  const desk = await deskOf();
  const file = goatCounter(20);
  const pieces = [0, 500, 1_000].map((offset, at) => ({
    offset,
    size: file.length,
    bytes: file.subarray(offset, at === 2 ? undefined : offset + 500),
  }));
  await desk.upload(pieces[0]!);
  await desk.upload(pieces[1]!);
  expect(await desk.upload(pieces[1]!)).toMatchObject({ stage: 'uploading', received: 1_000 });
  await expect(desk.upload({ ...pieces[1]!, offset: 400 })).rejects.toMatchObject({ code: 'CONFLICT' });
  await desk.upload(pieces[2]!);
  await desk.upload(pieces[2]!);
  await vi.waitUntil(() => desk.status().stage === 'planned', { timeout: 30_000 });
  expect(await desk.upload(pieces[2]!)).toMatchObject({ plan: { taken: 20 } });
});

it('a disk that takes a part of a piece gets the rest; one that takes nothing more ends the upload', async () => {
  const handle = await open('/dev/null', 'w');
  await handle.close();
  const prototype = Object.getPrototypeOf(handle) as Pick<typeof handle, 'write'>;
  const write = prototype.write as (...of: unknown[]) => Promise<{ bytesWritten: number }>;
  let most = 100;
  const spy = vi.spyOn(prototype, 'write').mockImplementation(function (this: unknown, ...of: unknown[]) {
    const [bytes, from, length, at] = of as [Uint8Array, number, number, number];
    return most === 0
      ? Promise.resolve({ bytesWritten: 0, buffer: bytes })
      : write.call(this, bytes, from, Math.min(most, length), at);
  } as typeof handle.write);
  onTestFinished(() => {
    spy.mockRestore();
  });
  const desk = await deskOf();
  await desk.upload(whole(goatCounter(20)));
  await vi.waitUntil(() => desk.status().stage === 'planned', { timeout: 30_000 });
  expect(desk.status()).toMatchObject({ plan: { taken: 20, skipped: [] } });
  most = 0;
  await expect(desk.upload(whole(goatCounter(20)))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(desk.status()).toMatchObject({ stage: 'failed' });
});

it('an import that is not there cannot be undone, nor any while a file waits', async () => {
  const desk = await deskOf();
  await expect(desk.undo(7)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await desk.upload(whole(goatCounter(20)));
  await vi.waitUntil(() => desk.status().stage === 'planned', { timeout: 30_000 });
  await expect(desk.undo(7)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(desk.status()).toMatchObject({ stage: 'planned' });
});

it('an upload that stands still makes way for another one', async () => {
  const into = await openedOn();
  const { site } = into;
  let at = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => at);
  onTestFinished(() => void vi.restoreAllMocks());
  const desk = importDesk({
    imports: importsOf(into),
    settings: () => ({ site, retentionMonths: 0 }),
    now: Date.now,
    log: { error: () => {} },
  });
  onTestFinished(desk.close);
  await desk.upload({ offset: 0, size: 10, bytes: Buffer.alloc(5) });
  at = 29_999;
  await expect(desk.upload({ offset: 0, size: 20, bytes: Buffer.alloc(5) })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  at = 30_000;
  expect(await desk.upload({ offset: 0, size: 20, bytes: Buffer.alloc(5) })).toEqual({
    stage: 'uploading',
    received: 5,
    size: 20,
  });
});

it('a stop while an import runs ends it in order, and the same file goes on afterwards', async () => {
  const { footfall, owner } = await opened();
  const file = goatCounter(4_000);
  await upload(footfall, file);
  expect(await settled(owner)).toMatchObject({ stage: 'planned' });
  await owner.imports.run.mutate(undefined);
  await vi.waitUntil(
    async () => {
      const status = await owner.imports.status.query();
      return status.stage === 'done' || (status.stage === 'running' && status.rows > 0);
    },
    { timeout: 30_000, interval: 5 },
  );
  await footfall.stop();
  const again = await startEmbedded({ ...footfall.environment, ADMIN_PASSWORD: PASSWORD }, onTestFinished);
  const client = createFootfallClient({ url: again.url, headers: BEARER });
  await upload(again, file);
  expect(await settled(client)).toMatchObject({ stage: 'planned' });
  await client.imports.run.mutate(undefined);
  expect(await settled(client)).toMatchObject({ stage: 'done' });
  expect((await again.count()).count).toBe(4_000);
});

it('what an upload of a killed process has left is deleted at the next start, and nobody else’s', async () => {
  const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(ended, 'exit');
  const [left, running] = [ended.pid, process.ppid].map((pid) =>
    join(tmpdir(), `footfall-upload-${pid}-test`),
  ) as [string, string];
  for (const folder of [left, running]) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'file'), 'a');
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
  }
  const first = await opened();
  const status = await sendPiece(first.footfall, { offset: 0, size: 9 }, Buffer.alloc(5));
  expect(status.status).toBe(200);
  await opened(); // another one, in this process
  const there = await uploadsLeft();
  expect(there).not.toContain(left.slice(tmpdir().length + 1));
  expect(there).toContain(running.slice(tmpdir().length + 1));
  expect((await sendPiece(first.footfall, { offset: 5, size: 9 }, Buffer.alloc(4))).status).toBe(200);
  expect(await settled(first.owner)).toMatchObject({ stage: 'failed' }); // it is no table
});
