import { MOST_ANNOTATIONS } from '@footfall/core';
import { openFile } from '@footfall/db/embedded';
import { createFootfallClient } from '@footfall/trpc/client';
import { expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from './support.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';

it('what Footfall annotated becomes the owner’s own by an edit only where there is room', async () => {
  const first = await startEmbedded({}, onTestFinished);
  await first.stop();
  const connection = await openFile({ path: first.file });
  await connection.database.execute(`
    insert into visitor_annotations (date, text, is_public, is_automatic)
    with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n < ${MOST_ANNOTATIONS})
    select '2026-11-20', n, 0, n = 0 from numbers`);
  await connection.close();
  const { url } = await startEmbedded({ DATABASE_URL: `file:${first.file}`, ADMIN_PASSWORD }, onTestFinished);
  const { annotations } = createFootfallClient({
    url,
    headers: { authorization: `Bearer ${ADMIN_PASSWORD}` },
  });
  const listed = await annotations.list.query();
  const automatic = listed.find(({ isAutomatic }) => isAutomatic);
  const own = listed.find(({ isAutomatic }) => !isAutomatic);
  const edit = (id: number | undefined) =>
    annotations.edit.mutate({ id: id ?? 0, date: '2026-11-20', text: 'Edited' });
  const tooMany = {
    message: `There are ${MOST_ANNOTATIONS} annotations, which is the most: delete one first.`,
  };
  await expect(edit(automatic?.id)).rejects.toMatchObject({ ...tooMany, data: { code: 'BAD_REQUEST' } });
  expect(await edit(own?.id)).toMatchObject({ text: 'Edited' });
  await annotations.remove.mutate({ id: own?.id ?? 0 });
  expect(await edit(automatic?.id)).toMatchObject({ text: 'Edited', isAutomatic: false });
});
