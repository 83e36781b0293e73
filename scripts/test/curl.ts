/** Replaces curl in snippets, so that they can be tested on a machine without it: supports the options that they use. */
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    'user-agent': { type: 'string', short: 'A', default: 'curl' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd' },
  },
  allowPositionals: true,
});
const [url = ''] = positionals;
const headers = new Headers(
  values.header.map((header) => header.split(/: */, 2) as [name: string, value: string]),
);
headers.set('user-agent', values['user-agent']);
const response = await fetch(url, {
  headers,
  ...(values.data === undefined ? {} : { method: 'POST', body: values.data }),
});
console.log(await response.text());
if (!response.ok) process.exitCode = 22;
