/** A number as it was published. A higher version is newer, whatever the number. */
export interface Numbered {
  readonly count: number;
  readonly version: number;
}

/** One page and its views. */
export interface PageViews {
  readonly page: string;
  readonly views: number;
}

/** Most pages that are listed. */
export const TOP_PAGES = 100;

/** The newer of two states of one number: nobody is shown an older version after a newer one. */
export function newer<T extends Numbered>(known: T, other: T | undefined): T {
  return other !== undefined && other.version > known.version ? other : known;
}

/** The top pages, most views first, with what has been learnt of one of them since the list was made. */
export function withPage(
  list: { readonly pages: readonly PageViews[]; readonly version: number },
  page: string,
  views: Numbered | undefined,
): readonly PageViews[] {
  if (views === undefined || views.count === 0 || views.version <= list.version) return list.pages;
  const others = list.pages.filter((row) => row.page !== page);
  const place = others.findIndex((row) => row.views < views.count);
  return others
    .toSpliced(place === -1 ? others.length : place, 0, { page, views: views.count })
    .slice(0, TOP_PAGES);
}
