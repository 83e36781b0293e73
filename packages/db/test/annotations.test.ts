import { describe, expect, it } from 'vitest';
import { CLOCKS_APART_MS, MOST_ANNOTATIONS, MOST_AUTOMATIC } from '@footfall/core';
import { directStore } from '@footfall/db/direct';
import { NOON, openBoth, PLACES, rowsOf } from './support.ts';

const note = (text: string, changes: object = {}) => ({
  date: '2026-11-20',
  text,
  isPublic: false,
  ...changes,
});

describe.each(PLACES)('annotations in %s', (_, place) => {
  it('are added, changed and deleted, the last day first, and their numbers are not given again', async () => {
    const { store, connection } = await openBoth(await place());
    const { annotations } = store;
    const before = store.version();
    expect(await annotations.list()).toEqual([]);
    const first = await annotations.add(note('<b>first</b>'));
    const second = await annotations.add(note('second', { date: '2026-11-21', isPublic: true }));
    const id = Number(second);
    expect(await annotations.list()).toEqual([
      { id, date: '2026-11-21', text: 'second', isPublic: true, isAutomatic: false },
      { id: first, date: '2026-11-20', text: '<b>first</b>', isPublic: false, isAutomatic: false },
    ]);
    const changed = { id, ...note('changed', { date: '2026-11-01', isPublic: true }) };
    expect(await annotations.edit(changed)).toBe(true);
    expect((await annotations.list()).map(({ text }) => text)).toEqual(['<b>first</b>', 'changed']);
    expect((await store.publicAnnotations(NOON)).annotations).toEqual([{ ...changed, isAutomatic: false }]);
    const direct = directStore(connection);
    expect(await direct.annotations.list()).toEqual(await annotations.list());
    expect(await direct.publicAnnotations(NOON)).toEqual({
      annotations: [{ ...changed, isAutomatic: false }],
    });

    expect(await annotations.remove(id)).toBe(true);
    expect(await annotations.remove(id)).toBe(false);
    expect(await annotations.edit(changed)).toBe(false);
    expect(await annotations.add(note('third'))).toBeGreaterThan(id);
    // No number depends on them.
    expect(store.version()).toEqual(before);
  });

  it('are a thousand at most', async () => {
    const { store, connection } = await openBoth(await place());
    await rowsOf(
      connection,
      `insert into visitor_annotations (date, text, is_public)
        with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${MOST_ANNOTATIONS - 1})
        select '2026-11-20', n, 0 from numbers`,
    );
    expect(await store.annotations.add(note('the last'))).toBeDefined();
    expect(await store.annotations.add(note('one too many'))).toBeUndefined();
    expect(await store.annotations.list()).toHaveLength(MOST_ANNOTATIONS);

    await store.annotations.note({ date: '2026-11-21', text: 'Down for about 2 hours' });
    const [made, own] = await store.annotations.list();
    const edited = (id?: number) => store.annotations.edit({ id: id ?? 0, ...note('edited') });
    expect(await edited(made?.id)).toBeUndefined();
    expect((await store.annotations.list())[0]).toEqual(made);
    expect(await edited(own?.id)).toBe(true);
    expect(await edited(0)).toBe(false);
    await store.annotations.remove(own?.id ?? 0);
    expect(await edited(made?.id)).toBe(true);
  });

  it('that Footfall makes are once on a day, the newest hundred, and the owner’s once edited', async () => {
    const { store, connection } = await openBoth(await place());
    const { annotations } = store;
    const mark = { date: '2026-11-20', text: 'Settings changed: SITE_NAME' };
    await annotations.note(mark);
    await annotations.note(mark);
    const [made, ...others] = await annotations.list();
    expect(others).toEqual([]);
    expect(made).toMatchObject({ ...mark, isPublic: false, isAutomatic: true });
    const id = made?.id ?? 0;
    expect(await annotations.edit({ id, ...note('A new name') })).toBe(true);
    await directStore(connection).annotations.note(mark);
    expect((await annotations.list()).map(({ isAutomatic }) => isAutomatic)).toEqual([true, false]);

    for (let day = 0; day < MOST_AUTOMATIC; day += 1)
      await annotations.note({
        date: `2027-01-${String((day % 31) + 1).padStart(2, '0')}`,
        text: String(day),
      });
    const listed = await annotations.list();
    expect(listed.filter(({ isAutomatic }) => isAutomatic)).toHaveLength(MOST_AUTOMATIC);
    expect(listed.map(({ text }) => text)).toContain('A new name');
    expect(listed.map(({ text }) => text)).not.toContain(mark.text);
    expect(await annotations.remove(listed[0]?.id ?? 0)).toBe(true);
  });

  it('of outages know when a server last said that it runs, and change no number', async () => {
    const { store, connection } = await openBoth(await place());
    const before = store.version();
    expect(await store.beat(NOON)).toBeUndefined();
    expect(await directStore(connection).beat(NOON + 1)).toBe(NOON);
    expect(await store.beat(NOON + 2)).toBe(NOON + 1);
    expect(store.version()).toEqual(before);
  });

  it('of outages follow the clock that is ahead, unless it is certainly wrong', async () => {
    const { store } = await openBoth(await place());
    await store.beat(NOON + CLOCKS_APART_MS);
    await store.beat(NOON);
    expect(await store.beat(NOON - 1)).toBe(NOON + CLOCKS_APART_MS);
    expect(await store.beat(NOON)).toBe(NOON - 1);
  });
});
