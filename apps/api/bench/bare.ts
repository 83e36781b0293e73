/** The baseline for Footfall: a bare `node:http` server that parses the same body and stores nothing. */
import { createServer } from 'node:http';

const answer = JSON.stringify({ count: 12_345, total: 1_234_567, counted: true, version: 123_456 });
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.length };

createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, headers).end(answer);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { url?: string };
    response.writeHead(typeof body.url === 'string' ? 200 : 400, headers).end(answer);
  });
}).listen(Number(process.env['PORT']), '127.0.0.1', () => {
  console.log('ready');
});
