import { request, type Server } from 'node:http';
import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Sends a request to a server over a connection within this process, whether it listens or not. */
export function requestInProcess(server: Server, { host, pathname }: URL): Promise<string> {
  const [ours, theirs] = duplexPair();
  server.emit('connection', theirs);
  return new Promise((resolve, reject) => {
    request({
      createConnection: () => ours,
      path: pathname,
      headers: { host, connection: 'close' },
    })
      .on('response', (response) => {
        text(response).then(resolve, reject);
      })
      .on('error', reject)
      .end();
  });
}
