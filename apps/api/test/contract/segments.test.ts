import { createFootfallClient } from '@footfall/trpc/client';
import { expect, it, onTestFinished } from 'vitest';
import { start } from '../support.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';

it('the owner names sets of filters; nobody else reads or changes them', async () => {
  const { url } = await start({ ADMIN_PASSWORD }, onTestFinished);
  const { segments, analytics } = createFootfallClient({
    url,
    headers: { authorization: `Bearer ${ADMIN_PASSWORD}` },
  });
  const stranger = createFootfallClient({ url }).segments;
  expect(await segments.list.query()).toEqual([]);
  const filters = { 'page.contains': ['/blog'], country: ['DE', 'AT'] };
  const blog = await segments.save.mutate({ name: ' Blog\u202e in German ', filters });
  expect(blog).toEqual({ id: blog.id, name: 'Blog in German', filters });
  const phones = await segments.save.mutate({ name: 'Phones', filters: { device: 'mobile' } });
  expect(await segments.list.query()).toEqual([blog, phones]);
  // What is stored is what a query takes.
  expect(await analytics.visitors.query({ ...blog.filters })).toMatchObject({ totals: { views: 0 } });

  const no = { data: { code: 'UNAUTHORIZED' } };
  await Promise.all(
    [
      stranger.list.query(),
      stranger.save.mutate({ name: 'x', filters }),
      stranger.rename.mutate({ id: blog.id, name: 'x' }),
      stranger.remove.mutate({ id: blog.id }),
    ].map((refused) => expect(refused).rejects.toMatchObject(no)),
  );
  for (const wrong of [
    { name: '', filters },
    { name: 'x', filters: {} },
    { name: 'x', filters: { country: 'Germany' } },
    { name: 'x', filters: { planet: 'Mars' } as object },
    { name: 'x', filters, color: 'red' } as { name: string; filters: object },
  ])
    await expect(segments.save.mutate(wrong)).rejects.toMatchObject({ data: { code: 'BAD_REQUEST' } });
  expect(await segments.list.query()).toHaveLength(2);

  const desktops = await segments.save.mutate({ name: 'Phones', filters: { 'device.not': 'mobile' } });
  expect(desktops.id).toBe(phones.id);
  await expect(segments.rename.mutate({ id: phones.id, name: blog.name })).rejects.toMatchObject({
    data: { code: 'CONFLICT', httpStatus: 409 },
  });
  await segments.rename.mutate({ id: phones.id, name: 'Desktops' });
  await segments.remove.mutate({ id: blog.id });
  expect(await segments.list.query()).toEqual([{ ...desktops, name: 'Desktops' }]);
  for (const gone of [
    segments.rename.mutate({ id: blog.id, name: 'x' }),
    segments.remove.mutate({ id: blog.id }),
  ])
    await expect(gone).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } });
});
