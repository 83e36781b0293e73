import {
  combinationKey,
  DIMENSIONS,
  VISIT_DIMENSIONS,
  LISTED_DIMENSIONS,
  isTag,
  TAG_DIMENSIONS,
  NO_VALUE,
  listedAttributes,
  type Attributes,
  type Quota,
  type Quotas,
  type Sender,
} from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import { LRUCache } from 'lru-cache';
import type { Result } from '../connection/dialect.ts';
import type { Write } from './write.ts';

/*
 * Pages, attribute values and combinations of attributes are stored once, under a name, and used by id. New ones are
 * offered to the store, which takes them as far as the quotas of the hour have room (decision 0028). Which are stored, and
 * which quotas are used up, is remembered here, so that most commits need not ask.
 */

const dimensionOf = (name: (typeof DIMENSIONS)[number]): number => DIMENSIONS.indexOf(name) + 1;

/** The number of the dimension of pages; 0 stands for combinations. */
export const PAGE = dimensionOf('page');

/** The dimensions whose values are pages. */
export const DIMENSION_OF_PAGES = [PAGE, dimensionOf('entry'), dimensionOf('exit')];
const COMBINATION = 0;

const TAGS: ReadonlySet<number> = new Set(TAG_DIMENSIONS.map(dimensionOf));
const LISTED: ReadonlySet<number> = new Set(LISTED_DIMENSIONS.map(dimensionOf));

/**
 * A name that may be new. A combination's name is its key; after it come the day on which it is used (days of UTC) and its
 * values, unless its sender's quota is used up: then it is only looked up.
 */
export type NewName = readonly [
  dimension: number,
  name: string,
  isLimited: 0 | 1,
  address: number | null,
  network: number | null,
  day?: number,
  ...values: string[],
];

/** Which quotas a commit found used up, by dimension and sender (0 is everyone), and when the next hour begins. */
export interface QuotasFound {
  readonly full: readonly (readonly [dimension: number, sender: number])[];
  readonly secondsLeft: number;
}

/** A combination of attributes in the store. */
export interface StoredAttributes {
  readonly id: number;
  /** The ids of its values, in the order of `VISIT_DIMENSIONS`. */
  readonly values: readonly number[];
}

/**
 * Attribute values in the order of `VISIT_DIMENSIONS`, when they are used (epoch milliseconds), and the sender whose quotas
 * they count for.
 */
export interface NamedAttributes {
  readonly attributes: readonly string[];
  readonly at: number;
  readonly sender: Sender | undefined;
}

const HOUR_MS = 3_600_000;

/** The database's clock is the same for all instances. */
const THIS_HOUR = `unixepoch() / 3600 * ${HOUR_MS}`;

const OFFERED = {
  dimension: 'offer.value ->> 0',
  name: 'offer.value ->> 1',
  isLimited: 'offer.value ->> 2',
  address: 'offer.value ->> 3',
  network: 'offer.value ->> 4',
  day: 'offer.value ->> 5',
  columns: 'hour, is_limited, address, network, most, most_of_network, most_of_address',
} as const;

/**
 * Pages and attribute values, as far as they are new and the quotas have room: triggers of migration 0005 go through the
 * offers in order, and a value is in use as long as a combination that has it. Arguments: the three quotas of a dimension,
 * JSON of the offers.
 */
const NEW_VALUES = `
  insert into visitor_value_offers (dimension, value, used, ${OFFERED.columns})
  select ${OFFERED.dimension}, ${OFFERED.name}, 0, ${THIS_HOUR}, ${OFFERED.isLimited}, ${OFFERED.address},
    ${OFFERED.network}, ?, ?, ?
  from json_each(?) offer
  where ${OFFERED.dimension} > ${COMBINATION}
    and not exists (
      select 1 from visitor_values known
      where known.dimension = ${OFFERED.dimension} and known.value = ${OFFERED.name}
    )`;

/** Notes when combinations were last used: those that have not been for long are deleted. Argument: JSON of the offers. */
const USED = `
  update visitor_facts set used = offered.day
  from (
    select unhex(${OFFERED.name}) as key, ${OFFERED.day} as day
    from json_each(?) offer where ${OFFERED.dimension} = ${COMBINATION}
  ) offered
  where visitor_facts.key = offered.key and visitor_facts.used < offered.day`;

/** Where an offer has the value of an attribute, and the id of that value. */
const OFFERED_VALUE = VISIT_DIMENSIONS.map((name, at) => ({
  name,
  value: `offer.value ->> ${at + 6}`,
  id: isTag(name) ? `ifnull(${name}.id, ${NO_VALUE})` : `${name}.id`,
}));

