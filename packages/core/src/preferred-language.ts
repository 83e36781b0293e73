/** No header of a browser is longer; what is behind it is not read. */
const LONGEST = 1_000;

const ITEM = /^([a-z]{1,8}|\*)(?:-[a-z\d-]{0,60})?(?:;q=([01](?:\.\d{0,3})?))?$/i;

/**
 * The language of a page that its reader wants most, of those that there are.
 * @param acceptLanguage the header `Accept-Language`: `de-AT, en;q=0.5`
 * @param known primary subtags; the first is what a reader gets who wants none of them, or does not say
 */
export function preferredLanguage<Language extends string>(
  acceptLanguage: string | undefined,
  known: readonly [Language, ...Language[]],
): Language {
  const wanted = (acceptLanguage ?? '')
    .slice(0, LONGEST)
    .split(',')
    .flatMap((item) => {
      const [, tag = '', weight = '1'] = ITEM.exec(item.replaceAll(/[ \t]/g, '')) ?? [];
      const language = tag === '*' ? known[0] : known.find((each) => each === tag.toLowerCase());
      return language === undefined || Number(weight) === 0 ? [] : { language, weight: Number(weight) };
    });
  // The first of the heaviest: sorting is stable.
  return wanted.sort((one, other) => other.weight - one.weight)[0]?.language ?? known[0];
}
