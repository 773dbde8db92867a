import { describe, expect, it } from 'vitest';
import type { InstanceId } from '../../api/ids.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { Priority } from '../../runtime/work-queue.ts';
import { Sightings } from './sightings.ts';

const ins = (n: number) => `ins-${String(n).padStart(8, '0')}` as InstanceId;
const several = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ins(from + index));

function setUp() {
  const clock = new VirtualClock();
  const awaited = new Set<InstanceId>();
  const reads: { readonly ids: readonly InstanceId[]; readonly priority: Priority }[] = [];
  const sightings = new Sightings({
    clock,
    batch: 3,
    isAwaited: (id) => awaited.has(id),
    read: (ids, priority) => reads.push({ ids, priority }),
  });
  return { clock, awaited, reads, sightings };
}

describe('sightings', () => {
  it('are read a whole batch at a time, those that were not in sync first in line', () => {
    const { sightings, reads } = setUp();
    sightings.add(several(0, 2), { settled: true });
    sightings.add(several(10, 4), { settled: false });
    expect(reads).toEqual([{ ids: several(10, 3), priority: 'change' }]);
    sightings.add(several(2, 1), { settled: true });
    expect(reads.slice(1)).toEqual([{ ids: several(0, 3), priority: 'resync' }]);
  });

  it('name an instance once, however many objects claim it', () => {
    const { sightings, reads } = setUp();
    for (let time = 0; time < 5; time++) sightings.add([ins(0)], { settled: false });
    expect(reads).toEqual([]);
  });

  it('need no second read when the declaration comes, as long as the first is fresh', async () => {
    const { sightings, awaited, clock } = setUp();
    sightings.add(several(0, 3), { settled: true });
    awaited.add(ins(0));
    await clock.advance(100);
    const readAtMs = clock.now();
    await clock.advance(29_999);
    expect(sightings.declared(ins(0), 0)).toBe('awaited');
    expect(sightings.declared(ins(1), readAtMs)).toBe('read');
    await clock.advance(1);
    expect(sightings.declared(ins(2), readAtMs)).toBe('unread');
    expect(sightings.declared(ins(9), readAtMs), 'declared without having been sighted').toBe('unread');
    expect(sightings.declared(ins(1), readAtMs), 'declared again').toBe('unread');
  });

  it('are read at once when their declaration is next, and not believed from before', async () => {
    const { sightings, reads, clock } = setUp();
    const before = clock.now();
    sightings.foresee(several(0, 2));
    expect(reads).toEqual([{ ids: several(0, 2), priority: 'change' }]);
    await clock.advance(10);
    expect(sightings.declared(ins(0), before)).toBe('unread');
    expect(sightings.declared(ins(1), clock.now())).toBe('read');
  });

  it('end with those that nobody declared', () => {
    const { sightings } = setUp();
    sightings.add(several(0, 3), { settled: true });
    sightings.declared(ins(1), 0);
    expect(sightings.end()).toEqual([ins(0), ins(2)]);
    expect(sightings.has(ins(0))).toBe(false);
    expect(sightings.end()).toEqual([]);
  });
});
