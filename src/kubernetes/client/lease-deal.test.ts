import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealLeases } from './lease-deal.ts';

type Deal = ReadonlyMap<string, string>;

const replica = (n: number) => `replica-${n}`;
const lease = (n: number) => `lease-${n}`;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const counts = (deal: Deal, replicas: readonly string[]) =>
  replicas.map((one) => [...deal.values()].filter((holder) => holder === one).length);
const asHeld = (deal: Deal) => [...deal].map(([name, holder]) => ({ name, holder }));
const moved = (before: Deal, after: Deal) =>
  [...after].filter(([name, holder]) => before.has(name) && before.get(name) !== holder).length;

/** Some fleet: who is alive, and who is known to hold what, the dead included. */
const fleet = fc
  .record({
    replicas: fc.integer({ min: 1, max: 7 }),
    holders: fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 40 }),
  })
  .map(({ replicas, holders }) => ({
    replicas: numbers(replicas).map(replica),
    leases: holders.map((holder, n) => ({ name: lease(n), holder: holder < 0 ? '' : replica(holder) })),
  }));

describe('the deal of leases', () => {
  it('gives every lease to a replica that is alive, evenly within one', () => {
    fc.assert(
      fc.property(fleet, ({ replicas, leases }) => {
        const deal = dealLeases(leases, replicas);
        expect(deal.size).toBe(leases.length);
        const each = counts(deal, replicas);
        expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
        expect(each.reduce((sum, count) => sum + count, 0)).toBe(leases.length);
      }),
    );
  });

  it('is the same whatever the order in which replicas and leases are seen', () => {
    fc.assert(
      fc.property(fleet, ({ replicas, leases }) => {
        const mirrored = dealLeases([...leases].reverse(), [...replicas].reverse());
        expect(Object.fromEntries(mirrored)).toEqual(Object.fromEntries(dealLeases(leases, replicas)));
      }),
    );
  });

  it('stays what it is once everybody holds what it was dealt', () => {
    fc.assert(
      fc.property(fleet, ({ replicas, leases }) => {
        const deal = dealLeases(leases, replicas);
        expect(moved(deal, dealLeases(asHeld(deal), replicas))).toBe(0);
      }),
    );
  });

  it('takes nothing from a replica that has handed on what was over before the others have', () => {
    const replicas = ['replica-1', 'replica-2', 'replica-3'];
    const held = (a: number, b: number) =>
      Array.from({ length: 7 }, (_, n) => ({
        name: `lease-${n}`,
        holder: n < a ? 'replica-1' : n < a + b ? 'replica-2' : 'replica-3',
      }));
    // Three, two and two: both that hold more than two could keep a third.
    const deal = dealLeases(held(3, 4), replicas);
    const after = held(3, 4).map((one) =>
      one.holder === 'replica-2' ? { ...one, holder: deal.get(one.name) ?? '' } : one,
    );
    expect(dealLeases(after, replicas)).toEqual(deal);
  });

  it('stays what it is while a part of it is handed over', () => {
    fc.assert(
      fc.property(fleet, fc.nat(), ({ replicas, leases }, part) => {
        const deal = dealLeases(leases, replicas);
        const halfWay = leases.map((one, n) =>
          (part >> (n % 30)) & 1 ? { ...one, holder: deal.get(one.name) ?? '' } : one,
        );
        const after = dealLeases(halfWay, replicas);
        const kept = halfWay.filter(({ name, holder }) => deal.get(name) === holder);
        for (const { name, holder } of kept) expect(after.get(name)).toBe(holder);
      }),
    );
  });

  it('moves no lease when one more comes', () => {
    fc.assert(
      fc.property(fleet, ({ replicas, leases }) => {
        const before = dealLeases(leases, replicas);
        const after = dealLeases([...asHeld(before), { name: 'a new one', holder: '' }], replicas);
        expect(moved(before, after)).toBe(0);
      }),
    );
  });

  it('moves one lease at most when one ends', () => {
    fc.assert(
      fc.property(fleet, fc.nat(), ({ replicas, leases }, at) => {
        const before = dealLeases(leases, replicas);
        const rest = asHeld(before).filter((_, n) => n !== at % Math.max(leases.length, 1));
        expect(moved(before, dealLeases(rest, replicas))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('moves to a replica that comes its share, and nothing between the others', () => {
    fc.assert(
      fc.property(fleet, ({ replicas, leases }) => {
        const before = dealLeases(leases, replicas);
        const after = dealLeases(asHeld(before), [...replicas, 'a new one']);
        const share = counts(after, ['a new one'])[0] ?? 0;
        expect(moved(before, after)).toBe(share);
        expect(share).toBeLessThanOrEqual(Math.ceil(leases.length / (replicas.length + 1)));
      }),
    );
  });

  it('moves of a replica that goes what it held, and nothing else', () => {
    fc.assert(
      fc.property(fleet, ({ replicas, leases }) => {
        const [gone, ...others] = replicas;
        if (gone === undefined || others.length === 0) return;
        const before = dealLeases(leases, replicas);
        const after = dealLeases(asHeld(before), others);
        expect(moved(before, after)).toBe(counts(before, [gone])[0]);
      }),
    );
  });
});
