/** A check that cannot fail proves nothing: each of these bugs is planted in the code, and the simulation has to find it. */
import { afterEach, describe, expect, it, vi } from 'vitest';

type Plan = typeof import('../../src/core/plan.ts');
type Record = typeof import('../../src/core/decide.ts');
type Bucket = typeof import('../../src/runtime/quota-bucket.ts');
type Queue = typeof import('../../src/runtime/work-queue.ts');
type Inventory = typeof import('../../src/store/sqlite/inventory-table.ts');
type Suspension = typeof import('../../src/core/suspension.ts');
type Declarations = typeof import('../../src/directory/declarations.ts');

const SEEDS = 25;

/** The first violation in the first few histories. */
async function firstViolation(): Promise<string | undefined> {
  const { runSeed } = await import('./run-seed.ts');
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violations } = await runSeed(seed);
    if (violations.length > 0) return violations[0];
  }
  return undefined;
}

afterEach(() => {
  vi.resetModules();
  vi.doUnmock('../../src/core/plan.ts');
  vi.doUnmock('../../src/core/decide.ts');
  vi.doUnmock('../../src/runtime/quota-bucket.ts');
  vi.doUnmock('../../src/runtime/work-queue.ts');
  vi.doUnmock('../../src/directory/declarations.ts');
  vi.doUnmock('../../src/store/sqlite/inventory-table.ts');
  vi.doUnmock('../../src/core/suspension.ts');
});

describe('the simulation finds', () => {
  it('a comparison that is blind to order', async () => {
    vi.doMock('../../src/core/plan.ts', async (original) => {
      const real = await original<Plan>();
      const sameMembers: Plan['sameSequence'] = (a, b) => real.sameSequence([...a].sort(), [...b].sort());
      return {
        ...real,
        sameSequence: sameMembers,
        plan: ((observed, desired) =>
          sameMembers(observed, desired)
            ? real.NO_STEPS
            : real.plan(observed, desired)) satisfies Plan['plan'],
      };
    });
    expect(await firstViolation()).toMatch(/starved|in sync|is declared/);
  });

  it('a requeue that is lost when it comes while the key is being worked on', async () => {
    vi.doMock('../../src/runtime/work-queue.ts', async (original) => {
      const real = await original<Queue>();
      class Forgetful<Key> extends real.WorkQueue<Key> {
        override done(key: Key): void {
          this.remove(key);
          super.done(key);
        }
      }
      return { ...real, WorkQueue: Forgetful };
    });
    expect(await firstViolation()).toMatch(/starved|in sync/);
  });

  it('a verification that is skipped', async () => {
    vi.doMock('../../src/core/decide.ts', async (original) => {
      const real = await original<Record>();
      const trusting: Record['decide'] = (record, context) =>
        record.unconfirmed?.accepted ? { kind: 'in-sync' } : real.decide(record, context);
      return { ...real, decide: trusting };
    });
    expect(await firstViolation()).toMatch(/was read back/);
  });

  it('a stale read that is taken for drift', async () => {
    vi.doMock('../../src/core/decide.ts', async (original) => {
      const real = await original<Record>();
      const impatient: Record['decide'] = (record, context) =>
        real.decide({ ...record, unconfirmed: undefined }, context);
      return { ...real, decide: impatient };
    });
    expect(await firstViolation()).toMatch(/written twice without need|in sync/);
  });

  it('a limiter that bursts', async () => {
    vi.doMock('../../src/runtime/quota-bucket.ts', async (original) => {
      const real = await original<Bucket>();
      class Bursting extends real.QuotaBucket {
        override availableAtMs(nowMs: number): number {
          return nowMs;
        }
      }
      return { ...real, QuotaBucket: Bursting };
    });
    expect(await firstViolation()).toMatch(/in one second/);
  });

  it('an invalid document that counts as removed', async () => {
    vi.doMock('../../src/directory/declarations.ts', async (original) => {
      const real = await original<Declarations>();
      const forgetful: Declarations['readInSteps'] = (snapshot, options) =>
        real.readInSteps(snapshot, { ...options, previous: new Map() });
      return { ...real, readInSteps: forgetful };
    });
    expect(await firstViolation()).toBeDefined();
  });

  it('an original list that is overwritten by a later one', async () => {
    vi.doMock('../../src/store/sqlite/inventory-table.ts', async (original) => {
      const real = await original<Inventory>();
      class Overwriting extends real.InventoryTable {
        override keepOriginal(originals: Iterable<readonly [string, readonly string[]]>): void {
          const list = [...originals];
          const owners = this.owners();
          this.own(list.map(([id]) => [id, undefined]));
          this.own(list.flatMap(([id]) => (owners.has(id) ? [[id, owners.get(id)] as const] : [])));
          super.keepOriginal(list);
        }
      }
      return { ...real, InventoryTable: Overwriting };
    });
    expect(await firstViolation()).toMatch(/which nobody declares/);
  });

  it('a suspension that ends too early', async () => {
    vi.doMock('../../src/core/suspension.ts', async (original) => {
      const real = await original<Suspension>();
      const hasty: Suspension['suspensionMessage'] = (binding, nowMs) =>
        real.suspensionMessage(binding, nowMs + 60_000);
      return { ...real, suspensionMessage: hasty };
    });
    expect(await firstViolation()).toMatch(/which nobody declares/);
  });
});
