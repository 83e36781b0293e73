import { FootfallError } from '@footfall/core/errors';
import superjson from 'superjson';

/**
 * Serialisation: inputs as plain JSON, where only `undefined` is annotated, and results as superjson.
 *
 * superjson's annotations build typed arrays, maps, regular expressions and more, of any size, before a schema sees them;
 * no procedure takes anything except JSON (docs/decisions/0021).
 */
export const transformer = {
  input: { serialize: serializeInput, deserialize: deserializeInput },
  output: { serialize: serializeOutput, deserialize: superjson.deserialize.bind(superjson) },
};

/** An object that occurs twice is written out twice, so that no annotation has to link the two. */
function serializeInput(value: unknown): unknown {
  const { json, meta } = superjson.serialize(value);
  return meta?.values === undefined ? { json } : { json, meta: { values: meta.values, v: meta.v } };
}

/** Most results are plain JSON, which superjson takes twenty times as long to detect. */
function serializeOutput(value: unknown): unknown {
  return isPlain(value) ? { json: value } : superjson.serialize(value);
}

/** Whether `JSON.stringify` writes a value as it is: strings, finite numbers, booleans, null, arrays and plain objects. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key])) return false;
  return true;
}

/**
 * Deserialises an input in superjson's form.
 * @throws {FootfallError} BAD_REQUEST for any annotation except `undefined`
 */
function deserializeInput(input: unknown): unknown {
  if (!isObject(input)) throw refusal();
  const { json, meta } = input;
  if (meta === undefined) return json;
  if (!isObject(meta) || meta['referentialEqualities'] !== undefined) throw refusal();
  const { values = {} } = meta;
  if (isUndefined(values)) return json === null ? undefined : json;
  if (!isObject(values) || !Object.values(values).every(isUndefined)) throw refusal();
  for (const path of Object.keys(values)) clear(json, path.split('.'));
  return json;
}

/** Whether an annotation is `undefined`, and nothing else. */
function isUndefined(annotation: unknown): boolean {
  return Array.isArray(annotation) && annotation.length === 1 && annotation[0] === 'undefined';
}

/**
 * Replaces a null by `undefined`, where there is one. Nothing is added: an index far behind an array's end would make the
 * array that long.
 */
function clear(root: unknown, path: readonly string[]): void {
  const last = path.at(-1) ?? '';
  let parent = root;
  for (const key of path.slice(0, -1)) parent = isParentOf(parent, key) ? parent[key] : undefined;
  if (isParentOf(parent, last) && parent[last] === null) parent[last] = undefined;
}

function isParentOf(value: unknown, key: string): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusal(): FootfallError {
  return new FootfallError('BAD_REQUEST', 'The input must be plain JSON, as `{"json": …}`.');
}
