/**
 * Parameters that say where a visitor comes from. Of a click id, which is one person's click, only the name is matched: it says
 * which network sent them. (Written for its size; a test holds it against the list in core.)
 */
const CAMPAIGN =
  /^(utm_(source|medium|campaign|term|content)|ref|source)=.*|^(.{1,4}clk?id|.braid|li_fat_id|epik|rdt_cid|ScCid)(?==|$)/;

/**
 * Reads the parameters of a query that are ours to send.
 * @param query without its question mark; `&amp;` is read as `&`: mail programs escape links twice
 * @param keep names of parameters that tell the site's pages apart, by spaces or commas (`data-keep`); `?` stands for the
 * first part of the query where that has no `=`, as in `index.php?/archives/4015.html`
 * @returns those parameters, and those that say where the visitor comes from, each with `&` before it
 */
export function readQuery(query: string, keep = ''): [kept: string, campaign: string] {
  let kept = '';
  let campaign = '';
  const names = keep.split(/[\s,]+/);
  // Where there is no `?`, this is no element. A part with `=` is no name of a parameter.
  names[names.indexOf('?')] = query.split('&')[0]!;
  for (const parameter of new Set(query.split(/&(?:amp;)*/))) {
    const name = parameter.split('=')[0]!;
    const matched = parameter.match(CAMPAIGN);
    if (matched) campaign += '&' + matched[0];
    else if (names.includes(name) && name) kept += '&' + parameter;
  }
  return [kept, campaign];
}
