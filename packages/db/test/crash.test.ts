import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openFile } from '@footfall/db/embedded';
import { expectAgreement, open, rowsOf, start, temporaryFolder } from './support.ts';

const WRITE = fileURLToPath(new URL('./children/write.ts', import.meta.url));
const KILLS = 5;

it('whenever the process is killed, every page view that was acknowledged is counted, once', async () => {
  const path = join(await temporaryFolder(), 'footfall.db');
  const acknowledged = new Set<string>();
  for (let run = 0; run < KILLS; run += 1) {
    const child = start(process.execPath, [WRITE, path, String(run)]);
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
    const store = await open(connection);
    const logged = (await rowsOf(connection, 'select lower(hex(id)) id from visitor_event_ids')).map(
      ({ id }) => String(id),
    );
    const stored = new Set(logged);
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
    await expectAgreement({ store, connection }, stored.size);
    expect(await rowsOf(connection, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    await store.close();
  }
});