/** The same for combinations; one with a value that is not stored is not stored either. The same arguments. */
const NEW_COMBINATIONS = `
  insert into visitor_attribute_offers (dimension, key, used, ${VISIT_DIMENSIONS.join(', ')}, ${OFFERED.columns})
  select ${COMBINATION}, unhex(${OFFERED.name}), ${OFFERED.day}, ${OFFERED_VALUE.map(({ id }) => id).join(', ')},
    ${THIS_HOUR}, ${OFFERED.isLimited}, ${OFFERED.address}, ${OFFERED.network}, ?, ?, ?
  from json_each(?) offer
  ${OFFERED_VALUE.map(
    ({ name, value }) =>
      `${isTag(name) ? 'left' : 'cross'} join visitor_values ${name} on ${name}.dimension = ${dimensionOf(name)} and ${name}.value = ${value}`,
  ).join('\n  ')}
  where ${OFFERED.dimension} = ${COMBINATION}
    ${OFFERED_VALUE.flatMap(({ name, value }) => (isTag(name) ? `and (${name}.id is not null or ${value} = '')` : [])).join('\n    ')}
    and not exists (select 1 from visitor_facts known where known.key = unhex(${OFFERED.name}))`;

/** An expression for {@link QuotasFound}, as JSON. Argument: JSON of the offers. */
export function quotasFound({ values, combinations }: Quotas): string {
  const most = (of: keyof Quota): string =>
    `iif(counted.dimension = ${COMBINATION}, ${combinations[of]}, ${values[of]})`;
  return `json_array(
    (select json_group_array(distinct json_array(counted.dimension, counted.sender))
      from json_each(?) offer
      cross join visitor_new_names counted on counted.hour = ${THIS_HOUR}
        and counted.dimension = ${OFFERED.dimension}
        and counted.sender in (0, ${OFFERED.address}, ${OFFERED.network})
      where ${OFFERED.isLimited} and counted.names >= case counted.sender
        when 0 then ${most('all')} when ${OFFERED.network} then ${most('network')} else ${most('address')} end),
    3600 - unixepoch() % 3600
  )`;
}

/** Reads the answer to {@link quotasFound}. */
export function quotasIn(json: unknown): QuotasFound {
  if (typeof json !== 'string') return { full: [], secondsLeft: 0 };
  const [full, secondsLeft] = JSON.parse(json) as [[number, number][], number];
  return { full, secondsLeft };
}

/** Stores pages and values that are new. */
export function addNames(offers: readonly NewName[], { values }: Quotas): InStatement {
  return { sql: NEW_VALUES, args: [...argsOf(values), JSON.stringify(offers)] };
}

const argsOf = ({ all, network, address }: Quota): bigint[] => [all, network, address].map(BigInt);

/** Pages that were taken when they were counted. Argument: JSON of their names. */
const PAGES = `
  insert or ignore into visitor_values (dimension, value, since)
  select ${PAGE}, value, 0 from json_each(?)`;

/** Argument: JSON of their names. */
const PAGE_IDS = `
  select json_group_array(json_array(name.value, known.id)) as names
  from json_each(?) name
  cross join visitor_values known on known.dimension = ${PAGE} and known.value = name.value`;

const IDS = VISIT_DIMENSIONS.map((name) => `facts.${name}`).join(', ');

/** Argument: JSON of their keys. */
const COMBINATION_IDS = `
  select json_group_array(json_array(name.value, facts.id, ${IDS})) as names
  from json_each(?) name
  cross join visitor_facts facts on facts.key = unhex(name.value)`;

/** Argument: JSON of the ids of combinations. */
const VALUES_OF = `
  select json_group_array(json_array(facts.id, ${IDS})) as names
  from json_each(?) asked cross join visitor_facts facts on facts.id = asked.value`;

/** Stores the names of events without regard to quotas: an owner who imports is not a sender who makes up names. */
export function admitNames(
  events: readonly {
    readonly page: string | null;
    readonly at: number;
    readonly attributes: Attributes;
  }[],
): InStatement[] {
  const values = new Map<string, NewName>();
  const combinations = new Map<string, NewName>();
  const admit = (dimension: number, value: string): void => {
    values.set(`${dimension} ${value}`, [dimension, value, 0, null, null]);
  };
  for (const { page, at, attributes } of events) {
    if (page !== null) admit(PAGE, page);
    const its = VISIT_DIMENSIONS.map((name) => attributes[name]);
    for (const name of VISIT_DIMENSIONS) {
      if (!isTag(name) || attributes[name] !== '') admit(dimensionOf(name), attributes[name]);
    }
    const key = combinationKey(its);
    const day = Math.max(Math.floor(at / DAY_MS), combinations.get(key)?.[5] ?? -Infinity);
    combinations.set(key, [COMBINATION, key, 0, null, null, day, ...its]);
  }
  const json = JSON.stringify([...values.values(), ...combinations.values()]);
  return [
    { sql: NEW_VALUES, args: [...argsOf(NO_QUOTA), json] },
    { sql: USED, args: [json] },
    { sql: NEW_COMBINATIONS, args: [...argsOf(NO_QUOTA), json] },
  ];
}

