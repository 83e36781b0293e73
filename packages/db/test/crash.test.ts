import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openFile } from '@footfall/db/embedded';
import { differencesIn, expectAgreement, open, rowsOf, start, temporaryFolder } from './support.ts';

const WRITE = fileURLToPath(new URL('./children/write.ts', import.meta.url));
const KILLS = 5;

it('whenever the process is killed, every page view that was acknowledged is counted, once, in all numbers from the next start on', async () => {
  const path = join(await temporaryFolder(), 'footfall.db');
  const acknowledged = new Set<string>();
  for (let run = 0; run < KILLS; run += 1) {
    const isFolded = run % 2 === 0;
    const child = start(process.execPath, [WRITE, path, String(run), ...(isFolded ? [] : ['unfolded'])]);
    if (child.stdout === null) throw new Error('no output');
    const lines = createInterface(child.stdout);
    const ended = once(lines, 'close');
    const enough = 1 + Math.floor(Math.random() * 4_000);
    let said = 0;
    lines.on('line', (id) => {
      if (id.length === 32) acknowledged.add(id); // the last line may be half a line
      said += 1;
      if (said === enough) child.kill('SIGKILL');
    });
    await ended;
    expect(said).toBeGreaterThanOrEqual(enough);

    const connection = await openFile({ path });
    const tail = await rowsOf(connection, 'select count(*) batches from visitor_log_tail');
    if (!isFolded) expect(tail).not.toEqual([{ batches: 0 }]);
    const store = await open(connection); // which folds nothing once it is open, unless it is asked to
    expect(await differencesIn(connection)).toEqual([]);
    const logged = (await rowsOf(connection, 'select lower(hex(id)) id from visitor_event_ids')).map(
      ({ id }) => String(id),
    );
    const stored = new Set(logged);
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
    await expectAgreement({ connection }, stored.size);
    expect(store.count()).toMatchObject({ count: stored.size });
    expect(await rowsOf(connection, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    await store.close();
  }
});
