/** Names of parameters that an advertising network adds to a click. Only the name is stored: the value identifies a person. */
export const CLICK_IDS = [
  'gclid',
  'gbraid',
  'wbraid',
  'dclid',
  'msclkid',
  'fbclid',
  'ttclid',
  'twclid',
  'li_fat_id',
  'yclid',
  'epik',
  'rdt_cid',
  'ScCid',
] as const;

export type ClickId = (typeof CLICK_IDS)[number];

/** Whether a parameter is a click id: one in the list, or a name of the usual form (`ysclid`). */
export function isClickId(name: string): boolean {
  return (CLICK_IDS as readonly string[]).includes(name) || /^[a-z]{1,4}clk?id$/i.test(name);
}