const NO_QUOTA: Quota = { all: 0, network: 0, address: 0 };

/** How many names, and used-up quotas, of each kind are remembered at most. */
const REMEMBERED = 20_000;

const DAY_MS = 24 * HOUR_MS;

/**
 * A remembered combination, and the last day on which the store knows it was used. On a later day it is offered again:
 * retention deletes combinations that have not been used for long (decision 0028).
 */
interface Remembered extends StoredAttributes {
  readonly day: number;
}

const dayOf = ({ at }: NamedAttributes): number => Math.floor(at / DAY_MS);

/** Names that are known to be stored. This is only a hint: a name that is not in here is offered to the store, which knows. */
export class Names {
  readonly #quotas: Quotas;
  readonly #now: () => number;
  /** Ids of stored pages; 0 where only that they are stored is known. */
  readonly #pages = new LRUCache<string, number>({ max: REMEMBERED });
  /** Stored combinations, by their values. */
  readonly #combinations = new LRUCache<string, Remembered>({ max: REMEMBERED });
  readonly #valuesOf = new LRUCache<number, readonly number[]>({ max: REMEMBERED });
  readonly #full = new Set<string>();
  #fullUntil = -Infinity;

  /** @param now a clock that never goes back, in milliseconds */
  constructor(quotas: Quotas, now: () => number) {
    this.#quotas = quotas;
    this.#now = now;
  }

