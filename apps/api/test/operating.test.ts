import { readFileSync } from 'node:fs';
import { requireClock } from '@footfall/core';
import type { DatabaseEvent } from '@footfall/db';
import { startSqldWithTables } from '@footfall/e2e/sqld';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UNKNOWN_PROXY } from '../src/app.ts';
import { databaseLog } from '../src/database-log.ts';
import { startEmbedded, type Count } from './support.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');

const EVENTS: Readonly<Record<DatabaseEvent['kind'], DatabaseEvent>> = {
  replaced: { kind: 'replaced', before: { store: 1, version: 2 }, after: { store: 2, version: 1 } },
  emptied: { kind: 'emptied' },
  foreign: { kind: 'foreign', tables: ['theirs'] },
};

/** The log message for an event of the database. */
function sentenceFor(event: DatabaseEvent): string {
  let sentence = '';
  databaseLog({ error: (_, message) => (sentence = message) })(event);
  return sentence;
}

function clockSentence(): string {
  try {
    requireClock(0);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('docs/operating.md', () => {
  it.each([
    ...Object.values(EVENTS).map((event) => [event.kind, sentenceFor(event)]),
    ['a wrong clock', clockSentence()],
    ['a proxy that is not configured', UNKNOWN_PROXY],
  ])('has the log message of %s in its table', (_, sentence = '') => {
    const [beginning = ''] = sentence.split(/[:;]/, 1);
    expect(beginning.length).toBeGreaterThan(20);
    const rows = DOCUMENT.split('\n').filter((line) => line.startsWith('| '));
    expect(rows.filter((row) => row.includes(`\`${beginning}`))).toHaveLength(1);
  });

  it('has the statement that gives a restored database a new id, before Footfall starts', async () => {
    const sqld = await startSqldWithTables();
    onTestFinished(() => sqld[Symbol.asyncDispose]());
    const start = () => startEmbedded({ ...sqld.env, COUNT_BOTS: 'true' }, onTestFinished);
    const numbers = async ({ url }: { readonly url: string }) =>
      (await (await fetch(`${url}/api/visitors/count`)).json()) as Count;
    const before = await start();
    await before.track({ url: '/a' });
    const { store, count } = await numbers(before);
    await before.stop();

    const [, sql = ''] = /```sql\n([^`]*)```/.exec(DOCUMENT) ?? [];
    const answer = await fetch(`${sqld.url}/v2/pipeline`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sqld.token}` },
      body: JSON.stringify({ requests: [{ type: 'execute', stmt: { sql } }] }),
    });
    expect(await answer.json()).toMatchObject({ results: [{ type: 'ok' }] });
    const after = await numbers(await start());
    expect(after.count).toBe(count);
    expect(after.store).toBeGreaterThan(store);
  });
});
