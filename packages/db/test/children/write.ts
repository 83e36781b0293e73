/**
 * Adds page views to the file that it is told as fast as it can, one in five of them sent before, and says the id of
 * each that is acknowledged, or `failed` when it is not, and sends that again. Ends only by being killed.
 */
import { openStore } from '../../src/index.ts';
import { openFile } from '../../src/embedded.ts';

const [path = '', run = '0'] = process.argv.slice(2);
const store = await openStore(await openFile({ path }));
let sent = 0;

async function send(): Promise<never> {
  for (;;) {
    sent += 1;
    const resent = sent % 5 === 0;
    const ofRun = resent && sent % 2 === 0 ? Math.max(Number(run) - 1, 0) : Number(run);
    const id = ofRun * 1e9 + (resent ? Math.floor(sent / 2) : sent);
    const view = {
      id: id.toString(16).padStart(32, '0'),
      at: Date.now(),
      page: `/${id % 50}`,
      referrer: null,
      country: null,
      campaign: undefined,
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
