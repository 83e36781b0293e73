import { openApiDocument, SAMPLE_DAY, SAMPLES } from '@footfall/trpc/openapi';
import { expect, it } from 'vitest';
import { start } from './support.ts';

const API_KEY = 'a-key-for-programs-that-read';
const footfall = await start({ API_KEYS: API_KEY });

const { paths } = openApiDocument(footfall.url) as {
  paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
};

/** The samples were recorded on another day. */
const today = new Date().toISOString().slice(0, 10);
const dayBefore = (day: string): string => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
const asToday = (value: string): string =>
  value
    .replaceAll(dayBefore(SAMPLE_DAY), '<day before>')
    .replaceAll(SAMPLE_DAY, today)
    .replaceAll('<day before>', dayBefore(today));

/** The text of a response without the fields that differ between runs. */
function comparable(text: string): unknown {
  const same = text
    .replaceAll(/"(version|store|averageVisitMs)":\d+/g, '"$1":0')
    .replaceAll(/"[\da-f]{64}"/g, '"a link"')
    .replaceAll(/"https?:[^"]+\/share\/[\w-]{43}"/g, '"its address"')
    .replaceAll(
      /"(updatedAt|createdAt|last_updated|previousFrom|previousUntil|previousTo)":"[^"]+"/g,
      '"$1":""',
    );
  return JSON.parse(same);
}

/** The route of an operation. */
function routeOf(id: string): { path: string; method: string } {
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { operationId }] of Object.entries(methods))
      if (operationId === id) return { path, method: method.toUpperCase() };
  }
  throw new Error(`${id} is not an operation`);
}

/** The link that a sample has made: no two have the same id. */
let link = '';

// In order: the numbers of one include those that earlier ones counted.
it.each(Object.entries(SAMPLES))('the sample of %s gets the documented response', async (id, sample) => {
  const { query = {}, headers = {}, body, answer } = sample;
  const { path, method } = routeOf(id);
  const parameters = Object.entries(query).map(([name, value]) => [name, asToday(value)] as [string, string]);
  const sent = Object.entries(headers)
    .filter(([name]) => name !== 'Accept') // a stream has no end; its state is read instead
    .map(([name, value]) => [name, value.replace('$FOOTFALL_API_KEY', API_KEY)] as [string, string]);
  const response = await fetch(`${footfall.url}${path}?${new URLSearchParams(parameters).toString()}`, {
    method,
    headers: [
      ...sent,
      ...(body === undefined ? [] : [['content-type', 'application/json'] as [string, string]]),
    ],
    ...(body !== undefined && { body: JSON.stringify(body).replace(/[\da-f]{64}/, link) }),
  });
  expect(response.status).toBe(200);
  if (answer === undefined) {
    expect(response.headers.get('content-type')).toMatch(/^image\//);
    return;
  }
  // Only the sample is of another day: yesterday may be the day of the sample.
  const text = await response.text();
  link = /[\da-f]{64}/.exec(text)?.[0] ?? link;
  expect(comparable(text)).toEqual(comparable(asToday(JSON.stringify(answer))));
});
