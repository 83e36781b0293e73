/** The parts of an OpenAPI 3.1 document that are read here. */
interface Document {
  readonly servers?: readonly { readonly url: string }[];
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: Readonly<Record<string, Readonly<Record<string, object>>>>;
}
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly Referable<Parameter>[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<Record<string, Referable<Response>>>;
  readonly 'x-codeSamples'?: readonly Sample[];
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Referable<Schema>;
}
interface Response {
  readonly description?: string;
  readonly content?: Content;
}
type Content = Readonly<
  Record<string, { readonly schema?: Referable<Schema>; readonly example?: unknown } | undefined>
>;
type Referable<T> = T | { readonly $ref: string };
interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly maxLength?: number;
  readonly anyOf?: readonly Referable<Schema>[];
  readonly oneOf?: readonly Referable<Schema>[];
  readonly items?: Referable<Schema>;
  readonly properties?: Readonly<Record<string, Referable<Schema>>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Referable<Schema>;
}

/** Lines of code in a language. */
export interface Sample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** One parameter, or one field of a body or an answer. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly deprecated: boolean;
  readonly description: string;
}

/** One REST route, as it is shown. */
export interface Route {
  /** Its anchor. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly deprecated: boolean;
  /** Whether it is for the site's owner alone. */
  readonly needsToken: boolean;
  readonly parameters: readonly Field[];
  readonly body: readonly Field[];
  readonly answer: readonly Field[];
  readonly samples: readonly Sample[];
  /** The answer to the first sample; empty for an image. */
  readonly example: string;
  /** Each status that is not an error, and its meaning. */
  readonly statuses: readonly { readonly status: string; readonly meaning: string }[];
  /** The statuses of its errors. */
  readonly errors: readonly string[];
}

/** Routes of one kind. */
export interface Group {
  readonly name: string;
  readonly description: string;
  readonly routes: readonly Route[];
}

/** An error that any route may answer. */
export interface ApiError {
  readonly code: string;
  readonly meaning: string;
  readonly sentence: string;
}

/** The whole API. */
export interface Api {
  readonly url: string;
  readonly groups: readonly Group[];
  readonly errors: readonly ApiError[];
}

/** The first lines of a program that reads the API at an address. */
export const startOf = (url: string) => ({
  start: `curl '${url}/api/visitors/count?page=/about'`,
  client: `import { createFootfallClient } from '@footfall/client';

const footfall = createFootfallClient({ url: '${url}' });`,
});

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

/** Reads an OpenAPI 3.1 document, in its order. */
export function readApi(openApi: object): Api {
  const document = openApi as Document;
  const groups = new Map<string, Group & { routes: Route[] }>(
    (document.tags ?? []).map(({ name, description = '' }) => [name, { name, description, routes: [] }]),
  );
  const resolve = resolver(document);
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(operations)) {
      if (!METHODS.has(method)) continue;
      const name = operation.tags?.[0] ?? 'Routes';
      const group = groups.get(name) ?? { name, description: '', routes: [] };
      groups.set(name, group);
      group.routes.push(routeOf(operation, { method, path, resolve }));
    }
  }
  return {
    url: document.servers?.[0]?.url ?? '',
    groups: [...groups.values()].filter(({ routes }) => routes.length > 0),
    errors: errorsOf(document),
  };
}

type Resolve = <T extends object>(part: Referable<T> | undefined) => T | undefined;

/** Makes the function that follows references within a document. */
function resolver(document: Document): Resolve {
  return <T extends object>(part: Referable<T> | undefined) => {
    if (part === undefined || !('$ref' in part)) return part;
    const [, kind = '', name = ''] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(part.$ref) ?? [];
    const target = document.components?.[kind]?.[name] as T | undefined;
    // Properties beside a reference override those of its target.
    return target && { ...target, ...(part as object) };
  };
}

