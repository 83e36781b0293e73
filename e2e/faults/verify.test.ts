import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../ports.ts';
import { startServer } from '../server.ts';
import { AGREES, footfall } from './cli.ts';
import { Client, readContents, storedId } from './client.ts';

const isLong = process.env['FOOTFALL_LONG'] === '1';
const KILLS = isLong ? 40 : 2;
const SENDERS = 16;
/** Number of acknowledged batches before each kill. */
const BETWEEN = 60;
const VISITORS = 25;
const MINUTE_MS = 60_000;

/** One event as a tracker stores it until it is acknowledged. */
type Event = Readonly<Record<string, unknown>> & { readonly id: string };

let nth = 0;

/** A page view of one of a few visitors within the last 20 hours, often with later engagement; late and out of order. */
function eventsOf(sender: number): Event[] {
  nth += 1;
  const id = randomUUID();
  const timestamp = Date.now() - ((nth * 7_919) % 1_200) * MINUTE_MS;
  const from = ['https://www.google.com/', 'https://news.ycombinator.com/', ''][nth % 3];
  const view: Event = {
    id,
    type: nth % 5 === 0 ? 'session_start' : 'page_view',
    url: `/page-${(sender + nth) % 12}${nth % 4 === 0 ? '?utm_source=letter&utm_campaign=may' : ''}`,
    visitorId: `visitor-${(nth * 31) % VISITORS}`,
    language: nth % 2 === 0 ? 'en' : 'de',
    referrer: from,
    timestamp,
  };
  const reported: Event = {
    id,
    type: nth % 2 === 0 ? 'page_hide' : 'engagement',
    engagedMs: (nth * 997) % 40_000,
    scrollPercent: nth % 101,
    timestamp: timestamp + 5_000,
  };
  return nth % 3 === 0 ? [view] : nth % 3 === 1 ? [view, reported] : [reported, view];
}

it(
  `after ${KILLS} kills under load all counts agree: verify finds nothing, reports corruption, and repairs it`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'footfall-verify-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const port = await freePort();
    const acknowledged = new Set<string>();
    let unacknowledged: Event[][] = [];
    let server = await startServer({ folder, port });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const post = (client: Client, events: readonly Event[]) =>
      client.send('POST', '/api/track', JSON.stringify({ events }));
    const keep = (events: readonly Event[]): void => {
      for (const { id } of events) acknowledged.add(id);
    };
    const resend = async (client: Client): Promise<void> => {
      const again = unacknowledged
        .splice(0)
        .flatMap((events, n) => (n % 2 === 0 ? [events, events] : [events]));
      await Promise.all(
        again.map(async (events) => {
          expect((await post(client, events)).status).toBe(200);
          keep(events);
        }),
      );
    };

    for (let kill = 0; kill < KILLS; kill += 1) {
      const client = new Client(server.url, SENDERS);
      await resend(client);
      let answers = 0;
      let killed: Promise<unknown> | undefined;
      const failed: Event[][] = [];
      await Promise.all(
        Array.from({ length: SENDERS }, async (_, sender) => {
          while (killed === undefined) {
            const events = [...eventsOf(sender), ...eventsOf(sender)];
            try {
              const { status, body } = await post(client, events);
              expect([status, body]).toEqual([200, expect.any(String)]);
              keep(events);
              answers += 1;
              if (answers >= BETWEEN + 9 * kill) killed ??= server.kill();
            } catch (error) {
              if (killed === undefined) throw error;
              failed.push(events);
            }
          }
        }),
      );
      unacknowledged = failed;
      await killed;
      client.close();
      expect([kill, await footfall(server.file, 'verify')]).toEqual([kill, AGREES]);
      server = await startServer({ folder, port });
    }
    const client = new Client(server.url, 4);
    await resend(client);
    expect(await client.count()).toBe(acknowledged.size);
    // While a server is running it reads, and refuses to write.
    expect(await footfall(server.file, 'verify')).toEqual(AGREES);
    client.close();
    await server.kill();
    const { ids } = await readContents(server.file);
    expect(ids).toEqual(new Set([...acknowledged].map(storedId)));

    const { file } = server;
    expect(await footfall(file, 'verify', '--repair')).toEqual(AGREES);
    const CORRUPTED = [
      'visitor_counts set view_count = view_count + 1 where id = (select min(id) from visitor_counts)',
      'visitor_stats set total_views = total_views - 1',
      'visitor_hours set visitors = visitors + 3 where hour = (select max(hour) from visitor_hours)',
      'visitor_hourly_counts set visits = visits + 1 where (hour, dimension) = (select max(hour), 2 from visitor_hours)',
      'visitor_daily_counts set views = views - 1 where (day, dimension) = (select max(day), 1 from visitor_hours)',
      'visitor_countries set visitors = visitors + 1',
      'visitor_sessions set views = views + 1 where id = (select max(id) from visitor_sessions)',
      'visitor_session_hours set views = views + 1 where session = (select max(id) from visitor_sessions)',
    ];
    for (const change of CORRUPTED) await corrupt(file, change);
    const { code, stdout, stderr } = await footfall(file, 'verify');
    expect([code, stderr]).toEqual([1, '']);
    for (const change of CORRUPTED) {
      const [table = ''] = change.split(' ', 1);
      expect(stdout).not.toContain('NaN');
      expect(stdout).toMatch(new RegExp(`^${table} \\S.*: \\w+ is -?\\d+, and should be \\d+$`, 'm'));
    }
    expect(await footfall(file, 'verify', '--repair')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nCorrected\.\n$/) as string,
      stderr: '',
    });
    expect(await footfall(file, 'verify')).toEqual(AGREES);
    expect((await readContents(file)).ids).toEqual(ids);

    // The server continues with the corrected numbers.
    server = await startServer({ folder, port });
    const reader = new Client(server.url, 1);
    expect(await reader.count()).toBe(acknowledged.size);
    expect((await post(reader, eventsOf(0))).status).toBe(200);
    expect(await reader.count()).toBe(acknowledged.size + 1);
    reader.close();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(await footfall(file, 'verify')).toEqual(AGREES);
  },
  isLong ? 600_000 : 300_000,
);

it('verify --repair refuses to write while a server is running, in one sentence', async () => {
  await using server = await startServer();
  const client = new Client(server.url, 1);
  expect((await client.track({ id: randomUUID(), url: '/' })).status).toBe(200);
  await corrupt(server.file, 'visitor_stats set total_views = total_views + 1');
  const { code, stdout, stderr } = await footfall(server.file, 'verify', '--repair');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^Another Footfall has [^\n]+\.\n$/)]);
  expect(stdout).toBe('visitor_stats id=1: total_views is 2, and should be 1\n');
  client.close();
});

async function corrupt(file: string, change: string): Promise<void> {
  const client = createClient({ url: `file:${file}` });
  try {
    const { rowsAffected } = await client.execute(`update ${change}`);
    expect([change, rowsAffected > 0]).toEqual([change, true]);
  } finally {
    client.close();
  }
}
