/** As much of an OpenAPI 3.1 document as is read here. */
interface Document {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content }>
  >;
}
type Content = Readonly<Record<string, { readonly schema?: Schema }>>;
interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** One parameter, or one field of a body or an answer. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

/** One REST route, as a person reads it. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly query: readonly Field[];
  readonly body: readonly Field[];
  readonly answer: readonly Field[];
  /** Each status that can be answered, and what it means. */
  readonly statuses: readonly { readonly status: string; readonly meaning: string }[];
}

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

/** The routes of an OpenAPI 3.1 document, in its order. */
export function routesOf(document: object): Route[] {
  return Object.entries((document as Document).paths ?? {}).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => routeOf(method, path, operation)),
  );
}

function routeOf(method: string, path: string, operation: Operation): Route {
  const statuses = Object.entries(operation.responses ?? {});
  const success = statuses.find(([status]) => status.startsWith('2'))?.[1];
  return {
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? '',
    description: operation.description ?? '',
    query: (operation.parameters ?? []).map(({ name, required = false, description, schema }) => ({
      name,
      type: typeOf(schema),
      required,
      description: description ?? schema?.description ?? '',
    })),
    body: fieldsOf(schemaOf(operation.requestBody?.content)),
    answer: fieldsOf(schemaOf(success?.content)),
    statuses: statuses.map(([status, { description }]) => ({
      status,
      meaning: meaningOf(status, description),
    })),
  };
}

function meaningOf(status: string, description = ''): string {
  return description === 'Successful response' || (description === '' && status === '200')
    ? 'OK'
    : description;
}

function schemaOf(content: Content | undefined): Schema | undefined {
  return content?.['application/json']?.schema ?? Object.values(content ?? {})[0]?.schema;
}

/** The fields of an object, those of objects inside it by their whole name: `pages[].views`. */
function fieldsOf(schema: Schema | undefined, prefix = ''): Field[] {
  return Object.entries(schema?.properties ?? {}).flatMap(([name, field]) => [
    {
      name: prefix + name,
      type: typeOf(field),
      required: schema?.required?.includes(name) === true,
      description: field.description ?? '',
    },
    ...fieldsOf(field, `${prefix}${name}.`),
    ...fieldsOf(field.items, `${prefix}${name}[].`),
  ]);
}

function typeOf(schema: Schema | undefined): string {
  if (schema === undefined) return 'anything';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(typeOf).join(' | ');
  if (schema.items !== undefined) return `${typeOf(schema.items)}[]`;
  const type = Array.isArray(schema.type)
    ? schema.type.join(' | ')
    : ((schema.type as string | undefined) ?? 'anything');
  if (schema.format !== undefined) return `${type} (${schema.format})`;
  return schema.maxLength === undefined
    ? type
    : `${type}, at most ${schema.maxLength.toLocaleString('en')} characters`;
}