  /** The pages of a batch that are not remembered as stored, and offers of those that a quota may have room for. */
  newPages(events: Iterable<{ readonly page: string; readonly sender?: Sender | undefined }>) {
    this.#tick();
    const pages = new Set<string>();
    const offers = new Map<string, NewName>();
    for (const { page, sender } of events) {
      if (this.#pages.get(page) !== undefined) continue;
      pages.add(page);
      if (!this.#isFull(PAGE, sender)) offers.set(`${sender?.address} ${page}`, offerOf(PAGE, page, sender));
    }
    return { pages: [...pages], offers: [...offers.values()] };
  }

  /** Remembers what a commit found out about its pages. */
  learn(stored: Iterable<string>, { full, secondsLeft }: QuotasFound): void {
    for (const page of stored) if (!this.#pages.has(page)) this.#pages.set(page, 0);
    if (full.length === 0) return;
    if (this.#full.size > REMEMBERED) this.#full.clear();
    for (const [dimension, sender] of full) this.#full.add(`${dimension} ${sender}`);
    this.#fullUntil = this.#now() + secondsLeft * 1000;
  }

  /**
   * Finds the ids of pages, and of combinations of attributes or of what they are counted with; stores what is new.
   * `pages` were taken when they were counted.
   */
  async resolve(
    { pages, named }: { readonly pages: Iterable<string>; readonly named: readonly NamedAttributes[] },
    { read, write }: { readonly read: Write; readonly write: Write },
  ) {
    this.#tick();
    const pageIds = new Map<string, number>();
    const missing: string[] = [];
    for (const page of new Set(pages)) {
      const id = this.#pages.get(page) ?? 0;
      if (id > 0) pageIds.set(page, id);
      else missing.push(page);
    }
    const unknown = new Map<string, NamedAttributes[]>();
    const attributes = new Map<string, StoredAttributes>();
    for (const each of named) {
      const key = attributesKey(each.attributes);
      const known = this.#combinations.get(key);
      if (known !== undefined && known.day >= dayOf(each)) attributes.set(key, known);
      else unknown.set(key, [...(unknown.get(key) ?? []), each]);
    }
    if (missing.length + unknown.size === 0) return { pageIds, attributes };

    if (missing.length > 0) {
      const asked = { sql: PAGE_IDS, args: [JSON.stringify(missing)] };
      let ids = namesIn<[string, number]>((await read([asked]))[0]);
      if (ids.length < missing.length) ids = namesIn((await write([{ ...asked, sql: PAGES }, asked]))[1]);
      for (const [page, id] of ids) {
        pageIds.set(page, id);
        this.#pages.set(page, id);
      }
    }
    if (unknown.size === 0) return { pageIds, attributes };

    const { offers, keys } = this.#combinationOffers(unknown);
    const json = JSON.stringify(offers);
    const [, , , found, quotas] = await write([
      addNames(offers, this.#quotas),
      { sql: USED, args: [json] },
      { sql: NEW_COMBINATIONS, args: [...argsOf(this.#quotas.combinations), json] },
      { sql: COMBINATION_IDS, args: [JSON.stringify([...keys.values()].flat())] },
      { sql: `select ${quotasFound(this.#quotas)} as quotas`, args: [json] },
    ]);
    const stored = new Map(
      namesIn<[string, number, ...number[]]>(found).map(([key, id, ...values]) => [key, { id, values }]),
    );
    this.learn([], quotasIn(quotas?.rows[0]?.['quotas']));
    for (const [text, [own, listed]] of keys) {
      const its = stored.get(own);
      if (its !== undefined) {
        const all = unknown.get(text) ?? [];
        this.#combinations.set(text, { ...its, day: Math.max(...all.map(dayOf)) });
      }
      const counted = its ?? stored.get(listed);
      if (counted !== undefined) attributes.set(text, counted);
    }
    return { pageIds, attributes };
  }

  /**
   * Offers of combinations that are not remembered, and of their values. `keys`: by the values of a combination, its own key
   * and that of the combination it is counted with if the quota has no room for it.
   */
  #combinationOffers(unknown: ReadonlyMap<string, readonly NamedAttributes[]>) {
    const values = new Map<string, NewName>();
    const combinations = new Map<string, NewName>();
    const keys = new Map<string, readonly [own: string, listed: string]>();
    for (const [text, all] of unknown) {
      const day = Math.max(...all.map(dayOf));
      for (const { attributes, sender } of all) {
        const byName = Object.fromEntries(
          VISIT_DIMENSIONS.map((name, at) => [name, attributes[at]]),
        ) as unknown as Attributes;
        const others = listedAttributes(byName);
        const listedValues = VISIT_DIMENSIONS.map((name) => others[name]);
        const own = combinationKey(attributes);
        const listed = combinationKey(listedValues);
        keys.set(text, [own, listed]);
        for (const name of VISIT_DIMENSIONS) {
          for (const value of [byName[name], others[name]])
            this.#offerValue(values, [dimensionOf(name), value], sender);
        }
        const offered = this.#isFull(COMBINATION, sender) ? [] : attributes;
        combinations.set(`${sender?.address} ${own}`, [
          ...offerOf(COMBINATION, own, sender),
          day,
          ...offered,
        ]);
        combinations.set(listed, [COMBINATION, listed, 0, null, null, day, ...listedValues]);
      }
    }
    return { offers: [...values.values(), ...combinations.values()], keys };
  }

  #offerValue(
    offers: Map<string, NewName>,
    [dimension, value]: [number, string],
    sender: Sender | undefined,
  ): void {
    if (value === '' && TAGS.has(dimension)) return; // no value
    if (LISTED.has(dimension)) {
      offers.set(`${dimension} ${value}`, [dimension, value, 0, null, null]);
    } else if (!this.#isFull(dimension, sender)) {
      offers.set(`${sender?.address} ${dimension} ${value}`, offerOf(dimension, value, sender));
    }
  }

  /** The values of stored combinations of attributes, by their ids. */
  async valuesOf(ids: Iterable<number>, read: Write): Promise<Map<number, readonly number[]>> {
    const values = new Map<number, readonly number[]>();
    const missing = new Set<number>();
    for (const id of ids) {
      const known = this.#valuesOf.get(id);
      if (known === undefined) missing.add(id);
      else values.set(id, known);
    }
    if (missing.size === 0) return values;
    const [result] = await read([{ sql: VALUES_OF, args: [JSON.stringify([...missing])] }]);
    for (const [id, ...found] of namesIn<[number, ...number[]]>(result)) {
      this.#valuesOf.set(id, found);
      values.set(id, found);
    }
    return values;
  }

  #tick(): void {
    if (this.#now() >= this.#fullUntil) this.#full.clear();
  }

  #isFull(dimension: number, sender: Sender | undefined): boolean {
    if (this.#full.size === 0) return false;
    return [0, sender?.address, sender?.network].some((each) => this.#full.has(`${dimension} ${each}`));
  }

  /** Forgets everything: what was remembered may no longer be true. */
  forget(): void {
    this.#pages.clear();
    this.#combinations.clear();
    this.#valuesOf.clear();
    this.#full.clear();
  }
}

/** The key of a combination in the caches: no value has a line break. */
export function attributesKey(values: readonly string[]): string {
  return values.join('\n');
}

function offerOf(
  dimension: number,
  name: string,
  sender: Sender | undefined,
): [number, string, 1, number | null, number | null] {
  return [dimension, name, 1, sender?.address ?? null, sender?.network ?? null];
}

function namesIn<T>(result: Result | undefined): T[] {
  return JSON.parse(result?.rows[0]?.['names'] as string) as T[];
}
