import { createFootfallClient } from '@footfall/trpc/client';
import { expect, it, onTestFinished } from 'vitest';
import { start } from '../support.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';

it('the owner writes annotations; others read those that are public, and write none', async () => {
  const { url } = await start({ ADMIN_PASSWORD, CACHE_STRATEGY: 'minimal' }, onTestFinished);
  const { annotations } = createFootfallClient({
    url,
    headers: { authorization: `Bearer ${ADMIN_PASSWORD}` },
  });
  const stranger = createFootfallClient({ url }).annotations;
  const release = await annotations.add.mutate({
    date: '2026-11-20',
    text: ' Release\u202e 2 ',
    isPublic: true,
  });
  expect(release).toMatchObject({ date: '2026-11-20', text: 'Release 2', isPublic: true });
  const mail = await annotations.add.mutate({ date: '2026-11-21', text: 'Mail' });
  expect(await annotations.list.query()).toEqual([mail, release]);
  expect(await annotations.list.query({ to: '2026-11-20' })).toEqual([release]);
  await expect
    .poll(() => stranger.shown.query(), { timeout: 10_000 })
    .toEqual([{ date: '2026-11-20', text: 'Release 2' }]);

  const no = { data: { code: 'UNAUTHORIZED' } };
  await Promise.all(
    [
      stranger.list.query(),
      stranger.add.mutate({ date: '2026-11-20', text: 'x' }),
      stranger.edit.mutate({ id: mail.id, date: '2026-11-20', text: 'x' }),
      stranger.remove.mutate({ id: mail.id }),
    ].map((refused) => expect(refused).rejects.toMatchObject(no)),
  );
  for (const wrong of [
    { date: '2026-02-30', text: 'x' },
    { date: '2026-11-20', text: '' },
    { date: '2026-11-20', text: 'x', color: 'red' } as { date: string; text: string },
  ])
    await expect(annotations.add.mutate(wrong)).rejects.toMatchObject({ data: { code: 'BAD_REQUEST' } });
  expect(await annotations.list.query()).toHaveLength(2);

  await annotations.edit.mutate({ ...release, text: 'Release 3' });
  await annotations.remove.mutate({ id: mail.id });
  expect(await annotations.list.query()).toEqual([{ ...release, text: 'Release 3' }]);
  await expect(annotations.remove.mutate({ id: mail.id })).rejects.toMatchObject({
    data: { code: 'NOT_FOUND' },
  });
  await expect
    .poll(() => stranger.shown.query(), { timeout: 10_000 })
    .toEqual([{ date: '2026-11-20', text: 'Release 3' }]);
});
