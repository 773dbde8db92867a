/** Promises of a policy that are broken on purpose: the simulation has to find each. */
import { afterEach, describe, expect, it, vi } from 'vitest';

type MustKeep = typeof import('../../src/core/guards/must-keep.ts');
type Forbidden = typeof import('../../src/core/guards/forbidden.ts');
type RealGroups = typeof import('../../src/core/guards/real-groups.ts');
type ChangeWindow = typeof import('../../src/core/guards/change-window.ts');
type Tenancy = typeof import('../../src/core/guards/tenancy.ts');
type AdmissionsFile = typeof import('../../src/controller/gate/admissions.ts');
type JournalFile = typeof import('../../src/state/journal-table.ts');
type Change = typeof import('../../src/core/plan-change.ts');
type Digest = typeof import('../../src/controller/gate/plan-digest.ts');
type Fight = typeof import('../../src/core/fight.ts');
type Order = typeof import('../../src/sources/directory/revision-order.ts');
type Selector = typeof import('../../src/core/selector.ts');

const LAST_SEED = 80;

/** The first violation in the first few histories with a policy. */
async function firstViolation(): Promise<string | undefined> {
  const { runSeed } = await import('./run-seed.ts');
  for (let seed = 2; seed <= LAST_SEED; seed += 2) {
    const { violations } = await runSeed(seed);
    if (violations.length > 0) return violations[0];
  }
  return undefined;
}

const MOCKED = [
  '../../src/core/guards/must-keep.ts',
  '../../src/core/guards/forbidden.ts',
  '../../src/core/guards/real-groups.ts',
  '../../src/core/guards/change-window.ts',
  '../../src/core/guards/tenancy.ts',
  '../../src/controller/gate/admissions.ts',
  '../../src/state/journal-table.ts',
  '../../src/core/plan-change.ts',
  '../../src/controller/gate/plan-digest.ts',
  '../../src/core/fight.ts',
  '../../src/core/selector.ts',
  '../../src/sources/directory/revision-order.ts',
];

afterEach(() => {
  vi.resetModules();
  for (const path of MOCKED) vi.doUnmock(path);
});

describe('the simulation finds', () => {
  it('an approval that counts for what came with it', async () => {
    vi.doMock('../../src/sources/directory/revision-order.ts', async (original) => {
      const real = await original<Order>();
      return {
        ...real,
        RevisionOrder: class extends real.RevisionOrder {
          override broughtIn(): number {
            return -1;
          }
        },
      };
    });
    expect(await firstViolation()).toMatch(/approved in no later revision/);
  }, 120_000);

  it('a must-keep group that is looked for anywhere, though it has to be first', async () => {
    vi.doMock('../../src/core/guards/must-keep.ts', async (original) => {
      const real = await original<MustKeep>();
      const lax: MustKeep['mustKeep'] = (input) => {
        const { policy } = input.rules;
        const mustKeep = policy.mustKeep.map(({ sgId, where }) => ({ sgId, where }));
        return real.mustKeep({ ...input, rules: { ...input.rules, policy: { ...policy, mustKeep } } });
      };
      return { ...real, mustKeep: lax };
    });
    expect(await firstViolation()).toMatch(/lacks the must-keep group/);
  });

  it('a forbidden group that passes', async () => {
    vi.doMock('../../src/core/guards/forbidden.ts', async (original) => {
      const real = await original<Forbidden>();
      return { ...real, forbidden: (() => undefined) satisfies Forbidden['forbidden'] };
    });
    expect(await firstViolation()).toMatch(/has the forbidden group/);
  });

  it('a group that does not exist and passes', async () => {
    vi.doMock('../../src/core/guards/real-groups.ts', async (original) => {
      const real = await original<RealGroups>();
      return { ...real, realGroups: (() => undefined) satisfies RealGroups['realGroups'] };
    });
    expect(await firstViolation()).toMatch(/gets the group|before the groups were read/);
  });

  it('a change window that is taken for open', async () => {
    vi.doMock('../../src/core/guards/change-window.ts', async (original) => {
      const real = await original<ChangeWindow>();
      const late: ChangeWindow['changeWindow'] = (input) => {
        const windows = input.rules.windows.map((window) => ({ ...window, open: window.effect === 'allow' }));
        return real.changeWindow({ ...input, rules: { ...input.rules, windows } });
      };
      return { ...real, changeWindow: late };
    });
    expect(await firstViolation()).toMatch(/window/);
  });

  it('a tenant that may name the groups of others', async () => {
    vi.doMock('../../src/core/guards/tenancy.ts', async (original) => {
      const real = await original<Tenancy>();
      const open: Tenancy['tenancy'] = (input) => {
        const { policy } = input.rules;
        const tenants = policy.tenants.map(({ groups: _, ...tenant }) => tenant);
        return real.tenancy({ ...input, rules: { ...input.rules, policy: { ...policy, tenants } } });
      };
      return { ...real, tenancy: open };
    });
    expect(await firstViolation()).toMatch(/no tenant allows it/);
  });

  it('a blast radius that forgets what has changed of late', async () => {
    vi.doMock('../../src/controller/gate/admissions.ts', async (original) => {
      const real = await original<AdmissionsFile>();
      class Forgetful extends real.Admissions {
        override charged(): ReturnType<AdmissionsFile['Admissions']['prototype']['charged']> {
          return new Map();
        }
      }
      return { ...real, Admissions: Forgetful };
    });
    expect(await firstViolation()).toMatch(/without an approval/);
  });

  it('a blast radius that a restart begins anew', async () => {
    vi.doMock('../../src/state/journal-table.ts', async (original) => {
      const real = await original<JournalFile>();
      class Forgetful extends real.JournalTable {
        override recent(): [] {
          return [];
        }
      }
      return { ...real, JournalTable: Forgetful };
    });
    expect(await firstViolation()).toMatch(/without an approval/);
  });

  it('an approval that covers whatever leads to the same lists', async () => {
    vi.doMock('../../src/core/plan-change.ts', async (original) => {
      const real = await original<Change>();
      const lax: Change['sameChange'] = (a, b) =>
        a !== undefined && real.sameChange({ ...a, from: [] }, { ...b, from: [] });
      return { ...real, sameChange: lax };
    });
    expect(await firstViolation()).toMatch(/which does not say so/);
  });

  it('a digest that says nothing of what a plan changes from', async () => {
    vi.doMock('../../src/controller/gate/plan-digest.ts', async (original) => {
      const real = await original<Digest>();
      const short: Digest['planDigest'] = (changes) =>
        real.planDigest([...changes].map((change) => ({ ...change, from: [] })));
      return { ...real, planDigest: short };
    });
    expect(await firstViolation()).toMatch(/that of another plan/);
  });

  it('a fight that is fought at full speed', async () => {
    vi.doMock('../../src/core/fight.ts', async (original) => {
      const real = await original<Fight>();
      return { ...real, rewriteNotBeforeMs: (() => 0) satisfies Fight['rewriteNotBeforeMs'] };
    });
    expect(await firstViolation()).toMatch(/in a fight/);
  });

  it('a selector that takes what it does not fit', async () => {
    vi.doMock('../../src/core/selector.ts', async (original) => {
      const real = await original<Selector>();
      const wide: Selector['fits'] = (selector, instance) =>
        real.fits({ excluded: selector.excluded }, instance);
      return { ...real, fits: wide };
    });
    expect(await firstViolation()).toMatch(/nobody names it|nobody declares/);
  });
});
