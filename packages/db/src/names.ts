import {
  combinationKey,
  DIMENSIONS,
  FACTS,
  LISTED_FACTS,
  listedFacts,
  type Fact,
  type Facts,
  type PageView,
  type Registration,
  type Sender,
} from '@footfall/core';

/*
 * Pages, attribute values and combinations of attributes are stored once, under a name, and used by id. Which names are
 * stored already, and whose quota of new ones is used up, is remembered here, so that a usual commit need not ask.
 */

/** What a page or an attribute value is in, as the tables number it; 0 stands for combinations. */
export const COMBINATION = 0;
export const PAGE = dimensionOf('page');

/**
 * A name that may be new, as `OFFER` in `fold-sql.ts` reads it. A combination's name is its key; after it come its nine
 * values, unless its sender's quota is used up: then it is only looked up.
 */
export type Offer = readonly [
  dimension: number,
  name: string,
  isLimited: 0 | 1,
  address: number | null,
  network: number | null,
  ...values: string[],
];

/** The names under which an event is stored. */
export interface NameKeys {
  /** The key of its combination of attributes. */
  readonly own: string;
  /** The key of what it is counted with where its own is one too many; null where its own is stored. */
  readonly listed: string | null;
  /** Its page, unless that is remembered as stored. */
  readonly page: string | null;
}

/** What is to be stored before the events of a batch can be. */
export interface Offered {
  readonly offers: readonly Offer[];
  /** Of each event. */
  readonly keys: readonly NameKeys[];
  /** The day of UTC on which they are used at the latest, as a number of days. */
  readonly day: number;
}

/** What a commit found out about names. */
export interface NamesFound {
  /** Places among the offers of combinations that are not stored. */
  readonly missing: readonly number[];
  /** Quotas that are used up, as dimension and sender; sender 0 is everyone. */
  readonly full: readonly (readonly [dimension: number, sender: number])[];
  /** Seconds until the next hour of the quotas begins. */
  readonly secondsLeft: number;
}

type Sign = PageView | Registration;

/** Names, and used-up quotas, that are remembered at most. */
const REMEMBERED = 50_000;

/**
 * Names are remembered for events of one day of UTC: for those of a later day the store is offered them again, and notes
 * that they are still in use (decision 0028: retention deletes what has not been used for long).
 */
const DAY_MS = 24 * 60 * 60 * 1000;

/** A hint, never the truth: what is not remembered is offered to the store, which knows. */
export class NameMemory {
  readonly #now: () => number;
  /** The last day of which events have come, in days of UTC. */
  #day = 0;
  /** Keys of stored combinations, by their values. */
  readonly #combinations = new Map<string, string>();
  /** Stored pages and values. */
  readonly #values = new Set<string>();
  readonly #full = new Set<string>();
  #fullUntil = -Infinity;

