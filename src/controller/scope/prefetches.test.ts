import { describe, expect, it } from 'vitest';
import type { InstanceId } from '../../api/ids.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { Priority } from '../../runtime/work-queue.ts';
import { InstanceRecords } from './instance-records.ts';
import { Prefetches } from './prefetches.ts';

const ins = (n: number) => `ins-${String(n).padStart(8, '0')}` as InstanceId;
const several = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ins(from + index));

function setUp() {
  const clock = new VirtualClock();
  const awaited = new Set<InstanceId>();
  const reads: { readonly id: InstanceId; readonly priority: Priority }[] = [];
  const prefetches = new Prefetches({
    clock,
    batch: 3,
    records: new InstanceRecords(),
    reads: { has: (id) => awaited.has(id), add: (id, { priority }) => reads.push({ id, priority }) },
  });
  return { clock, awaited, reads, prefetches };
}

describe('prefetches', () => {
  it('are read a whole batch at a time, those that were not in sync first in line', () => {
    const { prefetches, reads } = setUp();
    prefetches.add(several(0, 2), { wasInSync: true });
    prefetches.add(several(10, 4), { wasInSync: false });
    expect(reads).toEqual(several(10, 3).map((id) => ({ id, priority: 'change' })));
    prefetches.add(several(2, 1), { wasInSync: true });
    expect(reads.slice(3)).toEqual(several(0, 3).map((id) => ({ id, priority: 'resync' })));
  });

  it('name an instance once, however many objects claim it', () => {
    const { prefetches, reads } = setUp();
    for (let time = 0; time < 5; time++) prefetches.add([ins(0)], { wasInSync: false });
    expect(reads).toEqual([]);
  });

  it('need no second read when the declaration comes, as long as the first is fresh', async () => {
    const { prefetches, awaited, clock } = setUp();
    prefetches.add(several(0, 3), { wasInSync: true });
    awaited.add(ins(0));
    await clock.advance(100);
    const readAtMs = clock.now();
    await clock.advance(29_999);
    expect(prefetches.declared(ins(0), 0)).toBe('awaited');
    expect(prefetches.declared(ins(1), readAtMs)).toBe('read');
    await clock.advance(1);
    expect(prefetches.declared(ins(2), readAtMs)).toBe('unread');
    expect(prefetches.declared(ins(9), readAtMs), 'declared without having been read ahead').toBe('unread');
    expect(prefetches.declared(ins(1), readAtMs), 'declared again').toBe('unread');
  });

  it('are read at once when their declaration is next, and not believed from before', async () => {
    const { prefetches, reads, clock } = setUp();
    const before = clock.now();
    prefetches.prefetchNow(several(0, 2));
    expect(reads).toEqual(several(0, 2).map((id) => ({ id, priority: 'change' })));
    await clock.advance(10);
    expect(prefetches.declared(ins(0), before)).toBe('unread');
    expect(prefetches.declared(ins(1), clock.now())).toBe('read');
  });

  it('end with those that nobody declared', () => {
    const { prefetches } = setUp();
    prefetches.add(several(0, 3), { wasInSync: true });
    prefetches.declared(ins(1), 0);
    expect(prefetches.end()).toEqual([ins(0), ins(2)]);
    expect(prefetches.has(ins(0))).toBe(false);
    expect(prefetches.end()).toEqual([]);
  });
});
