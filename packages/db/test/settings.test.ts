import { describe, expect, it } from 'vitest';
import { migrateConnection, verify, type Connection, type Store } from '@footfall/db';
import { directStore } from '@footfall/db/direct';
import {
  expectAgreement,
  NOON,
  open,
  openBoth,
  pageView,
  PLACES,
  rowsOf,
  sqldPlace,
  type PageViewChanges,
} from './support.ts';

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

describe.each(PLACES)('the session timeout on %s', (_, place) => {
  const MINUTE_MS = 60_000;
  const at = (minutes: number, changes: PageViewChanges = {}) =>
    pageView({ at: NOON + minutes * MINUTE_MS, page: `/${minutes}`, ...changes });
  const visitsIn = async (connection: Connection) =>
    (await rowsOf(connection, 'select views from visitor_sessions order by started_at')).map(
      ({ views }) => views,
    );
  const set = (store: Store, minutes: number | null) =>
    store.settings.change({ SESSION_TIMEOUT_MINUTES: minutes === null ? null : String(minutes) });

  it('decides about what is stored after it was changed, whenever that is folded; verify finds nothing', async () => {
    const { store, connection } = await openBoth(await place());
    await store.addAll([at(0), at(31)]);
    await set(store, 60);
    await store.addAll([at(91)]);
    await set(store, 5);
    await store.addAll([at(97), at(60)]);
    expect(await set(store, null)).toMatchObject({ values: {} });
    await store.addAll([at(127)]);
    await store.fold(); // all at once
    expect(await visitsIn(connection)).toEqual([1, 3, 2]);
    await expectAgreement({ store, connection }, 6);
    expect(await verify(connection.reader)).toEqual([]);
    expect(
      await rowsOf(connection, 'select from_seq, timeout_ms / 60000 minutes from visitor_session_timeouts'),
    ).toEqual([
      { from_seq: 3, minutes: 60 },
      { from_seq: 4, minutes: 5 },
      { from_seq: 6, minutes: 30 },
    ]);
  });

  it('is what the environment says, where it says one', async () => {
    const { store, connection } = await openBoth(await place(), { sessionTimeoutMs: 10 * MINUTE_MS });
    await set(store, 60);
    await store.addAll([at(0), at(11)]);
    await store.fold();
    expect(await visitsIn(connection)).toEqual([1, 1]);
  });

  it('of several changes without an event between them is the last; of very many the newest stay', async () => {
    const { store, connection } = await openBoth(await place());
    for (const minutes of [1, 2, 60]) await set(store, minutes);
    await store.addAll([at(0), at(60)]);
    await store.fold();
    expect(await visitsIn(connection)).toEqual([2]);
    const older = JSON.stringify(Array.from({ length: 300 }, (_, n) => -1 - n));
    await connection.database.execute(
      `insert into visitor_session_timeouts select value, 60000 from json_each('${older}')`,
    );
    await set(store, 240);
    expect(await rowsOf(connection, 'select count(*) as many from visitor_session_timeouts')).toEqual([
      { many: 200 },
    ]);
    await store.addAll([at(300)]);
    await store.fold();
    expect(await visitsIn(connection)).toEqual([3]);
  });

  it('that is refused with another setting is not changed, and one that makes no sense is the default', async () => {
    const { store, connection } = await openBoth(await place());
    await store.addAll([at(0)]);
    expect(
      await store.settings.change({ SESSION_TIMEOUT_MINUTES: '60', IDENTITY: 'device' }),
    ).toBeUndefined();
    expect(await rowsOf(connection, 'select * from visitor_session_timeouts')).toEqual([]);
    await store.settings.change({ SESSION_TIMEOUT_MINUTES: 'soon' });
    await store.addAll([at(31)]);
    await store.fold();
    expect(await visitsIn(connection)).toEqual([1, 1]);
  });

  it('stays when everything is deleted, and leaves with the version that has it', async () => {
    const { store, connection } = await openBoth(await place());
    await set(store, 60);
    await store.addAll([at(0), at(60)]);
    await store.eraseAll();
    await store.addAll([at(120), at(180)]);
    await store.fold();
    expect(await visitsIn(connection)).toEqual([2]);
    await migrateConnection(connection, '0019_starting_numbers');
    await migrateConnection(connection);
    expect((await store.settings.read()).values).toEqual({});
    await store.addAll([at(230)]);
    await store.fold();
    expect(await visitsIn(connection)).toEqual([2, 1]);
  });
});
