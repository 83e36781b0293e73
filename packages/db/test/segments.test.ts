import { describe, expect, it } from 'vitest';
import { MOST_SEGMENTS } from '@footfall/core';
import { directStore } from '@footfall/db/direct';
import { openBoth, PLACES, rowsOf } from './support.ts';

const segment = (name: string, filters = '{"country":"DE"}') => ({ name, filters });

describe.each(PLACES)('segments in %s', (_, place) => {
  it('are saved, replaced by name, renamed and deleted by either store', async () => {
    const { store, connection } = await openBoth(await place());
    const { segments } = store;
    const direct = directStore(connection).segments;
    const before = store.version();
    expect(await segments.list()).toEqual([]);
    const germany = Number(await segments.save(segment('<b>=germany()</b>')));
    const austria = Number(await direct.save(segment('Austria', '{"country":"AT"}')));
    expect(await segments.save(segment('Austria', '{"city":"Graz"}'))).toBe(austria);
    const listed = [
      { id: germany, ...segment('<b>=germany()</b>') },
      { id: austria, ...segment('Austria', '{"city":"Graz"}') },
    ];
    expect(await segments.list()).toEqual(listed);
    expect(await direct.list()).toEqual(listed);

    expect(await segments.rename({ id: germany, name: 'Austria' })).toBe('taken');
    expect(await segments.rename({ id: germany, name: 'zone' })).toBe('renamed');
    expect(await direct.rename({ id: germany, name: 'zone' })).toBe('renamed');
    expect((await segments.list()).map(({ name }) => name)).toEqual(['Austria', 'zone']);

    expect(await segments.remove(germany)).toBe(true);
    expect(await segments.remove(germany)).toBe(false);
    expect(await segments.rename({ id: germany, name: 'gone' })).toBe('missing');
    expect(await segments.save(segment('zone'))).toBeGreaterThan(austria);
    // No number depends on them.
    expect(store.version()).toEqual(before);
  });

  it('are a hundred at most, and those that there are can still be replaced', async () => {
    const { store, connection } = await openBoth(await place());
    await rowsOf(
      connection,
      `insert into visitor_segments (name, filters)
        with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${MOST_SEGMENTS - 1})
        select n, '{}' from numbers`,
    );
    const last = await store.segments.save(segment('the last'));
    expect(last).toBeDefined();
    expect(await store.segments.save(segment('one too many'))).toBeUndefined();
    expect(await store.segments.save(segment('the last', '{"device":"mobile"}'))).toBe(last);
    expect(await store.segments.list()).toHaveLength(MOST_SEGMENTS);
  });
});
