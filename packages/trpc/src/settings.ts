import {
  localDate,
  monthsBefore,
  settingsNote,
  type Reason,
  type SettingChanges,
  type SettingValues,
} from '@footfall/core';
import type { AppContext } from './context.ts';
import type { Setting } from './owner-settings.ts';
import { analytics } from './stats.ts';

/** The settings, and what they have meant. */
export interface SettingsRead {
  readonly settings: readonly Setting[];
  /** Events of today and the six days before that were not counted, by reason. */
  readonly notCounted: Readonly<Partial<Record<Reason, number>>>;
}

const DAYS = 7;

/** What changes of settings would have meant. */
export interface SettingsPreview {
  /** The pages of the last seven local days that would not have been counted, with their page views. */
  readonly ignored: {
    readonly pages: number;
    readonly views: number;
    /** Whether there may be more: only the thousand pages with the most views are looked at. */
    readonly isAtLeast: boolean;
  };
  /** Page views before this would be deleted, ISO 8601; null where none would. */
  readonly deletesBefore: string | null;
  /** The IANA name of the site's time zone, in which that is the beginning of a day. */
  readonly timeZone: string;
}

/** The most pages of a list of analytics. */
const PAGES = 1_000;

/** Computes what changes would have meant, from page views that are counted: it cannot count those that are not. */
export async function previewSettings(
  changes: SettingChanges,
  footfall: AppContext,
): Promise<SettingsPreview> {
  const { site, retentionMonths } = footfall.settings.siteWith(changes);
  const { calendar } = footfall.site;
  const now = footfall.now();
  const { topPages } = await analytics({ from: weekBefore(footfall), limit: PAGES }, footfall);
  // A page of another than the first host begins with its host.
  const ignored = topPages.filter(({ value }) => site.isIgnoredPage(value.slice(value.indexOf('/'))));
  const before = calendar.momentOf(monthsBefore(now, retentionMonths)).day;
  return {
    ignored: {
      pages: ignored.length,
      views: ignored.reduce((sum, { views }) => sum + views, 0),
      isAtLeast: topPages.length >= PAGES,
    },
    deletesBefore: retentionMonths === 0 ? null : new Date(before).toISOString(),
    timeZone: calendar.timeZone,
  };
}

/** Where the seventh last local day begins. */
function weekBefore({ site, now }: AppContext): number {
  let { day } = site.calendar.momentOf(now());
  for (let days = DAYS; days > 1; days -= 1) day = site.calendar.previousDay(day);
  return day;
}

/** The settings, with what was not counted because of them in the last seven local days. */
export async function settings(footfall: AppContext): Promise<SettingsRead> {
  const [list, { reasons }] = await Promise.all([
    footfall.settings.list(),
    footfall.store.notCountedSince(weekBefore(footfall)),
  ]);
  return { settings: list, notCounted: reasons };
}

/**
 * Changes settings, all of them or none, and annotates the day with which ones.
 * @returns the settings after it
 * @throws {FootfallError} as `OwnerSettings.change` does
 */
export async function changeSettings(
  changes: SettingChanges,
  footfall: AppContext,
): Promise<readonly Setting[]> {
  const before = await footfall.settings.list();
  const after = await footfall.settings.change(changes);
  const text = settingsNote(valuesOf(before), valuesOf(after));
  // What was asked for is done: a note that cannot be stored as well must not look like a failure.
  if (text !== undefined) await annotateToday(text, footfall).catch(() => {});
  return after;
}

/** Before the first page view there is no chart that a note could explain. */
async function annotateToday(text: string, { store, site, now }: AppContext): Promise<void> {
  const { count } = await store.count();
  if (count > 0) await store.annotations.note({ date: localDate(now(), site.calendar.timeZone), text });
}

const valuesOf = (settings: readonly Setting[]): SettingValues =>
  Object.fromEntries(settings.map(({ name, value }) => [name, value]));
