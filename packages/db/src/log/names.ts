import type { InStatement } from '@libsql/client/web';
import { DIMENSIONS, FACTS } from '@footfall/core';
import { LRUCache } from 'lru-cache';
import type { Result } from '../dialect.ts';
import type { Write } from './write.ts';

/** The number of the dimension of pages. */
export const PAGE = DIMENSIONS.indexOf('page') + 1;

const HOUR_MS = 3_600_000;

/**
 * Strings that are counted by, as far as they are new; beyond an hour's quota they are not taken.
 * Arguments: JSON `[[dimension, value], …]`, the quota.
 */
export const NEW_VALUES = `
  insert into visitor_values (dimension, value, since)
  select dimension, value, this_hour
  from (
    select element.value ->> 0 as dimension, element.value ->> 1 as value,
      row_number() over (partition by element.value ->> 0 order by key) as place,
      unixepoch() / 3600 * ${HOUR_MS} as this_hour
    from json_each(?) element
    where not exists (
      select 1 from visitor_values known
      where known.dimension = element.value ->> 0 and known.value = element.value ->> 1
    )
  ) new
  where place <= ? - (
    select count(*) from visitor_values recent
    where recent.dimension = new.dimension and recent.since = new.this_hour
  )`;

/** Id of a string among the values of a dimension, or of what stands for all that were too many. */
const valueId = (dimension: number, text: string): string => `coalesce(
    (select id from visitor_values where dimension = ${dimension} and value = ${text}),
    (select id from visitor_values where dimension = ${dimension} and value = '(other)'))`;

const dimensionOf = (at: number): number => DIMENSIONS.indexOf(FACTS[at] as (typeof FACTS)[number]) + 1;

/** A combination as it is stored: values that were not taken are `(other)`. */
const STORED_KEY = FACTS.map(
  (_, at) => `ifnull((
      select value from visitor_values where dimension = ${dimensionOf(at)} and value = element.value ->> ${at}
    ), '(other)')`,
).join(' || char(10) || ');

/** Combinations of attributes, as far as they are new. Argument: JSON `[[the nine values], …]`. */
const NEW_ATTRIBUTES = `
  insert into visitor_facts (key, ${FACTS.join(', ')})
  select ${STORED_KEY}, ${FACTS.map((_, at) => valueId(dimensionOf(at), `element.value ->> ${at}`)).join(', ')}
  from json_each(?) element
  where true
  on conflict (key) do nothing`;

/** Pages that were taken when they were counted. Argument: JSON of their names. */
const PAGES = `
  insert or ignore into visitor_values (dimension, value, since)
  select ${PAGE}, value, 0 from json_each(?)`;

const PAGE_IDS = `
  select json_group_array(json_array(name.value, known.id)) as names
  from json_each(?) name
  cross join visitor_values known on known.dimension = ${PAGE} and known.value = name.value`;

const attributeIds = (key: string): string => `
  select json_group_array(json_array(element.key, facts.id, ${FACTS.map((name) => `facts.${name}`).join(', ')})) as names
  from json_each(?) element
  cross join visitor_facts facts on facts.key = ${key}`;

const GIVEN_KEY = FACTS.map((_, at) => `(element.value ->> ${at})`).join(' || char(10) || ');

const VALUES_OF = `
  select json_group_array(json_array(facts.id, ${FACTS.map((name) => `facts.${name}`).join(', ')})) as attributes
  from json_each(?) asked cross join visitor_facts facts on facts.id = asked.value`;

/** A combination of attributes in the store. */
export interface StoredAttributes {
  readonly id: number;
  /** The ids of its values, in the order of `FACTS`. */
  readonly values: readonly number[];
}

/** What the names of a batch are in the store. */
export interface ResolvedNames {
  readonly pages: ReadonlyMap<string, number>;
  /** By {@link attributesKey}. */
  readonly attributes: ReadonlyMap<string, StoredAttributes>;
}

/** What a combination of attributes is found by: no value has a line break. */
export function attributesKey(values: readonly string[]): string {
  return values.join('\n');
}

