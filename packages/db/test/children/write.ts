/**
 * Adds page views to a file as fast as it can, one in five of them sent before, and writes the id of each that is
 * acknowledged, or `failed` when it is not, and sends that again. Ends only by being killed.
 * Arguments: the file, the number of the run, and `unfolded` where the log is not to be folded.
 */
import type { PageView } from '@footfall/core';
import { openStore } from '../../src/index.ts';
import { openFile } from '../../src/connection/file.ts';

const [path = '', run = '0', folding] = process.argv.slice(2);
const schedule = folding === 'unfolded' ? { delayMs: 2 ** 31 - 1 } : {};
const store = await openStore(await openFile({ path }), { schedule });
let sent = 0;

async function send(): Promise<never> {
  for (;;) {
    sent += 1;
    const resent = sent % 5 === 0;
    const ofRun = resent && sent % 2 === 0 ? Math.max(Number(run) - 1, 0) : Number(run);
    const id = ofRun * 1e9 + (resent ? Math.floor(sent / 2) : sent);
    const at = Date.now();
    const view: PageView = {
      kind: 'page-view',
      id: id.toString(16).padStart(32, '0'),
      at,
      hour: at - (at % 3_600_000),
      day: at - (at % 86_400_000),
      visitor: id % 200,
      previousDayKey: null,
      page: `/${id % 50}`,
      referrer: null,
      campaign: undefined,
      attributes: {
        country: '',
        region: '',
        city: '',
        language: '',
        source: `source ${id % 7}`,
        campaign: '',
        device: '',
        browser: '',
        system: '',
        channel: '',
      },
    };
    for (let acknowledged = false; !acknowledged;) {
      acknowledged = await store.add(view, id % 3 === 0).then(
        () => true,
        () => false,
      );
      // To a pipe this is synchronous: what is not out is not said.
      process.stdout.write(`${acknowledged ? view.id : 'failed'}\n`);
    }
  }
}

await Promise.all(Array.from({ length: 100 }, send));
