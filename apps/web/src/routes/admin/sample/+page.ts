import { partsOf } from '#lib/parts.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ data }) =>
  data.isLocked ? data : { ...data, parts: await partsOf(data) };