/** Names whose ids are remembered, of each kind. */
const REMEMBERED = 20_000;

/** The ids of pages and of combinations of attributes; those that were looked up are remembered. */
export class Names {
  readonly #pages = new LRUCache<string, number>({ max: REMEMBERED });
  readonly #attributes = new LRUCache<string, StoredAttributes>({ max: REMEMBERED });
  readonly #values = new LRUCache<number, readonly number[]>({ max: REMEMBERED });

  /**
   * Looks up names, and stores those that are new.
   * @param read runs statements that only read
   */
  async resolve(
    wanted: {
      readonly pages: ReadonlySet<string>;
      readonly attributes: ReadonlyMap<string, readonly string[]>;
    },
    { read, write }: { readonly read: Write; readonly write: Write },
    newValuesPerHour: number,
  ): Promise<ResolvedNames> {
    const pages = new Map<string, number>();
    const attributes = new Map<string, StoredAttributes>();
    const missingPages = new Set<string>();
    const missing = new Map<string, readonly string[]>();
    for (const page of wanted.pages) {
      const id = this.#pages.get(page);
      if (id === undefined) missingPages.add(page);
      else pages.set(page, id);
    }
    for (const [key, values] of wanted.attributes) {
      const known = this.#attributes.get(key);
      if (known === undefined) missing.set(key, values);
      else attributes.set(key, known);
    }
    const take = (results: readonly Result[], isRemembered: boolean): void => {
      const asked = [...missing.keys()];
      const found = results.map((result) => JSON.parse(result.rows[0]?.['names'] as string) as unknown[][]);
      for (const [page, id] of (found[0] ?? []) as [string, number][]) {
        pages.set(page, id);
        missingPages.delete(page);
        if (isRemembered) this.#pages.set(page, id);
      }
      for (const [at, id, ...values] of (found[1] ?? []) as number[][]) {
        const key = asked[at as number] as string;
        attributes.set(key, { id: id as number, values });
        missing.delete(key);
        if (isRemembered) this.#attributes.set(key, { id: id as number, values });
      }
    };
    const statements = (key: string): InStatement[] => [
      { sql: PAGE_IDS, args: [JSON.stringify([...missingPages])] },
      { sql: attributeIds(key), args: [JSON.stringify([...missing.values()])] },
    ];

    if (missingPages.size + missing.size > 0) take(await read(statements(GIVEN_KEY)), true);
    if (missingPages.size + missing.size > 0) {
      const values = [...missing.values()].flatMap((combination) =>
        combination.map((value, at) => [dimensionOf(at), value]),
      );
      const unique = [...new Map(values.map((value) => [value.join(' '), value])).values()];
      const combinations = JSON.stringify([...missing.values()]);
      const results = await write([
        { sql: PAGES, args: [JSON.stringify([...missingPages])] },
        { sql: NEW_VALUES, args: [JSON.stringify(unique), BigInt(newValuesPerHour)] },
        { sql: NEW_ATTRIBUTES, args: [combinations] },
        ...statements(STORED_KEY),
      ]);
      take(results.slice(3), false); // a value that was one too many may be taken the next time
    }
    return { pages, attributes };
  }

  /** The values of stored combinations of attributes, by their ids. */
  async valuesOf(ids: readonly number[], read: Write): Promise<Map<number, readonly number[]>> {
    const values = new Map<number, readonly number[]>();
    const missing = new Set<number>();
    for (const id of ids) {
      const known = this.#values.get(id);
      if (known === undefined) missing.add(id);
      else values.set(id, known);
    }
    if (missing.size === 0) return values;
    const [result] = await read([{ sql: VALUES_OF, args: [JSON.stringify([...missing])] }]);
    for (const [id, ...found] of JSON.parse(result?.rows[0]?.['attributes'] as string) as number[][]) {
      this.#values.set(id as number, found);
      values.set(id as number, found);
    }
    return values;
  }

  /** Forgets what is remembered: names may have been deleted. */
  forget(): void {
    this.#pages.clear();
    this.#attributes.clear();
    this.#values.clear();
  }
}
