/**
 * Parameters that say where a visitor comes from. A click id identifies one person's click, so only its name is matched, which
 * identifies the network. (Written for size; a test compares it with the list in core.)
 */
const CAMPAIGN =
  /^(utm_(source|medium|campaign|term|content)|ref|source)=.*|^(.{1,4}clk?id|.braid|li_fat_id|epik|rdt_cid|ScCid)(?==|$)/;

/**
 * Reads the parameters of a query that may be sent.
 * @param query without its question mark; `&amp;` is read as `&`: mail programs escape links twice
 * @param keep names of parameters that are part of a page, separated by spaces or commas (`data-keep`); `?` stands for the
 * first part of the query where that has no `=`, as in `index.php?/archives/4015.html`
 * @returns those parameters, and those that say where the visitor comes from, each preceded by `&`
 */
export function readQuery(query: string, keep = ''): [kept: string, campaign: string] {
  let kept = '';
  let campaign = '';
  const names = keep.split(/[\s,]+/);
  // Without `?` the index is -1, which is not an element. A part with `=` matches no name.
  names[names.indexOf('?')] = query.split('&')[0]!;
  for (const parameter of new Set(query.split(/&(?:amp;)*/))) {
    const name = parameter.split('=')[0]!;
    const matched = parameter.match(CAMPAIGN);
    if (matched) campaign += '&' + matched[0];
    else if (names.includes(name) && name) kept += '&' + parameter;
  }
  return [kept, campaign];
}