function routeOf(
  operation: Operation,
  { method, path, resolve }: { method: string; path: string; resolve: Resolve },
): Route {
  const responses = Object.entries(operation.responses ?? {}).map(([status, response]) => ({
    status,
    meaning: resolve(response)?.description ?? '',
    content: resolve(response)?.content,
  }));
  const success = responses.find(({ status, content }) => status.startsWith('2') && content !== undefined);
  const security = operation.security ?? [];
  const { example } = success?.content?.['application/json'] ?? {};
  return {
    id: operation.operationId ?? `${method}${path}`,
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? '',
    description: operation.description ?? '',
    deprecated: operation.deprecated === true,
    needsToken: security.length > 0 && security.every((way) => Object.keys(way).length > 0),
    parameters: (operation.parameters ?? []).flatMap((reference) => {
      const parameter = resolve(reference);
      if (parameter === undefined) return [];
      const { name, in: position, required = false, description, schema } = parameter;
      return {
        name: position === 'header' ? `${name} (header)` : name,
        type: typeOf(schema, resolve),
        required,
        deprecated: false,
        description: description ?? '',
      };
    }),
    body: fieldsOf(schemaOf(operation.requestBody?.content), resolve),
    answer: fieldsOf(schemaOf(success?.content), resolve),
    samples: operation['x-codeSamples'] ?? [],
    example: example === undefined ? '' : readableJson(example),
    statuses: responses
      .filter(({ status }) => status < '400')
      .map(({ status, meaning }) => ({ status, meaning })),
    errors: responses.filter(({ status }) => status >= '400').map(({ status }) => status),
  };
}

/** The errors that a document names as responses, with the example of each. */
function errorsOf({ components }: Document): ApiError[] {
  return Object.values(components?.['responses'] ?? {}).flatMap((response) => {
    const { description = '', content } = response as Response;
    const example = content?.['application/json']?.example as { error: string; code: string } | undefined;
    if (example === undefined) return [];
    return { code: example.code, meaning: description, sentence: example.error };
  });
}

function schemaOf(content: Content | undefined): Referable<Schema> | undefined {
  return content?.['application/json']?.schema ?? Object.values(content ?? {})[0]?.schema;
}

/** The fields of an object, those of nested objects by their full name: `pages[].views`. */
function fieldsOf(reference: Referable<Schema> | undefined, resolve: Resolve, prefix = ''): Field[] {
  const schema = resolve(reference);
  const options = (schema?.anyOf ?? schema?.oneOf ?? []).map((option) => fieldsOf(option, resolve, prefix));
  const own = Object.entries(schema?.properties ?? {}).flatMap(([name, part]) => {
    const field = resolve(part);
    return [
      {
        name: prefix + name,
        type: typeOf(part, resolve),
        required: schema?.required?.includes(name) === true,
        deprecated: field?.deprecated === true,
        description: field?.description ?? '',
      },
      ...fieldsOf(part, resolve, `${prefix}${name}.`),
      ...fieldsOf(field?.items, resolve, `${prefix}${name}[].`),
    ];
  });
  return [...own, ...fieldsOfAny(options)];
}

/** The fields of several kinds of object, each once; required only where every kind requires it. */
function fieldsOfAny(options: readonly (readonly Field[])[]): Field[] {
  const isAlwaysRequired = (name: string): boolean =>
    options.every((fields) => fields.some((field) => field.name === name && field.required));
  const byName = new Map<string, Field>();
  for (const field of options.flat()) {
    if (!byName.has(field.name)) byName.set(field.name, { ...field, required: isAlwaysRequired(field.name) });
  }
  return [...byName.values()];
}

function typeOf(reference: Referable<Schema> | undefined, resolve: Resolve): string {
  const schema = resolve(reference);
  if (schema === undefined) return 'anything';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined)
    return [...new Set(choices.map((choice) => typeOf(choice, resolve)))].join(' | ');
  if (schema.items !== undefined) {
    const item = typeOf(schema.items, resolve);
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
  }
  if (typeof schema.additionalProperties === 'object')
    return `object of ${typeOf(schema.additionalProperties, resolve)} by name`;
  const type = Array.isArray(schema.type)
    ? schema.type.join(' | ')
    : ((schema.type as string | undefined) ?? 'anything');
  if (schema.format !== undefined) return `${type} (${schema.format})`;
  return schema.maxLength === undefined
    ? type
    : `${type}, at most ${schema.maxLength.toLocaleString('en')} characters`;
}

/** Longest line of JSON that is not broken, in characters. */
const LINE = 80;

/**
 * Formats JSON for people: a value is on one line where it fits.
 * @param indent the prefix of each line
 * @param before the length of what precedes the value on its line, in characters
 */
export function readableJson(value: unknown, indent = '', before = indent.length): string {
  const line = inOneLine(value);
  if (before + line.length <= LINE || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => inner + readableJson(item, inner))
    : Object.entries(value).map(([name, item]) => {
        const start = `${inner}${JSON.stringify(name)}: `;
        return start + readableJson(item, inner, start.length);
      });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

function inOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${inOneLine(item)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}
