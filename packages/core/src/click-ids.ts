/** Names of parameters that an advertising network adds to a click. Only the name is ever kept: the value is a person. */
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
