import { describe, expect, it } from 'vitest';
import { directStore } from '@footfall/db/direct';
import { expectAgreement, open, openBoth, pageView, PLACES, rowsOf, sqldPlace } from './support.ts';

describe.each(PLACES)('the owner’s settings on %s', (_, place) => {
  it('are none at first; a change of several is one, and a new version of the numbers', async () => {
    const { store, connection } = await openBoth(await place());
    const { settings } = store;
    expect(settings.current()).toMatchObject({ version: 0, values: {}, isEmpty: true });
    const first = store.version();
    const changed = await settings.change({
      SITE_NAME: 'Ä "name"',
      SITE_HOSTS: 'example.com',
      COUNT_BOTS: null,
    });
    expect(changed).toMatchObject({
      version: 1,
      values: { SITE_NAME: 'Ä "name"', SITE_HOSTS: 'example.com' },
    });
    expect(settings.current()).toBe(changed);
    expect(store.version()?.version).toBe((first?.version ?? 0) + 1);
    const again = await settings.change({ SITE_NAME: '', SITE_HOSTS: 'example.org' });
    expect(again?.values).toEqual({ SITE_HOSTS: 'example.org' });
    expect(await settings.read()).toEqual(again);
    expect(settings.current(), 'what is compiled is of the same settings').toBe(again);
    await expectAgreement({ store, connection }, 0);
  });

  it('that views depend on change only before the first one, and nothing with them', async () => {
    const place_ = await place();
    const { store, connection } = await openBoth(place_);
    const { settings } = store;
    expect(await settings.change({ SITE_TIME_ZONE: 'Europe/Paris' })).toMatchObject({ version: 1 });
    await store.add(pageView(), false);
    const version = store.version();
    expect(await settings.change({ SITE_TIME_ZONE: null, SITE_NAME: 'Example' })).toBeUndefined();
    expect(await settings.change({ IDENTITY: 'device' })).toBeUndefined();
    expect(store.version()).toEqual(version);
    expect(await rowsOf(connection, 'select * from visitor_settings')).toEqual([
      { name: 'SITE_TIME_ZONE', value: 'Europe/Paris' },
    ]);
    expect(await settings.change({ SITE_NAME: 'Example' })).toMatchObject({ version: 2, isEmpty: false });
    await store.close();
    expect((await open(await place_())).settings.current()?.values).toEqual({
      SITE_NAME: 'Example',
      SITE_TIME_ZONE: 'Europe/Paris',
    });
  });
});

it('other instances have a change within two seconds; one that is not asked all the time when it is asked', async () => {
  const place = await sqldPlace();
  const [one, other] = [await open(await place()), await open(await place())];
  const asked = directStore(await place());
  expect(asked.settings.current()).toBeUndefined();
  await asked.settings.refresh();
  await one.settings.change({ SITE_NAME: 'Example' });
  await expect
    .poll(() => other.settings.current()?.values, { timeout: 2_000 })
    .toEqual({ SITE_NAME: 'Example' });
  await expect
    .poll(() => asked.settings.refresh().then(() => asked.settings.current()?.values), { timeout: 2_000 })
    .toEqual({ SITE_NAME: 'Example' });
  await asked.close();
});
