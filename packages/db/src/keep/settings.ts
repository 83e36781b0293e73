import {
  isSettledByViews,
  storeUnavailable,
  timeoutIn,
  type SettingChanges,
  type SettingName,
} from '@footfall/core';
import type { Result } from '../connection/dialect.ts';
import type { ReadConnection } from '../connection/contract.ts';
import { answered, type Write } from '../log/write.ts';

/** The settings as they are stored. */
export interface StoredSettings {
  /** Id of the database, and the version of its settings: another database may have the same version. */
  readonly store: number;
  readonly version: number;
  /** Text by name, as the owner wrote it; another version of Footfall may know other names, or refuse a value. */
  readonly values: Readonly<Record<string, string>>;
  /** Whether nothing was stored yet when they were read. */
  readonly isEmpty: boolean;
}

/** What the owner has set. Each call that reads throws {FootfallError} SERVICE_UNAVAILABLE where the store does not answer. */
export interface SettingsStore {
  /** The newest that this instance knows; undefined before the first read. */
  readonly current: () => StoredSettings | undefined;
  /** Reads them again. */
  readonly read: () => Promise<StoredSettings>;
  /** Makes what `current` returns at most two seconds old, as far as the store answers in a moment. Never fails. */
  readonly refresh: () => Promise<void>;
  /**
   * Changes settings, all of them or none; every instance has them within two seconds.
   * @returns undefined where one of them may change only while nothing is stored, and something is
   */
  readonly change: (changes: SettingChanges) => Promise<StoredSettings | undefined>;
}

const READ = `
  select store, settings, appended = 0 and total_views = 0 as is_empty,
    (select json_group_object(name, value) from visitor_settings) as "values"
  from visitor_stats`;

// Whether the change is of settings that views depend on: then it takes an empty store.
const MAY_CHANGE = '(?2 = 0 or exists (select 1 from visitor_stats where appended = 0 and total_views = 0))';
const PUT = `
  insert into visitor_settings (name, value)
  select key, value from json_each(?1) where value is not null and ${MAY_CHANGE}
  on conflict (name) do update set value = excluded.value`;
const DROP = `
  delete from visitor_settings
  where name in (select key from json_each(?1) where value is null) and ${MAY_CHANGE}`;
// A new version of the numbers, too: pages and clients that show them read again.
const CHANGED = `
  update visitor_stats set settings = settings + 1, version = version + 1
  where ?1 = 0 or (appended = 0 and total_views = 0)`;

// A session timeout has its place in the log: it decides about what is appended after it (decision 0066).
const PUT_TIMEOUT = `
  insert into visitor_session_timeouts (from_seq, timeout_ms)
  select appended + 1, ?1 from visitor_stats where ${MAY_CHANGE}
  on conflict (from_seq) do update set timeout_ms = excluded.timeout_ms`;
// What is folded needs none any more; the newest stay for those who ask why.
const DROP_TIMEOUTS = `
  delete from visitor_session_timeouts
  where from_seq < (
      select max(from_seq) from visitor_session_timeouts where from_seq <= (select folded + 1 from visitor_stats)
    )
    and from_seq not in (select from_seq from visitor_session_timeouts order by from_seq desc limit 200)`;

/** How old settings may be before they are read again, where nothing polls for them, in milliseconds. */
const FRESH_MS = 1_000;

/** How long a request waits for settings that are older, in milliseconds. */
const WAIT_MS = 100;

/**
 * Makes the one way to the settings.
 * @param onChange called after a change by this instance
 */
export function settingsStore({
  read,
  write,
  onChange = () => Promise.resolve(),
}: {
  readonly read: ReadConnection['batch'];
  readonly write: Write;
  readonly onChange?: () => Promise<unknown>;
}): SettingsStore {
  let known: StoredSettings | undefined;
  /** When the last read that succeeded began, and the last one at all. */
  let readAt = -Infinity;
  let triedAt = -Infinity;

  /** Keeps the identity of settings that have not changed: what is compiled from them stays. */
  function learn(latest: StoredSettings): StoredSettings {
    if (known === undefined || isNewer(latest, known)) known = latest;
    return latest;
  }

  async function readAgain(): Promise<StoredSettings> {
    const began = performance.now();
    const latest = await readSettings({ batch: read });
    readAt = Math.max(readAt, began);
    return learn(latest);
  }

  return {
    current: () => known,
    read: readAgain,
    refresh: async () => {
      const now = performance.now();
      const isTried = known !== undefined && now - triedAt < FRESH_MS;
      if (now - readAt < FRESH_MS || isTried) return;
      triedAt = now; // one request waits for it, and not each that comes meanwhile
      const reading = readAgain().then(
        () => {},
        () => {}, // what is known stays
      );
      if (known === undefined) await reading;
      else await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, WAIT_MS))]);
    },
    change: async (changes) => {
      const names = Object.keys(changes) as SettingName[];
      const needsEmpty = BigInt(names.some(isSettledByViews) ? 1 : 0);
      const stored = names.map((name) => [name, changes[name] === '' ? null : changes[name]]);
      const args = [JSON.stringify(Object.fromEntries(stored)), needsEmpty];
      const { SESSION_TIMEOUT_MINUTES: minutes } = changes;
      const results = await answered(write, [
        { sql: PUT, args },
        { sql: DROP, args },
        { sql: CHANGED, args: [needsEmpty] },
        READ,
        ...(minutes === undefined
          ? []
          : [{ sql: PUT_TIMEOUT, args: [BigInt(timeoutIn(minutes)), needsEmpty] }, DROP_TIMEOUTS]),
      ]);
      const latest = learn(settingsIn(results[3]));
      if (results[2]?.rowsAffected !== 1) return;
      await onChange();
      return latest;
    },
  };
}

/** @throws {FootfallError} SERVICE_UNAVAILABLE */
export async function readSettings(reader: ReadConnection): Promise<StoredSettings> {
  const [result] = await answered(reader.batch, [READ]);
  return settingsIn(result);
}

const isNewer = (one: StoredSettings, other: StoredSettings): boolean =>
  one.store > other.store || (one.store === other.store && one.version > other.version);

function settingsIn(result: Result | undefined): StoredSettings {
  const row = result?.rows[0];
  if (row === undefined) throw storeUnavailable(new Error('visitor_stats has no row'));
  return {
    store: Number(row['store']),
    version: Number(row['settings']),
    values: JSON.parse(row['values'] as string) as StoredSettings['values'],
    isEmpty: Number(row['is_empty']) === 1,
  };
}