  /** @param now a clock that never goes back, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What the events of a batch need that is not remembered as stored. */
  offersOf(signs: readonly Sign[]): Offered {
    const newest = signs.reduce((latest, { at }) => Math.max(latest, at), 0);
    const day = Math.floor(newest / DAY_MS);
    if (day > this.#day) {
      this.#day = day;
      this.#values.clear();
      this.#combinations.clear();
    }
    if (this.#full.size > 0 && this.#now() >= this.#fullUntil) this.#full.clear();

    const values = new Map<string, Offer>();
    const combinations = new Map<string, Offer>();
    const offerValue = (dimension: number, value: string, { sender }: Sign): void => {
      const isLimited = LISTED.has(dimension) ? 0 : 1;
      if (this.#values.has(nameOf(dimension, value))) return;
      if (isLimited === 1 && this.#isFull(dimension, sender)) return;
      const key = isLimited === 1 ? `${sender?.address} ${dimension} ${value}` : `${dimension} ${value}`;
      if (!values.has(key)) values.set(key, [dimension, value, isLimited, ...keysOf(sender)]);
    };
    const offerCombination = (facts: Facts, { sender }: Sign, isLimited: 0 | 1): string => {
      const text = textOf(facts);
      const stored = this.#combinations.get(text);
      if (stored !== undefined) return stored;
      const key = isLimited === 1 ? `${sender?.address}\n${text}` : text;
      const offered = combinations.get(key);
      if (offered !== undefined) return offered[1];
      const own = combinationKey(facts);
      const isFull = isLimited === 1 && this.#isFull(COMBINATION, sender);
      const nine = isFull ? [] : FACTS.map((fact) => facts[fact]);
      combinations.set(key, [COMBINATION, own, isLimited, ...keysOf(sender), ...nine]);
      return own;
    };

    const keys = signs.map((sign): NameKeys => {
      const { facts } = sign;
      const page = sign.kind === 'page-view' && !this.#values.has(nameOf(PAGE, sign.page)) ? sign.page : null;
      if (page !== null) offerValue(PAGE, page, sign);
      const stored = this.#combinations.get(textOf(facts));
      if (stored !== undefined) return { own: stored, listed: null, page };
      for (const fact of FACTS) offerValue(dimensionOf(fact), facts[fact], sign);
      return {
        own: offerCombination(facts, sign, 1),
        listed: offerCombination(listedFacts(facts), sign, 0),
        page,
      };
    });
    return { offers: [...values.values(), ...combinations.values()], keys, day: this.#day };
  }

  /**
   * Remembers what a commit found out.
   * @param counters by page: of the batch's pages, those that have one are stored
   */
  learn(
    { signs, offered }: { readonly signs: readonly Sign[]; readonly offered: Offered },
    { missing, full, secondsLeft }: NamesFound,
    counters: ReadonlyMap<string, number>,
  ): void {
    if (this.#values.size + this.#combinations.size > REMEMBERED) this.forget();
    for (const page of counters.keys()) this.#values.add(nameOf(PAGE, page));
    if (offered.offers.length === 0) return;

    const { offers, keys } = offered;
    const isMissing = new Set(missing.map((at) => offers[at]?.[1]));
    const isOffered = new Set(offers.flatMap(([dimension, name]) => (dimension === COMBINATION ? name : [])));
    const remember = (facts: Facts, key: string): void => {
      if (!isOffered.has(key) || isMissing.has(key)) return;
      this.#combinations.set(textOf(facts), key);
      for (const fact of FACTS) this.#values.add(nameOf(dimensionOf(fact), facts[fact]));
    };
    for (const [at, { facts }] of signs.entries()) {
      const { own, listed } = keys[at] as NameKeys;
      remember(facts, own);
      if (listed !== null) remember(listedFacts(facts), listed);
    }
    if (full.length === 0) return;
    if (this.#full.size > REMEMBERED) this.#full.clear();
    for (const [dimension, sender] of full) this.#full.add(`${dimension} ${sender}`);
    this.#fullUntil = this.#now() + secondsLeft * 1000;
  }

  /** Forgets everything: what was remembered may not be so. */
  forget(): void {
    this.#combinations.clear();
    this.#values.clear();
    this.#full.clear();
  }

  #isFull(dimension: number, sender: Sender | undefined): boolean {
    if (this.#full.size === 0) return false;
    const senders = [0, sender?.address, sender?.network];
    return senders.some((each) => this.#full.has(`${dimension} ${each}`));
  }
}

const keysOf = (sender: Sender | undefined): [address: number | null, network: number | null] => [
  sender?.address ?? null,
  sender?.network ?? null,
];

/** What a combination is remembered by: no value has a line break. */
const textOf = (facts: Facts): string => FACTS.map((fact) => facts[fact]).join('\n');

const nameOf = (dimension: number, value: string): string => `${dimension} ${value}`;

function dimensionOf(name: Fact | 'page'): number {
  return DIMENSIONS.indexOf(name) + 1;
}

const LISTED: ReadonlySet<number> = new Set(LISTED_FACTS.map(dimensionOf));
