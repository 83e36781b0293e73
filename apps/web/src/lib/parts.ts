import type { DashboardView } from './dashboard.ts';

interface Shown {
  readonly view: Pick<DashboardView, 'list' | 'search'>;
  /** Undefined for the holder of a private link. */
  readonly total?: { readonly count: number };
}

/* eslint-disable no-restricted-syntax -- not another room: files beside this one, loaded where they are shown */

/** Loads the parts of the dashboard that most views do not have: others wait for none of their script. */
export async function partsOf({ view, total }: Shown) {
  const { list, search } = view;
  return {
    Rows: list === undefined ? undefined : (await import('./DashboardDrawer.svelte')).default,
    Found:
      list !== undefined || search === undefined
        ? undefined
        : (await import('./DashboardFound.svelte')).default,
    First: total?.count === 0 ? (await import('./DashboardFirst.svelte')).default : undefined,
  };
}
